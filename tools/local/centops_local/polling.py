"""Waits for a condition by polling, instead of for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NotYet(Exception):
    """The condition does not hold yet; the text says what was observed instead."""


class ExpectationFailed(Exception):
    """A condition did not hold, or not before its deadline; the text has the expected and the observed value."""


def wait_until(description: str, condition: Callable[[], T], seconds: float, every: float = 0.25) -> T:
    """Polls `condition` until it holds and returns its value.

    `condition` reports "not yet" by raising `NotYet` or by returning a false value. Raises `ExpectationFailed` after
    `seconds`; the condition is checked at least once.
    """
    deadline = time.monotonic() + seconds
    observed: object = None
    while True:
        try:
            value = condition()
            if value:
                return value
            observed = value
        except NotYet as not_yet:
            observed = not_yet
        if time.monotonic() >= deadline:
            raise ExpectationFailed(f"Expected: {description}, within {seconds:g} s. Last observed: {observed}")
        time.sleep(every)
