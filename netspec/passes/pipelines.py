"""The passes that are run one after the other, by what for. A new pass gets a line here."""

from __future__ import annotations

from netspec.passes.fold_batch_norm import fold_batch_norm
from netspec.passes.rewriting import Pass

INFERENCE: tuple[Pass, ...] = (fold_batch_norm,)
"""What makes a graph cheaper to run, once it is no more trained."""

PIPELINES: dict[str, tuple[Pass, ...]] = {"inference": INFERENCE}
