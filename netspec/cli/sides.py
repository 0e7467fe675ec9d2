"""The two specs of a command that compares: what is set on each, and what people call them."""

from __future__ import annotations

import click

from netspec.reading.files import printable_name

Side = tuple[str, tuple[str, ...], str | None]
"""A spec, what is set on it, and its input size."""
Set = tuple[tuple[str, ...], str | None]
"""What `--set` and `--input` say, or their kin for one side."""


def sides_of(a: str, b: str | None, both: Set, of_a: Set, of_b: Set) -> tuple[Side, Side]:
    """Both sides. Without B that is A with what is said for both.

    Raises `UsageError` where nothing would tell the two apart.
    """
    if b is None and not any(any(said) for said in (both, of_a, of_b)):
        raise click.UsageError("name B, or say by --set or --input how it differs from A")
    shared: Set = ((), None) if b is None else both
    return (
        (a, (*shared[0], *of_a[0]), of_a[1] or shared[1]),
        (a if b is None else b, (*both[0], *of_b[0]), of_b[1] or both[1]),
    )


def names_of(sides: tuple[Side, Side]) -> tuple[str, str]:
    """What people call the two: as they are given, with what is set on one of them alone."""
    (a, set_a, size_a), (b, set_b, size_b) = sides
    return (
        _named(a, [text for text in set_a if text not in set_b], size_a, size_b),
        _named(b, [text for text in set_b if text not in set_a], size_b, size_a),
    )


def _named(source: str, own: list[str], size: str | None, other: str | None) -> str:
    said = [*own, *([f"input {size}"] if size and size != other else [])]
    return printable_name(f"{source} with {', '.join(said)}" if said else source)
