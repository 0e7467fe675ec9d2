"""The outline of a graph: its blocks nested as written, each with what goes in and out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from netspec.ir.graph import Block, Graph, Node


@dataclass(frozen=True, slots=True)
class Group:
    """A block with its nodes and inner blocks, in order. The network itself is the group at "".

    `ports` are the values from outside that are used within; `results` those from within that are
    used outside, or declared outputs. All are names of the graph's values. The network's ports are
    the graph's inputs, its results the values of the outputs.
    """

    path: str
    block: Block | None
    items: tuple[Node | Group, ...]
    ports: tuple[str, ...]
    results: tuple[str, ...]

    @property
    def template(self) -> str:
        """The template whose use this is, if it is one."""
        return self.block.template if self.block else ""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The blocks directly within."""
        return tuple(item for item in self.items if isinstance(item, Group))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes directly within."""
        return tuple(item for item in self.items if isinstance(item, Node))

    @property
    def is_step(self) -> bool:
        """Whether this is one step of several parts: a conv with its norm and activation."""
        return not self.groups and all(node.part for node in self.nodes) and bool(self.path)

    @property
    def what(self) -> str:
        """What it is, in a few words; "" for a block of the network's own."""
        if self.template:
            return f"Template {self.template}"
        return " + ".join(node.op.name for node in self.nodes) if self.is_step else ""

    @property
    def height(self) -> int:
        """Blocks nested within; 0 where there are nodes alone."""
        return max((group.height + 1 for group in self.groups), default=0)

    def below(self, path: str) -> str:
        """A path relative to this group; "" for the group's own."""
        if path == self.path:
            return ""
        return path[len(self.path) + 1 :] if self.path else path


def groups(group: Group) -> Iterator[Group]:
    """The group and all within it, each before its inner ones."""
    yield group
    for inner in group.groups:
        yield from groups(inner)


def made(item: Node | Group) -> tuple[str, ...]:
    """The values that a node or a block gives."""
    return (item.name,) if isinstance(item, Node) else item.results


def taken(item: Node | Group) -> tuple[str, ...]:
    """The values that a node or a block takes."""
    return item.inputs if isinstance(item, Node) else item.ports


def templated_path(path: str, graph: Graph) -> str:
    """A path with the use of a template that it is in replaced by the template's name."""
    around = path
    while around:
        block = graph.blocks_by_path.get(around)
        if block is not None and block.template:
            return block.template + path[len(around) :]
        around = around.rpartition("/")[0]
    return path


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
    results = dict.fromkeys(graph.producer(path) for path in graph.outputs)
    items = _items(root, graph, results)
    ports = tuple(value.name for value in graph.inputs)
    return Group("", None, items, ports, tuple(results))


def _draft(path: str, drafts: dict[str, _Draft], paths: Collection[str]) -> _Draft:
    if path in drafts:
        return drafts[path]
    parent = path.rpartition("/")[0]
    while parent and parent not in paths:
        parent = parent.rpartition("/")[0]
    drafted = drafts[path] = _Draft(path)
    _draft(parent, drafts, paths).items.append(drafted)
    return drafted


def _items(draft: _Draft, graph: Graph, declared: Collection[str]) -> tuple[Node | Group, ...]:
    return tuple(_group(i, graph, declared) if isinstance(i, _Draft) else i for i in draft.items)


def _group(draft: _Draft, graph: Graph, declared: Collection[str]) -> Group:
    items = _items(draft, graph, declared)
    inner = dict.fromkeys(name for item in items for name in made(item))
    used = dict.fromkeys(name for item in items for name in taken(item))
    ports = tuple(name for name in used if name not in inner)
    results = tuple(n for n in inner if n in declared or _leaves(n, draft, graph))
    return Group(draft.path, graph.blocks_by_path.get(draft.path), items, ports, results)


def _leaves(name: str, draft: _Draft, graph: Graph) -> bool:
    """Whether a value is used outside the draft's block."""
    inside = f"{draft.path}/"
    users = graph.consumers[name]
    return any(u.block != draft.path and not u.block.startswith(inside) for u in users)
