"""Markdown pages that tests read: headings, and the fenced blocks below them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


class Part(NamedTuple):
    """One heading of a page with what stands below it, and its blocks by their kind."""

    page: Path
    title: str
    text: str
    blocks: dict[str, str]


def parts(page: Path) -> Iterator[Part]:
    """The parts of a page that begin with `## `; of a kind of block, each has one."""
    _, *found = re.split(r"^(?=## )", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for text in found:
        heading = _HEADING.match(text)
        assert heading, text
        yield Part(page, heading[1], text, dict(_BLOCK.findall(text)))


def rewrite(part: Part, old: str, new: str) -> None:
    """Replace a part's text by another one, in its file."""
    page = part.page.read_text(encoding="utf-8")
    assert page.count(part.text) == 1
    part.page.write_text(page.replace(part.text, part.text.replace(old, new)), encoding="utf-8")
