"""What ``scrapy reextract`` is asked to do, refused in one line where it cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from khotoot_crawler.archive.writer import OPEN_SUFFIX
from khotoot_crawler.errors import UsageError
from khotoot_crawler.readable import check_readable

_OF_A_CRAWL = ("articles.jsonl", "views.jsonl", "gone.jsonl", "index.cdxj", "state.sqlite")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be read again, and where to; ``output`` None is standard output.

    Without ``warcs`` it is the lines of ``folder``; with ``diff`` they are compared, not written,
    and ``warcs`` says in which files.
    """

    folder: Path
    warcs: tuple[Path, ...]
    output: Path | None
    diff: bool
    jobs: int

    @property
    def lines(self) -> Path:
        """Return where the lines are."""
        return self.folder / "articles.jsonl"

    @property
    def is_of_lines(self) -> bool:
        """Tell whether lines are read again, and not whatever articles WARC files hold."""
        return self.diff or not self.warcs

    def files(self) -> list[Path]:
        """Return the WARC files to look into, each once; those named come first."""
        found = list(self.warcs)
        if self.is_of_lines:
            folder = self.folder / "warc"
            found += sorted(folder.glob("*.warc.gz"))
            found += sorted(folder.glob(f"*.warc.gz{OPEN_SUFFIX}"))
        return list({path.resolve(): path for path in reversed(found)}.values())[::-1]

    def check(self) -> None:
        """Raise UsageError where it cannot be carried out, OutputError where it cannot be read."""
        for path in self.warcs:
            if not path.is_file():
                raise UsageError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
        if self.is_of_lines:
            check_readable(self.folder, self.folder / "warc")
        if self.is_of_lines and not self.lines.is_file():
            raise UsageError(
                f"{self.lines}: no such file; name the output folder of a crawl with "
                "-s KHOTOOT_OUTPUT=DIR, or WARC files"
            )
        if self.output is not None:
            self._check_output(self.output)

    def _check_output(self, output: Path) -> None:
        if self.diff:
            raise UsageError("--diff compares and writes nothing: leave -o out")
        if output.is_dir() or not output.parent.is_dir():
            raise UsageError(f"-o {output}: takes a file, in a folder that is there")
        for path in (*(self.folder / name for name in _OF_A_CRAWL), *self.warcs):
            if _is_same_file(output, path):
                raise UsageError(f"-o {output}: is what is read; name another file")


def _is_same_file(path: Path, other: Path) -> bool:
    if path.resolve() == other.resolve():
        return True
    return path.exists() and other.exists() and path.samefile(other)
