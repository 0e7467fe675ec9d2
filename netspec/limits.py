"""What a spec may cost before any work is done for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on a file, an expansion and a network; each refusal names the bound."""

    file_bytes: int = 1 << 20
    depth: int = 64
    values: int = 400_000
    string_length: int = 4_096
    number_length: int = 64
    layers: int = 20_000
    dimension: int = (1 << 31) - 1
    tensor_elements: int = 1 << 40
    parameters: int = 1 << 31
    expression_length: int = 200
    expression_depth: int = 20


DEFAULT = Limits()
