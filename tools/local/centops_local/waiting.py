"""Waiting for a fact, never for a time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Unmet(Exception):
    """The fact does not hold yet; the text says what was seen instead."""


class NotWithin(Exception):
    """The fact did not hold before the deadline."""


def until(what: str, fact: Callable[[], T], seconds: float, every: float = 0.25) -> T:
    """Asks for `fact` again and again until it holds and returns what it gave.

    `fact` says "not yet" by raising `Unmet` or by a false value.
    """
    deadline = time.monotonic() + seconds
    seen: object = None
    while True:
        try:
            value = fact()
            if value:
                return value
            seen = value
        except Unmet as unmet:
            seen = unmet
        if time.monotonic() >= deadline:
            raise NotWithin(f"Expected: {what}, within {seconds:g} s. Seen at the end: {seen}")
        time.sleep(every)
