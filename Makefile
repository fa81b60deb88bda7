.PHONY: setup demo test consumers accuracy tamper crash fuzz bench lint clean
PYTHON ?= python3
BIN := .venv/bin

# Each of the tests' crawls would compile a hundred modules again.
unexport PYTHONDONTWRITEBYTECODE

setup: .venv/.ready

# $(1): the environment, $(2): what is locked for it
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'make: Python 3.11 or later is needed; name one with make PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -m venv $(1) || { echo 'make: $(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv' >&2; exit 1; }
	@$(1)/bin/pip install --quiet --disable-pip-version-check -r $(2)
	@$(1)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(1)/.ready
endef

.venv/.ready: requirements.lock pyproject.toml
	$(call environment,.venv,requirements.lock)

# pywb and py-wacz want older versions of what Scrapy stands on: an environment of their own.
.venv-consumers/.ready: requirements-consumers.lock pyproject.toml
	$(call environment,.venv-consumers,requirements-consumers.lock)

demo: setup
	@$(BIN)/scrapy demo

test: setup
	@$(BIN)/pytest

consumers: .venv-consumers/.ready
	@.venv-consumers/bin/pytest tests/test_pack.py tests/test_replay.py tests/test_consumers.py

accuracy: setup
	@$(BIN)/python benchmarks/accuracy.py

tamper: setup
	@KHOTOOT_TAMPER=200 $(BIN)/pytest tests/test_tampering.py

crash: setup
	@KHOTOOT_KILLS=20 $(BIN)/pytest --timeout 600 tests/test_crash.py

fuzz: setup
	@KHOTOOT_FUZZ=20 $(BIN)/pytest --timeout 0 tests/test_fuzz.py

# ARGS=--quick: a minute or two, and fails only where a crawl is grossly slower than it was.
bench: setup
	@$(BIN)/python benchmarks/bench.py $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell

clean:
	rm -rf .venv .venv-consumers tests/browser/node_modules
	rm -rf output/demo output/bench.json output/scale.json
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
