"""Evaluates the expressions of CloudWatch's metric math that alarms use (CloudWatch User Guide, Using math expressions).

A series has a value or `None` for each period, the oldest first. An operation has a value where all its operands have one.
"""

import ast
import operator
from collections.abc import Callable

#: The values of consecutive periods, the oldest first; `None` where there are no data.
Series = list[float | None]
#: A value of an expression. A number stands for each period.
Value = Series | float

_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class InvalidExpression(Exception):
    """An expression is not of the part of metric math that this module knows."""


def evaluate(expression: str, metrics: dict[str, Series]) -> Series:
    """Returns the series of an expression. `metrics` has the series by id, all of the same length, at least one."""
    try:
        tree = ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise InvalidExpression(f"{expression}: {error.msg}") from error
    length = len(next(iter(metrics.values())))
    return _series(_value(tree, metrics), length)


def _value(node: ast.expr, metrics: dict[str, Series]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in metrics:
            return metrics[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _each(_OPERATORS[type(op)], _value(left, metrics), _value(right, metrics))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _each(_OPERATORS[type(op)], _value(left, metrics), _value(right, metrics))
        case ast.Call(func=ast.Name(id=name), args=[ast.Call(func=ast.Name(id="METRICS"), args=[])]) if name in _TOTALS:
            return [_total(_TOTALS[name], values) for values in zip(*metrics.values(), strict=True)]
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(argument, metrics) for argument in arguments))
    raise InvalidExpression(ast.unparse(node))


def _each(operation: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Applies an operation in each period. A division by zero has no value."""
    if isinstance(left, float) and isinstance(right, float):
        return float(operation(left, right))
    length = len(left if isinstance(left, list) else right)

    def one(first: float | None, second: float | None) -> float | None:
        if first is None or second is None or (operation is operator.truediv and second == 0):
            return None
        return float(operation(first, second))

    return [one(*pair) for pair in zip(_series(left, length), _series(right, length), strict=True)]


def _series(value: Value, length: int) -> Series:
    return value if isinstance(value, list) else [value] * length


def _fill(values: Value, other: Value) -> Series:
    """Replaces missing values. A metric without any data stays without."""
    if not isinstance(values, list) or not isinstance(other, float):
        raise InvalidExpression("FILL takes a metric and a number")
    if all(value is None for value in values):
        return values
    return [other if value is None else value for value in values]


def _difference(values: Value) -> Series:
    """Returns the difference between each value and the one before."""
    if not isinstance(values, list):
        raise InvalidExpression("DIFF takes a metric")
    pairs = zip([None, *values], values, strict=False)
    return [None if before is None or value is None else value - before for before, value in pairs]


def _choose(condition: Value, then: Value, otherwise: Value) -> Series:
    if not isinstance(condition, list):
        raise InvalidExpression("IF takes a condition on a metric")
    length = len(condition)
    choices = zip(condition, _series(then, length), _series(otherwise, length), strict=True)
    return [None if chosen is None else first if chosen else second for chosen, first, second in choices]


def _total(total: Callable[[list[float]], float], values: tuple[float | None, ...]) -> float | None:
    """Returns the total of the metrics that have data in a period."""
    present = [value for value in values if value is not None]
    return total(present) if present else None


_TOTALS: dict[str, Callable[[list[float]], float]] = {"SUM": sum, "MAX": max, "MIN": min}
_FUNCTIONS: dict[str, Callable[..., Series]] = {"FILL": _fill, "DIFF": _difference, "IF": _choose}
