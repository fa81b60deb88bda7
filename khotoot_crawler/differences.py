"""What two readings of an article differ in, word by word, as ``git diff --word-diff`` shows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import SequenceMatcher

from khotoot_crawler.items import Article

_WORDS = re.compile(r"\s|\S+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MOST_COMPARISONS = 4_000_000  # words by words; beyond, the text counts as another one
_FIELDS = tuple(f.name for f in fields(Article) if f.name != "extractor")
_DIGESTS = frozenset({"content_digest"})  # named when it changes; its hex says nothing


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in an article's line: the fields by name, and for each how, in lines of text.

    ``extractors`` are the parsers then and now, where they differ.
    """

    news_code: str
    revision: int
    fields: tuple[str, ...]
    text: str
    extractors: tuple[str, str] | None


class Changes:
    """Counts what changed in many lines."""

    def __init__(self) -> None:
        self.lines = 0
        self._fields: Counter[str] = Counter()
        self._extractors: Counter[tuple[str, str]] = Counter()

    def add(self, change: Change) -> None:
        """Count the change of a line."""
        self.lines += 1
        self._fields.update(change.fields)
        if change.extractors is not None:
            self._extractors[change.extractors] += 1

    def __str__(self) -> str:
        """Sum up.

        >>> changes = Changes()
        >>> changes.add(Change("5", 1, ("title", "body"), "", ("parser 1", "parser 2")))
        >>> print(changes)
        1 changed (title 1, body 1, parser 1 -> parser 2 1)
        """
        fields = [f"{name} {self._fields[name]}" for name in _FIELDS if self._fields[name]]
        fields += [f"{old} -> {new} {n}" for (old, new), n in self._extractors.items()]
        return f"{self.lines} changed" + (f" ({', '.join(fields)})" if fields else "")


def change(before: Article, after: Article) -> Change | None:
    """Return what changed between two readings of one record, None where nothing did."""
    names = tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))
    if not names and before.extractor == after.extractor:
        return None
    shown = [f"{before.news_code} revision {before.revision}: {', '.join(names)}"]
    if names:  # else only the parser is another, on every line: asdict would copy all for nothing
        old, new = asdict(before), asdict(after)
        for name in names:
            if name not in _DIGESTS:
                shown += _shown(name, old[name], new[name])
    return Change(
        before.news_code,
        before.revision,
        names,
        "\n".join(shown),
        None if before.extractor == after.extractor else (_parser(before), _parser(after)),
    )


def _parser(article: Article) -> str:
    return f"{article.extractor.name} {article.extractor.version}"


def _shown(name: str, old: object, new: object) -> Iterator[str]:
    if name == "body":
        for part in _changed_paragraphs(_words_of(old, "\n"), _words_of(new, "\n")):
            yield f"  {name}: {part}"
    elif isinstance(old, tuple) and isinstance(new, tuple):
        yield f"  {name}: {_marked(_items(old), _items(new), ' | ')}"
    else:
        yield f"  {name}: {word_diff(_text(old), _text(new))}"


def word_diff(old: str, new: str) -> str:
    """Mark what went as ``[-so-]`` and what came as ``{+so+}``, visibly.

    >>> word_diff("در هفته تعاون", "در دهه تعاون")
    'در [-هفته-]{+دهه+} تعاون'
    >>> print(word_diff("می\u200cشود", "میشود"))
    [-می\u200cشود-]{+میشود+}
    """
    return _marked(_WORDS.findall(old), _WORDS.findall(new), "")


def _marked(old: list[str], new: list[str], joint: str) -> str:
    return joint.join(_marks(old, new, joint))


def _marks(old: list[str], new: list[str], joint: str) -> Iterator[str]:
    for tag, start, end, new_start, new_end in _opcodes(old, new):
        if tag == "equal":
            yield _escape_control(joint.join(old[start:end]))
            continue
        gone, come = joint.join(old[start:end]), joint.join(new[new_start:new_end])
        show = _escape_all if _seen(gone) == _seen(come) else _escape_control
        yield (f"[-{show(gone)}-]" if gone else "") + (f"{{+{show(come)}+}}" if come else "")


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if len(old) * len(new) > _MOST_COMPARISONS:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes()


def _changed_paragraphs(old: list[str], new: list[str]) -> Iterator[str]:
    for tag, start, end, new_start, new_end in _opcodes(old, new):
        if tag != "equal":
            yield word_diff("\n".join(old[start:end]), "\n".join(new[new_start:new_end]))


def _seen(text: str) -> str:
    """Return what a reader sees of a text."""
    return "".join(c for c in text if c.isprintable() and not c.isspace())


def _escape_all(text: str) -> str:
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escape_control(text: str) -> str:
    return _CONTROL.sub(lambda match: _escaped(match[0]), text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _words_of(value: object, separator: str) -> list[str]:
    return value.split(separator) if isinstance(value, str) else []


def _items(values: tuple[object, ...]) -> list[str]:
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if isinstance(value, dict):  # an image
        return " ".join(str(part) for part in value.values() if part is not None)
    return "" if value is None else str(value)
