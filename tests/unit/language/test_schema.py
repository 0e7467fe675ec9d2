"""The published schema: current, valid, and of one mind with the checker.

Editors judge a file by specs/netspec.schema.json, netspec by `checking.check`. Both are made of the
same fragments; here a few thousand specs, right ones and spoilt ones, show that they agree.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from netspec.diagnostics import Findings, Source, Span, SpecError
from netspec.language.checking import check
from netspec.language.judging import Validator
from netspec.language.published import published, schema_text
from netspec.language.settings import node_of
from netspec.ops.table import OPS
from netspec.reading.document import Document
from netspec.reading.reader import read_file, read_text

ROOT = Path(__file__).parents[3]
BUNDLED = sorted((ROOT / "specs").glob("*.yaml"))
LITERATE = sorted((ROOT / "tests" / "literate").glob("*.md"))
SCHEMA = published()
VALIDATOR = Validator(SCHEMA)

EVERYTHING = """\
netspec: 1
name: Everything
x-note: [anything, {at: all}]
about: {year: 2015, paper: A paper, source: A file, note: $anything, x-why: a note}
preprocess:
  central_fraction: 0.875
  resize: {filter: bilinear, shorter: "${in.height + 1}", longer: round, antialias: false,
    grid: corners}
  crop_offset: floor
  channels: bgr
  range: [0, 255]
  mean: [103.939, 116.779, 123.68]
  std: 1
  x-why: a note
params:
  width: 4
  rate: float
  act: {type: string, values: [relu, none], default: relu, x-why: a note}
functions: {twice: {params: [n], value: "${n * 2}"}}
input: {image: {height: 8, width: $width, channels: 3}}
defaults:
  conv: {kernel: 1, norm: {op: batch_norm, decay: 0.9}, kernel_init: {op: normal, stddev: 0.1}}
  x-why: a note
templates:
  block:
    params: {n: int, act: relu}
    defaults: {conv: {activation: relu}}
    expect: [8, 8, 4]
    steps:
      - Conv: {op: conv, filters: $n, padding: {top: 1, left: $n}, width: none, x-why: a note}
      - Act: {op: activation, function: $act}
  other: {use: block, with: {n: 3}}
  join: {op: add, branches: [{Keep: []}, {Change: {op: conv, filters: 3}}]}
steps:
  - "Conv_{i}": {op: conv, for: {i: 1..3, k: [1, 3, 5]}, filters: 4, kernel: $k, padding: same}
  - Pool: {op: avg_pool, kernel: [1, 2], stride: 2, divisor: window, padding: [0, 1]}
  - Block: {use: block, with: {n: 4, act: none}, when: $act, from: Pool, expect: [4, 4, 4]}
  - Mixed:
      op: concat
      branches:
        - Keep: []
        - List: [{Pool: {op: max_pool, kernel: 3}}]
        - Body: {op: conv, filters: 4, kernel: [1, 3], bias: true, weight_decay: 0.1}
        - Steps: {steps: [{Drop: {op: dropout, keep: $rate}}], defaults: {dropout: {keep: 0.5}}}
  - Sum: {op: add, from: [Mixed, Pool]}
  - Flat: {op: flatten}
  - Dense: {op: dense, filters: 10, activation: {op: softmax}, bias_init: zeros}
heads:
  - Aux: {from: Pool, when: true, steps: [{Out: {op: global_avg_pool}}]}
outputs: {Dense: {}, Aux: {loss_weight: 0.4, x-why: a note}}
"""
EVERYTHING = EVERYTHING.replace("bias_init: zeros", "bias_init: {op: constant}")

OVERLAY = """\
netspec: 1
name: Over
x-note: anything
about: {note: Over}
preprocess: {resize: {filter: nearest, shorter: none}, range: [-1, 1], std: [1, 1, 1]}
extends: inception_v3
params: {width: 4, more: {type: int, default: 3}}
defaults: {conv: {activation: relu6}}
functions: {twice: {params: [n], value: "${n * 2}"}}
templates: {block: {params: {n: int}, op: conv, filters: $n, kernel: 1}}
patch:
  - {at: Conv, set: {filters: $width, from: Pool, when: true, expect: [4, 4, 4]}, was: {filters: 3}}
  - {at: Block, set: {with: {n: 3}, defaults: {conv: {kernel: 3}}}, was: block, x-why: a note}
  - {at: Mixed/List, replace: [{Pool: {op: max_pool, kernel: 3}}]}
  - {at: Sum, replace: {op: multiply, from: [Mixed, Pool]}, was: add}
  - {at: "Conv_*", remove: true}
  - {at: Flat, insert_before: [{"New_{i}": {op: relu, for: {i: 1..3}}}, {List: []}]}
  - {at: Flat, insert_after: [{New: {use: block, with: {n: 1}}}]}
  - {at: Dense, rename: Logits}
outputs: {Logits: {}}
"""


def readable(text: str) -> Document | None:
    """The document; nothing where a text is so wrong that there is none to be judged."""
    try:
        return read_text(Source("spec.yaml", text))
    except SpecError:
        return None


def plain_specs() -> list[Any]:
    texts = [EVERYTHING, OVERLAY]
    for page in LITERATE:
        _, *parts = page.read_text(encoding="utf-8").split("```yaml\n")
        texts += [part.split("```")[0] for part in parts]
    read = [document for text in texts if (document := readable(text))]
    return [document.root.plain for document in (*read, *map(read_file, BUNDLED))]


SPECS = plain_specs()


def checker_accepts(spec: Any) -> bool:
    source = Source("spec.yaml", "")
    findings = Findings()
    check(Document(node_of(spec, Span(source, 1, 1, 1, 1)), source), findings)
    assert all(d.code.startswith("NS2") for d in findings.diagnostics)
    return not findings.failed


def verdicts(spec: Any) -> tuple[bool, bool]:
    return bool(VALIDATOR.is_valid(spec)), checker_accepts(spec)


def test_the_committed_file_is_current() -> None:
    committed = ROOT / "specs" / "netspec.schema.json"
    assert committed.read_text(encoding="utf-8") == schema_text()


def test_it_is_valid_draft_07_that_refers_to_nothing_outside() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert json.loads(schema_text()) == SCHEMA
    references = set(_values(SCHEMA, "$ref"))
    assert all(r.startswith("#/definitions/") for r in references)
    assert {r.removeprefix("#/definitions/") for r in references} <= SCHEMA["definitions"].keys()
    assert len(references) == len(SCHEMA["definitions"])


def _values(schema: Any, key: str) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get(key), str):
            yield schema[key]
        for value in schema.values():
            yield from _values(value, key)
    elif isinstance(schema, list):
        for value in schema:
            yield from _values(value, key)


def test_every_field_of_every_op_says_what_it_is() -> None:
    for name, op in OPS.items():
        definition = SCHEMA["definitions"][f"op_{name}"]
        assert definition["description"]
        assert op.options().keys() <= definition["properties"].keys()
        for field in op.options():
            assert definition["properties"][field] == {"$ref": f"#/definitions/{name}.{field}"}
            assert SCHEMA["definitions"][f"{name}.{field}"]["description"]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: str(spec.get("name")))
def test_both_say_the_same_of_a_spec(spec: Any) -> None:
    schema, checker = verdicts(spec)
    assert schema == checker


def test_both_accept_what_is_right() -> None:
    assert verdicts(SPECS[0]) == (True, True)
    assert verdicts(SPECS[1]) == (True, True)
    assert verdicts(SPECS[-1]) == (True, True)


# spoilt specs

STRAY: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 64.0, 0.5, -0.5, "", "x", "$x", "${x}", "1..3", "none"),
    *("same", "valid", "relu", "conv", "batch_norm", "int", [], {}, [1], [1, 2], ["a"], [[1]]),
    *({"a": 1}, {"op": "conv"}, {"op": "relu"}, {"steps": []}, {"use": "block"}, [{"A": []}]),
    *({"A": {"op": "relu"}}, [{"A": {"op": "relu"}}], {"op": "batch_norm", "decay": 2}),
)
KEYS = (
    *("op", "use", "steps", "branches", "from", "when", "for", "with", "expect", "defaults"),
    *("params", "x-note", "filters", "kernel", "norm", "netspec", "outputs", "A", "extends"),
    *("patch", "at", "set", "replace", "remove", "insert_before", "rename", "was"),
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every container of a spec with each of its keys or indices."""
    found: list[tuple[Any, Any]] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here))
        found += [(here, key) for key in keys]
        waiting += [here[key] for key in keys if isinstance(here[key], dict | list)]
    return found


def spoilt(spec: Any, draw: random.Random) -> Any:
    """The spec with one to three random changes."""
    changed = copy.deepcopy(spec)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        all_places = places(changed)
        if not all_places:
            break
        container, key = draw.choice(all_places)
        CHANGES[draw.randrange(len(CHANGES))](container, key, draw)
    return changed


def drop(container: Any, key: Any, draw: random.Random) -> None:
    del container[key]


def replace(container: Any, key: Any, draw: random.Random) -> None:
    container[key] = copy.deepcopy(draw.choice(STRAY))


def rename(container: Any, key: Any, draw: random.Random) -> None:
    if isinstance(container, dict):
        container[draw.choice((*KEYS, f"{key}s", f"x-{key}"))] = container.pop(key)


def add(container: Any, key: Any, draw: random.Random) -> None:
    if isinstance(container, dict):
        container[draw.choice(KEYS)] = copy.deepcopy(draw.choice(STRAY))
    else:
        container.insert(key, copy.deepcopy(draw.choice(STRAY)))


def wrap(container: Any, key: Any, draw: random.Random) -> None:
    value = container[key]
    container[key] = draw.choice(([value], {"A": value}, [{"A": value}], [value, value]))


def transplant(container: Any, key: Any, draw: random.Random) -> None:
    other, there = draw.choice(places(SPECS[0]))
    container[key] = copy.deepcopy(other[there])


CHANGES = (drop, replace, replace, rename, add, wrap, transplant)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_both_say_the_same_of_spoilt_specs(seed: int) -> None:
    draw = random.Random(seed)
    accepted = 0
    for _ in range(50):
        spec = spoilt(draw.choice(SPECS[:1] * 20 + SPECS[1:2] * 20 + SPECS[:-1]), draw)
        schema, checker = verdicts(spec)
        assert schema == checker, json.dumps(spec, indent=1)
        accepted += schema
    assert accepted < 50
