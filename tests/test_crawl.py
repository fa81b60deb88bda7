"""One real crawl of the sample site over loopback, its files read back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from khotoot_crawler.archive.members import Damage
from khotoot_crawler.archive.reader import iter_records, read_record
from khotoot_crawler.demo.articles import SampleArticle
from khotoot_crawler.demo.server import SampleSite
from tests.crawling import ROOT, Crawl, crawl

BIN = Path(sys.executable).parent
ACCEPT = ROOT.parent / "shared" / "accept"


@pytest.fixture(scope="module")
def site() -> Iterator[SampleSite]:
    with SampleSite() as served:
        yield served


@pytest.fixture(scope="module")
def first(site: SampleSite, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """Return the first crawl of the sample site."""
    site.requests.clear()
    return crawl(site.base_url, tmp_path_factory.mktemp("crawl") / "output")


@pytest.fixture(scope="module")
def asked(site: SampleSite, first: Crawl) -> list[str]:
    """Return what the first crawl asked the site for."""
    return list(site.requests)


def validator(name: str) -> Draft202012Validator:
    text = (resources.files("khotoot_crawler") / "schema" / f"{name}.json").read_text("utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def expected(article: SampleArticle, base_url: str) -> dict[str, object]:
    """Return what the sample site says of an article, in the fields of a line."""
    return {
        "title": article.title,
        "kicker": article.kicker,
        "lead": article.lead,
        "body": "\n".join(article.paragraphs) or None,
        "tags": list(article.tags),
        "section": list(article.section),
        "source": article.source,
        "published_jalali": article.published_jalali,
        "published_at": article.published_at,
        "view_count": article.view_count,
        "page_type": article.page_type,
        "url": f"https://khootoot.ir/fa/news/{article.code}",
        "site": "khootoot.ir",
        "language": "fa",
        "revision": 1,
    }


def test_it_ends_well_with_every_live_article_and_no_other(first: Crawl, site: SampleSite) -> None:
    assert first.code == 0, first.log
    assert "Traceback" not in first.log
    live = {article.code for article in site.catalogue.live() if article.listed}
    assert set(first.articles) == live
    assert len(first.lines("articles.jsonl")) == len(live) >= 50


def test_every_value_is_the_one_the_site_shows(first: Crawl, site: SampleSite) -> None:
    for code, line in first.articles.items():
        told = expected(site.catalogue[code], site.base_url)
        assert {name: line[name] for name in told} == told
        shown = [(picture.path, picture.caption) for picture in site.catalogue[code].images]
        assert all(image["url"].startswith("https://") for image in line["images"])
        got = [(image["url"].partition("/files/")[2], image["caption"]) for image in line["images"]]
        assert got == [(path.partition("/files/")[2], caption) for path, caption in shown]


def test_duplicates_name_the_smallest_code_told_before(first: Crawl, site: SampleSite) -> None:
    before: dict[tuple[object, object], list[int]] = {}
    found = 0
    for line in first.lines("articles.jsonl"):
        same = before.setdefault((line["title"], line["body"]), [])
        others = [code for code in same if line["body"] is not None]
        assert line["duplicate_of"] == (str(min(others)) if others else None)
        found += bool(others)
        same.append(int(line["news_code"]))
    assert found


def test_every_line_fits_its_schema_with_keys_in_its_order(first: Crawl) -> None:
    for name, schema in (("articles", "article-v1"), ("views", "view-v1"), ("gone", "gone-v1")):
        check = validator(schema)
        assert isinstance(check.schema, dict)
        for line in first.lines(f"{name}.jsonl"):
            check.validate(line)
            assert list(line) == list(check.schema["properties"])
    validator("run-v1").validate(first.summary)


def test_there_is_a_view_count_for_each_article_that_shows_one(first: Crawl) -> None:
    shown = {
        (code, line["view_count"], line["fetched_at"])
        for code, line in first.articles.items()
        if line["view_count"] is not None
    }
    views = first.lines("views.jsonl")
    assert {(v["news_code"], v["view_count"], v["observed_at"]) for v in views} == shown
    assert len(views) == len(shown)


def test_each_line_points_at_the_record_it_was_read_from(first: Crawl) -> None:
    for line in first.lines("articles.jsonl"):
        place = line["warc"]
        path = first.folder / "warc" / place["filename"]
        record = read_record(path, place["offset"], place["length"])
        assert record.url == line["fetched_url"]
        assert record.get("WARC-Record-ID") == place["record_id"]
        assert record.get("WARC-Date") == line["fetched_at"]


def test_every_request_the_site_saw_is_archived_once(first: Crawl, asked: list[str]) -> None:
    archived = []
    for path in sorted((first.folder / "warc").glob("*.warc.gz")):
        for record in iter_records(path):
            assert not isinstance(record, Damage)
            if record.get("WARC-Type") == "request":
                method, target, _ = record.block.split(b"\r\n")[0].decode().split(" ")
                archived.append(f"{method} {target}")
    assert sorted(archived) == sorted(asked)
    assert first.summary["counts"]["exchanges"] == len(asked)


def test_no_code_is_asked_for_twice_nor_under_another_address(asked: list[str]) -> None:
    codes = [line.split("/")[3] for line in asked if line.startswith("GET /fa/news/")]
    assert len(codes) == len(set(codes))
    assert sum(line.count("/") == 4 for line in asked if line.startswith("GET /fa/news/")) > 40
    for other in ("/fa/print/", "/fa/amp/", "/fa/save/", "/fa/send/", "/fa/report/", "/fa/search"):
        assert not any(other in line for line in asked)


@pytest.mark.parametrize("tool", [["warcio", "check"], ["fastwarc", "check", "-q"]])
def test_other_readers_accept_the_warcs(first: Crawl, tool: list[str]) -> None:
    for path in (first.folder / "warc").glob("*.warc.gz"):
        ended = subprocess.run(
            [BIN / tool[0], *tool[1:], str(path)], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_acceptance_checks_find_nothing(first: Crawl) -> None:
    if not ACCEPT.is_dir():
        pytest.skip("no ../shared/accept beside the repository")
    check_warc = [ACCEPT / "check_warc.py", first.folder / "warc", "--bin", BIN, "--strict"]
    check_pointers = [
        *(ACCEPT / "check_pointers.py", "--jsonl", first.folder / "articles.jsonl"),
        *("--warc-dir", first.folder / "warc", "--map", "file=warc.filename"),
        *("offset=warc.offset", "length=warc.length", "id=warc.record_id"),
        *("digest=warc.payload_digest", "url=fetched_url"),
        *("--contains", "title", "--contains-list", "tags", "--unique", "offset", "url"),
    ]
    for command in (check_warc, check_pointers):
        ended = subprocess.run(
            [sys.executable, *map(str, command)], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_second_run_has_nothing_new_and_says_so(first: Crawl, site: SampleSite) -> None:
    before = {
        name: (first.folder / name).read_bytes() for name in ("articles.jsonl", "views.jsonl")
    }
    site.requests.clear()
    second = crawl(site.base_url, first.folder)
    assert second.code == 0, second.log
    assert "nothing new" in second.log
    assert not [line for line in site.requests if line.startswith("GET /fa/news/3")]
    for name, content in before.items():
        assert (first.folder / name).read_bytes() == content
