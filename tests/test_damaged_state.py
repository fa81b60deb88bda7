"""State that is damaged: kept as it is, and made again from the lines, the truth."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from khotoot_crawler.errors import OutputError
from khotoot_crawler.ledger import Ledger
from khotoot_crawler.verification.verdict import verification
from tests.ledgers import (
    SITE,
    START,
    archived,
    article,
    exchange,
    known_codes,
    run,
)


def damaged(path: Path, *, table: str | None = None, cut: bool = False) -> bytes:
    """Overwrite the file's head or a table's root page, or cut it; return what it is now."""
    data = path.read_bytes()
    at = 0
    if table is not None:
        with sqlite3.connect(path) as db:
            sql = "SELECT rootpage - 1 FROM sqlite_master WHERE name=?"
            at = 4096 * db.execute(sql, [table]).fetchone()[0]
        db.close()
    path.write_bytes(data[:5000] if cut else data[:at] + b"\xff" * 4096 + data[at + 4096 :])
    return path.read_bytes()


def edited(path: Path, old: bytes, new: bytes) -> bytes:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        damaged,
        lambda path: damaged(path, cut=True),
        lambda path: damaged(path, table="note"),
        lambda path: edited(path, b"CREATE TABLE article", b"\xffREATE TABLE article"),
        lambda path: edited(path, b"articles.jsonl[", b"articles.jsonl\xff"),
        lambda path: edited(path, b"articles.jsonl[", b"articles.jsonl{"),
        lambda path: edited(path, b"articles.jsonl[", b"articles.jsonl0"),
        lambda path: edited(path, b"CREATE TABLE note", b"CREATE TABLE nope"),
        lambda path: edited(path, b"absences INTEGER", b"abseoces INTEGER"),
    ],
    ids=[
        "head",
        "cut",
        "notes",
        "schema",
        "no UTF-8",
        "no JSON",
        "no list",
        "no table",
        "no column",
    ],
)
def test_a_damaged_state_is_kept_as_it_is_and_made_again(
    tmp_path: Path, damage: Callable[[Path], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    broken, kept = damaged_and_made_again(tmp_path, damage)
    assert kept.read_bytes() == broken
    assert f"kept as {kept.name}" in caplog.text


@pytest.mark.parametrize(
    ("note", "broken"),
    [
        (b"networkloopback", b"network\xffoopback"),
        (b"index.cdxj[", b"index.cdxj{"),
    ],
)
def test_a_state_whose_damage_is_met_late_in_the_start_is_made_again(
    tmp_path: Path, note: bytes, broken: bytes
) -> None:
    damaged_and_made_again(tmp_path, lambda path: edited(path, note, broken))


@pytest.mark.parametrize("name", ["index.cdxj", "views.jsonl"])
def test_a_note_of_another_shape_is_damage(tmp_path: Path, name: str) -> None:
    def damage(path: Path) -> bytes:
        with sqlite3.connect(path) as db:
            db.execute("UPDATE note SET value='[1]' WHERE key=?", [name])
        db.close()
        return path.read_bytes()

    damaged_and_made_again(tmp_path, damage)


@pytest.mark.parametrize("version", [0, 1, 2])
def test_a_schema_that_is_not_of_its_version_is_damage(tmp_path: Path, version: int) -> None:
    def damage(path: Path) -> bytes:
        with sqlite3.connect(path) as db:
            db.execute(f"PRAGMA user_version={version}")
        db.close()
        return path.read_bytes()

    damaged_and_made_again(tmp_path, damage)


def damaged_and_made_again(folder: Path, damage: Callable[[Path], bytes]) -> tuple[bytes, Path]:
    """Return state as it was damaged, and where it is kept, after a run that made it again."""
    archived(folder)
    whole = (folder / "articles.jsonl").read_bytes()
    broken = damage(folder / "state.sqlite")

    async def go_on(ledger: Ledger) -> None:
        assert ledger.is_known(article(ledger, 2))
        await ledger.acknowledge(article(ledger, 4))

    run(folder, go_on)
    [kept] = folder.glob("state.sqlite.damaged-*")
    assert known_codes(folder) == [1, 2, 3, 4]
    assert (folder / "articles.jsonl").read_bytes().startswith(whole)
    with verification(folder) as verdict:
        assert list(verdict.findings()) == []
    assert len(list(folder.glob("state.sqlite.*"))) == 1
    return broken, kept


@pytest.mark.parametrize("table", ["line", "payload"])
def test_a_state_that_turns_out_damaged_ends_the_run_and_is_made_again(
    tmp_path: Path, table: str
) -> None:
    archived(tmp_path)
    damaged(tmp_path / "state.sqlite", table=table)

    async def go_on(ledger: Ledger) -> None:
        with suppress(OutputError):
            ledger.record(exchange(f"{SITE.base_url}/", START, b"x" * 2000))
            assert ledger.is_known(article(ledger, 2))

    async def meet_it(ledger: Ledger) -> None:
        with suppress(AssertionError):
            await go_on(ledger)

    ended, _ = run(tmp_path, meet_it)
    assert str(ended.failure).endswith("malformed; what was acknowledged is safe")
    [_] = tmp_path.glob("state.sqlite.damaged-*")
    assert not (tmp_path / "state.sqlite").exists()
    ended, _ = run(tmp_path, go_on)
    assert ended.failure is None
    assert known_codes(tmp_path) == [1, 2, 3]
