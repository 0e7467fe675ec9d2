"""What the language promises of every spec, and of every text that is none."""

from __future__ import annotations

import io
import json
import random
import re
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from texts import load_text

import netspec
from netspec import costs
from netspec.cli.main import main
from netspec.codes import CODES
from netspec.diagnostics import SpecError
from netspec.ir.graph import Graph
from netspec.ir.text import to_text as graph_text
from netspec.language.printing import to_plain
from netspec.spec import Spec
from property.bodies import Draw
from property.mutations import Spoilt, spoilt
from property.networks import Drawn, specs
from property.spelling import Varied, noted, to_text

SECONDS = 2.0
"""Of this process: what any text may take to be read and refused, or expanded."""
BAD_INPUT = 2
COMMANDS = (["check"], ["check", "--json"], ["show"], ["show", "--json"], ["expand"])


def printed_and_read(case: Drawn) -> Graph:
    """A drawn spec is accepted; printed and read again it is the same, and stays so."""
    spec = load_text(case.text)
    same_again(spec)
    return spec.graph()


def same_again(spec: Spec) -> None:
    """Expansion loses nothing, and has nothing left to do the second time."""
    printed = spec.expanded()
    again = load_text(printed)
    assert to_plain(again.tree) == to_plain(spec.tree)
    assert graph_text(again.graph()) == graph_text(spec.graph())
    assert again.hash == spec.hash
    assert again.expanded() == printed


@dataclass(frozen=True)
class Respelt:
    """A spec in two hands."""

    plain: str
    varied: str

    @property
    def text(self) -> str:
        """Both, one behind the other."""
        return f"{self.plain}\n# in another hand:\n{self.varied}"


@st.composite
def respelt(draw: Draw) -> Respelt:
    """Specs written twice."""
    plain = draw(specs()).plain
    dice = random.Random(draw(st.integers(0, 1 << 30)))
    hand = Varied(dice)
    return Respelt(to_text(plain), to_text(noted(plain, dice, hand.noted), hand))


def spelt_alike(case: Respelt) -> Graph:
    """Comments, quotes, flow or block, the order of keys, notes, line ends: none has a meaning."""
    one, other = load_text(case.plain), load_text(case.varied)
    assert one.hash == other.hash
    assert one.name == other.name
    assert _unordered(one) == _unordered(other)
    return one.graph()


def _unordered(spec: Spec) -> list[str]:
    """The graph's text; the order in which outputs are written is that of the models' answers."""
    lines = graph_text(spec.graph()).splitlines()
    return sorted(lines, key=lambda line: line if line.startswith("  return") else "")


def refused_or_accepted(case: Spoilt) -> Graph | None:
    """Any file is a network or is refused: in words, at a place, in time."""
    with TemporaryDirectory(prefix="netspec-") as folder:
        file = Path(folder, "spoilt.yaml")
        file.write_bytes(case.data)
        start = time.process_time()
        try:
            spec = netspec.load(file)
        except SpecError as refusal:
            in_words(refusal)
            spec = None
        assert time.process_time() - start < SECONDS
    if spec is None:
        return None
    graph = spec.graph()
    costs.step_costs(graph)
    costs.receptive_fields(graph)
    same_again(spec)
    assert time.process_time() - start < 4 * SECONDS
    return graph


def in_words(refusal: SpecError) -> None:
    """Everything that was found has a code and a place, and can be shown."""
    assert refusal.diagnostics
    assert str(refusal)
    for found in refusal.diagnostics:
        assert found.code in CODES
        assert re.fullmatch(r"NS[1-4]\d\d", found.code), found.code
        assert found.message
        assert found.span is not None, found.code
        assert found.span.line >= 1
        assert found.span.column >= 1
        assert found.span.source.name


@dataclass(frozen=True)
class Command:
    """A command, and the file that it is run on."""

    arguments: tuple[str, ...]
    file: Spoilt

    @property
    def text(self) -> str:
        """The command as a comment, then what the file holds."""
        return f"# netspec {' '.join(self.arguments)} FILE\n{self.file.text}"


@st.composite
def commands(draw: Draw) -> Command:
    """Commands that read a spec, on files that may hold anything."""
    return Command(tuple(draw(st.sampled_from(COMMANDS))), draw(spoilt()))


def answered(case: Command) -> None:
    """A command ends with 0 or 2, never with a traceback; with --json it prints one object."""
    with TemporaryDirectory(prefix="netspec-") as folder:
        file = Path(folder, "spoilt.yaml")
        file.write_bytes(case.file.data)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main([*case.arguments, str(file)])
    assert "Traceback" not in err.getvalue()
    assert status in (0, BAD_INPUT), err.getvalue()
    if status:
        assert re.search(r":\d+:\d+: error\[NS\d{3}\]", err.getvalue()), err.getvalue()
    if "--json" in case.arguments:
        assert isinstance(json.loads(out.getvalue()), dict)
