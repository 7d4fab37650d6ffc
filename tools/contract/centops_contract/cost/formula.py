"""Formulas of named sizes, such as `1 + ceil(changes / 40)`: numbers, names, + - * /, ceil, max and min."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from functools import cache

_OPERATORS: dict[type[ast.operator], tuple[str, int, Callable[[float, float], float]]] = {
    ast.Add: ("+", 1, operator.add),
    ast.Sub: ("-", 1, operator.sub),
    ast.Mult: ("*", 2, operator.mul),
    ast.Div: ("/", 2, operator.truediv),
}
_FUNCTIONS: dict[str, tuple[int, Callable[..., float]]] = {"ceil": (1, math.ceil), "max": (2, max), "min": (2, min)}


class InvalidFormula(Exception):
    """A formula has a mistake."""


class Formula:
    """A formula. Raises `InvalidFormula` for text that is none."""

    def __init__(self, text: str):
        self.text = text
        try:
            self._tree = ast.parse(text, mode="eval").body
        except SyntaxError as error:
            raise InvalidFormula(f"`{text}`: {error.msg}") from error
        self.names = _names(self._tree, text)

    def __repr__(self) -> str:
        return f"Formula({self.text!r})"

    def value(self, sizes: Mapping[str, float]) -> float:
        """Returns the value for `sizes`. Raises `InvalidFormula` if one is missing."""
        missing = self.names - sizes.keys()
        if missing:
            raise InvalidFormula(f"`{self.text}`: no value for {', '.join(sorted(missing))}")
        return _value(self._tree, sizes)

    def rust(self) -> str:
        """Returns the formula as Rust, of parameters that are `f64`."""
        return _rust(self._tree)[0]


@cache
def formula(text: str) -> Formula:
    """Returns the formula of a text."""
    return Formula(text)


def _names(node: ast.expr, text: str) -> frozenset[str]:
    """Returns the names in an expression. Raises `InvalidFormula` for anything that a formula may not have."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return frozenset()
        case ast.Name(id=name):
            return frozenset({name})
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _names(left, text) | _names(right, text)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if _takes(name, len(args)):
            return frozenset().union(*(_names(arg, text) for arg in args))
    raise InvalidFormula(f"`{text}`: `{ast.unparse(node)}` is not allowed in a formula")


def _takes(function: str, arguments: int) -> bool:
    return function in _FUNCTIONS and _FUNCTIONS[function][0] == arguments


def _value(node: ast.expr, sizes: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return sizes[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)][2](_value(left, sizes), _value(right, sizes))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name][1](*(_value(arg, sizes) for arg in args))
    raise AssertionError("checked when the formula was made")


def _rust(node: ast.expr) -> tuple[str, int]:
    """Returns Rust, and how strongly it binds."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return str(float(number)), 9
        case ast.Name(id=name):
            return name, 9
        case ast.BinOp(left=left, op=op, right=right):
            sign, strength, _ = _OPERATORS[type(op)]
            return f"{_within(left, strength)} {sign} {_within(right, strength + 1)}", strength
        case ast.Call(func=ast.Name(id="ceil"), args=[arg]):
            return f"{_within(arg, 9)}.ceil()", 9
        case ast.Call(func=ast.Name(id=name), args=args):
            return f"f64::{name}({', '.join(_rust(arg)[0] for arg in args)})", 9
    raise AssertionError("checked when the formula was made")


def _within(node: ast.expr, strength: int) -> str:
    text, own = _rust(node)
    return text if own >= strength else f"({text})"
