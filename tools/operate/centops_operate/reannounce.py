"""Announces events again, after notifications were lost. Whoever was told of one is not told again.

    python -m centops_operate.reannounce ENVIRONMENT --from TIME [--to TIME] [--apply]
    python -m centops_operate.reannounce ENVIRONMENT --event ID [--apply]

Times are RFC 3339, at most 48 hours ago; the end is now unless it is given. An event is announced with the others of its
millisecond. The environment variable `TOKEN` has a token of an administrator or operator, `ADMIN` the address of the Admin
API unless the stack's output is to be used.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from .admin import Admin, admin_of
from .deployed import Deployed, OperateError, parser, run

#: The time for which it is known who was told.
MEMORY = timedelta(hours=48)


def announce(admin: Admin, begin: str, end: str) -> Iterator[int]:
    """Announces the events of a time again. Returns the number of queued ones of each request."""
    span = {"from": begin, "to": end}
    while True:
        answer = admin.call("POST", "/events/announcement", 202, json=span).json()
        yield answer["queued"]
        if "next" not in answer:
            return
        span["cursor"] = answer["next"]


def events(admin: Admin, begin: str, end: str) -> Iterator[dict]:
    """Returns the events of a time, newest first."""
    return admin.pages("/events", "events", **{"from": begin, "to": end, "limit": 100})


def span_of(admin: Admin, event: str, now: datetime) -> tuple[str, str]:
    """Returns the millisecond of an event."""
    # A minute less: it passes until the events are announced.
    begin = now - MEMORY + timedelta(minutes=1)
    found = next((each for each in events(admin, text(begin), text(now)) if each["id"] == event), None)
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
    admin = admin_of(Deployed(options.environment), "administrator or operator")
    now = datetime.now(UTC)
    begin, end = span_of(admin, options.event, now) if options.event else (options.begin, options.end or text(now))
    told = [each for each in events(admin, begin, end) if not each["quiet"]]
    for kind, count in sorted(Counter(each["type"] for each in told).items()):
        print(f"{count:6} {kind}")
    print(f"{len(told)} events from {begin} to {end}")
    if not options.apply:
        print("Nothing was announced: repeat it with APPLY=1.")
        return 0
    queued = 0
    for count in announce(admin, begin, end):
        queued += count
        print(f"{queued} queued …", flush=True)
    print(f"Announced {queued} events again.")
    return 0


if __name__ == "__main__":
    run("reannounce", main)
