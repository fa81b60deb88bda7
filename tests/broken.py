"""A pipeline with a defect, for the test of exit code 1."""

from __future__ import annotations

from typing import Any


class BrokenPipeline:
    def process_item(self, item: Any) -> Any:
        if item.news_code == "33614":
            raise ZeroDivisionError("a defect")
        return item
