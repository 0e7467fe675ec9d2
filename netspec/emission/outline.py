"""The outline of a graph: its blocks nested as they were written, each with what goes in and out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from netspec.ir.graph import Block, Graph, Node


@dataclass(frozen=True, slots=True)
class Group:
    """A block with its nodes and inner blocks, in order. The network itself is the group at "".

    `ports` are the values from outside that are used within; `results` those from within that are
    used outside, or declared outputs. All are names of the graph's values.
    """

    path: str
    block: Block | None
    items: tuple[Node | Group, ...]
    ports: tuple[str, ...]
    results: tuple[str, ...]

    @property
    def height(self) -> int:
        """Blocks nested within; 0 where there are nodes alone."""
        return max((i.height + 1 for i in self.items if isinstance(i, Group)), default=0)

    def below(self, path: str) -> str:
        """A path relative to this group; "" for the group's own."""
        if path == self.path:
            return ""
        return path[len(self.path) + 1 :] if self.path else path


@dataclass(slots=True)
class _Draft:
    """A group while its nodes are handed out."""

    path: str
    items: list[Node | _Draft] = field(default_factory=list)


def outline(graph: Graph) -> Group:
    """The nested groups of a graph. A block without nodes of its own is in none."""
    root = _Draft("")
    drafts = {"": root}
    paths = graph.blocks_by_path.keys()
    for node in graph.nodes:
        _draft(node.block, drafts, paths).items.append(node)
    return _group(root, graph)


def _draft(path: str, drafts: dict[str, _Draft], paths: Collection[str]) -> _Draft:
    if path in drafts:
        return drafts[path]
    parent = path.rpartition("/")[0]
    while parent and parent not in paths:
        parent = parent.rpartition("/")[0]
    made = drafts[path] = _Draft(path)
    _draft(parent, drafts, paths).items.append(made)
    return made


def _group(draft: _Draft, graph: Graph) -> Group:
    items = tuple(_group(i, graph) if isinstance(i, _Draft) else i for i in draft.items)
    made = {name for item in items for name in _made(item)}
    taken = [name for item in items for name in _taken(item)]
    ports = tuple(dict.fromkeys(name for name in taken if name not in made))
    declared = {graph.producer(path) for path in graph.outputs}
    results = tuple(n for item in items for n in _made(item) if n in declared or _leaves(n, draft, graph))
    return Group(draft.path, graph.blocks_by_path.get(draft.path), items, ports, results)


def _made(item: Node | Group) -> tuple[str, ...]:
    return (item.name,) if isinstance(item, Node) else item.results


def _taken(item: Node | Group) -> tuple[str, ...]:
    return item.inputs if isinstance(item, Node) else item.ports


def _leaves(name: str, draft: _Draft, graph: Graph) -> bool:
    """Whether a value is used outside the draft's block."""
    if not draft.path:
        return False
    inside = f"{draft.path}/"
    users = graph.consumers[name]
    return any(u.block != draft.path and not u.block.startswith(inside) for u in users)
