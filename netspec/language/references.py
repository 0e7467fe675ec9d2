"""Resolves `from`: the step of a name or path, or why there is none."""

from __future__ import annotations

from netspec.diagnostics import Diagnostic
from netspec.language.frames import Flow, Frame, Items
from netspec.language.scope import Scope, Unknown
from netspec.reading.document import Mapping, Node, Scalar, Sequence
from netspec.suggestions import did_you_mean


def resolve(node: Node, scope: Scope, frame: Frame) -> tuple[str, Flow]:
    """The name that a `from` gives, and what it stands for; raises `Unknown`."""
    assert isinstance(node, Scalar)
    value = scope.value(node)
    if not isinstance(value, str):
        message = "`from` takes a step's name, or a list of them"
        raise scope.fail(Diagnostic("NS204", message, node.span))
    name = frame.renamed(scope.name(value, node.span))
    flow = frame.find(name)
    if flow is None:
        raise _missing(name, node, scope, frame)
    return name, flow


def _missing(name: str, node: Node, scope: Scope, frame: Frame) -> Unknown:
    if join := _join_around(name, frame):
        message = f"`{name[:80]}` can't be taken: branches of `{join}` see none of one another"
        start = "each starts from what the join is given, and knows its own steps by name alone"
        return scope.fail(Diagnostic("NS306", message, node.span, hints=(start,)))
    if gone := frame.gone(name):
        message = f"`{name}` is {gone.why}"
        related = gone.related
        return scope.fail(
            Diagnostic("NS306", message, node.span, hints=(gone.hint,), related=related)
        )
    for around in frame.outward():
        if (found := _later(name, around, node)) is not None:
            return scope.fail(found)
    if frame.may_know():
        return Unknown()
    message = f"there is no step `{name[:80]}` before this one"
    hints = did_you_mean(name, frame.known())
    if scope.uses and not hints:
        hints = ("a template sees its own steps alone; what it is given is its input",)
    return scope.fail(Diagnostic("NS306", message, node.span, hints=hints))


def _join_around(name: str, frame: Frame) -> str:
    """The join around the step that asks, if one of its branches is meant; else empty."""
    first, *rest = name.split("/")
    for around in frame.outward():
        if not around.items:
            continue
        join, entry = around.items[around.position]
        node = entry.value.get("branches") if isinstance(entry.value, Mapping) else None
        items = node.items if isinstance(node, Sequence) else ()
        branches = [key for item in items if isinstance(item, Mapping) for key in item.entries]
        if first in branches or (first == join and rest[:1] and rest[0] in branches):
            return join
    return ""


def _later(name: str, frame: Frame, node: Node) -> Diagnostic | None:
    """The fault of a step that takes itself, or one that stands further on in this frame."""
    first, *_ = name.split("/")
    places = [i for i, (n, _) in enumerate(frame.items) if n == first and i >= frame.position]
    if not places:
        return None
    if chain := _way_back(places[0], frame):
        cycle = " → ".join(chain)
        return Diagnostic("NS310", f"a step takes its own output: {cycle}", node.span)
    related = (("it stands here", frame.items[places[0]][1].key_span),)
    message = f"`{first}` comes later; a step takes what stands before it"
    return Diagnostic("NS306", message, node.span, related=related)


def _way_back(start: int, frame: Frame) -> list[str]:
    """The names from the step that is walked over the one at `start` back to itself, if any."""
    items, here = frame.items, frame.position
    places: dict[str, list[int]] = {}
    for place, (name, _) in enumerate(items):
        places.setdefault(name, []).append(place)
    came_from: dict[int, int] = {start: here}
    waiting = [start]
    while waiting and waiting[-1] != here:
        place = waiting.pop()
        for taken in _taken(place, items, places):
            if taken not in came_from:
                came_from[taken] = place
                waiting.append(taken)
    if not waiting:
        return []
    chain = [came_from[here]] if start != here else []
    while chain and chain[-1] != start:
        chain.append(came_from[chain[-1]])
    return [items[i][0] for i in (here, *reversed(chain), here)]


def _taken(place: int, items: Items, places: dict[str, list[int]]) -> list[int]:
    """The steps of the same list that the one at `place` takes, so far as it is written plainly."""
    body = items[place][1].value
    node = body.get("from") if isinstance(body, Mapping) else None
    if node is None:
        return [place - 1] if place else []
    listed = node.items if isinstance(node, Sequence) else (node,)
    return [i for item in listed for i in places.get(str(item.plain).split("/")[0], ())]
