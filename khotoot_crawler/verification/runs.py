"""The run summaries: what each run says that it wrote, and what it could not have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from khotoot_crawler.verification.finding import Finding
from khotoot_crawler.verification.folder import Folder, open_file, shown
from khotoot_crawler.verification.schema import misfit, schema
from khotoot_crawler.verification.scratch import FailureRow, RunRow, Scratch


def read_runs(folder: Folder, scratch: Scratch) -> Iterator[Finding]:
    """Put the run summaries into the scratch database; tell which files are none."""
    for path in sorted(folder.path.glob("runs/*.json")):
        name = f"runs/{shown(path.name)}"
        try:
            summary = _summary(path)
        except OSError as error:
            yield Finding("unreadable", name, f"cannot be read: {error.strerror}")
        except (ValueError, RecursionError) as error:
            yield Finding("run", name, f"is no run summary: {error}")
        else:
            scratch.add([_run(summary), *_failures(summary)])


def _summary(path: Path) -> dict[str, Any]:
    with open_file(path) as file:
        summary: dict[str, Any] = json.loads(file.read())
    json.dumps(summary, ensure_ascii=False).encode()  # half of a surrogate pair has no UTF-8
    if found := misfit(schema("run-v1"), summary):
        raise ValueError(found)
    if path.stem != summary["run_id"]:
        raise ValueError(f"run_id is {summary['run_id']}")
    return summary


def _run(summary: dict[str, Any]) -> RunRow:
    counts = summary["counts"]
    return RunRow(
        site=summary["site"],
        started=summary["started_at"],
        ended=summary["ended_at"],
        exit_code=summary["exit_code"],
        unlisted=counts.get("pages_failed", 0) - len(summary["failures"]),
        articles=counts.get("new", 0) + counts.get("revised", 0),
        views=counts.get("views", 0),
        gone=counts.get("gone", 0) + counts.get("back", 0),
    )


def _failures(summary: dict[str, Any]) -> Iterator[FailureRow]:
    for each in summary["failures"]:
        if each["news_code"] is not None:
            yield FailureRow(summary["site"], each["news_code"], summary["started_at"])
