"""The `was:` of a patch: what it states of a step, against what the step is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from netspec.ir.text import flow
from netspec.language.judging import is_valid, shown
from netspec.ops.base import Op
from netspec.ops.constructs import Kind
from netspec.reading.document import Plain
from netspec.suggestions import did_you_mean


class Fact(NamedTuple):
    """What a key of a step is, in every form in which it may be stated."""

    forms: tuple[Plain, ...]
    kind: Kind | None = None

    def is_stated_by(self, value: Plain) -> bool:
        """Whether the value tells this, in whatever form its kind has for it."""
        if self.kind is None or not is_valid(value, self.kind.schema):
            return value in self.forms
        return self.kind.write(self.kind.read(value)) in self.forms


Facts = Mapping[str, Fact]
ARGUMENTS = "with"
"""The key whose value is stated argument by argument."""


class Fault(NamedTuple):
    """What is wrong with the statement of one key."""

    key: str
    code: str
    message: str
    hints: tuple[str, ...]


def facts_of(op: Op, resolved: Op) -> Facts:
    """What a step of an op is: as its fields were given, and without sugar."""
    given, plain = op.to_plain(), resolved.to_plain()
    fields = {
        option.name: Fact((given[option.name], plain[option.name]), option.kind)
        for option in op.options().values()
    }
    return {"op": Fact((op.name,)), **fields}


def disagreements(stated: Plain, facts: Facts, path: str) -> Iterator[Fault]:
    """The faults of what a `was` states; a bare word states the op or the template."""
    if not isinstance(stated, dict):
        stated = {"use" if "use" in facts else "op": stated}
    for key, value in stated.items():
        if key == ARGUMENTS and key in facts and isinstance(value, dict):
            yield from _of_arguments(value, facts[key], path)
        elif key not in facts:
            hints = did_you_mean(key, facts) or (f"it has {', '.join(facts) or 'no fields'}",)
            yield Fault(key, "NS202", f"`{path}` has no `{key}` to be guarded", hints)
        elif not facts[key].is_stated_by(value):
            yield _moved(key, key, facts[key].forms[0], value, path)


def _of_arguments(stated: dict[str, Plain], given: Fact, path: str) -> Iterator[Fault]:
    """The faults of some arguments of a use; those that are not stated are free."""
    (arguments,) = given.forms
    assert isinstance(arguments, dict)
    for name, value in stated.items():
        if name not in arguments:
            hints = did_you_mean(name, arguments) or (f"it has {', '.join(arguments) or 'none'}",)
            yield Fault(
                ARGUMENTS, "NS202", f"`{path}` has no argument `{name}` to be guarded", hints
            )
        elif arguments[name] != value:
            yield _moved(ARGUMENTS, name, arguments[name], value, path)


def _moved(key: str, what: str, found: Plain, stated: Plain, path: str) -> Fault:
    message = f"`{path}` has {what} {_told(found)}, where the patch was made for {_told(stated)}"
    hint = "see whether the patch is still right, and state in `was` what is there now"
    return Fault(key, "NS319", message, (hint,))


def _told(value: Plain) -> str:
    return flow(value) if isinstance(value, dict) else shown(value)
