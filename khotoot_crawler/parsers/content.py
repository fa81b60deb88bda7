"""What is read of an article's body."""

from __future__ import annotations

from dataclasses import dataclass, field

from khotoot_crawler.items import Image


@dataclass(slots=True)
class Text:
    """What a body holds.

    ``field_lines`` name the code, the date or the visits; ``links_away`` counts the lines that
    were but links to other articles.
    """

    paragraphs: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    field_lines: list[str] = field(default_factory=list)
    has_player: bool = False
    links_away: int = 0
