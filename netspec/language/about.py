"""`about:`, where a network comes from: read by people, never evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netspec.ops.constructs import NOTES, Construct, JsonSchema, Kind, option
from netspec.ops.kinds import properties_of
from netspec.reading.document import Node, Plain

TEXT_AT_MOST = 500


def _as_it_is(value: Any) -> Any:
    return value


_TEXT = Kind(
    f"a text of 1 to {TEXT_AT_MOST} characters",
    {"type": "string", "minLength": 1, "maxLength": TEXT_AT_MOST},
    _as_it_is,
    _as_it_is,
)
_YEAR = Kind("a year", {"type": "integer", "minimum": 1900, "maximum": 2100}, _as_it_is, _as_it_is)


@dataclass(frozen=True, slots=True, kw_only=True)
class About(Construct):
    """Where the network comes from."""

    name = "about"
    year: int | None = option(_YEAR, "When it was published.", None)
    paper: str | None = option(_TEXT, "The publication that describes it.", None)
    source: str | None = option(_TEXT, "The code that this spec follows.", None)
    note: str | None = option(_TEXT, "What else a reader should know.", None)

    def given(self) -> dict[str, Plain]:
        """What is said, by key."""
        return {name: value for name, value in self.written().items() if value is not None}


ABOUT: JsonSchema = {
    "description": "Where the network comes from; texts are taken as they are.",
    "type": "object",
    "properties": properties_of(About),
    "patternProperties": NOTES,
    "additionalProperties": False,
}
"""The schema of the block."""


def about_of(node: Node | None) -> About:
    """What a block that the schema accepts says; nothing where there is no block."""
    plain = node.plain if node else None
    return About.from_plain(plain) if isinstance(plain, dict) else About()
