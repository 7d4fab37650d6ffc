"""The recorded traffic: its codes, shifted to the present, and its totals."""

import collections
import datetime
import json

from .sample_network import TRAFFIC_FILE

#: Count by chatbot and class of code (`2xx`).
Totals = dict[str, dict[str, int]]

_LONGEST = datetime.timedelta(seconds=60)


def recorded() -> list[dict]:
    """Returns the codes as recorded, in the order of the log."""
    with TRAFFIC_FILE.open() as lines:
        return [json.loads(line) for line in lines]


def totals(codes: list[dict]) -> Totals:
    """Counts the codes by chatbot and class."""
    counted: dict[str, collections.Counter] = {}
    for code in codes:
        chatbot = counted.setdefault(code["chatbot"], collections.Counter())
        chatbot[f"{code['status'] // 100}xx"] += 1
    return {chatbot: dict(classes) for chatbot, classes in counted.items()}


def shifted_to_now(codes: list[dict], since: datetime.datetime) -> list[dict]:
    """Returns the codes with their times compressed into the last minute, or into the time after `since` if that is
    shorter. Their order stays the same.
    """
    now = datetime.datetime.now(datetime.UTC)
    start = max(since, now - _LONGEST)
    times = [datetime.datetime.fromisoformat(code["at"]) for code in codes]
    first, span = min(times), max(times) - min(times)
    shifted = []
    for code, time in zip(codes, times, strict=True):
        at = start + (now - start) * ((time - first) / span)
        shifted.append({**code, "at": at.isoformat(timespec="microseconds").replace("+00:00", "Z")})
    return shifted
