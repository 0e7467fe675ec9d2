"""Networks of blocks: branches, joins, templates, heads, values that cross blocks."""

from __future__ import annotations

from corpus.nets import Net, steps

A = "{op: conv, filters: 3, kernel: 1}"

BLOCKS = {
    "concat": steps(
        "5x6x3",
        f"{{op: concat, branches: [{{a: []}}, {{b: [{{d: {{op: relu}}}}]}}, {{c: [{{d: {A}}}]}}]}}",
    ),
    "concat-of-bodies": steps(
        "5x6x3", f"{{op: concat, branches: [{{a: {{op: tanh}}}}, {{b: {A}}}, {{c: {{op: relu}}}}]}}"
    ),
    "concat-vectors": steps(
        "2x3x4", "{op: flatten}", "{op: concat, branches: [{a: []}, {b: [{b1: {op: tanh}}]}]}"
    ),
    "concat-one": steps("5x6x3", "{op: concat, branches: [{b: [{b1: {op: relu}}]}]}"),
    "concat-itself": steps("5x6x3", "{op: concat, branches: [{a: []}, {b: []}]}"),
    "add": steps("5x6x3", "{op: add, branches: [{a: []}, {b: [{b1: {op: relu}}]}]}"),
    "add-one": steps("5x6x3", "{op: add, branches: [{b: [{b1: {op: relu}}]}]}"),
    "add-itself": steps("5x6x3", "{op: add, branches: [{a: []}, {b: []}]}"),
    "add-four": steps(
        "5x6x3",
        "{op: add, branches: [{a: []}, {b: {op: relu}}, {c: {op: tanh}}, {d: {op: sigmoid}}]}",
    ),
    "add-of-adds": steps(
        "5x6x3",
        "{op: add, branches: [{a: {op: tanh}}, {b: [{inner: {op: add, branches:"
        " [{c: {op: relu}}, {d: []}, {e: {op: sigmoid}}]}}]}]}",
    ),
    "multiply": steps("5x6x3", "{op: multiply, branches: [{a: []}, {b: [{b1: {op: sigmoid}}]}]}"),
    "multiply-one": steps("5x6x3", "{op: multiply, branches: [{b: [{b1: {op: relu}}]}]}"),
    "multiply-itself": steps("5x6x3", "{op: multiply, branches: [{a: []}, {b: []}]}"),
    "multiply-three": steps(
        "5x6x3", "{op: multiply, branches: [{a: []}, {b: {op: sigmoid}}, {c: {op: tanh}}]}"
    ),
    "multiply-of-a-sum": steps(
        "5x6x3",
        "{op: multiply, branches: [{a: {op: tanh}}, {b: [{inner: {op: add, branches:"
        " [{c: {op: relu}}, {d: []}]}}]}]}",
    ),
    "multiply-vectors": steps(
        "2x3x4", "{op: flatten}", "{op: multiply, branches: [{a: []}, {b: [{b1: {op: tanh}}]}]}"
    ),
    "multiply-scaled": steps(
        "5x6x3",
        "{op: add, branches: [{a: []}, {b: [{b1: {op: tanh}}, {b2: {op: scale, factor: 0.17}}]}]}",
        "{op: scale, factor: 2}",
    ),
    "concat-from": Net(
        "5x6x3",
        """
steps:
  - a: {op: conv, filters: 4, kernel: 1}
  - b: {op: relu}
  - c: {op: tanh, from: a}
  - d: {op: concat, from: [a, b, c, a]}
""",
        ("d",),
    ),
    "add-from": Net(
        "5x6x3",
        """
steps:
  - a: {op: conv, filters: 4, kernel: 1}
  - b: {op: relu}
  - c: {op: tanh, from: a}
  - d: {op: add, from: [c, a, b]}
""",
        ("d",),
    ),
    "nested": Net(
        "6x5x3",
        """
steps:
  - outer:
      op: concat
      branches:
        - left:
            - first: {op: conv, filters: 4, kernel: 1, norm: batch_norm, activation: relu}
            - Concat:
                op: concat
                branches:
                  - up: {op: conv, filters: 2, kernel: [1, 3], padding: same, activation: relu}
                  - down: {op: conv, filters: 2, kernel: [3, 1], padding: same, activation: relu}
        - right:
            - pool: {op: avg_pool, kernel: 3, padding: same}
            - last: {op: conv, filters: 2, kernel: 1}
        - same: []
""",
        ("outer",),
    ),
    "block": Net(
        "6x5x3",
        """
steps:
  - body:
      steps:
        - a: {op: conv, filters: 4, kernel: 3}
        - inner:
            steps:
              - b: {op: relu}
              - c: {op: max_pool, kernel: 2}
  - last: {op: conv, filters: 2, kernel: 1}
""",
        ("last",),
    ),
    "block-from-its-step": Net(
        "6x5x3",
        """
steps:
  - body:
      steps:
        - a: {op: conv, filters: 4, kernel: 1}
        - b: {op: relu}
  - last: {op: add, from: [body, body/a]}
""",
        ("last",),
    ),
    "block-with-endpoints": Net(
        "6x5x3",
        """
steps:
  - body:
      op: concat
      branches:
        - one: [{a: {op: conv, filters: 4, kernel: 1}}, {b: {op: relu}}]
        - two: [{c: {op: conv, filters: 2, kernel: 1, activation: relu}}]
  - last: {op: conv, filters: 2, kernel: 1}
""",
        ("last",),
        endpoints=("body/one/a", "body", "body/two", "body/two/c", "body/one"),
    ),
    "branch-from-outside": Net(
        "6x5x3",
        """
steps:
  - early: {op: conv, filters: 4, kernel: 1}
  - late: {op: tanh}
  - join:
      op: concat
      branches:
        - one: [{a: {op: relu}}]
        - two: [{b: {op: conv, from: early, filters: 2, kernel: 1}}, {c: {op: relu}}]
""",
        ("join",),
    ),
    "same-value-twice": Net(
        "6x5x3",
        """
steps:
  - body: {steps: [{a: {op: relu}}, {b: {op: conv, filters: 2, kernel: 1}}]}
  - again: {steps: []}
""",
        ("again", "body", "body/b"),
    ),
    "output-feeds-output": Net(
        "6x5x3",
        "steps:\n  - a: {op: conv, filters: 2, kernel: 1}\n  - b: {op: relu}\n  - c: {op: tanh}",
        ("c", "a", "b"),
    ),
    "identity": Net("6x5x3", "steps:\n  - a: {steps: []}", ("a",)),
    "unused-steps": Net(
        "6x5x3",
        """
steps:
  - a: {op: conv, filters: 2, kernel: 1, activation: relu}
  - b: {steps: [{c: {op: conv, filters: 3, kernel: 1}}, {d: {op: tanh}}]}
  - e: {op: conv, filters: 2, kernel: 1}
""",
        ("a", "b/c"),
    ),
    "head": Net(
        "8x9x3",
        """
steps:
  - a: {op: conv, filters: 4, kernel: 3, activation: relu}
  - b: {op: conv, filters: 5, kernel: 3, activation: relu}
  - Logits:
      steps:
        - pool: {op: global_avg_pool}
        - flat: {op: squeeze}
        - drop: {op: dropout, keep: 0.7}
        - scores: {op: dense, filters: 3}
  - Predictions: {op: activation, function: softmax}
heads:
  - Aux:
      from: a
      steps:
        - pool: {op: avg_pool, kernel: 5, stride: 3}
        - flat: {op: flatten}
        - scores: {op: dense, filters: 3}
""",
        ("Logits", "Aux", "Predictions"),
    ),
}

TEMPLATES = {
    "template": Net(
        "8x6x3",
        """
templates:
  unit:
    params: {width: int, depth: int}
    steps:
      - one: {op: conv, filters: $width, kernel: 3, padding: same, activation: relu}
      - two: {op: conv, filters: $depth, kernel: 1}
steps:
  - a: {use: unit, with: {width: 4, depth: 3}}
  - b: {use: unit, with: {width: 5, depth: 6}}
  - c: {use: unit, with: {width: 5, depth: 2}}
""",
        ("c",),
    ),
    "residual": Net(
        "7x9x3",
        """
defaults:
  conv: {padding: same, norm: batch_norm, bias: false}
templates:
  residual:
    params: {filters: int, stride: int}
    steps:
      - sum:
          op: add
          branches:
            - body:
                - one: {op: conv, filters: $filters, kernel: 3, stride: $stride, activation: relu}
                - two: {op: conv, filters: $filters, kernel: 3}
            - shortcut: {op: conv, filters: $filters, kernel: 1, stride: $stride}
      - relu: {op: relu}
  plain:
    params: {filters: int}
    steps:
      - sum:
          op: add
          branches:
            - body:
                - one: {op: conv, filters: $filters, kernel: 3, activation: relu}
                - two: {op: conv, filters: $filters, kernel: 3}
            - shortcut: []
      - relu: {op: relu}
steps:
  - stem: {op: conv, filters: 4, kernel: 3, activation: relu}
  - block1: {use: residual, with: {filters: 4, stride: 1}}
  - block2: {use: plain, with: {filters: 4}}
  - block3: {use: residual, with: {filters: 8, stride: 2}}
  - block4: {use: plain, with: {filters: 8}}
  - head:
      steps: [{pool: {op: global_avg_pool}}, {flat: {op: flatten}}, {fc: {op: dense, filters: 3}}]
""",
        ("head",),
    ),
    "uneven-pads-differ": Net(
        "16x12x3",
        """
templates:
  down:
    params: {kernel: int}
    steps:
      - conv: {op: conv, filters: 4, kernel: $kernel, stride: 2, padding: same, activation: relu}
      - pool: {op: max_pool, kernel: 2, padding: {top: 1, right: 1}}
steps:
  - a: {use: down, with: {kernel: 3}}
  - b: {use: down, with: {kernel: 5}}
  - c: {op: conv, filters: 2, kernel: 2, padding: same}
""",
        ("c",),
    ),
    "kernel-before-channels": Net(
        "9x8x3",
        """
templates:
  unit:
    params: {window: int, filters: int}
    steps:
      - pool: {op: avg_pool, kernel: $window}
      - conv: {op: conv, filters: $filters, kernel: 1}
steps:
  - a: {use: unit, with: {window: 2, filters: 4}}
  - b: {use: unit, with: {window: 3, filters: 5}}
""",
        ("b",),
    ),
    "equal-values": Net(
        "9x8x4",
        """
templates:
  unit:
    params: {wide: bool, filters: int, stride: int}
    steps:
      - conv: {op: conv, filters: $filters, kernel: 1, stride: $stride, bias: $wide}
steps:
  - a: {use: unit, with: {wide: true, filters: 4, stride: 1}}
  - b: {use: unit, with: {wide: false, filters: 2, stride: 2}}
""",
        ("b",),
    ),
    "nested-templates": Net(
        "8x6x3",
        """
templates:
  unit:
    params: {filters: int}
    op: conv
    filters: $filters
    kernel: 1
    activation: tanh
  pair:
    params: {first: int, second: int}
    steps:
      - one: {use: unit, with: {filters: $first}}
      - two: {use: unit, with: {filters: $second}}
steps:
  - a: {use: pair, with: {first: 4, second: 3}}
  - b: {use: pair, with: {first: 5, second: 6}}
  - c: {use: unit, with: {filters: 2}}
""",
        ("c",),
    ),
    "template-with-two-results": Net(
        "8x6x3",
        """
templates:
  unit:
    params: {filters: int}
    steps:
      - one: {op: conv, filters: $filters, kernel: 1}
      - two: {op: tanh}
steps:
  - a: {use: unit, with: {filters: 4}}
  - b: {use: unit, with: {filters: 4}}
  - c: {op: concat, from: [b, a/one, b/one]}
""",
        ("c",),
    ),
    "template-changed-in-structure": Net(
        "8x6x3",
        """
templates:
  unit:
    steps:
      - one: {op: conv, filters: 4, kernel: 3, padding: same, activation: relu}
      - two: {op: conv, filters: 3, kernel: 1}
steps:
  - a: {use: unit}
  - b: {use: unit}
  - c: {use: unit}
""",
        ("c",),
        set={"b/one.activation": "tanh"},
    ),
    "template-changed-in-a-value": Net(
        "8x6x3",
        """
templates:
  unit:
    steps:
      - one: {op: conv, filters: 4, kernel: 3, padding: same, activation: relu}
      - two: {op: conv, filters: 3, kernel: 1}
steps:
  - a: {use: unit}
  - b: {use: unit}
  - c: {use: unit}
""",
        ("c",),
        set={"b/one.filters": 5, "c/one.kernel": 5},
    ),
}

JOINS = {**BLOCKS, **TEMPLATES}
