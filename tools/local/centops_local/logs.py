"""Reads the logs of the deployed functions."""

import time
from collections.abc import Iterator

from .instance import STACK, Instance

#: The log group of all functions, as in template.yaml.
GROUP = f"/centops/{STACK}"
#: The most events of one response. The emulator returns no continuation token.
_PAGE_LIMIT = 10_000


def lines(instance: Instance) -> list[str]:
    """Returns the log lines of all functions, oldest first."""
    found = sorted(events(instance, GROUP), key=lambda event: event["timestamp"])
    return [event["message"].rstrip() for event in found]


def events(instance: Instance, group: str) -> Iterator[dict]:
    """Yields every event of a log group, in no particular order."""
    # An instance is a day old at most; the minute allows for clock skew.
    end = int(time.time() * 1000) + 60_000
    yield from _between(instance.aws("logs"), group, end - 2 * 86_400_000, end)


def _between(client, group: str, begin: int, end: int) -> Iterator[dict]:
    """Yields the events of an interval, in milliseconds, both ends included. Halves the interval if a page is full."""
    found = client.filter_log_events(logGroupName=group, startTime=begin, endTime=end, limit=_PAGE_LIMIT)["events"]
    if len(found) < _PAGE_LIMIT:
        yield from found
        return
    if begin == end:
        raise RuntimeError(f"{group} has {_PAGE_LIMIT} events or more in one millisecond; the emulator returns no more")
    middle = (begin + end) // 2
    yield from _between(client, group, begin, middle)
    yield from _between(client, group, middle + 1, end)


def save(instance: Instance) -> None:
    """Writes the log to a file, because the emulator's own ends with it."""
    (instance.logs / "functions.log").write_text("\n".join(lines(instance)) + "\n")
