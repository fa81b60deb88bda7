"""The README's commands work as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crawling import ROOT, environment

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
RUN_HERE = [line for line in COMMANDS if not line.startswith("make ") and "crawl" not in line]


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a README command in a folder that has the project's .venv."""
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(Path(sys.prefix))
    # What is Persian is told in UTF-8, whatever charset the system has.
    charset = environment() | {"PYTHONIOENCODING": "latin-1:strict"}
    ended = subprocess.run(
        line, shell=True, cwd=folder, env=charset, capture_output=True, check=False
    )
    return subprocess.CompletedProcess(
        line, ended.returncode, ended.stdout.decode(), ended.stderr.decode()
    )


def test_every_target_of_make_that_the_readme_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"`?make (\w+)", README)
    assert {"demo", "test"} <= set(named)
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


@pytest.fixture(scope="module")
def ran(folder: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    """Run the README's commands one after the other, the demo first of all."""
    return {line: run(line, folder) for line in RUN_HERE}


def test_the_commands_of_the_readme_work_one_after_the_other(
    folder: Path, ran: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    assert len(ran) > 4
    for line, ended in ran.items():
        assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
    made = folder / "output" / "demo"
    assert (made / "again.jsonl").read_bytes() == (made / "articles.jsonl").read_bytes()


def test_the_demo_shows_what_landed_and_says_so_when_nothing_is_new(
    folder: Path, ran: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    assert "60 articles" in ran[".venv/bin/scrapy demo"].stdout
    second = run(".venv/bin/scrapy demo", folder)
    assert second.returncode == 0
    assert "nothing new" in second.stderr + second.stdout
    shown = re.search(r"To look further:\n\n(.*)", second.stdout, re.DOTALL)
    assert shown is not None
    for line in shown[1].split("\n"):
        assert run(line.strip(), folder).returncode == 0, line


def test_the_arguments_and_settings_of_the_readme_are_all_there() -> None:
    from khotoot_crawler import settings
    from khotoot_crawler.arguments import parse_arguments

    for given in re.findall(r"`-a (\w+)=([^` ]+)", README):
        parse_arguments(dict([given]))
    for name in re.findall(r"^\| `(KHOTOOT_\w+)`", README, re.MULTILINE):
        assert hasattr(settings, name)


def test_the_example_line_is_one_that_the_schema_accepts() -> None:
    import json

    from jsonschema import Draft202012Validator

    found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert found is not None
    schema = json.loads((ROOT / "khotoot_crawler/schema/article-v1.json").read_text("utf-8"))
    line = json.loads(found[1])
    Draft202012Validator(schema).validate(line)
    assert list(line) == list(schema["properties"])
    for name in schema["properties"]:
        assert f"`{name}`" in README
