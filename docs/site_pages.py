"""Pages that are made for the site alone: help of commands, the Python interface, pictures."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import click

import netspec
from netspec import bundled
from netspec.amounts import rounded
from netspec.cli.running import cli

QUOTED = re.compile(r"(: |-> )'([^']*)'")
"""An annotation as Python keeps it, in quotes."""


def commands_page(_: Path) -> str:
    """What `--help` prints of every command."""
    blocks = "".join(f"\n## `{name}`\n\n```text\n{text}\n```\n" for name, text in _helps(cli))
    return (
        "# Commands\n\nWhat `netspec COMMAND --help` prints. SPEC is a file or a bundled spec's"
        f" name, which `netspec list` lists.\n{blocks}"
    )


def _helps(group: click.Group, around: str = "netspec") -> Iterator[tuple[str, str]]:
    context = click.Context(group, info_name=around, max_content_width=100, terminal_width=100)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from _helps(command, f"{around} {name}")
            continue
        inner = click.Context(
            command, info_name=f"{around} {name}", max_content_width=100, terminal_width=100
        )
        yield f"{around} {name}".removeprefix("netspec "), command.get_help(inner)


FIRST = ("load", "load_all", "Spec", "init_weights", "parity", "ParityReport")
"""The public names that a newcomer meets first."""


def python_page(_: Path) -> str:
    """The public names with their signatures and docstrings."""
    others = [name for name in netspec.__all__ if name not in FIRST]
    entries = "".join(map(_entry, (*FIRST, *others)))
    return (
        "# Python\n\n`import netspec` starts no framework; what a network is compiled to is loaded"
        f" when it is asked for.\n{entries}"
    )


def _entry(name: str) -> str:
    thing = getattr(netspec, name)
    return f"\n## `{name}`\n\n{_described(name, thing)}{_members(thing)}"


def _members(thing: object) -> str:
    if not inspect.isclass(thing):
        return ""
    return "".join(
        f"\n### `{thing.__name__}.{name}`\n\n{_described(name, member)}"
        for name, member in vars(thing).items()
        if not name.startswith("_") and _documented(member)
    )


def _documented(member: object) -> bool:
    return inspect.isfunction(member) or isinstance(member, property | cached_property)


def _described(name: str, thing: object) -> str:
    text = inspect.getdoc(thing) or ""
    signature = str(inspect.signature(thing)) if inspect.isfunction(thing) else ""
    shown = QUOTED.sub(r"\1\2", signature).replace("(self, ", "(").replace("(self)", "()")
    head = f"```python\n{name}{shown}\n```\n\n" if shown else ""
    return f"{head}{text}\n"


def decisions_page(pages: Path) -> str:
    """Why things are as they are: the records, in order."""
    return (
        "# Why things are as they are\n\nChoices that closed a door, each with its context and its"
        f" cost.\n\n{_listed(pages / 'adr', '*.md')}"
    )


def names_page(pages: Path) -> str:
    """The bundled maps of names."""
    return (
        "# Maps of names\n\nWhat other frameworks call the weights of a bundled spec; how to read"
        f" and write one stands in [porting weights](../../port-weights.md).\n\n"
        f"{_listed(pages / 'specs' / 'names', '*.yaml')}"
    )


def _listed(folder: Path, pattern: str) -> str:
    return "".join(f"- [{_title(file)}]({file.name})\n" for file in sorted(folder.glob(pattern)))


def _title(file: Path) -> str:
    if file.suffix != ".md":
        return file.name
    _, _, below = f"\n{file.read_text(encoding='utf-8')}".partition("\n# ")
    return below.partition("\n")[0]


THUMBNAIL = {"depth": 1, "names": "blocks", "shapes": "none", "columns": 3}
"""How a network is drawn small."""
DRAWN = "zoo"
"""The folder of the pictures that are drawn for the site."""
AGAINST = ("inception_v3.torchvision", "inception_v3")
"""The example of a picture of changes."""


def pictures_page(pages: Path) -> str:
    """The zoo drawn: small pictures on cards, each leading to its whole one."""
    folder = pages / DRAWN
    folder.mkdir(exist_ok=True)
    over, base = AGAINST
    changes = netspec.load(over).svg(against=netspec.load(base))
    (folder / f"{over}.svg").write_text(changes, encoding="utf-8")
    networks = [name for name in bundled.specs() if not bundled.base_of(name)]
    cards = "".join(_card(name, folder) for name in networks)
    return (
        "---\nhide: [toc]\n---\n\n# The zoo in pictures\n\n"
        "Each network with its blocks folded; the picture behind it has them"
        " open, and tells all of a box that is pointed at. `netspec draw NAME -o NAME.svg` draws"
        f' them.\n\n<div class="zoo">\n{cards}</div>\n\n## What a dialect does otherwise\n\n'
        f"`netspec draw {base} {over} -o changes.svg`: what {over} adds is green, what it lacks is"
        f" red, what it changes amber.\n\n[![{over}]({DRAWN}/{over}.svg)]({DRAWN}/{over}.svg)\n"
    )


def _card(name: str, folder: Path) -> str:
    spec = netspec.load(name)
    (folder / f"{name}.svg").write_text(spec.svg(), encoding="utf-8")
    images = ""
    for theme in ("light", "dark"):  # the site's, which may be another than the machine's
        file = f"{name}.{theme}.svg"
        (folder / file).write_text(spec.svg(theme=theme, **THUMBNAIL), encoding="utf-8")
        images += f'<img src="{DRAWN}/{file}#only-{theme}" alt="{name}, drawn" loading="lazy">'
    total = spec.summary().total
    figures = f"{rounded(total.trainable)} parameters, {rounded(total.macs)} MACs"
    return (
        f'<figure><a href="{DRAWN}/{name}.svg">{images}</a>'
        f"<figcaption><b>{name}</b><br>{figures}</figcaption></figure>\n"
    )


FOLDERS: Mapping[str, str] = {
    "docs/adr": "adr/index.md",
    "specs/names": "specs/names/index.md",
}
"""Where a link to a folder of the repository leads on the site."""
MADE: Mapping[str, Callable[[Path], str]] = {
    "commands.md": commands_page,
    "python.md": python_page,
    "pictures.md": pictures_page,
    "adr/index.md": decisions_page,
    "specs/names/index.md": names_page,
}
"""The pages by their place on the site. Each is given the folder of staged pages."""
