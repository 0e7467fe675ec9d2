"""Whole specs drawn at random: grown step by step, each step's op asked whether it fits.

What is drawn is right by construction, so that a refusal is a finding. Shapes on the way are the
ops' own; names, their reach, and what `use`, `for`, `when` and `defaults` mean are worked out here,
apart from the package: only of a template that is used once more the package is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from corpus.hostile import STEPS
from hypothesis import strategies as st
from texts import load_text

from netspec.diagnostics import SpecError
from netspec.ir.shapes import Map, Shape
from netspec.language.judging import is_valid
from netspec.language.names import check_name
from netspec.ops.base import ShapeError
from netspec.ops.table import OPS
from property.bodies import ELEMENTS, Bodies, Draw, Plain, alike, fitting, joins, typed
from property.spelling import to_text

Names = Mapping[str, Shape]
"""The steps in reach, by the name or path that a `from` may have for them."""

LETTERS = tuple("abcdefghijklmnop")
NAMES = tuple(dict.fromkeys((*LETTERS, *(name for name in STEPS if check_name(name) is None))))
INPUTS = ("image", "x", "inputs_", "data")
STEPS_AT_MOST, DEEPEST = 14, 3
TYPES = {int: "int", float: "float", bool: "bool", str: "string"}


@dataclass(frozen=True)
class Drawn:
    """A spec as plain data."""

    plain: Plain

    @property
    def text(self) -> str:
        """The spec as YAML."""
        return to_text(self.plain)


@dataclass(frozen=True)
class Place:
    """Where steps are grown: what they see, and what holds for them.

    `own` are the parameters of the template around, if there is one. With `keeps` no step may
    change the height and width.
    """

    names: Names
    defaults: Plain
    depth: int = 0
    own: Plain | None = None
    keeps: bool = False

    def within(self, names: Names) -> Place:
        """The place behind steps of these names, which hide others."""
        hidden = {name.partition("/")[0] for name in names}
        kept = {n: s for n, s in self.names.items() if n.partition("/")[0] not in hidden}
        return replace(self, names={**kept, **names})

    def near(self, shape: Shape) -> list[str]:
        """The names that a step may take in the place of a value of this shape."""
        return [n for n, s in self.names.items() if not self.keeps or alike(s, shape)]


class Grown(NamedTuple):
    """A step: its body, what it gives, and what is in it, by paths that begin below it."""

    body: Any
    shape: Shape
    inner: Names = MappingProxyType({})


class Rows(NamedTuple):
    """A step that a loop repeats: what each of its names gives."""

    body: Plain
    shapes: Mapping[str, Shape]


class Chain(NamedTuple):
    """Steps one after the other, what the last gives, and the names that they put in reach."""

    steps: list[Plain]
    shape: Shape
    names: dict[str, Shape]


@st.composite
def specs(draw: Draw) -> Drawn:
    """Specs that are right."""
    return Drawn(_Growth(draw).spec())


def below(name: str, grown: Grown) -> dict[str, Shape]:
    """The paths in a step, seen from beside it."""
    return {f"{name}/{path}": shape for path, shape in grown.inner.items()}


class _Growth(Bodies):
    """One spec while it grows."""

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        self.left = STEPS_AT_MOST
        self.templates: Plain = {}
        self.arguments: dict[str, Plain] = {}
        self.defaults: Plain = {}

    def name(self, taken: Iterable[str]) -> str:
        return self.one([name for name in NAMES if name not in taken])

    def spec(self) -> Plain:
        own = self.one(INPUTS)
        size = Map(self.integer(1, 12), self.integer(1, 12), self.integer(1, 9))
        self.defaults = self.drawn_defaults(size)
        place = Place({own: size}, self.defaults)
        chain = self.chain(size, place)
        if not chain.steps or not chain.names:
            chain = Chain([*chain.steps, {"a": {"op": "identity"}}], size, {"a": size})
        heads = self.heads(place.within(chain.names))
        parts = {
            "netspec": 1,
            "name": self.one(["Net", *NAMES]),
            "params": self.words.params,
            "functions": self.words.functions,
            "input": {own: sides(size)},
            "defaults": self.defaults,
            "templates": self.templates,
            "steps": chain.steps,
            "heads": heads.steps,
            "outputs": self.outputs({**chain.names, **heads.names}, top(chain.names)[-1]),
        }
        return {key: part for key, part in parts.items() if part}

    def outputs(self, paths: Names, last: str) -> Plain:
        others = [path for path in paths if path != last]
        chosen = self.some(others, 0, 2) if others else []
        listed = self.one([[last, *chosen], [*chosen, last]])
        return {path: self.output() for path in listed}

    def output(self) -> Plain:
        return {"loss_weight": self.one([0.4, 1, 0, 0.25])} if self.chance(15) else {}

    def drawn_defaults(self, shape: Shape) -> Plain:
        if not self.chance(25):
            return {}
        chosen = self.some(OPS, 1, 2)
        return {op: made for op in chosen if (made := self.fields(op, shape, {}, 40))}

    def heads(self, place: Place) -> Chain:
        if not self.chance(20):
            return Chain([], Map(1, 1, 1), {})
        self.left = 2
        source, name = self.one(place.names), self.name(top(place.names))
        made = self.chain(place.names[source], replace(place, depth=1))
        if not made.names:
            return Chain([], Map(1, 1, 1), {})
        grown = Grown({"from": source, "steps": made.steps}, made.shape, made.names)
        return Chain([{name: grown.body}], made.shape, {name: made.shape, **below(name, grown)})

    # lists of steps

    def chain(self, shape: Shape, place: Place) -> Chain:
        """Steps one after the other; the names at the top of a file include the input's."""
        chain = Chain([], shape, {})
        for _ in range(self.integer(1, 3 if place.depth else 7)):
            if self.left > 0:
                self.left -= 1
                chain = self.longer(chain, place)
        return chain

    def longer(self, chain: Chain, place: Place) -> Chain:
        """The chain with one step more, if the first that is tried fits."""
        here = place.within(chain.names)
        taken = {*chain.names} if place.depth else {*here.names}
        if self.chance(6):
            chain.steps.append({self.name(taken): self.left_out(chain.shape, here)})
        ways = [self.op] * 6 + [self.gather, self.use]
        if place.depth < DEEPEST:
            ways += [self.join, self.join, self.join, self.block]
        if self.chance(8):
            return self.looped(chain, here)
        made = self.one(ways)(chain.shape, here)
        if made is None:
            return chain
        name = self.name(taken)
        steps = [*chain.steps, {name: self.conditional(made, chain.shape)}]
        return Chain(steps, made.shape, {**chain.names, name: made.shape, **below(name, made)})

    def looped(self, chain: Chain, place: Place) -> Chain:
        free = [n for n in LETTERS if not any(t.startswith(f"{n}_") for t in place.names)]
        name = self.one(free)
        made = self.loop(chain.shape, place, name)
        if made is None:
            return chain
        *_, shape = made.shapes.values()
        steps = [*chain.steps, {f"{name}_{{i}}": made.body}]
        return Chain(steps, shape, {**chain.names, **made.shapes})

    def conditional(self, made: Grown, taken: Shape) -> Any:
        """The body, perhaps with a `when` that holds and with the shape that it expects."""
        body = dict(made.body)
        if self.chance(6):
            expression = self.sweet(True, taken, None)
            body["when"] = self.one([True, expression, "${1 < 2}", "${in.channels > 0}"])
        if self.chance(10):
            body["expect"] = made.shape.dims
        return body

    def left_out(self, shape: Shape, place: Place) -> Plain:
        """A step that a `when` removes; fields are looked at all the same."""
        op = self.one(fitting(shape))
        own, _ = self.fitted(op, (shape,), place.defaults.get(op, {}))
        return {"op": op, **own, "when": self.one([False, "${in.channels < 0}", "${2 < 1}"])}

    # one step

    def op(self, shape: Shape, place: Place) -> Grown | None:
        """An op of one input: the flow's, or that of a step in reach."""
        written = {}
        if (near := place.near(shape)) and self.chance(12):
            written["from"] = self.one(near)
            shape = place.names[written["from"]]
        op = self.one(fitting(shape))
        own, output = self.fitted(op, (shape,), place.defaults.get(op, {}), keeps=place.keeps)
        if output is None:
            return None
        return Grown({**written, "op": op, **self.sweetened(own, shape, place.own)}, output)

    def gather(self, shape: Shape, place: Place) -> Grown | None:
        """A join of steps in reach, by `from: [A, B]`."""
        near = place.near(shape)
        if not near:
            return None
        first = self.one(near)
        fits = [n for n in near if alike(place.names[n], place.names[first])]
        sources = [first, *(self.one(fits) for _ in range(self.integer(1, 2)))]
        op = self.one(joins())
        own, output = self.fitted(op, self.shapes(sources, place), place.defaults.get(op, {}))
        if output is None:
            sources = [first, first]
            own, output = self.fitted(op, self.shapes(sources, place), place.defaults.get(op, {}))
        return None if output is None else Grown({"op": op, "from": sources, **own}, output)

    def shapes(self, names: Iterable[str], place: Place) -> tuple[Shape, ...]:
        return tuple(place.names[name] for name in names)

    def loop(self, shape: Shape, place: Place, name: str) -> Rows | None:
        """An op repeated; one of its numbers may change from row to row."""
        op = self.one(fitting(shape))
        outer = place.defaults.get(op, {})
        own, output = self.fitted(op, (shape,), outer, keeps=place.keeps)
        count = self.integer(1, 3)
        rows = self.one([[*range(1, count + 1)], [*"xyz"[:count]]])
        column = [self.integer(1, 4) for _ in rows]
        counts = [key for key in own if all(_takes(op, key, number) for number in column)]
        series = {self.one(counts): column} if counts and self.chance(60) else {}
        shapes = {}
        try:
            for index, row in enumerate(rows):
                changed = {key: column[index] for key, column in series.items()}
                output = typed(op, {**outer, **own, **changed}, (shape,))
                if place.keeps and not alike(output, shape):
                    return None
                shapes[f"{name}_{row}"] = shape = output
        except ShapeError:
            return None
        written = self.one([rows, f"1..{count}"]) if rows[0] == 1 else rows
        loop = {"i": written, "w": column} if series else {"i": written}
        return Rows({"op": op, "for": loop, **own, **dict.fromkeys(series, "$w")}, shapes)

    # steps of steps

    def block(self, shape: Shape, place: Place) -> Grown | None:
        """Steps of their own, perhaps with defaults of their own."""
        more = self.drawn_defaults(shape)
        outer = place.defaults
        merged = {**outer, **{op: {**outer.get(op, {}), **own} for op, own in more.items()}}
        made = self.chain(shape, replace(place, defaults=merged, depth=place.depth + 1))
        if not made.names:
            return None
        body = {"defaults": more, "steps": made.steps} if more else {"steps": made.steps}
        return Grown(body, made.shape, made.names)

    def join(self, shape: Shape, place: Place) -> Grown | None:
        """A join of branches, which keep the size or all end with one step that changes it."""
        op = self.one(joins())
        inside = replace(place, depth=place.depth + 1, keeps=True)
        end = None if place.keeps or not self.chance(25) else self.ending(shape, inside)
        branches = [self.branch(shape, inside, end) for _ in range(self.integer(1, 4))]
        outer = place.defaults.get(op, {})
        _, output = self.fitted(op, tuple(b.shape for b in branches), outer)
        if output is None:
            branches = [self.closed(branch, branches[0].shape) for branch in branches]
        own, output = self.fitted(op, tuple(b.shape for b in branches), outer)
        if output is None:
            return None
        listed: dict[str, Grown] = {}
        for branch in branches:
            listed[self.name(listed)] = self.written(branch)
        body = {"op": op, **self.sweetened(own, shape, place.own)}
        body["branches"] = [{name: grown.body} for name, grown in listed.items()]
        inner = {name: grown.shape for name, grown in listed.items()}
        for name, grown in listed.items():
            inner |= below(name, grown)
        return Grown(body, output, inner)

    def ending(self, shape: Shape, inside: Place) -> Grown | None:
        """A step with which each of some branches may end, without expressions."""
        op = self.one(fitting(shape))
        own, output = self.fitted(op, (shape,), inside.defaults.get(op, {}))
        return None if output is None else Grown({"op": op, **own}, output)

    def branch(self, shape: Shape, inside: Place, end: Grown | None) -> Chain:
        made = self.chain(shape, inside) if self.chance(75) else Chain([], shape, {})
        if end is None:
            return made
        op = end.body["op"]
        fields = {**inside.defaults.get(op, {}), **{k: v for k, v in end.body.items() if k != "op"}}
        try:
            output = typed(op, fields, (made.shape,))
        except ShapeError:
            output = None
        if output is None or not alike(output, end.shape):
            made, output = Chain([], shape, {}), end.shape
        return self.behind(made, end.body, output)

    def closed(self, chain: Chain, wanted: Shape) -> Chain:
        """The branch with a step behind it that gives it as many channels as are wanted."""
        body: Plain = {"op": "dense"}
        if isinstance(wanted, Map):
            body = {"op": "conv", "kernel": 1, "stride": 1, "padding": "valid", "groups": 1}
        if chain.shape == wanted:
            return chain
        return self.behind(chain, {**body, "filters": wanted.channels, "width": "none"}, wanted)

    def behind(self, chain: Chain, body: Plain, shape: Shape) -> Chain:
        name = self.name(chain.names)
        return Chain([*chain.steps, {name: body}], shape, {**chain.names, name: shape})

    def written(self, chain: Chain) -> Grown:
        """A branch as a list, or as the body of its only step."""
        if len(chain.steps) == 1 and self.chance(30):
            ((name, body),) = chain.steps[0].items()
            if name in chain.names:
                inner = {p.partition("/")[2]: s for p, s in chain.names.items() if "/" in p}
                return Grown(body, chain.shape, inner)
        return Grown(chain.steps, chain.shape, chain.names)

    # templates

    def use(self, shape: Shape, place: Place) -> Grown | None:
        """A template's first use, or one more of a template that there is."""
        if self.templates and self.chance(60):
            return self.used_again(self.one(self.templates), shape, place)
        if place.depth >= DEEPEST:
            return None
        own: Plain = {}
        inside = Place({}, self.defaults, place.depth, own, place.keeps)
        grown = self.one([self.block, self.block, self.join, self.op])(shape, inside)
        if grown is None:
            return None
        name = self.name(self.templates)
        declared = {parameter: self.declared(value) for parameter, value in own.items()}
        self.templates[name] = {"params": declared, **grown.body} if own else grown.body
        self.arguments[name] = own
        bare = [p for p, d in declared.items() if d in TYPES.values() or d == {"type": _type(d)}]
        given = {p: v for p, v in own.items() if p in bare or self.chance(30)}
        return Grown({"use": name, "with": given} if given else {"use": name}, *grown[1:])

    def declared(self, value: Any) -> Any:
        kind = TYPES[type(value)]
        return self.one([kind, value, {"type": kind}, {"type": kind, "default": value}])

    def used_again(self, name: str, shape: Shape, place: Place) -> Grown | None:
        own = self.arguments[name]
        changed = {p: v + 1 if type(v) is int and self.chance(30) else v for p, v in own.items()}
        body = {"use": name, "with": changed} if changed else {"use": name}
        made = self.asked(body, shape)
        if made is None or made.shape.elements > ELEMENTS:
            return None
        return None if place.keeps and not alike(made.shape, shape) else made

    def asked(self, body: Plain, shape: Shape) -> Grown | None:
        """What the package says that the step gives; nothing where it refuses it."""
        size = shape if isinstance(shape, Map) else Map(1, 1, shape.channels)
        flat = [] if isinstance(shape, Map) else [{"b": {"op": "flatten"}}]
        plain = {
            "netspec": 1,
            "name": "Asked",
            "params": self.words.params,
            "functions": self.words.functions,
            "input": {"c": sides(size)},
            "defaults": self.defaults,
            "templates": self.templates,
            "steps": [*flat, {"a": body}],
            "outputs": {"a": {}},
        }
        try:
            *_, step = load_text(to_text(plain)).tree.steps
        except SpecError:
            return None
        inner = {s.path.removeprefix("a/"): s.output for s in step.walk() if s is not step}
        return Grown(body, step.output, inner)


def sides(size: Map) -> Plain:
    """A map's size as a spec writes it."""
    return {"height": size.height, "width": size.width, "channels": size.channels}


def top(names: Names) -> list[str]:
    """The names that are no paths, in order."""
    return [name for name in names if "/" not in name]


def _takes(op: str, field: str, value: Any) -> bool:
    return is_valid(value, OPS[op].options()[field].kind.schema)


def _type(declared: Any) -> Any:
    return declared.get("type") if isinstance(declared, dict) else None
