"""``scrapy verify`` tells of lines that answers, runs and state owe."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from khotoot_crawler.demo.server import SampleSite
from tests.crawling import crawl
from tests.verified import (
    EDITED,
    archive,
    copy,
    edit_lines,
    findings,
    first_warc,
    lines_of,
    members,
    read_by_an_older_parser,
    sql,
    told_of,
    without_line,
    without_runs_that_know,
)

__all__ = ["archive", "copy"]


def test_an_answer_that_nothing_accounts_for(copy: Path) -> None:
    edit_lines(copy / "articles.jsonl", lambda lines: lines[1:])
    code = json.loads((copy / "views.jsonl").read_bytes().splitlines()[0])["news_code"]
    (copy / "state.sqlite").rename(copy / "kept")
    [finding] = [finding for finding in findings(copy) if finding.code == "no-line"]
    assert f"article {code}" in finding.what
    assert finding.offset in {member.offset for member in members(first_warc(copy))}
    path = min((copy / "runs").iterdir())
    summary = json.loads(path.read_bytes())
    trouble = {"url": "", "reason": "x", "news_code": code, "field": None}
    path.write_text(json.dumps({**summary, "failures": [trouble]}))
    assert "no-line" not in {finding.code for finding in findings(copy)}


def test_a_failure_of_another_run_accounts_for_nothing(copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    path = min((copy / "runs").iterdir())
    summary = json.loads(path.read_bytes())
    code = lines_of(copy, "articles.jsonl")[0]["news_code"]
    without_line(copy, "articles.jsonl", 1)
    trouble = {"url": "", "reason": "x", "news_code": code, "field": None}
    before = {"run_id": "20200101000000000", "started_at": "2020-01-01T00:00:00.000Z"}
    old = {**summary, **before, "ended_at": before["started_at"], "failures": [trouble]}
    path.with_stem(before["run_id"]).write_text(json.dumps(old))
    assert "no-line" in {finding.code for finding in findings(copy)}
    # More failed in this one than it names; then it died.
    for said in (
        {"counts": {**summary["counts"], "pages_failed": 1}},
        {"ended_at": None, "exit_code": None},
    ):
        path.write_text(json.dumps({**summary, **said}))
        assert "no-line" not in {finding.code for finding in findings(copy)}


def test_an_article_that_is_called_missing(copy: Path) -> None:
    code = lines_of(copy, "articles.jsonl")[0]["news_code"]
    without_line(copy, "articles.jsonl", 1)
    sql(copy, f"DELETE FROM line WHERE code={code}")
    sql(copy, f"UPDATE article SET status='missing' WHERE code={code}")
    [finding] = [finding for finding in findings(copy) if finding.code == "no-line"]
    assert f"no line tells article {code}" in finding.what
    path = min((copy / "runs").iterdir())
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "exit_code": 5}))
    assert "no-line" not in {finding.code for finding in findings(copy)}


@pytest.mark.parametrize("has_views", [True, False])
def test_a_later_revision_without_its_line(copy: Path, has_views: bool) -> None:
    (copy / "state.sqlite").unlink()
    without_runs_that_know(copy)
    revisions = [line["revision"] for line in lines_of(copy, "articles.jsonl")]
    line = revisions.index(2) + 1
    place = lines_of(copy, "articles.jsonl")[line - 1]["warc"]
    without_line(copy, "articles.jsonl", line)
    if not has_views:
        (copy / "views.jsonl").unlink()
    [finding] = [finding for finding in findings(copy) if finding.code == "untold"]
    assert (finding.file, finding.offset) == (f"warc/{place['filename']}", place["offset"])
    edit_lines(
        copy / "articles.jsonl", lambda lines: [read_by_an_older_parser(line) for line in lines]
    )
    assert "untold" not in {finding.code for finding in findings(copy)}


def test_a_revision_that_says_what_the_first_said(tmp_path: Path) -> None:
    """By its digest alone it could be told by the first line."""
    only = ("-a", f"codes={EDITED}", "-a", "recheck=all", "-s", "KHOTOOT_REQUISITES=none")
    with SampleSite() as site:
        title = site.catalogue[EDITED].title
        for shown in (title, "عنوانی دیگر", title, title):
            site.catalogue.edit(EDITED, title=shown)
            assert crawl(site.base_url, tmp_path, *only).code == 0
    digests = [line["content_digest"] for line in lines_of(tmp_path, "articles.jsonl")]
    assert len(digests) == 3
    assert digests[0] == digests[2]
    assert findings(tmp_path) == []
    (tmp_path / "state.sqlite").unlink()
    assert findings(tmp_path) == []
    without_runs_that_know(tmp_path)
    without_line(tmp_path, "articles.jsonl", 3)
    [finding] = findings(tmp_path)
    assert (finding.code, finding.file) == (
        "untold",
        f"warc/{sorted((tmp_path / 'warc').iterdir())[2].name}",
    )


def test_a_view_count_without_its_line(copy: Path) -> None:
    (copy / "state.sqlite").unlink()
    without_runs_that_know(copy)
    last = lines_of(copy, "views.jsonl")[-1]
    without_line(copy, "views.jsonl", len(lines_of(copy, "views.jsonl")))
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("view", "views.jsonl")
    assert f"does not tell the view count of article {last['news_code']} " in finding.what


@pytest.mark.parametrize("name", ["articles.jsonl", "views.jsonl", "gone.jsonl"])
def test_fewer_lines_than_the_runs_wrote(copy: Path, name: str) -> None:
    (copy / "state.sqlite").unlink()
    edit_lines(copy / name, lambda lines: lines[:-1])
    count = len(lines_of(copy, name))
    [finding] = told_of(findings(copy), name)
    if name != "views.jsonl":  # there the very view count is named
        assert finding.what == f"has {count} lines, but the runs told of in runs/ wrote {count + 1}"
    (copy / name).write_bytes(b"")
    assert told_of(findings(copy), name)


@pytest.mark.parametrize("name", ["articles.jsonl", "views.jsonl"])
def test_lines_in_another_order_without_state(copy: Path, name: str) -> None:
    (copy / "state.sqlite").unlink()
    edit_lines(copy / name, lambda lines: [lines[1], lines[0], *lines[2:]])
    told = [finding.line for finding in findings(copy) if "in views.jsonl" in finding.what]
    assert told == [2]


def test_a_run_summary_that_is_none(copy: Path) -> None:
    path = min((copy / "runs").iterdir())
    path.write_text("[]")
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("run", f"runs/{path.name}")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"exit_code": -1}, "exit_code is -1"),
        ({"counts": {"new": -1}}, "counts.new is -1"),
        ({"counts": {"new": "1"}}, 'counts.new is "1"'),
        ({"arguments": {"codes": 1}}, "arguments.codes is 1"),
        ({"ended_at": "now"}, 'ended_at is "now"'),
        ({"failures": [{"url": ""}]}, "keys of failures[0] missing or unknown"),
        ({"failures": [{"url": "", "reason": "x", "news_code": "x", "field": None}]}, "news_code"),
        ({"more": 1}, "keys missing or unknown: more"),
        ({"site": "\ud800"}, "surrogates not allowed"),
        ({"run_id": "20200101000000000"}, "run_id is 20200101000000000"),
    ],
)
def test_a_run_summary_that_does_not_fit(copy: Path, fields: dict[str, object], what: str) -> None:
    path = min((copy / "runs").iterdir())
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **fields}))
    [finding] = findings(copy)
    assert (finding.code, finding.file) == ("run", f"runs/{path.name}")
    assert what in finding.what


def test_a_warc_that_was_cut_between_two_members(copy: Path) -> None:
    path = first_warc(copy)
    os.truncate(path, members(path)[-2].offset)
    [finding] = [finding for finding in findings(copy) if finding.code == "sealed"]
    assert finding.what.endswith("but not all are where lines name them")
