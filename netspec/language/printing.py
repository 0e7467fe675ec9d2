"""Prints a typed tree as a spec again: resolved, and equal to itself when expanded once more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from netspec.language.tree import Step, Tree
from netspec.ops.base import Op
from netspec.reading.document import Plain


def to_plain(tree: Tree) -> dict[str, Any]:
    """The tree as the plain data of a spec without parameters, templates, loops or defaults."""
    size = tree.input
    axes = {"height": size.height, "width": size.width, "channels": size.channels}
    spec: dict[str, Any] = {"netspec": 1, "name": tree.name}
    if about := tree.about.given():
        spec["about"] = about
    spec["input"] = {tree.input_name: axes}
    if tree.preprocess:
        spec["preprocess"] = tree.preprocess.written()
    spec["steps"] = [{step.name: _body(step)} for step in tree.steps]
    if tree.heads:
        spec["heads"] = [{step.name: _body(step)} for step in tree.heads]
    spec["outputs"] = {
        output.path: {} if output.loss_weight is None else {"loss_weight": output.loss_weight}
        for output in tree.outputs
    }
    return spec


def _body(step: Step) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if step.written_from:
        several = len(step.written_from) > 1
        body["from"] = list(step.written_from) if several else step.written_from[0]
    if step.op is None:
        return {**body, "steps": [{child.name: _body(child)} for child in step.children]}
    body = {**body, **_written(step.op)}
    if step.children:
        body["branches"] = [{child.name: _branch(child)} for child in step.children]
    return body


@lru_cache(maxsize=1 << 12)  # blocks of a network, and variants of a spec, repeat one another
def _written(op: Op) -> Mapping[str, Plain]:
    """The op as plain data, which is nobody's to change."""
    return op.to_plain()


def _branch(step: Step) -> Any:
    """A branch as a list of steps, where it is nothing more."""
    if step.op is None and not step.written_from:
        return [{child.name: _body(child)} for child in step.children]
    return _body(step)


def to_yaml(tree: Tree) -> str:
    """The resolved spec as YAML, innermost values on one line."""
    text: str = yaml.dump(
        to_plain(tree), Dumper=_Dumper, sort_keys=False, width=1000, default_flow_style=None
    )
    return text


class _Dumper(yaml.SafeDumper):
    """PyYAML's writer, with floats that YAML 1.2 reads as floats."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _float(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    """As `4.0e-05`: PyYAML tags what its own resolver, of YAML 1.1, would not read as a float."""
    digits, _, exponent = repr(value).partition("e")
    text = digits if "." in digits else f"{digits}.0"
    return dumper.represent_scalar(
        "tag:yaml.org,2002:float", f"{text}e{exponent}" if exponent else text
    )


_Dumper.add_representer(float, _float)


_NOT_HASHED = ("name", "about", "preprocess")


def spec_hash(tree: Tree) -> str:
    """SHA-256 of the canonical JSON of the resolved network; hexadecimal.

    Its name, what it says about itself and how images are prepared are left aside.
    """
    plain = {key: value for key, value in to_plain(tree).items() if key not in _NOT_HASHED}
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
