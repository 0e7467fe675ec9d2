"""What a spec, or an image, may cost before any work is done for it.

Each limit has a default that no spec written by hand comes near, and a ceiling that it can't be
raised past. `netspec … --limit NAME=N` and `netspec.load(…, limits=Limits(NAME=N))` set them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

SUFFIXES: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit as documentation tells it: what it bounds, and why by these two numbers."""

    name: str
    default: int
    ceiling: int
    doc: str
    why: str
    beyond: str

    @property
    def option(self) -> str:
        """The name as the command line writes it."""
        return self.name.replace("_", "-")


def _limit(default: int, ceiling: int, doc: str, why: str, beyond: str) -> Any:
    told = {"default": default, "ceiling": ceiling, "doc": doc, "why": why, "beyond": beyond}
    return field(default=default, metadata=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on a file, an expansion, a network and an image; each refusal names the bound.

    Raises `TypeError` for a limit that is no int, `ValueError` for one outside 1 to its ceiling.
    """

    file_bytes: int = _limit(
        1 << 20,
        64_000_000,
        "bytes of a spec file, and of each file it extends",
        "20,000 written-out steps fit; a larger file is generated, or is not a spec",
        "reading takes some 60 bytes of memory for each of the file's",
    )
    depth: int = _limit(
        64,
        100,
        "levels of values within values",
        "steps nested 20 deep, each three levels of YAML, fit",
        "checks call themselves once a level",
    )
    values: int = _limit(
        400_000,
        20_000_000,
        "keys and values of a file",
        "a file of 1 MiB that is a network has half of it",
        "each takes some 300 bytes of memory",
    )
    string_length: int = _limit(
        4_096,
        1_000_000,
        "characters of a string",
        "long notes go into comments",
        "messages and hashes hold whole strings",
    )
    number_length: int = _limit(
        64,
        1_000,
        "characters of a number",
        "no float has more than 17 digits that count, no size more than 10",
        "Python reads no integer of more than 4,300 digits",
    )
    layers: int = _limit(
        20_000,
        1_000_000,
        "layers, after templates and loops; of steps, blocks among them, twice as many",
        "the deepest published networks have some 1,000",
        "each takes some 5 kB of memory and a third of a millisecond",
    )
    dimension: int = _limit(
        (1 << 31) - 1,
        (1 << 31) - 1,
        "numbers along one axis",
        "frameworks count along an axis in 32 bits",
        "frameworks count along an axis in 32 bits",
    )
    tensor_elements: int = _limit(
        1 << 40,
        10**18,
        "numbers in one image's value at any step",
        "it would fill 4 TiB in float32; more is a slip in an input's size or a filter count",
        "frameworks count bytes in 64 bits",
    )
    parameters: int = _limit(
        1 << 31,
        10**18,
        "numbers in all weights together",
        "they fill 8 GiB in float32; more is a slip in a filter count",
        "frameworks count bytes in 64 bits",
    )
    expression_length: int = _limit(
        200,
        100_000,
        "characters of an expression",
        "longer ones are read by nobody; `functions:` and parameters split them",
        "each of its parts is evaluated at every step that it reaches",
    )
    expression_depth: int = _limit(
        20,
        60,
        "levels of parentheses, calls and signs in an expression",
        "deeper ones are read by nobody",
        "parser and evaluation call themselves a few times a level",
    )

    image_bytes: int = _limit(
        256_000_000,
        2_000_000_000,
        "bytes of an image file",
        "the largest that cameras write have a tenth of it",
        "they are held in memory",
    )
    image_pixels: int = _limit(
        1 << 26,
        89_478_485,
        "pixels of an image, and of the image resized",
        "64 million take 200 MB of memory; a small file can hold far more than anyone means",
        "Pillow warns of more",
    )

    def __post_init__(self) -> None:
        for bound in BOUNDS.values():
            value = getattr(self, bound.name)
            if type(value) is not int:
                raise TypeError(f"limit {bound.name} takes an int, not {value!r}")
            if not 1 <= value <= bound.ceiling:
                raise ValueError(f"limit {bound.name} is 1 to {bound.ceiling:,}: {bound.beyond}")

    def hints(self, name: str, wanted: int = 0) -> tuple[str, ...]:
        """How to raise the limit to what is wanted, where that is known; or why it can't be."""
        bound, now = BOUNDS[name], getattr(self, name)
        if max(now + 1, wanted) > bound.ceiling:
            most = f"{bound.ceiling:,}"
            return (f"the limit {bound.option} can't be raised past {most}: {bound.beyond}",)
        value = min(_neat(max(2 * now, wanted)), bound.ceiling)
        return (f"if it is meant, raise the limit: --limit {bound.option}={value_text(value)}",)


BOUNDS: Mapping[str, Bound] = {
    each.name: Bound(each.name, **each.metadata) for each in fields(Limits)
}
"""Every limit by its name, in written order."""
DEFAULT = Limits()


def table() -> str:
    """All limits as a table in Markdown: what docs hold, and a test compares."""
    rows = ["| limit | default | ceiling | what it bounds | why |", "|---|---|---|---|---|"]
    rows += [
        f"| `{bound.option}` | {bound.default:,} | {bound.ceiling:,} | {bound.doc} |"
        f" {bound.why}; ceiling: {bound.beyond} |"
        for bound in BOUNDS.values()
    ]
    return "\n".join(rows) + "\n"


def value_text(value: int) -> str:
    """The number with the largest suffix that leaves it whole: 4G, 40k, 4096."""
    suffix = next(s for s in reversed(SUFFIXES) if value % SUFFIXES[s] == 0)
    return f"{value // SUFFIXES[suffix]}{suffix}"


def _neat(value: int) -> int:
    """The number, rounded up to one digit that counts."""
    digit: int = 10 ** (len(str(value)) - 1)
    return -(-value // digit) * digit
