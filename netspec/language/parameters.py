"""Parameters of files and templates: declared by a default or a type, bound before their use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from netspec.diagnostics import Diagnostic, Span
from netspec.language.cycles import find_cycles
from netspec.language.expressions import (
    INPUT_SIZES,
    ExpressionError,
    Function,
    Value,
    free_names,
    from_scalar,
)
from netspec.language.judging import dollar_forgotten, shown, spelled
from netspec.language.names import check_function, check_variable
from netspec.language.schema import TYPES
from netspec.language.scope import NOTE, Scope, Unknown, located
from netspec.reading.document import Entry, Node, Scalar, Sequence
from netspec.reading.document import Mapping as MappingNode
from netspec.suggestions import did_you_mean

_PYTHON_TYPES: dict[str, type] = {"int": int, "float": float, "bool": bool, "string": str}


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A declared parameter. `type` is empty where the default's own type decides."""

    name: str
    span: Span
    type: str
    values: tuple[Value, ...]
    default: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """A value given to a parameter: where it stands, and where the parameter is named."""

    value: Value | None
    span: Span
    named: Span


@dataclass(frozen=True, slots=True, eq=False)
class Owner:
    """Whose parameters they are: the spec's, or a template's, which is used somewhere."""

    told: str
    used: Span | None = None


def declared(node: Node | None) -> dict[str, Parameter]:
    """The parameters of a `params:` mapping that the schema accepts."""
    if not isinstance(node, MappingNode):
        return {}
    return {
        key: _declared(key, entry.key_span, entry.value)
        for key, entry in node.entries.items()
        if not key.startswith(NOTE)
    }


def _declared(name: str, span: Span, node: Node) -> Parameter:
    if isinstance(node, MappingNode):
        kind, values = node.get("type"), node.get("values")
        listed = values.items if isinstance(values, Sequence) else ()
        written = kind.value if isinstance(kind, Scalar) else ""
        plain = tuple(v.value for v in listed if isinstance(v, Scalar) and v.value is not None)
        return Parameter(name, span, str(written or ""), plain, node.get("default"))
    if isinstance(node, Scalar) and node.value in TYPES:
        return Parameter(name, span, str(node.value), (), None)
    return Parameter(name, span, "", (), node)


def bind(
    parameters: Mapping[str, Parameter],
    arguments: Mapping[str, Argument],
    scope: Scope,
    owner: Owner,
) -> dict[str, Value]:
    """Each parameter's value: the argument's, or else the default's.

    Faults become findings; a parameter at fault is absent from the result.
    """
    for name in arguments.keys() - parameters.keys():
        message = f"{owner.told} has no parameter `{name}`"
        hints = did_you_mean(name, parameters) or _listed(parameters)
        scope.fail(Diagnostic("NS312", message, arguments[name].named, hints=hints))
    binding = _Binding(parameters, arguments, scope, owner)
    for name in parameters:
        binding.value(name)
    return {name: value for name, value in binding.bound.items() if value is not None}


def _listed(parameters: Mapping[str, Parameter]) -> tuple[str, ...]:
    return (f"its parameters: {', '.join(parameters) or 'none'}",)


class _Binding:
    """Binds parameters whose defaults may speak of one another, in whatever order they stand."""

    def __init__(
        self,
        parameters: Mapping[str, Parameter],
        arguments: Mapping[str, Argument],
        scope: Scope,
        owner: Owner,
    ) -> None:
        self.parameters, self.arguments = parameters, arguments
        self.scope, self.owner = scope, owner
        self.bound: dict[str, Value | None] = {}
        self.open: list[str] = []

    def value(self, name: str) -> None:
        if name in self.bound:
            return
        if name in self.open:
            cycle = " → ".join([*self.open[self.open.index(name) :], name])
            message = f"a parameter refers to itself: {cycle}"
            self.scope.fail(Diagnostic("NS310", message, self.parameters[name].span))
            self.bound[name] = None
            return
        self.open.append(name)
        try:
            self.bound.setdefault(name, self._bind(self.parameters[name]))
        except Unknown:
            self.bound[name] = None
        self.open.pop()

    def _bind(self, parameter: Parameter) -> Value:
        if fault := check_variable(parameter.name):
            raise self.scope.fail(Diagnostic(*fault, parameter.span))
        wanted = parameter.type or self._type_of_default(parameter)
        argument = self.arguments.get(parameter.name)
        if argument is None:
            span = parameter.default.span if parameter.default else parameter.span
            argument = Argument(self._default(parameter), span, parameter.span)
        value = argument.value
        if wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if value is None or (wanted and type(value) is not _PYTHON_TYPES[wanted]):
            message = f"parameter `{parameter.name}` is {_A[wanted]}, not {shown(value)}"
            hints = spelled(value) if wanted == "bool" else ()
            hints = hints or dollar_forgotten(value, self.scope.names)
            raise self.scope.fail(Diagnostic("NS314", message, argument.span, hints=hints))
        if parameter.values and value not in parameter.values:
            listed = ", ".join(map(str, parameter.values))
            message = f"parameter `{parameter.name}` is one of {listed}, not {shown(value)}"
            hints = did_you_mean(str(value), map(str, parameter.values))
            raise self.scope.fail(Diagnostic("NS314", message, argument.span, hints=hints))
        return value

    def _type_of_default(self, parameter: Parameter) -> str:
        node = parameter.default
        if isinstance(node, Scalar) and not str(node.value).startswith("$"):
            return next((n for n, t in _PYTHON_TYPES.items() if type(node.value) is t), "")
        return ""

    def _default(self, parameter: Parameter) -> Value | None:
        node = parameter.default
        if node is None:
            raise self.scope.fail(self._not_given(parameter))
        names = {n: v for n, v in self._names_of(node).items() if v is not None}
        value: Value | None = self.scope.with_names(names).value(node)
        return value

    def _not_given(self, parameter: Parameter) -> Diagnostic:
        message = f"{self.owner.told} needs a value for `{parameter.name}`"
        if self.owner.used is None:
            hints = (f"give it: --set {parameter.name}=…, or a default",)
            return Diagnostic("NS311", message, parameter.span, hints=hints)
        hints = (f"give it: with: {{{parameter.name}: …}}",)
        declared = (("declared here", parameter.span),)
        return Diagnostic("NS311", message, self.owner.used, hints=hints, related=declared)

    def _names_of(self, node: Node) -> dict[str, Value | None]:
        """The sibling parameters that a default speaks of, bound first."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return {}
        try:
            expression = from_scalar(node.value, self.scope.limits)
        except ExpressionError as error:
            raise self.scope.fail(located(error, node)) from error
        if expression is None:
            return {}
        siblings = free_names(expression, self.scope.functions) & self.parameters.keys()
        for name in sorted(siblings):
            self.value(name)
            if self.bound[name] is None:
                raise Unknown
        return {name: self.bound[name] for name in siblings}


_A = {"int": "an int", "float": "a float", "bool": "a bool", "string": "a string", "": "a value"}


def functions_of(node: Node | None, parameters: Iterable[str], scope: Scope) -> dict[str, Function]:
    """The functions of a `functions:` mapping that the schema accepts.

    Raises `Unknown` where one could never be called: by its names, its syntax, what its body
    speaks of, or because it would call itself.
    """
    written = node.entries if isinstance(node, MappingNode) else {}
    faults: list[Diagnostic] = []
    found: dict[str, Function] = {}
    reach = frozenset(parameters) | frozenset(INPUT_SIZES)
    for name, entry in written.items():
        if not name.startswith(NOTE):
            body, value = _parts(entry)
            faults += _signature_faults(entry, body)
            try:
                expression = from_scalar(str(value.value), scope.limits)
                assert expression is not None
                found[name] = Function(tuple(str(item.plain) for item in body.items), expression)
                faults += _body_faults(found[name], reach, value)
            except ExpressionError as error:
                faults.append(located(error, value))
    for cycle in find_cycles({name: sorted(f.body.calls) for name, f in found.items()}):
        message = f"a function calls itself: {' → '.join(cycle)}"
        faults.append(Diagnostic("NS310", message, written[cycle[0]].key_span))
    for fault in faults:
        scope.fail(fault)
    if faults:
        raise Unknown
    return found


def _parts(entry: Entry) -> tuple[Sequence, Scalar]:
    assert isinstance(entry.value, MappingNode)
    listed, value = entry.value.get("params"), entry.value.get("value")
    assert isinstance(listed, Sequence)
    assert isinstance(value, Scalar)
    return listed, value


def _signature_faults(entry: Entry, listed: Sequence) -> Iterator[Diagnostic]:
    if fault := check_function(entry.key):
        yield Diagnostic(*fault, entry.key_span)
    seen: set[str] = set()
    for item in listed.items:
        name = str(item.plain)
        if fault := check_variable(name):
            yield Diagnostic(*fault, item.span)
        elif name in seen:
            message = f"function {entry.key} has two parameters {name}"
            yield Diagnostic("NS303", message, item.span)
        seen.add(name)


def _body_faults(function: Function, reach: frozenset[str], value: Scalar) -> Iterator[Diagnostic]:
    for unknown in sorted(function.body.names - reach - set(function.parameters)):
        message = f"no parameter {unknown}: a function sees its own and the file's"
        hints = did_you_mean(unknown, {*function.parameters, *reach})
        yield Diagnostic("NS304", message, value.span, hints=hints)
