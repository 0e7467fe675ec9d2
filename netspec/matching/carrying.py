"""Carries the weights of one graph over to another of equal structure.

A kernel and what follows it may be kept in different ways: a conv with its batch norm, or with the
norm folded into kernel and bias. Where both are kept alike, every number stays what it is. Where
not, the kernel takes all factors and the rest becomes the bias, or the shift of a norm that does
nothing else: gamma 1, mean 0, variance 1 - epsilon.

    y = (W x + b) s + t  =  (W s) x + (b s + t)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from netspec.ir.graph import Graph, Node
from netspec.matching.differences import Difference, path_of
from netspec.matching.forms import Unit
from netspec.matching.identities import comparable
from netspec.matching.kept import Array, Kept, Weights, owned
from netspec.ops.norm import BatchNorm

PLACED, RESHAPED, FOLDED, SYNTHESISED = "placed", "reshaped", "folded", "synthesised"
IDENTITY = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0}


@dataclass(frozen=True, slots=True)
class Carried:
    """One weight of the spec: its value, how it came about, the other's weights it came from."""

    name: str
    value: Array
    fate: str
    sources: tuple[str, ...]
    note: str = ""


def carry(
    here: Graph, there: Graph, pairs: Iterable[tuple[Unit, Unit]], weights: Weights
) -> tuple[dict[str, Carried], list[Difference]]:
    """The spec's weights by name, from those of units that belong together.

    The differences are of units whose numbers the spec has no place for.
    """
    mine, other = owned(here), owned(there)
    found: dict[str, Carried] = {}
    differences: list[Difference] = []
    for ours, theirs in pairs:
        try:
            made = _unit(Kept(ours, {}, mine), Kept(theirs, weights, other))
        except _NoPlace as reason:
            field, given, wanted = reason.args
            place = (path_of(ours), ours.main.origin)
            differences.append(Difference(*place, field, given, wanted, theirs.name))
        else:
            found |= {each.name: each for each in made}
    order = {name: weight.shape for name, weight in here.weights()}
    unseen = "0: no output depends on it"
    every = {n: found.get(n) or _constant(n, shape, 0.0, unseen) for n, shape in order.items()}
    return every, differences


class _NoPlace(Exception):
    """The spec has no place for the other graph's numbers: a field, its value here and there."""


def epsilons(ours: Unit, theirs: Unit) -> Iterator[Difference]:
    """The differences of batch norms' epsilons, where both units have norms, one for one."""
    for norm, other in _norms(ours, theirs):
        here, there = norm.op.epsilon, other.op.epsilon
        if comparable(here) != comparable(there):
            place = (path_of(ours), ours.main.origin)
            yield Difference(*place, "epsilon", f"{here:g}", f"{there:.6g}", other.node.name)


class _Norm(NamedTuple):
    """A batch norm: its node, and the op that this is known to have."""

    node: Node
    op: BatchNorm


def _norms(ours: Unit, theirs: Unit) -> list[tuple[_Norm, _Norm]]:
    """The batch norms of two units side by side; none where they are kept in other ways."""
    mine, other = (
        [_Norm(node, node.op) for node in unit.affines if isinstance(node.op, BatchNorm)]
        for unit in (ours, theirs)
    )
    alike = len(mine) == len(ours.affines) == len(theirs.affines) == len(other)
    return list(zip(mine, other, strict=True)) if alike else []


def _unit(ours: Kept, theirs: Kept) -> list[Carried]:
    if not ours.kernel and not ours.unit.affines:
        return []
    norms = _norms(ours.unit, theirs.unit)
    bare = not ours.unit.affines and not theirs.unit.affines
    alike = (norms or bare) and _fits(ours, theirs)
    return list(_alike(ours, theirs) if alike else _apart(ours, theirs))


def _fits(ours: Kept, theirs: Kept) -> bool:
    """Whether all that the spec has no place for is a gamma right behind a kernel."""
    if theirs.bias and not ours.bias and theirs.value(theirs.bias).any():
        return False
    for norm, other in zip(ours.unit.affines, theirs.unit.affines, strict=True):
        beta, gamma = theirs.role(other, "beta"), theirs.role(other, "gamma")
        if beta and not ours.role(norm, "beta") and theirs.value(beta).any():
            return False
        scaled = gamma and not ours.role(norm, "gamma") and not _ones(theirs, gamma)
        if scaled and not (ours.kernel and norm is ours.unit.affines[0]):
            return False
    return True


def _ones(kept: Kept, name: str) -> bool:
    return bool((kept.value(name) == 1).all())


def _alike(ours: Kept, theirs: Kept) -> Iterable[Carried]:
    """The weights role by role; a gamma that the spec lacks goes into the kernel and the mean."""
    lacking = [
        theirs.role(other, "gamma")
        for norm, other in zip(ours.unit.affines, theirs.unit.affines, strict=True)
        if theirs.role(other, "gamma") and not ours.role(norm, "gamma")
    ]
    gammas = [name for name in lacking if not _ones(theirs, name)]
    factor = theirs.value(gammas[0]) if gammas else None
    scaled = _Scaled(ours, theirs, factor, tuple(gammas))
    if ours.kernel:
        yield scaled.moved(ours.kernel, theirs.kernel)
    if ours.bias:
        yield scaled.moved(ours.bias, theirs.bias)
    for norm, other in zip(ours.unit.affines, theirs.unit.affines, strict=True):
        for role in ("gamma", "beta", "moving_mean", "moving_variance"):
            if name := ours.role(norm, role):
                first = norm is ours.unit.affines[0]
                move = scaled.moved if first and role == "moving_mean" else scaled.kept
                yield move(name, theirs.role(other, role))


@dataclass(frozen=True, slots=True)
class _Scaled:
    """Moves weights, those before a gamma that is left out times that gamma."""

    ours: Kept
    theirs: Kept
    factor: Array | None
    gammas: tuple[str, ...]

    def kept(self, name: str, source: str) -> Carried:
        """A weight as it is; where the other has none, what does nothing."""
        shape = self.ours.shapes[name]
        if not source:
            nothing = IDENTITY.get(name.rpartition("/")[2], 0.0)
            return _constant(name, shape, nothing, f"{nothing:g}: the file has none")
        value = self.theirs.weights[source]
        fate = PLACED if value.shape == shape else RESHAPED
        return Carried(name, np.ascontiguousarray(value).reshape(shape), fate, (source,))

    def moved(self, name: str, source: str) -> Carried:
        """A weight times the gamma, where one is left out."""
        if self.factor is None or not source:
            return self.kept(name, source)
        value = self.theirs.value(source) * self.factor
        shaped = value.astype(np.float32).reshape(self.ours.shapes[name])
        note = "times the gamma that the spec's batch norm lacks"
        return Carried(name, shaped, FOLDED, (source, *self.gammas), note)


def _constant(name: str, shape: tuple[int, ...], value: float, note: str) -> Carried:
    return Carried(name, np.full(shape, value, np.float32), SYNTHESISED, (), note)


def _apart(ours: Kept, theirs: Kept) -> Iterable[Carried]:
    """The kernel with all factors, then the rest where the spec has a place for it."""
    scale, shift = theirs.total()
    sources = _names(theirs)
    if not ours.kernel:
        yield from _norm_alone(ours, scale, shift, sources)
        return
    yield _kernel(ours, theirs, scale)
    norms = ours.unit.affines
    if ours.bias:
        note = "0: the norm behind it has the shift" if norms else "all shifts together"
        rest = np.float64(0) if norms else shift
        yield _filled(ours, ours.bias, rest, note, () if norms else sources)
    elif not norms and shift.any():
        raise _NoPlace("bias", "none", "given")
    for index, norm in enumerate(norms):
        yield from _neutral(ours, norm, shift if index == 0 else np.float64(0), sources)


def _names(kept: Kept) -> tuple[str, ...]:
    """All weights of a unit but its kernel."""
    roles = ("scale", "shift", "gamma", "beta", "moving_mean", "moving_variance")
    of_norms = (kept.role(norm, role) for norm in kept.unit.affines for role in roles)
    return tuple(name for name in (kept.bias, *of_norms) if name)


def _kernel(ours: Kept, theirs: Kept, scale: Array) -> Carried:
    shape = ours.shapes[ours.kernel]
    value = theirs.weights[theirs.kernel]
    if (scale == 1).all():
        fate = PLACED if value.shape == shape else RESHAPED
        return Carried(ours.kernel, value.reshape(shape), fate, (theirs.kernel,))
    # outputs are the last axis, and of a depthwise kernel the last two
    outputs = value.astype(np.float64).reshape(-1, scale.size) if scale.size > 1 else value
    folded = (outputs * scale).astype(np.float32)
    note = "times the norm's scale"
    names = (theirs.kernel, *_names(theirs))
    return Carried(ours.kernel, folded.reshape(shape), FOLDED, names, note)


def _filled(
    kept: Kept, name: str, value: Array | np.float64, note: str, sources: tuple[str, ...]
) -> Carried:
    """A vector of these numbers, or of one number."""
    full = np.broadcast_to(np.asarray(value, np.float32), kept.shapes[name]).copy()
    fate = FOLDED if len(sources) > 1 else PLACED if sources else SYNTHESISED
    return Carried(name, full, fate, sources, note)


def _neutral(
    ours: Kept, norm: Node, shift: Array | np.float64, sources: tuple[str, ...]
) -> Iterable[Carried]:
    """The weights of a batch norm that adds a shift and does nothing else."""
    assert isinstance(norm.op, BatchNorm)
    beta, mean = ours.role(norm, "beta"), ours.role(norm, "moving_mean")
    moved = np.asarray(shift).any()
    if gamma := ours.role(norm, "gamma"):
        yield _filled(ours, gamma, np.float64(1), "1: its scale is in the kernel", ())
    if beta:
        note = "the shift" if moved else "0: there is no shift"
        yield _filled(ours, beta, shift, note, sources if moved else ())
    note = "0: the shift is beta" if beta or not moved else "the shift, negated"
    rest = np.float64(0) if beta else -np.asarray(shift)
    yield _filled(ours, mean, rest, note, () if beta or not moved else sources)
    value = np.float64(variance_for(norm.op.epsilon))
    note = "1 - epsilon: with it the norm divides by 1"
    yield _filled(ours, ours.role(norm, "moving_variance"), value, note, ())


def variance_for(epsilon: float) -> float:
    """The float32 whose sum with epsilon is 1 in float32: a norm's variance that divides by 1."""
    least = np.float32(epsilon)
    near = np.float32(1) - least
    candidates = (near, np.nextafter(near, np.float32(2)), np.nextafter(near, np.float32(-1)))
    return float(min(candidates, key=lambda value: abs(float(value + least) - 1.0)))


def _norm_alone(
    ours: Kept, scale: Array, shift: Array, sources: tuple[str, ...]
) -> Iterable[Carried]:
    """The weights of a batch norm that stands alone: its gamma, or else its variance, scales."""
    norm, *others = ours.unit.affines
    assert isinstance(norm.op, BatchNorm)
    gamma, beta = ours.role(norm, "gamma"), ours.role(norm, "beta")
    spread = np.asarray(variance_for(norm.op.epsilon))
    if gamma:
        yield _filled(ours, gamma, scale, "the scale", sources)
    elif (scale != 1).any():
        if not (scale > 0).all():
            raise _NoPlace("scale", "false", "a gamma that is not positive")
        spread = 1 / scale**2 - norm.op.epsilon
    if beta:
        yield _filled(ours, beta, shift, "the shift", sources)
    elif shift.any() and not scale.all():
        raise _NoPlace("center", "false", "a beta behind a gamma of 0")
    mean = np.float64(0) if beta or not shift.any() else -shift / scale
    note = "0: the shift is beta" if beta else "the shift, through the scale"
    yield _filled(ours, ours.role(norm, "moving_mean"), mean, note, () if beta else sources)
    note = "1 - epsilon: with it the norm divides by 1" if gamma else "the scale"
    own = () if gamma else sources
    yield _filled(ours, ours.role(norm, "moving_variance"), spread, note, own)
    for other in others:
        yield from _neutral(ours, other, np.float64(0), ())
