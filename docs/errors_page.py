"""The page of errors: of every code a spec or command that gets it, what is printed, the cure."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from commands import run  # beside this file

from netspec.codes import CODES, Code
from netspec.weights import store

BAD = Path(__file__).parents[1] / "tests" / "bad"

FAMILIES = {
    "1": "Text",
    "2": "The shape of the data",
    "3": "Names and expressions",
    "4": "Shapes",
    "5": "Our own faults",
    "6": "Backends, weights and files",
}


def errors_page() -> Iterator[str]:
    """The page's lines, below its title."""
    yield "Each with a spec or a command that gets it, what is printed, and the cure."
    yield "`netspec explain CODE` prints the meaning and the cure.\n"
    for digit, family in FAMILIES.items():
        codes = {code: told for code, told in CODES.items() if code[2] == digit}
        links = (f"[{code}](#{code.lower()}-{told.name})" for code, told in codes.items())
        listed = " · ".join(links)
        yield f"**{family}**: {listed}\n"
    for code, told in CODES.items():
        yield from _error(code, told)


def _error(code: str, told: Code) -> Iterator[str]:
    yield f"## {code} {told.name}\n\n{told.meaning}\n"
    spec = BAD / f"{code}.yaml"
    if spec.exists():
        data = spec.read_bytes()
        yield f"```yaml\n{_visible(data)}```\n"
        yield f"```\n{spec.with_suffix('.txt').read_text(encoding='utf-8')}```\n"
    elif code in COMMANDS:
        yield f"```console\n{_printed(COMMANDS[code])}```\n"
    else:
        yield f"{UNSHOWN[code]}\n"
    yield f"Cure: {told.cure}\n"


def _visible(data: bytes) -> str:
    """The bytes as text, what can't be seen as its escape."""
    text = data.decode("utf-8", errors="backslashreplace").replace("\r\n", "\n")
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


SMALL = """netspec: 1
name: Small
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - Conv: {op: conv, filters: 4, kernel: 3}
outputs: {Conv: {}}
"""
OVER = """netspec: 1
extends: over.yaml
"""
OTHER = {"Conv/kernel": np.zeros((5, 5, 3, 4)), "Conv/scale": np.zeros(4)}
FILES = {
    "small.yaml": SMALL.encode(),
    "over.yaml": OVER.encode(),
    "cut.safetensors": store.encoded(OTHER, "")[:100],
    "other.safetensors": store.encoded(OTHER, ""),
}
COMMANDS = {
    "NS101": "netspec check none.yaml",
    "NS102": "netspec check small.yaml --limit file-bytes=100",
    "NS117": "netspec check small.yaml --limit values=10",
    "NS118": "netspec check small.yaml --limit string-length=4",
    "NS120": "netspec check over.yaml",
    "NS208": "netspec check small.yaml --set filters",
    "NS316": "netspec check small.yaml --set Cnov.filters=8",
    "NS601": "netspec source small.yaml --to onnx",
    "NS602": "netspec build small.yaml --to tensorrt -o small.plan",
    "NS604": "netspec build small.yaml --to onnx -o small.onnx --weights cut.safetensors",
    "NS605": "netspec build small.yaml --to onnx -o small.onnx --weights other.safetensors",
    "NS606": "netspec build small.yaml --to onnx -o none/small.onnx",
}
"""Commands that get the codes which no text of a readable size gets."""
UNSHOWN = {
    "NS501": "No spec gets it: the verifier looks at every graph that the compiler makes.",
    "NS502": "No spec should get it.",
    "NS603": "Where torch is not installed, `netspec build small.yaml --to torch -o small` ends"
    "\nwith exit code 3 and the line `pip install 'netspec[torch]'`.",
}
"""What is said of the codes that can't be shown where everything is as it should be."""


def _printed(command: str) -> str:
    """The spec that a command speaks of, the command, and what it prints."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in FILES.items():
            Path(folder, name).write_bytes(data)
        printed = run(command.split(), Path(folder))
    spec = FILES.get(command.split()[2], b"").decode()
    shown = f"$ cat {command.split()[2]}\n{spec}" if spec else ""
    return f"{shown}$ {command}\n{printed}"
