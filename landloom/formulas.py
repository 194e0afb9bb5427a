"""Features computed from bands by a formula, such as `NDVI = (B8 - B4) / (B8 + B4)`.

A formula is parsed into Python's syntax tree and only arithmetic is let through, so that a formula
out of somebody else's model file cannot run code.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
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
# Enough for a sum of as many bands as fit into a formula; Python's own limit would end in a traceback.
MAXIMUM_DEPTH = 350
_EXAMPLE = "NDVI = (B8 - B4) / (B8 + B4)"


@dataclass(frozen=True)
class Formula:
    """A named feature. `expression` is arithmetic over `bands`, the band names that it uses."""

    name: str
    expression: str

    @property
    def bands(self) -> list[str]:
        """The names of the bands that the formula reads, in order of appearance."""
        return list(dict.fromkeys(node.id for node in _leaves(_parsed(self.expression)) if isinstance(node, ast.Name)))

    def evaluate(self, bands: Mapping[str, np.ndarray]) -> np.ndarray:
        """Compute the feature as float32. `bands` maps names to arrays of one shape.

        Computed in float64, so that 16-bit integers neither wrap nor round. Where the result is not a
        number (0 / 0) or infinite it is NaN.
        """
        values = {name: bands[name].astype(np.float64) for name in self.bands}
        with np.errstate(all="ignore"):
            result = _compute(_parsed(self.expression), values)
            result = np.asarray(result).astype(np.float32)
        result[~np.isfinite(result)] = np.nan
        return result


def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _operands(node: ast.AST) -> Iterator[ast.AST]:
    """What a node computes with: all but its operator or the name of its function."""
    if isinstance(node, ast.Call):
        yield from node.args
    else:
        yield from (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def _leaves(node: ast.AST) -> Iterator[ast.AST]:
    """The names and numbers in order of appearance."""
    operands = list(_operands(node))
    if not operands:
        yield node
    for operand in operands:
        yield from _leaves(operand)


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


def parse(text: str | None, band_names: Sequence[str], reserved: Sequence[str] = ()) -> tuple[Formula, ...]:
    """Read formulas, `name = expression`, separated by semicolons or line ends.

    A band whose name is no plain word (`Band 1 (blue)`) is written with underscores: `Band_1_blue`. `reserved` are
    names that a feature may not have. Raises ParameterError for anything but arithmetic over known bands.
    """
    formulas: list[Formula] = []
    words = [alias(name) for name in band_names]
    for entry in filter(None, (part.strip() for part in re.split(r"[;\n]", text or ""))):
        name, equals, expression = (part.strip() for part in entry.partition("="))
        if not equals or not name.isidentifier() or not expression:
            raise ParameterError(f"A feature is written name = formula, such as {_EXAMPLE}. Got '{entry}' instead.")
        if name in {*words, *band_names, *reserved, *(f.name for f in formulas)}:
            raise ParameterError(
                f"There is a band, column or feature '{name}' already. Give the feature '{entry}' another name."
            )
        _check(entry, expression, words)
        formulas.append(Formula(name, expression))
    return tuple(formulas)


def alias(band_name: str) -> str:
    """The plain word by which a formula names a band."""
    # Python's parser brings names to this form too, such as the micro sign to the letter mu.
    word = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", band_name)).strip("_")
    return word if word.isidentifier() and not keyword.iskeyword(word) else f"_{word}"


def _check(entry: str, expression: str, known: Sequence[str]) -> None:
    if len(expression) > MAXIMUM_LENGTH:
        raise ParameterError(f"The formula '{entry[:40]}…' is longer than {MAXIMUM_LENGTH} characters.")
    try:
        tree = _parsed(expression)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ParameterError(
            f"'{entry}' is not a formula. Write arithmetic over band names, such as {_EXAMPLE}."
        ) from None
    _allow(entry, tree, MAXIMUM_DEPTH)
    used = Formula("", expression).bands
    if not used:
        raise ParameterError(f"'{entry}' uses no band. Write arithmetic over band names, such as {_EXAMPLE}.")
    for name in used:
        if name not in known:
            raise ParameterError(f"'{entry}' uses '{name}', which is no band. The bands are: {', '.join(known)}.")
        if known.count(name) > 1:
            raise ParameterError(f"'{entry}' uses '{name}', which stands for {known.count(name)} bands. Rename them.")


def _allow(entry: str, node: ast.AST, depth: int) -> None:
    """Let only arithmetic through."""
    if not depth:
        raise ParameterError(f"The formula '{entry[:40]}…' is nested too deeply. Write it with fewer brackets.")
    allowed = (
        isinstance(node, ast.Name)
        or (isinstance(node, ast.Constant) and _is_number(node.value))
        or (isinstance(node, (ast.BinOp, ast.UnaryOp)) and type(node.op) in _OPERATORS)
        or (isinstance(node, ast.Call) and _is_known_call(node))
    )
    if not allowed:
        raise ParameterError(
            f"'{entry}' holds something other than + - * / **, numbers, band names and the functions"
            f" {', '.join(_FUNCTIONS)}."
        )
    for operand in _operands(node):
        _allow(entry, operand, depth - 1)


def _is_number(value: object) -> bool:
    """Whether it is a number that a 64-bit float can hold."""
    try:
        return type(value) in (int, float) and bool(np.isfinite(float(value)))  # type: ignore[arg-type]
    except OverflowError:
        return False


def _is_known_call(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS or node.keywords:
        return False
    return len(node.args) == (2 if node.func.id in ("min", "max") else 1)
