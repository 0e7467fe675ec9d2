"""What an editor writes when an offer is accepted: in a block, YAML that goes on as it should."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from editor.server import CURSOR, Server
from netspec.diagnostics import Source
from netspec.language.published import schema_text
from netspec.reading.reader import read_text

LINE = "# yaml-language-server: $schema=netspec.schema.json\n"
STEP = f"{LINE}netspec: 1\nsteps:\n  - Step:\n"
OVERLAY = f"{LINE}netspec: 1\nextends: inception_v3\n"
BEGUN = {
    "a step": f"{STEP}      ▮\n",
    "a letter": f"{STEP}      o▮\n",
    "a join": f"{STEP}      op: concat\n      ▮\n",
    "a conv": f"{STEP}      op: conv\n      ▮\n",
    "a norm": f"{STEP}      op: conv\n      norm:\n        op: batch_norm\n        ▮\n",
    "a file": f"{LINE}netspec: 1\np▮\n",
    "a patch": f"{OVERLAY}patch:\n  - at: Logits\n    ▮\n",
    "what a patch sets": f"{OVERLAY}patch:\n  - at: Logits\n    set:\n      ▮\n",
    "an op": f"{STEP}      op: ▮\n",
    "a value": f"{STEP}      op: conv\n      padding: ▮\n",
}


def accepted(text: str, edit: dict[str, Any]) -> str:
    """The text after an edit, its blanks to fill in left as they are; more lines are indented."""
    start, end = edit["range"]["start"], edit["range"]["end"]
    assert start["line"] == end["line"]
    lines = text.split("\n")
    line = lines[start["line"]]
    indent = re.match(" *", line)
    new = re.sub(r"\$\{\d+:([^}]*)\}|\$\d+", r"\1", edit["newText"])
    new = new.replace("\n", f"\n{indent[0] if indent else ''}")
    lines[start["line"]] = line[: start["character"]] + new + line[end["character"] :]
    return "\n".join(lines)


@pytest.mark.parametrize("begun", BEGUN)
def test_what_is_accepted_is_yaml(server: Server, tmp_path: Path, begun: str) -> None:
    (tmp_path / "netspec.schema.json").write_text(schema_text(), encoding="utf-8")
    offered = server.completions(BEGUN[begun], tmp_path)
    assert offered
    for label, item in offered.items():
        text = accepted(BEGUN[begun].replace(CURSOR, ""), item["textEdit"])
        assert label in text
        read_text(Source("spec.yaml", text))
        assert re.search(rf"^[ -]*{label}:|: {label}$", text, re.MULTILINE), text
