"""How right the parser is on real pages, beside trafilatura and newspaper4k where installed.

    python benchmarks/accuracy.py [PAGES]

PAGES is the folder of INDEX.tsv (default: ../shared/pages beside the repository), which holds the
values read by eye. The body is compared with the text of the element named in BODIES, as
ROUGE-LSum does: lines apart, the union of longest common subsequences, F1. Exit 1 where ours is
wrong on a page of the CMS.
"""

from __future__ import annotations

import csv
import importlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from lxml import etree

from khotoot_crawler.errors import ParseError
from khotoot_crawler.parsers.article import read_article
from khotoot_crawler.parsers.page import read_page
from khotoot_crawler.parsers.page_kind import page_kind

PAGES = Path(__file__).resolve().parents[2] / "shared" / "pages"
CMS = "iransamaneh"
FIELDS = ("title", "kicker", "published", "code", "views", "tags")
BODIES = {
    "bartarinha/news-794928-fragment.html": "//div[contains(@class, 'body_media_content_show')]",
    "yjc/news-7349926.html": "//div[@id='root']/div[@class='body']",
    "irinn/news-499654.html": "//div[starts-with(@class, 'body ')]",
    "isna/news-95102918901-2025.html": "//div[@itemprop='articleBody']",
    "isna/news-95110603890.html": "//div[@class='item-text']/p",
    "khabaronline/news-1353889.html": "//div[@itemprop='articleBody']",
}
KINDS = {"home/listing": "listing", "rss": "feed", "bot challenge": "challenge"}
_BREAKS = frozenset({"p", "div", "br", "hr", "li", "h1", "h2", "h3", "h4", "tr"})
_TEHRAN_STANDARD = timezone(timedelta(hours=3, minutes=30))

Values = dict[str, Any]
Reader = Callable[[bytes, str], Values]


@dataclass
class Score:
    """What one tool read: per field how often right, wrong and missing, and F1 of each body."""

    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    bodies: list[float] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)


def main(folder: Path) -> int:
    index = folder / "INDEX.tsv"
    if not index.exists():
        print(f"no real pages here ({index} is missing): nothing measured")
        return 0
    with index.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    articles = [row for row in rows if row["page_type"] == "article"]
    ours = Score()
    for name, reader in _readers():
        score = ours if name == "khotoot-crawler" else Score()
        for row in articles:
            _judge(score, row, reader((folder / row["file"]).read_bytes(), _url(row)), folder)
        _print(name, score, len(articles))
    kinds = [f"{row['file']}: {kind}" for row in rows if (kind := _wrong_kind(folder, row))]
    print(f"\nkinds of page: {len(rows) - len(kinds)} of {len(rows)} right", *kinds, sep="\n  ")
    wrong = [mistake for mistake in ours.mistakes if f"[{CMS}]" in mistake] + kinds
    return 1 if wrong else 0


def _readers() -> Iterator[tuple[str, Reader]]:
    yield "khotoot-crawler", _ours
    for name, module, reader in (
        ("trafilatura", "trafilatura", _trafilatura),
        ("newspaper4k", "newspaper", _newspaper),
    ):
        try:
            importlib.import_module(module)
        except ImportError:
            print(f"{name}: not installed (pip install 'khotoot-crawler[accuracy]')")
        else:
            yield name, reader


def _ours(body: bytes, url: str) -> Values:
    try:
        article = read_article(read_page(body, url), "example.ir").article
    except ParseError as error:
        print(f"  {error}")
        return {}
    return {
        "title": article.title,
        "kicker": article.kicker,
        "published": article.published_at,
        "code": article.news_code,
        "views": article.view_count,
        "tags": list(article.tags),
        "body": article.body,
    }


def _trafilatura(body: bytes, url: str) -> Values:
    trafilatura = importlib.import_module("trafilatura")
    document = trafilatura.bare_extraction(body, url=url, with_metadata=True)
    if document is None:
        return {}
    return {
        "title": document.title,
        "published": document.date,
        "tags": _split_tags(document.tags),
        "body": document.text,
    }


def _newspaper(body: bytes, url: str) -> Values:
    article = importlib.import_module("newspaper").Article(url, language="fa", fetch_images=False)
    article.download(input_html=body.decode("utf-8", "replace"))
    article.parse()
    published = article.publish_date.isoformat() if article.publish_date else None
    tags = _split_tags(article.tags)
    return {"title": article.title, "published": published, "tags": tags, "body": article.text}


def _split_tags(tags: Iterable[str] | None) -> list[str]:
    """Split what others leave as one string, to be fair to them."""
    split = (tag.strip() for line in tags or () for tag in re.split("[,،]", line))
    return list(dict.fromkeys(filter(None, split)))


def _judge(score: Score, row: dict[str, str], found: Values, folder: Path) -> None:
    for name in FIELDS:
        verdict = _verdict(name, row, found.get(name))
        score.fields[name, verdict] += 1
        if verdict in ("wrong", "missing"):
            score.mistakes.append(f"{row['file']} [{row['cms']}] {name}: {found.get(name)!r}")
    reference = reference_lines(folder, row["file"])
    lines = [" ".join(line.split()) for line in (found.get("body") or "").split("\n")]
    score.bodies.append(rouge_lsum(reference, [line for line in lines if line]))
    if row["cms"] == CMS and found.get("body") != "\n".join(reference):
        score.mistakes.append(f"{row['file']} [{row['cms']}] body")


def _verdict(name: str, row: dict[str, str], found: Any) -> str:
    if name == "published":
        return _verdict_of_date(row["utc_from_meta_or_calc"], found)
    column = {"code": "news_code"}.get(name, name)
    expected = row[column].strip()
    shown = "|".join(found) if isinstance(found, list) else str(found or "")
    if not expected:
        return "right" if not shown else "wrong"
    if not shown:
        return "missing"
    same = set(shown.split("|")) == set(expected.split("|")) if name == "tags" else None
    return "right" if (shown == expected if same is None else same) else "wrong"


def _verdict_of_date(expected: str, found: str | None) -> str:
    """Compare to the minute; who tells but the day is judged by the day."""
    if not found:
        return "missing"
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)", expected)
    if match is None:
        return "right"
    moment = datetime.fromisoformat(f"{match[1]}+00:00")
    told = datetime.fromisoformat(found)
    if told.tzinfo is None:
        same = told.date() == moment.astimezone(_TEHRAN_STANDARD).date()
    else:
        same = told.replace(second=0, microsecond=0) == moment
    return "right" if same else "wrong"


def reference_lines(folder: Path, file: str) -> list[str]:
    """Return the lines of a body, taken from the element that holds it, without the parser."""
    root = etree.fromstring((folder / file).read_bytes(), etree.HTMLParser(encoding="utf-8"))
    found = root.xpath(BODIES[file])
    assert isinstance(found, list)
    lines: list[str] = []
    for body in found:
        assert isinstance(body, etree._Element)
        for element in body.iter(*_BREAKS):
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
        text = "".join(str(part) for part in body.itertext())
        lines += [" ".join(line.split()) for line in text.split("\n")]
    return [line for line in lines if line]


def rouge_lsum(reference: Sequence[str], candidate: Sequence[str]) -> float:
    """Return F1 of the union of longest common subsequences, line by line (Lin 2004)."""
    expected, found = [line.split() for line in reference], [line.split() for line in candidate]
    total, read = sum(map(len, expected)), sum(map(len, found))
    if not total or not read:
        return 0.0
    left = Counter(word for line in found for word in line)
    hits = 0
    for line in expected:
        for number in sorted(_union(line, found)):
            if left[line[number]]:
                left[line[number]] -= 1
                hits += 1
    precision, recall = hits / read, hits / total
    return 2 * precision * recall / (precision + recall) if hits else 0.0


def _union(line: list[str], candidates: list[list[str]]) -> set[int]:
    """Return the words of a line that some longest common subsequence with a candidate holds."""
    if line in candidates:
        return set(range(len(line)))
    words = set(line)
    near = (candidate for candidate in candidates if words & set(candidate))
    return set().union(*(_common(line, candidate) for candidate in near))


def _common(one: list[str], other: list[str]) -> set[int]:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, word in enumerate(one, 1):
        for j, same in enumerate(other, 1):
            best = max(table[i - 1][j], table[i][j - 1])
            table[i][j] = table[i - 1][j - 1] + 1 if word == same else best
    places, i, j = set(), len(one), len(other)
    while i and j:
        if one[i - 1] == other[j - 1]:
            places.add(i - 1)
            i, j = i - 1, j - 1
        elif table[i - 1][j] >= table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return places


def _wrong_kind(folder: Path, row: dict[str, str]) -> str | None:
    kind = page_kind(read_page((folder / row["file"]).read_bytes(), _url(row))).value
    expected = KINDS.get(row["page_type"], row["page_type"])
    return f"{kind}, not {expected}" if kind != expected else None


def _url(row: dict[str, str]) -> str:
    return row["url"].removesuffix("...") or f"https://{row['site'].strip('()')}/"


def _print(name: str, score: Score, articles: int) -> None:
    print(f"\n{name} ({articles} articles)")
    print(f"  {'field':<10} {'right':>6} {'wrong':>6} {'missing':>8}")
    for column in FIELDS:
        counts = [score.fields[column, verdict] for verdict in ("right", "wrong", "missing")]
        print(f"  {column:<10} {counts[0]:>6} {counts[1]:>6} {counts[2]:>8}")
    total = Counter(verdict for (_, verdict), n in score.fields.items() for _ in range(n))
    print(f"  {'all':<10} {total['right']:>6} {total['wrong']:>6} {total['missing']:>8}")
    bodies = " ".join(f"{f1:.3f}" for f1 in score.bodies)
    print(f"  body F1 {sum(score.bodies) / max(len(score.bodies), 1):.3f} ({bodies})")
    for mistake in score.mistakes:
        print(f"  - {mistake}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else PAGES))
