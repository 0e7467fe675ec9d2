"""Parameters of files and templates: declared by a default or a type, bound before their use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netspec.diagnostics import Diagnostic, Span
from netspec.language.expressions import ExpressionError, Function, Value, from_scalar, parse
from netspec.language.judging import shown
from netspec.language.names import check_name
from netspec.language.schema import TYPES
from netspec.language.scope import Scope, Unknown, located
from netspec.reading.document import Mapping as MappingNode
from netspec.reading.document import Node, Scalar, Sequence
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
    """A value given to a parameter, and where."""

    value: Value | None
    span: Span


def declared(node: Node | None) -> dict[str, Parameter]:
    """The parameters of a `params:` mapping that the schema accepts."""
    if not isinstance(node, MappingNode):
        return {}
    return {
        key: _declared(key, entry.key_span, entry.value)
        for key, entry in node.entries.items()
        if not key.startswith("x-")
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
    parameters: Mapping[str, Parameter], arguments: Mapping[str, Argument], scope: Scope, owner: str
) -> dict[str, Value]:
    """Each parameter's value: the argument's, or else the default's.

    Faults become findings; a parameter at fault is absent from the result.
    """
    for name in arguments.keys() - parameters.keys():
        message = f"{owner} has no parameter `{name}`"
        hints = did_you_mean(name, parameters) or _listed(parameters)
        scope.fail(Diagnostic("NS312", message, arguments[name].span, hints=hints))
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
        owner: str,
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
            message = f"parameters refer to each other: {cycle}"
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
        if (fault := check_name(parameter.name)) and fault[0] == "NS301":
            raise self.scope.fail(Diagnostic(*fault, parameter.span))
        wanted = parameter.type or self._type_of_default(parameter)
        argument = self.arguments.get(parameter.name)
        if argument is None:
            argument = Argument(self._default(parameter), self._span(parameter))
        value = argument.value
        if wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if wanted and type(value) is not _PYTHON_TYPES[wanted] or value is None:
            message = f"parameter `{parameter.name}` is {_a(wanted)}, not {shown(value)}"
            raise self.scope.fail(Diagnostic("NS314", message, argument.span))
        if parameter.values and value not in parameter.values:
            listed = ", ".join(map(str, parameter.values))
            message = f"parameter `{parameter.name}` is one of {listed}, not {shown(value)}"
            hints = did_you_mean(str(value), map(str, parameter.values))
            raise self.scope.fail(Diagnostic("NS314", message, argument.span, hints=hints))
        return value

    def _span(self, parameter: Parameter) -> Span:
        return parameter.default.span if parameter.default else parameter.span

    def _type_of_default(self, parameter: Parameter) -> str:
        node = parameter.default
        if isinstance(node, Scalar) and not str(node.value).startswith("$"):
            return next((n for n, t in _PYTHON_TYPES.items() if type(node.value) is t), "")
        return ""

    def _default(self, parameter: Parameter) -> Value | None:
        node = parameter.default
        if node is None:
            message = f"{self.owner} needs a value for `{parameter.name}`"
            hints = (f"give it: --set {parameter.name}=…",) if not self.scope.uses else ()
            raise self.scope.fail(Diagnostic("NS311", message, parameter.span, hints=hints))
        names = {n: v for n, v in self._names_of(node).items() if v is not None}
        value: Value | None = self.scope.with_names(names).value(node)
        return value

    def _names_of(self, node: Node) -> dict[str, Value | None]:
        """The sibling parameters that a default speaks of, bound first."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            return {}
        try:
            expression = from_scalar(node.value)
        except ExpressionError as error:
            raise self.scope.fail(located(error, node.span)) from error
        siblings = (expression.names if expression else frozenset()) & self.parameters.keys()
        for name in sorted(siblings):
            self.value(name)
            if self.bound[name] is None:
                raise Unknown
        return {name: self.bound[name] for name in siblings}


def _a(kind: str) -> str:
    return {"int": "an int", "": "a value"}.get(kind, f"a {kind}")


def functions_of(node: Node | None, scope: Scope) -> dict[str, Function]:
    """The functions of a `functions:` mapping that the schema accepts."""
    found: dict[str, Function] = {}
    if not isinstance(node, MappingNode):
        return found
    for name, entry in node.entries.items():
        body = entry.value.plain
        value = entry.value.get("value") if isinstance(entry.value, MappingNode) else None
        if not isinstance(body, dict) or value is None:
            continue
        try:
            expression = from_scalar(str(body["value"])) or parse(str(body["value"]))
        except ExpressionError as error:
            scope.fail(located(error, value.span))
            continue
        names = body["params"]
        assert isinstance(names, list)
        found[name] = Function(tuple(map(str, names)), expression)
    return found
