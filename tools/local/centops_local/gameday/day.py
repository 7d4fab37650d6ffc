"""Plays the faults, wave after wave, and prints what came of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError
from requests import RequestException

from centops_local import logs, stack, steps
from centops_local.alerts import operator_inbox, queue_policy
from centops_local.instance import Instance, LocalError
from centops_local.polling import ExpectationFailed, wait_until
from centops_local.sample_network import SAMPLES

from . import runbook
from .faults import FAULTS, WAVES, Fault
from .game_stack import GameStack
from .traffic import Traffic
from .watch import Watch

#: How much faster the day runs: a minute of alarms and schedules is five seconds, and durations count twelve times.
SPEED = 12
_MINUTE = 60 / SPEED
#: The seconds from the change of a state until the operations topic has sent it.
_HEARING_SECONDS = 3

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What came of a fault."""

    fault: Fault
    #: The minutes, of the day's clock, until the alarm rang; None if it did not.
    rang: float | None = None
    #: The seconds, of the wall clock, from the runbook's commands until the alarm was over; None if the stack was not whole in
    #: the end.
    ended: float | None = None
    problem: str = ""

    @property
    def passed(self) -> bool:
        """Returns whether the alarm rang in time, at the topic too, and the runbook's commands ended the fault."""
        in_time = self.rang is not None and self.rang <= self.fault.minutes
        return in_time and self.ended is not None and not self.problem


def chosen(names: str) -> list[list[Fault]]:
    """Returns the faults of a list of names, separated by commas, by wave; all if it is empty. Raises `LocalError`."""
    wanted = [name for name in names.split(",") if name]
    if unknown := set(wanted) - {fault.name for fault in FAULTS}:
        raise LocalError(f"No fault is called {', '.join(sorted(unknown))}: there are {', '.join(f.name for f in FAULTS)}.")
    waves = [[fault for fault in wave if not wanted or fault.name in wanted] for wave in WAVES]
    return [wave for wave in waves if wave]


def play(waves: list[list[Fault]], offset: int, progress: Progress) -> list[Result]:
    """Plays the faults on a stack of its own."""
    runbook.require_tools()
    with _game_stack(Instance("gameday", offset, SPEED), progress) as game:
        results: list[Result] = []
        for wave in waves:
            game.await_whole()
            played = _played(game, wave)
            for result in played:
                progress(_line(result))
            results += played
            if any(result.ended is None for result in played):
                progress("The stack is not whole: the waves that are left are not played.")
                break
        left = [fault for wave in waves for fault in wave if fault not in {result.fault for result in results}]
        return results + [Result(fault, problem="not played") for fault in left]


@contextmanager
def _game_stack(instance: Instance, progress: Progress) -> Iterator[GameStack]:
    """Starts a stack, its network and its watch. Stops them at the end; the logs stay."""
    running = stack.bring_up(instance, SAMPLES, progress)
    try:
        with Watch(instance) as watch:
            names = {sample["name"] for sample in SAMPLES}
            steps.enrol(running, [member for member in running.members if member.name in names])
            steps.await_online(running, sorted(names), probe=True)
            operator_inbox(running)
            [subscription] = steps.all_pages(running.person("admin"), "/subscriptions", "subscriptions")
            with Traffic(running) as traffic:
                progress(f"{len(names)} chatbots are online, {len(watch.alarms)} alarms are evaluated")
                yield GameStack(running, traffic, watch, subscription["id"], _operations_queue(running))
    finally:
        logs.save(instance)
        stack.take_down(instance)


def _operations_queue(running: stack.Stack) -> str:
    """Returns a queue that is subscribed to the operations topic."""
    sqs, sns = running.instance.aws("sqs"), running.instance.aws("sns")
    url = sqs.create_queue(QueueName="gameday-operations")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = running.outputs["OperationsTopic"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": queue_policy(arn, topic)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def _played(game: GameStack, wave: list[Fault]) -> list[Result]:
    """Plays the faults of a wave, waits for their alarms and ends them."""
    game.forget()
    began, problems = {}, {fault: "" for fault in wave}
    for fault in wave:
        began[fault] = time.time()
        with _noted(problems, fault):
            fault.play(game)
    for fault in wave:
        left = began[fault] + fault.minutes * _MINUTE + _HEARING_SECONDS - time.time()
        with _noted(problems, fault):
            wait_until(f"{fault.alarm} rings", lambda alarm=fault.alarm: game.heard(alarm), left, every=0.2)
    ending = {fault: at for fault in wave if (at := _end(game, fault, problems))}
    whole = False
    with _noted(problems, *wave):
        game.await_whole()
        whole = True
    for fault in wave:
        with _noted(problems, fault):
            if fault.after:
                fault.after(game)
    return [
        Result(
            fault,
            (at - began[fault]) / _MINUTE if (at := game.watch.rang(fault.alarm, began[fault])) else None,
            game.watch.over(fault.alarm, ending[fault]) - ending[fault] if whole and fault in ending else None,
            problems[fault],
        )
        for fault in wave
    ]


@contextmanager
def _noted(problems: dict[Fault, str], *faults: Fault) -> Iterator[None]:
    """Adds what goes wrong to the problems of faults."""
    try:
        yield
    except (ExpectationFailed, LocalError, ClientError, RequestException) as failure:
        for fault in faults:
            problems[fault] += f"{failure}\n"


def _end(game: GameStack, fault: Fault, problems: dict[Fault, str]) -> float | None:
    """Runs the commands that end a fault. Returns when they began; None if they failed."""
    began = time.time()
    with _noted(problems, fault):
        if fault.others:
            fault.others(game)
        runbook.run(game.stack, fault.section.commands())
        if fault.then:
            fault.then(game)
        return began
    return None


def _line(result: Result) -> str:
    fault = result.fault
    rang = "did not ring" if result.rang is None else f"{result.rang:4.1f} of {fault.minutes:2} min"
    ended = "not ended" if result.ended is None else f"ended in {result.ended:3.0f} s"
    mark = "passed" if result.passed else "FAILED"
    line = f"{mark}  {fault.name:22}  {fault.alarm:24}  {rang:>14}  {fault.section.runbook}: {fault.section.heading}, {ended}"
    return line + (f"\n        {result.problem}" if result.problem else "")


def table(results: list[Result]) -> str:
    """Returns the results as a table in Markdown."""
    lines = ["| fault | alarm | rang after | within | ended by | after |", "|---|---|---|---|---|---|"]
    for result in results:
        fault = result.fault
        rang = "–" if result.rang is None else f"{result.rang:.1f} min"
        ended = "–" if result.ended is None else f"{result.ended:.0f} s"
        section = f"{fault.section.runbook}: {fault.section.heading}"
        lines.append(f"| {fault.name} | {fault.alarm} | {rang} | {fault.minutes} min | {section} | {ended} |")
    return "\n".join([*lines, "", f"{sum(result.passed for result in results)} of {len(results)}"])
