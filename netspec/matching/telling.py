"""A comparison for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netspec.diagnostics import Span
from netspec.matching.differences import Difference
from netspec.matching.foreign import ForeignModel
from netspec.matching.match import Matching
from netspec.reading.files import printable_name


def told(found: Matching, name: str, there: ForeignModel) -> str:
    """The comparison of the spec of that name with a model, in lines."""
    return "\n".join((*_differences(found), *_left_out(found), _verdict(found, name, there)))


def _differences(found: Matching) -> Iterator[str]:
    for each in found.differences:
        yield printable_name(str(each))
        if each.origin:
            uses = (f", in {use.template} used at {use.used}" for use in each.origin.uses)
            yield f"   here {each.origin.span}{''.join(uses)}"
        if each.node:
            yield f"   there node {printable_name(each.node)}"
        if each.cure:
            yield f"   help: {each.cure} takes an image of that size"


def _left_out(found: Matching) -> Iterator[str]:
    for path in found.left_out:
        yield f"{path} is not in the file, and has no weights of its own"


def _verdict(found: Matching, name: str, there: ForeignModel) -> str:
    if found.equal:
        return f"{there.file} is {name}: {found.alike} of {found.steps} parts compute the same"
    count = len(found.differences)
    differ = "1 difference" if count == 1 else f"{count} differences"
    far = f", all of them up to {found.last}" if found.last else ""
    return (
        f"{there.file} is another network than {name}: {differ};"
        f" {found.alike} of {found.steps} parts compute the same{far}"
    )


def to_json(found: Matching, spec_hash: str, there: ForeignModel) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        "equal": found.equal,
        "file": there.file,
        "spec_hash": spec_hash,
        "alike": found.alike,
        "parts": found.steps,
        "alike_up_to": found.last or None,
        "left_out": list(found.left_out),
        "differences": [_plain(each) for each in found.differences],
        "pairs": [[ours.main.step, theirs.main.name] for ours, theirs in found.pairs],
    }


def _plain(each: Difference) -> dict[str, Any]:
    span: Span | None = each.origin.span if each.origin else None
    return {
        "step": each.step,
        "field": each.field,
        "here": each.here,
        "there": each.there,
        "node": each.node or None,
        "file": span.source.name if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "message": str(each),
    }
