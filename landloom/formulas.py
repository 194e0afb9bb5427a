"""Features computed from bands by a formula, such as `NDVI = (B8 - B4) / (B8 + B4)`.

A formula is parsed into Python's syntax tree and only arithmetic is let through, so that a formula
out of somebody else's model file cannot run code.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import ParameterError

_OPERATORS: dict[type[ast.AST], Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: dict[str, Callable] = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
    "min": np.minimum,
    "max": np.maximum,
}
MAXIMUM_LENGTH = 1000
_EXAMPLE = "NDVI = (B8 - B4) / (B8 + B4)"


@dataclass(frozen=True)
class Formula:
    """A named feature. `expression` is arithmetic over `bands`, the band names that it uses."""

    name: str
    expression: str

    @property
    def bands(self) -> list[str]:
        """The names of the bands that the formula reads, in order of appearance."""
        tree = ast.parse(self.expression, mode="eval")
        called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)}  # type: ignore[attr-defined]
        names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in called]
        return list(dict.fromkeys(names))

    def evaluate(self, bands: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compute the feature as float32. `bands` maps names to arrays of one shape.

        Computed in float64, so that 16-bit integers neither wrap nor round. Where the result is not a
        number (0 / 0) or infinite it is NaN.
        """
        values = {name: bands[name].astype(np.float64) for name in self.bands}
        with np.errstate(all="ignore"):
            result = _compute(ast.parse(self.expression, mode="eval").body, values)
            result = np.asarray(result).astype(np.float32)
        result[~np.isfinite(result)] = np.nan
        return result


def _compute(node: ast.AST, values: Mapping[str, np.ndarray]) -> np.ndarray | float:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return np.float64(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_compute(node.left, values), _compute(node.right, values))
    if isinstance(node, ast.UnaryOp):
        return _OPERATORS[type(node.op)](_compute(node.operand, values))
    assert isinstance(node, ast.Call)
    return _FUNCTIONS[node.func.id](*(_compute(a, values) for a in node.args))  # type: ignore[attr-defined]


def parse(text: str | None, band_names: Sequence[str]) -> tuple[Formula, ...]:
    """Read formulas, `name = expression`, separated by semicolons or line ends.

    A band whose name is no plain word (`Band 1 (blue)`) is written with underscores: `Band_1_blue`.
    Raises ParameterError for anything but arithmetic over known bands.
    """
    formulas: list[Formula] = []
    aliases = {alias(name): name for name in band_names}
    for entry in filter(None, (part.strip() for part in re.split(r"[;\n]", text or ""))):
        name, equals, expression = (part.strip() for part in entry.partition("="))
        if not equals or not name.isidentifier() or not expression:
            raise ParameterError(f"A feature is written name = formula, such as {_EXAMPLE}. Got '{entry}' instead.")
        if name in aliases or name in {f.name for f in formulas}:
            raise ParameterError(
                f"There is a band or feature '{name}' already. Give the feature '{entry}' another name."
            )
        _check(entry, expression, aliases)
        formulas.append(Formula(name, expression))
    return tuple(formulas)


def alias(band_name: str) -> str:
    """The plain word by which a formula names a band."""
    word = re.sub(r"\W+", "_", band_name).strip("_")
    return word if word.isidentifier() else f"_{word}"


def _check(entry: str, expression: str, known: Mapping[str, str]) -> None:
    if len(expression) > MAXIMUM_LENGTH:
        raise ParameterError(f"The formula '{entry[:40]}…' is longer than {MAXIMUM_LENGTH} characters.")
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        raise ParameterError(
            f"'{entry}' is not a formula. Write arithmetic over band names, such as {_EXAMPLE}."
        ) from None
    for node in ast.walk(tree):
        allowed = (
            isinstance(node, (ast.Expression, ast.Load, ast.operator, ast.unaryop, ast.Name))
            or (isinstance(node, ast.Constant) and type(node.value) in (int, float))
            or (isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS)
            or (isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS)
            or (isinstance(node, ast.Call) and _is_known_call(node))
        )
        if not allowed:
            raise ParameterError(
                f"'{entry}' holds something other than + - * / **, numbers, band names and the functions"
                f" {', '.join(_FUNCTIONS)}."
            )
    used = Formula("", expression).bands
    if not used:
        raise ParameterError(f"'{entry}' uses no band. Write arithmetic over band names, such as {_EXAMPLE}.")
    for name in used:
        if name not in known:
            raise ParameterError(f"'{entry}' uses '{name}', which is no band. The bands are: {', '.join(known)}.")


def _is_known_call(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS or node.keywords:
        return False
    return len(node.args) == (2 if node.func.id in ("min", "max") else 1)
