"""The recorded traffic: its codes, moved to now, and its totals."""

import collections
import datetime
import json

from .roster import TRAFFIC_FILE

#: Chatbot, then class (`2xx`), then how many.
Totals = dict[str, dict[str, int]]

_LONGEST = datetime.timedelta(seconds=60)


def recorded() -> list[dict]:
    """The codes as recorded, in the order of the log."""
    with TRAFFIC_FILE.open() as lines:
        return [json.loads(line) for line in lines]


def totals(codes: list[dict]) -> Totals:
    """How many codes of each class each chatbot gave."""
    counted: dict[str, collections.Counter] = {}
    for code in codes:
        chatbot = counted.setdefault(code["chatbot"], collections.Counter())
        chatbot[f"{code['status'] // 100}xx"] += 1
    return {chatbot: dict(classes) for chatbot, classes in counted.items()}


def moved(codes: list[dict], since: datetime.datetime) -> list[dict]:
    """The codes with their times compressed into the last minute, or into the time after `since` if
    that is shorter. Which code came before which stays as it was."""
    now = datetime.datetime.now(datetime.UTC)
    start = max(since, now - _LONGEST)
    times = [datetime.datetime.fromisoformat(code["at"]) for code in codes]
    first, span = min(times), max(times) - min(times)
    moved_codes = []
    for code, time in zip(codes, times, strict=True):
        at = start + (now - start) * ((time - first) / span)
        moved_codes.append({**code, "at": at.isoformat(timespec="microseconds").replace("+00:00", "Z")})
    return moved_codes
