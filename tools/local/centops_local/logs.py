"""What the deployed functions logged."""

import time
from collections.abc import Iterator

from .instance import STACK, Instance

#: One group for all functions, as template.yaml has it.
GROUP = f"/centops/{STACK}"
#: The most events of one answer. The emulator gives no token for those beyond it.
_MOST = 10_000


def lines(instance: Instance) -> list[str]:
    """The log of all functions, oldest first."""
    found = sorted(events(instance, GROUP), key=lambda event: event["timestamp"])
    return [event["message"].rstrip() for event in found]


def events(instance: Instance, group: str) -> Iterator[dict]:
    """Every event of a group, in no order."""
    # A copy is a day old at the most; a clock may be a little ahead.
    end = int(time.time() * 1000) + 60_000
    yield from _between(instance.aws("logs"), group, end - 2 * 86_400_000, end)


def _between(client, group: str, begin: int, end: int) -> Iterator[dict]:
    """The events of a time, in milliseconds, both ends included; asked by halves where there are too many."""
    found = client.filter_log_events(logGroupName=group, startTime=begin, endTime=end, limit=_MOST)["events"]
    if len(found) < _MOST:
        yield from found
        return
    if begin == end:
        raise RuntimeError(f"{group} has {_MOST} events or more in one millisecond, and the emulator shows no others")
    middle = (begin + end) // 2
    yield from _between(client, group, begin, middle)
    yield from _between(client, group, middle + 1, end)


def save(instance: Instance) -> None:
    """Writes it to a file, for it ends with the emulator."""
    (instance.logs / "functions.log").write_text("\n".join(lines(instance)) + "\n")
