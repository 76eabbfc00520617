"""CEL behind an interface of ours: expressions checked against the schema at load, evaluated together.

The implementation is Google's (cel-expr-python, which wraps cel-cpp); it is imported only for policies
with expressions. The variables' types are protobuf messages made from `schema.MESSAGES`, so that an
unknown field is a mistake of the policy and no surprise at an upload. Work is bounded by cel-cpp
itself: 32 levels of an expression, 100,000 characters, 10,000 iterations an evaluation, and regular
expressions are RE2's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from namegate_policy.language.problems import did_you_mean
from namegate_policy.language.schema import ALL, MESSAGES, VARIABLES
from namegate_policy.regex import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PACKAGE = "namegate"
_SCALARS = {"string": 9, "int": 3, "double": 1, "bool": 8}
"""Type → number of the type in protobuf's FieldDescriptorProto."""
_BATCH = 30_000
"""Characters of expressions that are evaluated as one."""

_MATCHED = "namegate_matched"
"""`matches`, with expressions that are compiled once: cel-cpp compiles them at each evaluation."""
_TOKEN = re.compile(
    r"""(?P<unusual>\b[rRbB]{1,2}['"]|'''|\"\"\")"""
    r"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|//[^\n]*"""
    r"""|(?P<matches>\.\s*matches\s*\()"""
)
"""Literals and comments, and between them the calls of `matches`."""
_WORD = re.compile(r"[a-z]+")
_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_FIELD = re.compile(r"undefined field '([^']*)' not found in struct 'namegate\.(\w+)'")
_REFERENCE = re.compile(r"undeclared reference to '([^']*)'")


class ExpressionError(ValueError):
    """What is wrong with an expression; `line` and `column` count from 1 inside of it."""

    def __init__(self, message: str, line: int, column: int, choices: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.choices = choices


class Undecided(NamedTuple):
    """Why an expression has no answer for a name."""

    reason: str


class Environment:
    """The variables that expressions may use, and their types; `params` are the policy's own values."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_strings

        kinds = cel.Type
        self._params = dict(params)
        variables = {
            name: kinds(f"{_PACKAGE}.{message}") if message else kinds.Map(kinds.STRING, kinds.DYN)
            for name, message in VARIABLES.items()
        }
        scalar = {bool: kinds.BOOL, int: kinds.INT, float: kinds.DOUBLE, str: kinds.STRING}
        for name, value in self._params.items():
            strings = isinstance(value, list) and all(isinstance(item, str) for item in value)
            kind = kinds.List(kinds.STRING) if strings else scalar.get(type(value), kinds.DYN)
            variables[f"params.{name}"] = kind
        self._bool = kinds.BOOL
        self._error = kinds.ERROR
        matched = cel.Overload(_MATCHED, kinds.BOOL, [kinds.STRING, kinds.STRING], True, _matched)
        self._env = cel.NewEnv(
            _descriptors(),
            variables=variables,
            extensions=[ext_strings.ExtStrings()],
            functions=[cel.FunctionDecl(_MATCHED, [matched])],
        )

    def compile(self, expression: str) -> Any:
        """Return the expression, checked: it exists only if its variables and types fit.

        Raises ExpressionError.
        """
        try:
            compiled = self._env.compile(expression)
        except RuntimeError as error:
            raise self._reworded(str(error), expression) from None
        if compiled.return_type() != self._bool:
            name = compiled.return_type().name()
            raise ExpressionError(f"the expression gives {name.lower()}, a rule needs true or false", 1, 1)
        return compiled

    def compile_together(self, expressions: Sequence[str]) -> Any:
        """Return expressions, each of them checked before, as one that gives the list of their values."""
        # Each ends on a line of its own, since an expression may end in a comment.
        items = (f"({_with_kept_regexes(expression)}\n)" for expression in expressions)
        return self._env.compile("[" + ",\n".join(items) + "]")

    def activation(self, values: Mapping[str, Any]) -> Any:
        """Return the data of one subject in CEL's form."""
        data: dict[str, Any] = {f"params.{name}": value for name, value in self._params.items()}
        for name, message in VARIABLES.items():
            data[name] = _message(message)(**values[name]) if message else _plain(values[name])
        return self._env.Activation(data)

    def evaluate(self, compiled: Any, activation: Any) -> Any:
        """Return the value, or why there is none."""
        try:
            value = compiled.eval(activation)
        except RuntimeError as error:
            return Undecided(_reason(str(error)))
        if value.type() == self._error:
            return Undecided(_reason(str(value.value())))
        return value.plain_value()

    def _reworded(self, text: str, expression: str) -> ExpressionError:
        place = _PLACE.search(text)
        if place is None:
            return ExpressionError(f"the expression cannot be read: {_reason(text)}", 1, 1)
        line, column, message = int(place[1]), int(place[2]), place[3].removesuffix(" [INVALID_ARGUMENT]")
        if field := _FIELD.search(message):
            choices = tuple(MESSAGES[field[2]])
            words = f"{field[2].lower()} has no field {field[1]!r}{did_you_mean(field[1], choices)}"
            return ExpressionError(words, line, column + 1, choices)
        if reference := _REFERENCE.search(message):
            name = reference[1]
            source = expression.splitlines()[line - 1] if expression else ""
            if source[column - 1 : column] == "(":
                return ExpressionError(f"there is no function {name!r}", line, max(1, column - len(name)))
            if name.startswith("params"):
                choices = tuple(self._params)
                words = f"there is no parameter {name[7:]!r}{did_you_mean(name[7:], choices)}"
                return ExpressionError(words, line, column + (source[column - 1 : column] == "."), choices)
            choices = (*VARIABLES, "params")
            near = did_you_mean(name.partition(".")[0], choices)
            return ExpressionError(f"unknown variable {name!r}{near}", line, column, choices)
        return ExpressionError(message.replace(" (in container '')", ""), line, column)


class Program:
    """Expressions that are evaluated together: one call for many, one by one only where one has no answer."""

    def __init__(self, environment: Environment, expressions: Sequence[str]) -> None:
        self._environment = environment
        words = frozenset(word for expression in expressions for word in _WORD.findall(expression))
        self.used = ALL & words
        """The variables that the expressions speak of."""
        self._single = [environment.compile(expression) for expression in expressions]
        self._batches: list[tuple[int, int, Any]] = []
        start = 0
        while start < len(expressions):
            end, length = start, 0
            while end < len(expressions) and (end == start or length + len(expressions[end]) < _BATCH):
                length += len(expressions[end]) + 2
                end += 1
            self._batches.append((start, end, environment.compile_together(expressions[start:end])))
            start = end

    def evaluate(self, values: Mapping[str, Any]) -> list[bool | Undecided]:
        """Return for each expression whether it holds, or why that cannot be said."""
        try:
            activation = self._environment.activation(values)
        except (RuntimeError, TypeError, ValueError) as error:
            return [Undecided(f"the evidence cannot be used: {_reason(str(error))}")] * len(self._single)
        found: list[bool | Undecided] = []
        for start, end, batch in self._batches:
            answers = self._environment.evaluate(batch, activation)
            if isinstance(answers, Undecided):
                answers = [
                    self._environment.evaluate(single, activation) for single in self._single[start:end]
                ]
            found += answers
        return found


def _with_kept_regexes(expression: str) -> str:
    """Return an expression that means the same and calls `matches` by the name of the quicker one."""
    if any(token["unusual"] for token in _TOKEN.finditer(expression)):
        return expression
    return _TOKEN.sub(lambda token: f".{_MATCHED}(" if token["matches"] else token[0], expression)


def _matched(text: str, expression: str) -> bool:
    return bool(regex(expression).found(text))


def _reason(text: str) -> str:
    """Return an error of CEL without its status codes, on one line."""
    text = re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", text.strip())
    return " ".join(text.split())[:200]


def _plain(value: Any) -> Any:
    """Return data as CEL takes it: keys are text, and what is no JSON type is text."""
    if isinstance(value, dict):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(2**63) <= value < 2**63 else float(value)
    return value if isinstance(value, (str, float, bool, type(None))) else str(value)


@cache
def _descriptors() -> Any:
    """Return the schema's messages as protobuf descriptors."""
    from google.protobuf import descriptor_pb2, descriptor_pool

    file = descriptor_pb2.FileDescriptorProto(name="namegate.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, (field_name, kind) in enumerate(fields.items(), 1):
            single = kind.strip("[]")
            field = message.field.add(name=field_name, number=number, label=3 if kind[0] == "[" else 1)
            if single in _SCALARS:
                field.type = _SCALARS[single]
            else:
                field.type, field.type_name = 11, f".{_PACKAGE}.{single}"
            if kind in _SCALARS:
                # What is not known is absent, so that has() tells it from zero.
                field.proto3_optional, field.oneof_index = True, len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field_name}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


@cache
def _message(name: str) -> Any:
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_descriptors().FindMessageTypeByName(f"{_PACKAGE}.{name}"))
