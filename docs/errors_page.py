"""The page of errors: of every code a spec or command that gets it, what is printed, the cure."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from commands import run  # beside this file
from safetensors.numpy import save as to_safetensors

from netspec.codes import CODES, FAMILIES, Code
from netspec.diagnostics import Source
from netspec.loading import from_document
from netspec.reading.reader import read_text
from netspec.weights import store

BAD = Path(__file__).parents[1] / "tests" / "bad"


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
LONG = """netspec: 1
name: Long
input: {image: {height: 8, width: 8, channels: 3}}
steps:
  - "Relu_{n}": {op: relu, for: {n: 1..6000}}
outputs: {Relu_6000: {}}
"""
OTHER = {"Conv/kernel": np.zeros((5, 5, 3, 4)), "Conv/scale": np.zeros(4)}
SEEING = """netspec: 1
name: Seeing
input: {image: {height: 8, width: 8, channels: 3}}
preprocess: {resize: {filter: bilinear}, range: [-1, 1]}
steps:
  - Pool: {op: global_avg_pool}
  - NAME: {op: squeeze}
outputs: {NAME: {}}
"""


def _model(op_type: str) -> bytes:
    """An ONNX file of a conv of another kernel, its operator called so."""
    spec = from_document(read_text(Source("", SMALL.replace("kernel: 3", "kernel: 5"))))
    model = spec.to("onnx", seed=0)
    model.graph.node[0].op_type = op_type
    data: bytes = model.SerializeToString()
    return data


FILES = {
    "seeing.yaml": SEEING.replace("NAME", "Logits").encode(),
    "scores.yaml": SEEING.replace("NAME", "Scores").encode(),
    "none.safetensors": to_safetensors({}),
    "photo.ppm": b"P6 8 8 255 " + bytes(8 * 8 * 3),
    "cut.ppm": b"P6 8 8 255 " + bytes(8),
    "huge.ppm": b"P6 9000 9000 255 ",
    "labels.txt": b"cat\ndog\n",
    "small.yaml": SMALL.encode(),
    "over.yaml": OVER.encode(),
    "long.yaml": LONG.encode(),
    "cut.safetensors": store.encoded(OTHER, "")[:100],
    "other.safetensors": store.encoded(OTHER, ""),
    "other.onnx": _model("Conv"),
    "foreign.onnx": _model("ConvTranspose"),
    "names.yaml": b"names: 1\nmodules: [Conv, Conv]\n",
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
    "NS701": "netspec predict seeing.yaml cut.ppm --weights none.safetensors",
    "NS702": "netspec predict seeing.yaml huge.ppm --weights none.safetensors",
    "NS703": "netspec predict small.yaml photo.ppm --weights other.safetensors",
    "NS704": "netspec predict scores.yaml photo.ppm --weights none.safetensors",
    "NS705": "netspec predict seeing.yaml photo.ppm --weights none.safetensors --labels labels.txt",
    "NS621": "netspec weights import other.safetensors --from timm --spec small.yaml -o new",
    "NS622": "netspec weights import other.safetensors --from timm --spec small.yaml -o new"
    " --names names.yaml",
    "NS641": "netspec draw long.yaml --unroll",
    "NS631": "netspec match small.yaml foreign.onnx",
    "NS632": "netspec weights import other.onnx --from onnx --spec small.yaml -o new",
    "NS651": "netspec sweep small.yaml Conv.filters=1..1000000",
    "NS652": "netspec sweep --report none",
    "NS653": "netspec sweep small.yaml Conv.kernel=9,10",
}
"""Commands that get the codes which no text of a readable size gets."""
UNSHOWN = {
    "NS501": "No spec gets it: the verifier looks at every graph that the compiler makes.",
    "NS502": "No spec should get it.",
    "NS603": "Where torch is not installed, `netspec build small.yaml --to torch -o small` ends"
    "\nwith exit code 3 and the line `pip install 'netspec[torch]'`.",
    "NS642": "Where no font is installed, `netspec draw small.yaml -o small.png` gets it.",
    "NS654": "Where no cluster runs, `netspec sweep small.yaml Conv.filters=4,8 --engine ray`"
    "\ngets it.",
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
