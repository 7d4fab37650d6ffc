"""Announces events again, after notifications were lost. Whoever was told of one is not told again.

    python -m centops_operate.reannounce ENVIRONMENT --from TIME [--to TIME] [--apply]
    python -m centops_operate.reannounce ENVIRONMENT --event ID [--apply]

Times are RFC 3339, at most 48 hours ago; the end is now unless it is given. An event is announced with the others of its
millisecond. The environment variable `TOKEN` has a token of an administrator or operator, `ADMIN` the address of the Admin
API unless the stack's output is to be used.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import requests

from .deployed import Deployed, OperateError, parser, run

#: The time for which it is known who was told.
MEMORY = timedelta(hours=48)
_TIMEOUT = 30


class Admin:
    """The Admin API, as far as the command uses it."""

    def __init__(self, base: str, token: str):
        self._base = base.rstrip("/")
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def _call(self, method: str, path: str, expected: int, **more) -> dict:
        try:
            response = self._session.request(method, self._base + path, timeout=_TIMEOUT, **more)
        except requests.RequestException as error:
            raise OperateError(f"{method} {self._base}{path}: {error}") from error
        if response.status_code != expected:
            raise OperateError(f"{method} {path}: {response.status_code} {response.text}")
        return response.json()

    def events(self, begin: str, end: str) -> Iterator[dict]:
        """Returns the events of a time, newest first."""
        query = {"from": begin, "to": end, "limit": 100}
        while True:
            page = self._call("GET", "/events", 200, params=query)
            yield from page["events"]
            if "next" not in page:
                return
            query["cursor"] = page["next"]

    def announce(self, begin: str, end: str) -> Iterator[int]:
        """Announces the events of a time again. Returns the number of queued ones of each request."""
        span = {"from": begin, "to": end}
        while True:
            answer = self._call("POST", "/events/announcement", 202, json=span)
            yield answer["queued"]
            if "next" not in answer:
                return
            span["cursor"] = answer["next"]


def span_of(admin: Admin, event: str, now: datetime) -> tuple[str, str]:
    """Returns the millisecond of an event."""
    # A minute less: it passes until the events are announced.
    begin = now - MEMORY + timedelta(minutes=1)
    found = next((each for each in admin.events(text(begin), text(now)) if each["id"] == event), None)
    if found is None:
        raise OperateError(f"No event of the last 48 hours has the id {event}.")
    return found["at"], text(datetime.fromisoformat(found["at"]) + timedelta(milliseconds=1))


def text(time: datetime) -> str:
    """Returns a time as the API expects it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main(words: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("reannounce", __doc__)
    what = arguments.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="begin", help="announce the events from this time on")
    what.add_argument("--event", help="announce the event of this id")
    arguments.add_argument("--to", dest="end", help="and before this time; now unless it is given")
    options = arguments.parse_args(words)
    stack = Deployed(options.environment)
    token = os.environ.get("TOKEN")
    if not token:
        raise OperateError("The environment variable TOKEN has no token of an administrator or operator.")
    admin = Admin(os.environ.get("ADMIN") or stack.outputs["AdminApi"], token)
    now = datetime.now(UTC)
    begin, end = span_of(admin, options.event, now) if options.event else (options.begin, options.end or text(now))
    told = [each for each in admin.events(begin, end) if not each["quiet"]]
    for kind, count in sorted(Counter(each["type"] for each in told).items()):
        print(f"{count:6} {kind}")
    print(f"{len(told)} events from {begin} to {end}")
    if not options.apply:
        print("Nothing was announced: repeat it with APPLY=1.")
        return 0
    queued = 0
    for count in admin.announce(begin, end):
        queued += count
        print(f"{queued} queued …", flush=True)
    print(f"Announced {queued} events again.")
    return 0


if __name__ == "__main__":
    run("reannounce", main)
