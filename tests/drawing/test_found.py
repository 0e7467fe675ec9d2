"""What searches found: networks that were drawn badly once, each as small as it got."""

from __future__ import annotations

import pytest
from property.pictures import judge
from texts import load_text

HEAD = "netspec: 1\nname: Net\ninput: {image: {height: 4, width: 4, channels: 4}}\n"
CASES = {
    "a join of what is passed on": """
steps: [a: {op: concat, branches: [b: []]}]
outputs: {a: {}}
""",
    "a head that takes from two columns": """
steps:
  - a: {steps: [p: {op: relu}, q: {op: conv, filters: 4, kernel: 1}]}
  - b: {op: relu}
  - c: {op: tanh}
heads: [e: {from: image, steps: [f: {op: concat, from: [image, b]}]}]
outputs: {c: {}}
""",
    "what leads nowhere beside a knot": """
steps:
  - a: {steps: [p: {op: relu}, q: {op: tanh}]}
  - b: {steps: [p: {op: tanh}, q: {op: relu}]}
  - c: {op: conv, kernel: 1, filters: 1}
  - d: {op: add, from: [image, b]}
outputs: {d: {}}
""",
    "branches that somebody else takes": """
steps:
  - o: {op: concat, branches: [a: [x: {op: silu}], b: [x: {op: tanh}], c: [x: {op: elu}]]}
  - n: {op: conv, kernel: 1, filters: 1}
  - d: {op: multiply, from: [o/a, o/b]}
outputs: {d: {}}
""",
    "a second line into a frame, under its title": """
steps:
  - first: {op: relu}
  - second: {op: tanh}
  - long_name:
      op: concat
      branches:
        - a: []
        - b: [c: {op: scale, factor: 0.5, from: first}]
        - d: [e: {op: elu}]
outputs: {long_name: {}}
""",
    "blocks alike but for the names in them": """
steps:
  - a: {steps: [p: {op: relu}, q: {op: tanh}]}
  - b: {steps: [r: {op: relu}, s: {op: tanh}]}
  - c: {op: add, from: [b/r, b]}
outputs: {c: {}}
""",
    "a long step that leads nowhere, before one behind it": """
steps:
  - a: {op: relu}
  - n: {op: separable_conv, kernel: 1, filters: 10, activation: elu}
  - b: {op: relu, from: a}
  - t: {op: tanh}
  - c: {op: sigmoid, from: b}
outputs: {c: {}, n: {}, t: {}}
""",
    "nothing but a chain that leads nowhere": """
steps:
  - a: {op: relu}
  - b: {op: tanh}
  - c: {op: elu}
  - d: {op: multiply, from: [image, image, image]}
outputs: {d: {}}
""",
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_drawn_well(name: str) -> None:
    judge(load_text(HEAD + CASES[name]))
