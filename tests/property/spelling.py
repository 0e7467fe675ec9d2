"""Plain data as YAML, in one hand or in many: what may be written differently and mean the same."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any

import yaml

WIDE = 1 << 20
MAP, SEQ, STR = (f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str"))
ENDS = ("\n", "\n", "\r\n", "\r")
COMMENTS = ("#", "# a: {b: 1}", "#: - [", "# ---", '# "', "# ${in.height}")
NOTES = (None, 1, -0.5, "$nothing", "{m}", [1, {"x": []}], {"op": "conv"}, True, "", "from")
NAMED = {"steps", "heads", "branches"}
"""Keys of lists whose items are mappings of one key, a name: these can't hold a note beside it."""


class Hand:
    """How a text is written; this one writes plainly, innermost mappings on one line."""

    def flow(self, value: Any) -> bool:
        inner = value.values() if isinstance(value, dict) else value
        return not any(isinstance(item, dict | list) for item in inner)

    def quotes(self, text: str) -> str | None:
        return None

    def entries(self, value: dict[str, Any]) -> list[tuple[str, Any]]:
        return list(value.items())

    def finished(self, text: str) -> str:
        return text


@dataclass
class Varied(Hand):
    """A hand that writes as the dice fall; what it writes means the same."""

    draw: random.Random

    def __post_init__(self) -> None:
        self.flows, self.quoted = self.draw.random(), self.draw.random()
        self.commented, self.noted = self.draw.random() / 2, self.draw.random() / 4
        self.end = self.draw.choice(ENDS)

    def flow(self, value: Any) -> bool:
        return self.draw.random() < self.flows

    def quotes(self, text: str) -> str | None:
        return self.draw.choice("'\"") if self.draw.random() < self.quoted else None

    def entries(self, value: dict[str, Any]) -> list[tuple[str, Any]]:
        """In another order; the file's own outputs alone keep theirs, which models show."""
        listed = list(value.items())
        self.draw.shuffle(listed)
        return listed

    def finished(self, text: str) -> str:
        lines = [self._line(line) for line in text.splitlines()]
        return "".join(f"{line}{self.end}" for line in lines)

    def _line(self, line: str) -> str:
        if self.draw.random() >= self.commented:
            return line
        comment = self.draw.choice(COMMENTS)
        spaces = " " * self.draw.randrange(1, 5)
        return self.draw.choice([f"{line}{spaces}{comment}", f"{spaces}{comment}\n{line}"])


def to_text(plain: dict[str, Any], hand: Hand | None = None) -> str:
    """The data as a YAML document."""
    hand = hand or Hand()
    node = _node(plain, hand)
    node.flow_style = isinstance(hand, Varied) and hand.flow(plain)
    return hand.finished(yaml.serialize(node, width=WIDE, allow_unicode=True))


def noted(value: Any, draw: random.Random, share: float, key: str = "") -> Any:
    """The data with notes, `x-` keys of any value, wherever a mapping may hold one."""
    if isinstance(value, list):
        if key in NAMED or not key:
            return [
                {
                    k: noted(v, draw, share, "" if isinstance(v, list) else k)
                    for k, v in item.items()
                }
                if isinstance(item, dict)
                else item
                for item in value
            ]
        return value
    if not isinstance(value, dict):
        return value
    found = {k: noted(v, draw, share, k) for k, v in value.items()}
    if key != "input" and draw.random() < share:
        found[draw.choice(("x-note", "x-", "x-op", "x-from"))] = draw.choice(NOTES)
    return found


def _node(value: Any, hand: Hand) -> yaml.Node:
    if isinstance(value, dict):
        entries = [(_node(k, hand), _node(v, hand)) for k, v in hand.entries(value)]
        return yaml.MappingNode(MAP, entries, flow_style=hand.flow(value))
    if isinstance(value, list):
        return yaml.SequenceNode(SEQ, [_node(v, hand) for v in value], flow_style=hand.flow(value))
    if isinstance(value, str):
        return yaml.ScalarNode(STR, value, style=hand.quotes(value))
    return yaml.ScalarNode(f"tag:yaml.org,2002:{_KINDS[type(value)]}", _said(value))


_KINDS = {bool: "bool", int: "int", float: "float", type(None): "null"}


def _said(value: float | bool | None) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        # PyYAML tags what its own resolver, of YAML 1.1, would not read as a float
        return re.sub(r"^(-?\d+)(e|$)", r"\1.0\2", repr(value))
    return str(value)
