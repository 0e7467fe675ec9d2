"""How large an error may be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from netspec.proof.compare import Comparison

BOUNDS = {"float32": 5e-6, "float64": 1e-12}
"""The greatest error that passes in each precision."""
SHARE, SLACK = 8, 5e-7
"""In float32 an error is also at most SHARE times torch's own, plus SLACK: a deep network may err
more than a shallow one, but no backend much more than another."""
YARDSTICK = "torch"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An error and its limit; `fault` says why there is no error, or why it proves nothing."""

    error: float
    limit: float
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether the error is within its limit and means something."""
        return not self.fault and self.error <= self.limit

    @property
    def excess(self) -> float:
        """By what factor the error is over the limit (under, below 1); infinite with a fault."""
        return math.inf if self.fault else self.error / self.limit


def judged(found: Comparison, dtype: str, yardstick: Comparison | None = None) -> Verdict:
    """The verdict on a comparison. `yardstick` is torch's in float32, where there is one."""
    limit = BOUNDS[dtype]
    if yardstick is not None and not yardstick.fault:
        limit = min(limit, SHARE * yardstick.error + SLACK)
    return Verdict(found.error, limit, found.fault)
