"""How long it takes from the batch that crosses the threshold until the route is gone, trial by trial.

Each trial has its own base: the time that a batch which decides nothing takes to be counted, on the same way through
edge, queue and function. What a crossing takes beyond that is what the engine adds.
"""

import statistics
import time
from collections.abc import Callable

from . import steps
from .clients import Api, now, send_batch
from .stack import Stack
from .waiting import NotWithin, until

#: So much beyond the base may 99 of 100 trials take.
BAR_SECONDS = 2.0
CHATBOTS = [{"name": f"latency-{number}"} for number in range(6)]

_EVERY = 0.02
_WITHIN = 30


def run(stack: Stack, trials: int, say: Callable[[str], None]) -> bool:
    """Runs the trials, tells the distribution, and says whether the bar is met."""
    steps.enrol(stack, stack.members)
    names = [member.name for member in stack.members]
    steps.await_online(stack, names)
    steps.await_routes(stack, present=names)
    say(f"{len(names)} chatbots are Online")
    measured = []
    for number in range(trials):
        measured.append(_trial(stack, names[number % len(names)]))
        if (number + 1) % 10 == 0:
            say(f"{number + 1} of {trials} trials, the last: {measured[-1][0]:.2f} s, its base {measured[-1][1]:.2f} s")
    crossing, base = zip(*measured, strict=True)
    beyond = [one - other for one, other in measured]
    for what, values in (("base", base), ("crossing to route gone", crossing), ("beyond the base", beyond)):
        say(_distribution(what, values))
    within = sum(value <= BAR_SECONDS for value in beyond)
    say(f"{within} of {trials} trials within {BAR_SECONDS:g} s beyond the base; the bar is 99 of 100")
    return within * 100 >= trials * 99


def _trial(stack: Stack, chatbot: str) -> tuple[float, float]:
    """The seconds of a crossing, and of its base."""
    first, second = stack.device("dmr-first", "dmr"), stack.device("dmr-second", "dmr")
    base = _timed(lambda: _report(second, chatbot, 1, status=200), lambda: _counted(stack, chatbot) == 1)
    _report(first, chatbot, 15, status=503)
    until("they are counted", lambda: _counted(stack, chatbot) == 16, _WITHIN, _EVERY)
    if steps.health(stack, chatbot)["status"] != "Online":
        raise NotWithin(f"Expected: {chatbot} is Online before the second DMR agrees. Got: it is not")
    crossing = _timed(
        lambda: _report(second, chatbot, 19, status=503),
        lambda: first.get(f"/routes/{chatbot}").status_code == 404,
    )
    operator = stack.person("operator")
    forced = {"mode": "force-online", "reason": "the next trial"}
    steps.expect(operator.call("PUT", f"/chatbots/{chatbot}/control", forced), 200)
    steps.expect(operator.call("DELETE", f"/chatbots/{chatbot}/control"), 204)
    return crossing, base


def _timed(act: Callable[[], None], fact: Callable[[], bool]) -> float:
    """The seconds from when `act` is done until `fact` holds."""
    act()
    began = time.monotonic()
    until("the batch has its effect", fact, _WITHIN, _EVERY)
    return time.monotonic() - began


def _report(dmr: Api, chatbot: str, count: int, **outcome: object) -> None:
    codes = [{"chatbot": chatbot, "at": now(), **outcome} for _ in range(count)]
    steps.expect(send_batch(dmr, "/codes", {"codes": codes}), 202)


def _counted(stack: Stack, chatbot: str) -> int:
    """What is in the windows: it starts anew with each trial."""
    return sum(row["total"] for row in steps.health(stack, chatbot)["observers"])


def _distribution(what: str, values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    numbers = {"min": min(values), "p50": cuts[49], "p90": cuts[89], "p99": cuts[98], "max": max(values)}
    return f"{what:24}" + "  ".join(f"{name} {value:6.3f} s" for name, value in numbers.items())
