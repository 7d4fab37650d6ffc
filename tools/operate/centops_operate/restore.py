"""Brings back what the table of a stack lost, from a table that was restored to a point in time.

    python -m centops_operate.restore ENVIRONMENT --copy TABLE --since TIME [--seen REVISION] [--apply --by SUBJECT]

TABLE is a table whose name begins with `<stack>-restored-`; TIME is the point in time, in UTC. What the table has stays as it
is. What was removed or revoked since TIME does not come back. With `--apply`, probes decide about chatbots whose status is not
known; then the counts are corrected, and the revision of the route table rises above every one that DMRs have: REVISION, or the
highest of the metric `RouteRevision`.
"""

import datetime
import time
from collections import Counter

from .deployed import Deployed, OperateError, parser, run

#: The days for which the highest revision is looked up.
_DAYS = 35
#: The longest wait for probes, and between two looks, in seconds.
_PROBES_SECONDS, _PAUSE = 600, 2


def pages(stack: Deployed, copy: str, since: str, by: str | None) -> dict:
    """Invokes the function until the end of the copy, and returns all that it said. Without `by`, nothing is written."""
    said: dict = {"restored": Counter(), "unknown": Counter(), "chatbots": [], "leftOut": []}
    part = {"copy": copy, "since": since} | ({"by": by} if by else {})
    while True:
        answer = stack.invoke("restore-items", part)
        for kinds in ("restored", "unknown"):
            said[kinds].update(answer[kinds])
        for names in ("chatbots", "leftOut"):
            said[names] += answer[names]
        if "next" not in answer:
            return said
        part["after"] = answer["next"]


def lines(said: dict) -> list[str]:
    """Returns the lines that say what is missing, or came back."""
    return [
        *(f"chatbot {each['name']}: {each['status']}{', probes decide' if each['probed'] else ''}" for each in said["chatbots"]),
        *(f"{kind}: {count}" for kind, count in sorted(said["restored"].items())),
        *(f"changed since, enter it again: {subject}" for subject in sorted(set(said["leftOut"]))),
        *(f"unknown kind of item, left out: {kind} ({count})" for kind, count in sorted(said["unknown"].items())),
        f"{sum(said['restored'].values())} items",
    ]


def highest_revision(stack: Deployed) -> int:
    """Returns the highest revision that the metric had. Raises `OperateError` if it has none."""
    now = datetime.datetime.now(datetime.UTC)
    answer = stack.client("cloudwatch").get_metric_statistics(
        Namespace=f"CentOps/{stack.name}", MetricName="RouteRevision", Statistics=["Maximum"], Period=3600,
        StartTime=now - datetime.timedelta(days=_DAYS), EndTime=now,
    )  # fmt: skip
    if not answer["Datapoints"]:
        raise OperateError("The metric RouteRevision has no values: name the highest revision that a DMR has, SEEN=1234.")
    return int(max(point["Maximum"] for point in answer["Datapoints"]))


def finish(stack: Deployed, seen: int, by: str, probed: list[str]) -> dict:
    """Ends the restore once probes have decided about the chatbots `probed`, or after ten minutes. Returns the answer."""
    until = time.monotonic() + _PROBES_SECONDS
    while True:
        is_late = time.monotonic() > until
        answer = stack.invoke("restore-items", {"seen": seen, "by": by, "awaitProbes": [] if is_late else probed})
        if "undecided" not in answer:
            return answer
        print(f"probes decide about {len(answer['undecided'])} chatbots", flush=True)
        time.sleep(_PAUSE)


def main(words: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("restore", __doc__)
    arguments.add_argument("--copy", required=True, help="the table that was restored to a point in time")
    arguments.add_argument("--since", required=True, help="the point in time, such as 2026-11-27T08:00:00Z")
    arguments.add_argument("--seen", type=int, help="the highest revision of the route table that a DMR has")
    arguments.add_argument("--by", help="your subject, for the audit records")
    options = arguments.parse_args(words)
    if options.apply and not options.by:
        raise OperateError("The audit records name who restored: BY=EE60001019906.")
    stack = Deployed(options.environment)
    if not options.copy.startswith(f"{stack.name}-restored-"):
        raise OperateError(f"The function may read tables whose names begin with {stack.name}-restored-.")
    if not options.apply:
        print("\n".join(lines(pages(stack, options.copy, options.since, None))))
        print("Nothing was changed: repeat it with APPLY=1 BY=<your subject>.")
        return 0
    seen = options.seen if options.seen is not None else highest_revision(stack)
    said = pages(stack, options.copy, options.since, options.by)
    print("\n".join(lines(said)), flush=True)
    finished = finish(stack, seen, options.by, [each["name"] for each in said["chatbots"] if each["probed"]])
    print(f"counts corrected by {finished['drift']}, revision {finished['revision']}")
    return 0


if __name__ == "__main__":
    run("restore", main)
