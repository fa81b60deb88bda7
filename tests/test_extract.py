"""``scrapy extract``: saved pages to lines and values."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from khotoot_crawler.demo.article_page import article_page
from khotoot_crawler.demo.catalogue import Catalogue
from khotoot_crawler.extract import FIELDS
from tests.crawling import ROOT, environment
from tests.scrapy_command import Run, run
from tests.test_crawl import expected, validator

__all__ = ["run"]

SITE = "https://khootoot.ir"
URL = f"{SITE}/fa/news/33614"
CATALOGUE = Catalogue.bundled()
SOFT_404 = '<div class="error_container">صفحه درخواستی شما موجود نمی باشد</div>'
CHALLENGE = '<script>window.__arcsjs = "x"</script>'
FEED = '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>'


def page(code: str = "33614") -> bytes:
    """Return a page of the sample site."""
    article = CATALOGUE[code]
    return article_page(CATALOGUE, article).encode(article.layout.charset, "xmlcharrefreplace")


def saved(folder: Path, *codes: str) -> list[Path]:
    """Save pages of the sample site as files."""
    paths = [folder / f"{code}.html" for code in codes]
    for path, code in zip(paths, codes, strict=True):
        path.write_bytes(page(code))
    return paths


def test_an_article_is_the_line_a_crawl_would_write(run: Run, tmp_path: Path) -> None:
    (path,) = saved(tmp_path, "33614")
    ended = run("extract", path, "--url", f"{URL}/اعلام جزئیات#comments")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith(b"}\n")
    assert ended.out.count(b"\n") == 1
    line = json.loads(ended.out)
    told = expected(CATALOGUE["33614"], SITE)
    assert {name: line[name] for name in told} == told
    slug = "%D8%A7%D8%B9%D9%84%D8%A7%D9%85%20%D8%AC%D8%B2%D8%A6%DB%8C%D8%A7%D8%AA"
    assert line["fetched_url"] == f"{URL}/{slug}"
    assert (line["fetched_at"], line["warc"], line["duplicate_of"]) == (None, None, None)
    schema = validator("article-v1").schema
    assert isinstance(schema, dict)
    properties = schema["properties"]
    assert list(line) == list(properties) == list(FIELDS)


def test_the_site_is_the_host_without_www(run: Run) -> None:
    url = "http://www.example.ir:8080/fa/news/33614"
    ended = run("extract", "-", "--url", url, stdin=page())
    line = json.loads(ended.out)
    assert (line["site"], line["fetched_url"]) == ("example.ir", url)
    assert line["url"] == "https://example.ir/fa/news/33614"


def test_many_pages_each_with_its_address(run: Run, tmp_path: Path) -> None:
    codes = ["33614", "33640", "33638"]
    urls = [word for code in codes for word in ("--url", f"{SITE}/fa/news/{code}")]
    ended = run("extract", *saved(tmp_path, *codes), *urls)
    assert ended.code == 0
    assert [json.loads(line)["news_code"] for line in ended.out.splitlines()] == codes


def test_without_an_address_the_one_the_page_names(run: Run) -> None:
    ended = run("extract", "-", stdin=page())
    assert ended.code == 0, ended.err
    line = json.loads(ended.out)
    assert line["news_code"] == "33614"
    assert line["site"] == "khootoot.ir"


def test_a_page_that_names_none_needs_one(run: Run, tmp_path: Path) -> None:
    bare = page().decode()
    for name in ("canonical", "og:url", "dc.identifier"):
        bare = bare.replace(f'"{name}"', '"x"')
    ended = run("extract", "-", *saved(tmp_path, "33640"), stdin=bare.encode())
    assert ended.code == 2
    assert ended.err == "scrapy extract: -: the page does not say its address: name it with --url\n"
    assert json.loads(ended.out)["news_code"] == "33640"  # the others are read all the same


@pytest.mark.parametrize(
    ("html", "kind"),
    [(SOFT_404, "soft_404"), (CHALLENGE, "challenge"), (FEED, "feed"), ("", "other")],
)
def test_any_other_page_is_named_by_its_kind(run: Run, html: str, kind: str) -> None:
    for address in ((), ("--url", URL)):
        ended = run("extract", "-", *address, stdin=html.encode())
        assert (ended.code, ended.out, ended.err) == (3, b"", f"-: {kind}\n")


def test_an_article_among_others_is_still_printed(run: Run, tmp_path: Path) -> None:
    (path,) = saved(tmp_path, "33614")
    ended = run("extract", "-", path, "--url", URL, "--url", URL, stdin=SOFT_404.encode())
    assert (ended.code, ended.err) == (3, "-: soft_404\n")
    assert json.loads(ended.out)["news_code"] == "33614"


def test_an_article_that_cannot_be_read_says_which_field(run: Run) -> None:
    ended = run("extract", "-", "--url", f"{SITE}/fa/news/999", stdin=page())
    assert (ended.code, ended.out) == (3, b"")
    assert ended.err.startswith("-: article, news_code: ")
    assert ended.err.count("\n") == 1


def test_one_value_alone(run: Run) -> None:
    article = CATALOGUE["33614"]
    values = {
        "title": article.title,
        "kicker": "null",
        "view_count": "100321",
        "news_code": "33614",
        "body": "\n".join(article.paragraphs),
        "warc": "null",
    }
    for field, value in values.items():
        ended = run("extract", "-", "--url", URL, "--field", field, stdin=page())
        assert (ended.code, ended.out.decode()) == (0, value + "\n")
    ended = run("extract", "-", "--url", URL, "--field", "tags", stdin=page())
    assert json.loads(ended.out) == list(article.tags)
    assert "\\u" not in ended.out.decode()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "takes saved pages"),
        (["missing.html"], "missing.html: No such file or directory"),
        (["."], ".: Is a directory"),
        (
            ["-", "--field", "headline"],
            "--field headline: no such field; there are schema_version, ",
        ),
        (["-", "-", "--url", URL, "--url", URL], "-: standard input can be read only once"),
        (["-", "x", "--url", URL], "--url: given 1 times for 2 pages"),
        (["-", "--url", "33614"], "--url 33614: takes an address such as https://"),
        (["-", "--url", "ftp://x.ir/fa/news/1"], "--url ftp://x.ir/fa/news/1: takes"),
        (["-", "--fields"], "--fields: no such option"),
    ],
)
def test_wrong_arguments_are_named_in_one_line(run: Run, words: list[str], told: str) -> None:
    ended = run("extract", *words)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.startswith(f"scrapy extract: {told}")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(("output", "code"), [("| true", 141), ("> /dev/full", 5)])
def test_an_output_that_takes_nothing_ends_it_quietly(
    tmp_path: Path, output: str, code: int
) -> None:
    (path,) = saved(tmp_path, "33614")
    pages = " ".join([str(path)] * 40)  # more than a pipe holds
    ended = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m scrapy extract {pages} {output}; "
         "exit ${PIPESTATUS[0]}"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == code
    told = "scrapy extract: standard output: No space left on device\n" if code == 5 else ""
    assert ended.stderr == told
