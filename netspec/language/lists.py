"""The steps of a list: each as often as its loop says, renamed and joined by others as patched."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.diagnostics import Diagnostic
from netspec.language.budget import Budget
from netspec.language.frames import Frame, Items, within
from netspec.language.loops import rows
from netspec.language.names import check_name
from netspec.language.patches import Layer, Patch
from netspec.language.scope import Scope, Unknown
from netspec.language.sites import Item
from netspec.reading.document import Entry, Mapping, Node, Sequence


class Lists:
    """What all lists of one walk share. What a patch inserts sees the file's scope."""

    def __init__(
        self,
        file_scope: Scope,
        layers: tuple[Layer, ...],
        faulty: frozenset[int],
        budget: Budget,
    ) -> None:
        self.file_scope, self.layers, self.faulty = file_scope, layers, faulty
        self.budget = budget
        # beside its items each list itself, so that its id stays its own
        self._known: dict[int, tuple[Node | None, Items]] = {}

    def items(self, node: Node | None, frame: Frame) -> Items:
        """The named items of a list; the frame is incomplete where the list has others."""
        items = node.items if isinstance(node, Sequence) else ()
        _, known = self._known.get(id(node), (None, None))
        if known is None:
            named = (i for i in items if isinstance(i, Mapping) and id(i) not in self.faulty)
            known = [next(iter(item.entries.items())) for item in named]
            self._known[id(node)] = (node, known)
        frame.incomplete |= len(known) < len(items)
        return known

    def steps(self, written: str, entry: Entry, scope: Scope, frame: Frame) -> Iterator[Item]:
        """The items that a step of a list becomes by its loop and by patches, in order."""
        for name, inner in self._repeated(written, entry, scope, frame):
            yield from self._through(Item(name, entry, inner), frame)

    def _repeated(
        self, written: str, entry: Entry, scope: Scope, frame: Frame
    ) -> list[tuple[str, Scope]]:
        """The name and scope of each repetition of a step; one without a `for`."""
        body = entry.value
        loop = body.get("for") if isinstance(body, Mapping) else None
        found = []
        try:
            if loop is not None and id(body) in self.faulty:
                raise Unknown
            for row in rows(loop, scope, self.budget.limits) if loop else ({},):
                self.budget.step(entry.key_span, scope)
                inner = scope.with_names(row)
                name = inner.name(written, entry.key_span)
                if fault := check_name(name):
                    raise scope.fail(Diagnostic(*fault, entry.key_span))
                found.append((name, inner))
        except Unknown:
            frame.incomplete = True
        return found

    def _through(self, item: Item, frame: Frame) -> Iterator[Item]:
        """The item behind all layers of patches but those that it has behind it."""
        depth = len(item.places)
        if depth == len(self.layers):
            yield item
            return
        base = frame.places[depth]
        place = None if base is None else within(base, item.name)
        found = () if place is None else self.layers[depth].at(place)
        for patch in found:
            yield from self._inserted(patch.before, frame, depth + 1)
        yield from self._through(self._met(item, place, found), frame)
        for patch in found:
            yield from self._inserted(patch.after, frame, depth + 1)

    def _inserted(self, steps: Node | None, frame: Frame, depth: int) -> Iterator[Item]:
        """The steps that a patch of the layer before `depth` puts beside the one it is for."""
        for written, entry in self.items(steps, frame) if steps else ():
            for name, inner in self._repeated(written, entry, self.file_scope, frame):
                yield from self._through(Item(name, entry, inner, (), (None,) * depth), frame)

    def _met(self, item: Item, place: str | None, found: tuple[Patch, ...]) -> Item:
        """The item behind one layer, whose patches for it are `found`."""
        for patch in found:
            if not patch.fields:
                self.layers[len(item.places)].note(patch)
            if patch.name:
                item = item._replace(name=patch.name, called=(*item.called, item.name))
        places = (*item.places, place)
        if any(patch.body for patch in found):
            places = (None,) * len(places)
        return item._replace(patches=(*item.patches, *found), places=places)
