"""What `features` promises of every network, cut anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st
from texts import load_text

from netspec.ir.graph import Graph, Node
from netspec.ir.needed import needed
from netspec.spec import Spec
from property.bodies import Draw
from property.language import same_again
from property.networks import specs

ENDPOINTS_AT_MOST = 4


@dataclass(frozen=True)
class Cut:
    """A spec, and what decides where it is cut."""

    text: str
    seed: int

    def endpoints(self, spec: Spec) -> list[str]:
        """Some of its steps."""
        dice = Random(self.seed)
        paths = [step.path for step in spec.tree.walk()]
        return dice.sample(paths, min(len(paths), dice.randint(1, ENDPOINTS_AT_MOST)))


@st.composite
def cuts(draw: Draw) -> Cut:
    """Specs and places to cut them at."""
    return Cut(draw(specs()).text, draw(st.integers(0, 1 << 30)))


def cut_alike(case: Cut) -> Graph:
    """What is left is what the endpoints need, to the node, and can be printed as a spec.

    The judge works on the graph, the cut on the tree: neither knows of the other.
    """
    spec = load_text(case.text)
    paths = case.endpoints(spec)
    cut = spec.features(paths)
    graph, judge = cut.graph(), needed(spec.graph().with_outputs(paths))
    assert graph.outputs == judge.outputs == tuple(paths)
    assert _nodes(graph, judge) == _nodes(judge, judge)
    assert [graph.shapes[graph.producer(p)] for p in paths] == [
        spec.graph().shapes[spec.graph().producer(p)] for p in paths
    ]
    names = {name for name, _ in spec.graph().weights()}
    assert names == cut.passed_over(names) | {name for name, _ in graph.weights()}
    same_again(cut)
    return graph


def _nodes(graph: Graph, judge: Graph) -> dict[str, tuple[object, ...]]:
    """The nodes by name: op, inputs and shape. A branch that does nothing has become a node."""
    added = {n.name: n for n in graph.nodes if n.name not in judge.by_name and _idle(n)}
    return {
        node.name: (node.op, tuple(_through(i, added) for i in node.inputs), node.output)
        for node in graph.nodes
        if node.name not in added
    }


def _idle(node: Node) -> bool:
    return node.op.name == "identity"


def _through(name: str, added: Mapping[str, Node]) -> str:
    while name in added:
        (name,) = added[name].inputs
    return name
