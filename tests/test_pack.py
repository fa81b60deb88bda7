"""``scrapy pack``: a WACZ that others read, written as a stream."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest

from khotoot_crawler.errors import ArchiveError
from khotoot_crawler.latest import latest_articles
from khotoot_crawler.packing import pack
from tests.archived import CODE, TITLE, Archive, archive, tool
from tests.crawling import ROOT, environment
from tests.scrapy_command import Run, run

__all__ = ["archive", "run"]

PACK = [sys.executable, "-m", "scrapy", "pack"]
# pack FOLDER, in files no larger than so many bytes; tells its memory in KiB
MEASURED = """
import resource, sys
from scrapy.cmdline import execute
size, folder = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
try:
    execute(["scrapy", "pack", folder])
finally:
    # Not ru_maxrss: that remembers the process this one was forked from.
    status = open("/proc/self/status").read()
    print(status.split("VmHWM:")[1].split()[0])
"""


@pytest.fixture
def folder(archive: Archive, tmp_path: Path) -> Path:
    """Give a copy of the archive, to be packed and changed."""
    return Path(shutil.copytree(archive.folder, tmp_path / "output"))


@pytest.fixture(scope="module")
def wacz(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = shutil.copytree(archive.folder, tmp_path_factory.mktemp("packed") / "output")
    return pack(Path(copy)).path


def apart(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own."""
    command = [*map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, check=False, text=True
    )


def pages(path: Path) -> dict[str, dict[str, Any]]:
    with ZipFile(path) as package:
        _, *lines = package.read("pages/pages.jsonl").splitlines()
    return {page["id"]: page for page in map(json.loads, lines)}


def test_py_wacz_finds_it_valid(archive: Archive, folder: Path) -> None:
    packed = apart(*PACK, folder)
    assert packed.returncode == 0, packed.stderr
    (path,) = folder.glob("*.wacz")
    assert packed.stdout.startswith(f"{path}: ")
    assert f"articles: {len(archive.lines)}, " in packed.stdout
    validated = apart(tool("wacz"), "validate", "-f", path)
    assert "the passed WACZ is valid" in validated.stdout, validated.stdout + validated.stderr


def test_the_warc_files_are_in_it_as_they_are(archive: Archive, wacz: Path) -> None:
    with ZipFile(wacz) as package:
        for path in (archive.folder / "warc").glob("*.warc.gz"):
            entry = package.getinfo(f"archive/{path.name}")
            assert entry.compress_type == ZIP_STORED
            assert package.read(entry) == path.read_bytes()


def test_the_manifest_knows_every_file(wacz: Path) -> None:
    with ZipFile(wacz) as package:
        manifest = json.loads(package.read("datapackage.json"))
        digest = json.loads(package.read("datapackage-digest.json"))
        fixity = hashlib.sha256(package.read("datapackage.json")).hexdigest()
        named = {file["path"]: file for file in manifest["resources"]}
        others = {"datapackage.json", "datapackage-digest.json"}
        assert set(package.namelist()) == named.keys() | others
        for path, file in named.items():
            data = package.read(path)
            assert file["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert file["bytes"] == len(data)
    assert digest == {"path": "datapackage.json", "hash": f"sha256:{fixity}"}
    assert manifest["profile"] == "data-package"
    assert manifest["wacz_version"] == "1.1.1"
    assert manifest["title"] == "khootoot.ir"


def test_the_index_is_in_blocks_and_has_all_but_the_304s(archive: Archive, wacz: Path) -> None:
    with ZipFile(wacz) as package:
        packed = package.read("indexes/index.cdx.gz")
        head, *blocks = package.read("indexes/index.idx").decode().splitlines()
    assert json.loads(head.removeprefix("!meta 0 "))["format"] == "cdxj-gzip-1.0"
    text = ""
    for block in blocks:
        key, _, place = block.partition(" {")
        at = json.loads("{" + place)
        data = packed[at["offset"] : at["offset"] + at["length"]]
        assert at["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        lines = gzip.decompress(data).decode()
        assert lines.startswith(key)
        text += lines
    whole = archive.index_text.splitlines()
    confirmed = [line for line in whole if '"mime": "warc/revisit", "status": "304"' in line]
    assert confirmed  # the second crawl asked for what it had
    assert text.splitlines() == [line for line in whole if line not in confirmed]


def test_an_article_is_a_page_found_by_its_text_however_it_is_spelled(
    archive: Archive, wacz: Path
) -> None:
    found = pages(wacz)
    assert len(found) == len(archive.lines)
    captures = {(fields["url"], timestamp) for _, timestamp, fields in archive.index}
    for line in archive.lines.values():
        page = found[f"khootoot.ir-{line['news_code']}"]
        moment = "".join(filter(str.isdigit, page["ts"]))[:14]
        assert (page["url"], moment) in captures
        assert page["title"] == line["title"]
        assert not set(page["text"]) & set("يكى\u200c۰۱۲")
    page = found[f"khootoot.ir-{CODE}"]
    assert page["title"] == TITLE
    words = set(re.findall(r"\w+", page["text"]))
    assert {"بایگانی", "کتابداران"} <= words
    # as one word, and in the halves that ReplayWeb.page makes of what is typed with a ZWNJ
    assert {"میسازند", "می", "سازند"} <= words
    assert "ساختند" not in words  # the last reading, not the first


def test_a_page_list_begins_with_its_header(wacz: Path) -> None:
    with ZipFile(wacz) as package:
        header = json.loads(package.read("pages/pages.jsonl").splitlines()[0])
    assert header["format"] == "json-pages-1.0"
    assert header["hasText"] is True


def test_the_same_archive_makes_the_same_files(folder: Path) -> None:
    first = pack(folder).path.read_bytes()
    path = pack(folder).path
    second = path.read_bytes()
    end = first.index(b"datapackage.json") - 30  # its header in the ZIP; it tells when
    assert first[:end] == second[:end]
    assert list(folder.glob("*.wacz")) == [path]
    with ZipFile(path) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("is_there", [True, False])
def test_an_index_that_is_missing_or_behind_is_made_up_for(folder: Path, is_there: bool) -> None:
    expected = pack(folder)
    index = folder / "index.cdxj"
    if is_there:
        newest = max(folder.glob("warc/*.warc.gz")).name.encode()
        lines = index.read_bytes().splitlines(keepends=True)
        index.write_bytes(b"".join(line for line in lines if newest not in line))
        assert 0 < index.stat().st_size < sum(map(len, lines))
    else:
        index.unlink()
    before = index.read_bytes() if is_there else None
    again = pack(folder)
    assert (again.captures, again.articles) == (expected.captures, expected.articles)
    assert (index.read_bytes() if index.exists() else None) == before


def test_what_is_only_in_an_open_file_is_left_out(archive: Archive, folder: Path, run: Run) -> None:
    first, newest = sorted(folder.glob("warc/*.warc.gz"))
    newest.rename(f"{newest}.open")
    (folder / "index.cdxj").unlink()
    packed = run("pack", folder)
    assert (packed.code, packed.err) == (0, "")
    told = packed.out.decode()
    assert f"articles: {len(archive.lines)}, " in told
    assert "1 articles by an earlier line: their WARC file is not sealed yet\n" in told
    (path,) = folder.glob("*.wacz")
    assert "ساختند" in pages(path)[f"khootoot.ir-{CODE}"]["text"]
    path.unlink()
    newest.with_name(f"{newest.name}.open").rename(newest)
    first.rename(f"{first}.open")
    assert (pack(folder).articles, pack(folder).passed.left_out) == (1, len(archive.lines) - 1)


def test_what_is_missing_or_damaged_is_told(archive: Archive, folder: Path, run: Run) -> None:
    newest = max(folder.glob("warc/*.warc.gz"))
    newest.unlink()
    lines = (folder / "articles.jsonl").read_bytes().splitlines(keepends=True)
    odd = json.dumps({**json.loads(lines[0]), "title": ["a"]}).encode() + b"\n"
    (folder / "articles.jsonl").write_bytes(b"".join([lines[0], odd, b"5\n", *lines[1:]]))
    packed = run("pack", folder)
    assert packed.code == 3
    assert packed.err.splitlines() == [
        f"scrapy pack: warc/{newest.name}: missing, 1 lines name it; "
        "restore it from a copy, pack again",
        "scrapy pack: articles.jsonl:2: not a line of articles.jsonl: title is ['a'], and 1 more; "
        "scrapy verify tells what to do",
    ]
    assert b"not sealed yet, or missing\n" in packed.out
    (path,) = folder.glob("*.wacz")
    assert len(pages(path)) == len(archive.lines)


def test_files_of_other_writers(archive: Archive, folder: Path) -> None:
    first, *_ = folder.glob("warc/*.warc.gz")
    for name in ("zz top.warc.gz", "ZZ top.warc.gz"):
        shutil.copyfile(first, first.with_name(name))
    (folder / "index.cdxj").unlink()
    path = pack(folder).path
    assert path.name.startswith("khotoot-")
    with ZipFile(path) as package:
        manifest = json.loads(package.read("datapackage.json"))
    names = {file["path"]: file["name"] for file in manifest["resources"]}
    assert len(set(names.values())) == len(names)
    assert names["archive/ZZ top.warc.gz"] == "zz-top.warc.gz"
    assert names["archive/zz top.warc.gz"] == "2-zz-top.warc.gz"


def test_names_that_are_no_text(folder: Path, run: Run) -> None:
    strange = folder.with_name(os.fsdecode(b"out\xff"))
    folder.rename(strange)
    packed = run("pack", strange)
    assert (packed.code, packed.err) == (0, "")
    first, *_ = strange.glob("warc/*.warc.gz")
    first.rename(first.with_name(os.fsdecode(b"\xff.warc.gz")))
    ended = apart(*PACK, strange)  # with the standard error of a process, which escapes
    assert ended.returncode == 1
    assert ended.stderr == ("scrapy pack: warc/\\udcff.warc.gz: its name is no text: rename it\n")


def test_a_file_that_cannot_be_read_is_named(folder: Path, run: Run) -> None:
    first, *_ = folder.glob("warc/*.warc.gz")
    first.unlink()
    first.mkdir()
    packed = run("pack", folder)
    assert packed.code == 5
    assert packed.err == f"scrapy pack: {first}: Is a directory\n"
    first.rmdir()
    first.parent.rename(folder / "elsewhere")
    first.parent.touch()
    packed = run("pack", folder)
    assert packed.err == f"scrapy pack: {first.parent}: cannot be read: Not a directory\n"


def test_what_a_killed_run_left_is_removed(folder: Path) -> None:
    left, at_work = folder / ".wacz-1.tmp", folder / ".wacz-2.tmp"
    left.write_bytes(b"PK")
    with at_work.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        pack(folder)
    assert (left.exists(), at_work.exists()) == (False, True)


@pytest.mark.parametrize("words", [["{}"], ["{}", "another"], ["--bogus"]])
def test_nothing_to_pack_is_one_line_and_exit_2(tmp_path: Path, run: Run, words: list[str]) -> None:
    packed = run("pack", *(word.format(tmp_path) for word in words))
    assert (packed.code, packed.out) == (2, b"")
    assert packed.err.startswith("scrapy pack: ")
    assert packed.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_is_one_line_exit_5_and_no_file(folder: Path) -> None:
    before = sorted(folder.iterdir())
    packed = apart(sys.executable, "-c", MEASURED, 100_000, folder)
    assert packed.returncode == 5
    assert packed.stderr.startswith("scrapy pack: ")
    assert packed.stderr.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_a_damaged_index_is_told(folder: Path) -> None:
    index = folder / "index.cdxj"
    index.write_bytes(index.read_bytes().replace(b'"url": "', b'"url": ""', 1))
    with pytest.raises(ArchiveError, match=r"index\.cdxj is damaged"):
        pack(folder)
    assert not list(folder.glob(".wacz*"))


def make_large(folder: Path, size: int) -> None:
    """Add a file of that size, all holes, and an index line that names it."""
    name = "khotoot-20261122083000123-00000-large.warc.gz"
    with (folder / "warc" / name).open("wb") as file:
        file.truncate(size)
    fields = json.dumps({"url": "http://z/", "offset": "0", "filename": name})
    with (folder / "index.cdxj").open("a") as index:
        index.write(f"z)/ 20261122083000 {fields}\n")


def test_memory_does_not_grow_with_the_archive(folder: Path) -> None:
    make_large(folder, 150_000_000)
    packed = apart(sys.executable, "-c", MEASURED, 200_000_000, folder)
    assert packed.returncode == 0, packed.stderr
    (path,) = folder.glob("*.wacz")
    assert path.stat().st_size > 150_000_000
    assert int(packed.stdout.splitlines()[-1]) < 100 * 1024


def test_the_last_line_of_each_of_many_articles_is_found_in_little_memory(
    archive: Archive, tmp_path: Path
) -> None:
    line = {**archive.lines[CODE], "body": None}
    with (tmp_path / "articles.jsonl").open("w") as file:
        for number in (*range(3000), *range(0, 3000, 3)):
            file.write(json.dumps({**line, "news_code": str(number)}) + "\n")
    name = line["warc"]["filename"]
    tracemalloc.start()
    codes = sum(int(article.news_code) for article in latest_articles(tmp_path, {name}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert codes == sum(range(3000))
    assert peak < 300_000


def test_a_signal_leaves_no_half_file(folder: Path) -> None:
    make_large(folder, 3_000_000_000)
    process = subprocess.Popen(
        [*PACK, str(folder)], cwd=ROOT, env=environment(), stderr=subprocess.PIPE
    )
    while not list(folder.glob(".wacz-*")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (143, b"")
    assert not list(folder.glob("*.wacz*")) + list(folder.glob(".wacz*"))
