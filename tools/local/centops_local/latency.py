"""Measures the time from the batch that crosses the failure threshold until the route is removed.

Each trial also measures a base: the time until a batch that causes no decision is counted. It takes the same path
through edge, queue and function. The difference is the time that the engine adds.
"""

import statistics
import time
from collections.abc import Callable, Sequence

from . import steps
from .clients import Api, now, send_batch
from .polling import ExpectationFailed, wait_until
from .stack import Progress, Stack

#: The most that 99 of 100 trials may take beyond the base.
BAR_SECONDS = 2.0
CHATBOTS = [{"name": f"latency-{number}"} for number in range(6)]

_EVERY = 0.02
_WITHIN = 30


def run(stack: Stack, trials: int, progress: Progress) -> bool:
    """Runs the trials and reports their distribution. Returns true if the bar is met."""
    steps.enrol(stack, stack.members)
    names = [member.name for member in stack.members]
    steps.await_online(stack, names)
    steps.await_routes(stack, present=names)
    progress(f"{len(names)} chatbots are Online")
    measured = []
    for number in range(trials):
        measured.append(_trial(stack, names[number % len(names)]))
        if (number + 1) % 10 == 0:
            progress(f"{number + 1} of {trials} trials, last: {measured[-1][0]:.2f} s, base {measured[-1][1]:.2f} s")
    crossing, base = zip(*measured, strict=True)
    beyond = [one - other for one, other in measured]
    for label, values in (("base", base), ("crossing to route removed", crossing), ("beyond the base", beyond)):
        progress(_distribution(label, values))
    within = sum(value <= BAR_SECONDS for value in beyond)
    progress(f"{within} of {trials} trials within {BAR_SECONDS:g} s beyond the base; the bar is 99 of 100")
    return within * 100 >= trials * 99


def _trial(stack: Stack, chatbot: str) -> tuple[float, float]:
    """Returns the seconds of a crossing and of its base."""
    first, second = stack.device("dmr-first", "dmr"), stack.device("dmr-second", "dmr")
    base = _timed(lambda: _report(second, chatbot, 1, status=200), lambda: _counted(stack, chatbot) == 1)
    _report(first, chatbot, 15, status=503)
    wait_until("the failures are counted", lambda: _counted(stack, chatbot) == 16, _WITHIN, _EVERY)
    if steps.health(stack, chatbot)["status"] != "Online":
        raise ExpectationFailed(
            f"Expected: {chatbot} is Online before the second DMR reports failures. Got: another status"
        )
    crossing = _timed(
        lambda: _report(second, chatbot, 19, status=503),
        lambda: first.get(f"/routes/{chatbot}").status_code == 404,
    )
    operator = stack.person("operator")
    forced = {"mode": "force-online", "reason": "the next trial"}
    steps.expect(operator.call("PUT", f"/chatbots/{chatbot}/control", forced), 200)
    steps.expect(operator.call("DELETE", f"/chatbots/{chatbot}/control"), 204)
    return crossing, base


def _timed(action: Callable[[], None], condition: Callable[[], bool]) -> float:
    """Returns the seconds from the end of `action` until `condition` holds."""
    action()
    began = time.monotonic()
    wait_until("the batch has its effect", condition, _WITHIN, _EVERY)
    return time.monotonic() - began


def _report(dmr: Api, chatbot: str, count: int, **outcome: object) -> None:
    codes = [{"chatbot": chatbot, "at": now(), **outcome} for _ in range(count)]
    steps.expect(send_batch(dmr, "/codes", {"codes": codes}), 202)


def _counted(stack: Stack, chatbot: str) -> int:
    """Returns the number of observations in the windows, which are empty at the start of a trial."""
    return sum(row["total"] for row in steps.health(stack, chatbot)["observers"])


def _distribution(label: str, values: Sequence[float]) -> str:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    numbers = {"min": min(values), "p50": cuts[49], "p90": cuts[89], "p99": cuts[98], "max": max(values)}
    return f"{label:26}" + "  ".join(f"{name} {value:6.3f} s" for name, value in numbers.items())
