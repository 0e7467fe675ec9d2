"""What a user may say about a transfer, and the rules that hold where nothing is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from netspec.diagnostics import Diagnostic, SpecError
from netspec.language.globs import matches_around
from netspec.reading.files import printable_name
from netspec.suggestions import did_you_mean

KEPT, REORDERED, SLICED, WIDENED, FRESH = "kept", "reordered", "sliced", "widened", "fresh"
FATES = {
    KEPT: "every number, where it stood",
    REORDERED: "every number, its channels in another order",
    SLICED: "a part of A's channels or taps, all that there is room for",
    WIDENED: "A's numbers, and new ones for channels or taps that A has not",
    FRESH: "drawn by B's initialiser from the seed",
}
"""What may become of a tensor of B."""
ZERO, DRAWN = "zero", "fresh"
NEW_INPUTS = (ZERO, DRAWN)
"""What a kernel has for inputs that A has not: nothing, so that B computes what A did, or first
values."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for. Globs mean tensors or steps; a star does not cross a slash."""

    fresh: tuple[str, ...] = ()
    sliced: tuple[str, ...] = ()
    new_inputs: str = ZERO
    seed: int = 0

    def wants_fresh(self, name: str) -> bool:
        """Whether a tensor is to be drawn anew."""
        return _is_meant(name, self.fresh)

    def wants_sliced(self, name: str) -> bool:
        """Whether a tensor is to be cut where a rule would draw it anew."""
        return _is_meant(name, self.sliced)

    def require_met(self, names: Sequence[str]) -> None:
        """Refuse a glob that means none of these tensors. Raises `SpecError` (NS605)."""
        options = (("--fresh", glob) for glob in self.fresh), (("--slice", g) for g in self.sliced)
        for option, glob in chain(*options):
            if not any(_is_meant(name, (glob,)) for name in names):
                message = f"`{option} {printable_name(glob)[:80]}` means no tensor of B"
                hints = did_you_mean(glob, names) or ("`netspec show` lists B's steps",)
                raise SpecError([Diagnostic("NS605", message, hints=hints)])


def _is_meant(name: str, globs: Sequence[str]) -> bool:
    """Whether one of the globs means a tensor, by its name or by that of a step around it."""
    return any(matches_around(name, glob.rstrip("/")) for glob in globs)
