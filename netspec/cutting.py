"""Cuts a typed tree at endpoints: what they don't need is left out, and they are the outputs.

    A → B → C(join: L, R) → D, cut at C/L:   A → B → C(block: L)

Paths stay, and with them the names of weights. A join that is not needed itself, only some of its
branches, becomes a block of these. The tree can be printed as a spec, and reads back as itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

from netspec.diagnostics import Diagnostic, SpecError
from netspec.language.tree import Output, Step, Tree, blocks_around
from netspec.ops.activation import Identity
from netspec.suggestions import nearest


def cut(tree: Tree, endpoints: Iterable[str]) -> Tree:
    """The tree with these paths as its outputs, in this order, and nothing that they don't need.

    A path that is given twice counts once. Raises `SpecError`: NS306 for a path that does not
    exist or is the input, NS315 where none is given.
    """
    paths = tuple(dict.fromkeys(endpoints))
    steps = {step.path: step for step in tree.walk()}
    faults = [unknown_endpoint(path, tree.input_name, steps) for path in paths if path not in steps]
    if not paths:
        hint = "name the steps whose values are wanted, such as the last one before the head"
        faults = [Diagnostic("NS315", "no endpoint is given", hints=(hint,))]
    if faults:
        raise SpecError(faults)
    knife = _Knife.of(_needed(paths, steps), tree.input_name)
    body = knife.cut(tree.steps)
    heads = tuple(map(knife.head, knife.cut(tree.heads)))
    weights = {output.path: output.loss_weight for output in tree.outputs}
    return replace(
        tree,
        steps=body or heads,  # a spec has steps, of which a head that stands alone is one
        heads=heads if body else (),
        outputs=tuple(Output(path, weights.get(path)) for path in paths),
    )


def unknown_endpoint(path: str, input_name: str, known: Iterable[str]) -> Diagnostic:
    """That there is no such step, with those that are called much the same."""
    if path == input_name:
        hint = "an endpoint is a step's value"
        return Diagnostic("NS306", f"`{path}` is the input, not a step", hints=(hint,))
    hints = tuple(f"nearest: {near}" for near in nearest(path, known))
    return Diagnostic("NS306", f"there is no step at `{path[:120]}`", hints=hints)


def _needed(endpoints: Iterable[str], steps: Mapping[str, Step]) -> set[str]:
    """The steps whose values are computed: those of the endpoints, and what these rest on."""
    needed: set[str] = set()
    waiting = list(endpoints)
    while waiting:
        path = waiting.pop()
        if path in needed or path not in steps:  # the input is no step
            continue
        needed.add(path)
        waiting += _rests_on(steps[path])
    return needed


def _rests_on(step: Step) -> tuple[str, ...]:
    """The paths whose values make a step's: a block's is its last step's."""
    inner = tuple(child.path for child in step.children)
    if step.op is None and inner:
        return inner[-1:]
    return inner or step.takes


@dataclass(frozen=True, slots=True)
class _Knife:
    """What decides over steps: whose values are needed, and which stand around one of these."""

    needed: Set[str]
    kept: Set[str]
    input_name: str

    @classmethod
    def of(cls, needed: Set[str], input_name: str) -> _Knife:
        kept = {kept for path in needed for kept in (path, *blocks_around(path))}
        return cls({*needed, input_name}, kept, input_name)

    def cut(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Those of the steps that are kept, with what is kept within them."""
        return tuple(self._pruned(step) for step in steps if step.path in self.kept)

    def head(self, step: Step) -> Step:
        """A head, which must say where it starts even if nothing in it does."""
        if step.written_from:
            return step
        return replace(step, takes=(self.input_name,), written_from=(self.input_name,))

    def _pruned(self, step: Step) -> Step:
        children = self.cut(step.children)
        if step.path in self.needed and (step.op is not None or not step.children):
            return replace(step, children=children)
        if step.op is not None:
            children = _one_after_another(children, step)
        return self._block(step, children)

    def _block(self, step: Step, children: tuple[Step, ...]) -> Step:
        """A block that stands around what is needed; what nothing in it takes may be gone."""
        block = replace(step, op=None, fields=None, children=children, output=children[-1].output)
        if self.needed >= set(step.takes):
            return block
        return replace(block, takes=(self.input_name,), written_from=())


def _one_after_another(branches: tuple[Step, ...], join: Step) -> tuple[Step, ...]:
    """Branches as the steps of a block; where there are several each says where it starts.

    Names are found from within: a branch that is called like a step that another starts from comes
    behind it.
    """
    starts = {taken.split("/")[i] for b in branches for taken in b.takes for i in _levels(taken)}
    first, *others = sorted(branches, key=lambda branch: branch.name in starts)
    return tuple(_as_step(b, join.path) for b in (first, *others)) if others else (_listed(first),)


def _levels(path: str) -> range:
    return range(path.count("/") + 1)


def _as_step(branch: Step, block: str) -> Step:
    return replace(_listed(branch), written_from=tuple(_name(t, block) for t in branch.takes))


def _name(path: str, block: str) -> str:
    """How a step within the block calls the one at a path: from the innermost that both are in."""
    parts, around = path.split("/"), block.split("/")
    shared = 0
    while shared < len(parts) - 1 and parts[: shared + 1] == around[: shared + 1]:
        shared += 1
    return "/".join(parts[shared:])


def _listed(branch: Step) -> Step:
    """A branch as a step of a list, where one that does nothing says so."""
    empty = branch.op is None and not branch.children
    return replace(branch, op=Identity(), fields={}) if empty else branch
