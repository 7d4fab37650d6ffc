"""What callers may rely on over thirty days, and the alarms on how fast what may fail is used up (SRE workbook, chapter 5).

An objective of 99.9 % lets 0.1 % fail. With a burn rate of 1, that is used up in thirty days; with 14.4, 2 % of it in an
hour. A rate counts if it holds over a long window, so that one failure does not ring, and over a short one, so that the
alarm ends soon after the failures.
"""

import json
from dataclasses import dataclass

from .alarm_metrics import of_metric, share

#: The burn rate, and its windows in seconds: what rings at once.
_FAST = ((14.4, (3600, 300)), (6, (21600, 1800)))
#: The days that must each have a burn rate above 1: what is looked at on the next working day.
_DAYS = 3
_DAY = 86400
#: Fewer requests in a window are no share: one that failed among ten is no outage.
_FEWEST_REQUESTS = 50


@dataclass(frozen=True)
class Objective:
    """An objective: the least share of what is good."""

    name: str
    text: str
    #: The file of docs/runbooks, without its ending.
    runbook: str
    #: The least share, in per cent.
    percent: float
    #: An API (`admin` or `network`): good are answers that are no 5xx.
    api: str | None = None
    #: A metric of ours in milliseconds: good are values up to `within`.
    metric: str | None = None
    #: In milliseconds.
    within: int | None = None


def children(objective: Objective) -> list[tuple[str, float, int]]:
    """Returns the alarms that the composite one looks at: the name, the burn rate and the window in seconds of each."""
    return [
        (f"{objective.name}{_named(seconds)}", rate, seconds) for rate, windows in _FAST for seconds in windows
    ]


def slow(objective: Objective) -> str:
    """Returns the name of the alarm on slow burning."""
    return f"{objective.name}Days"


def alarms(objective: Objective) -> int:
    """Returns how many alarms watch metrics for an objective. The composite one watches alarms."""
    return len(children(objective)) + 1


def alarm_lines(objectives: list[Objective], namespace: str) -> list[str]:
    """Returns the alarms as lines of alarms.yaml."""
    lines: list[str] = []
    for objective in objectives:
        for name, rate, seconds in children(objective):
            lines += _metric_alarm(objective, name, rate, (seconds, 1), namespace)
        lines += _metric_alarm(objective, slow(objective), 1, (_DAY, _DAYS), namespace, rings=True)
        lines += _composite(objective)
    return lines[:-1]


def _named(seconds: int) -> str:
    return f"{seconds // 3600}h" if seconds >= 3600 else f"{seconds // 60}m"


def _metric_alarm(
    objective: Objective, name: str, rate: float, window: tuple[int, int], namespace: str, rings: bool = False
) -> list[str]:
    seconds, periods = window
    bad = rate * (100 - objective.percent)
    if objective.api:
        watched = share(objective.api, "5XXError", _FEWEST_REQUESTS, seconds)
    else:
        # The share of values up to `within`, in per cent.
        rank = f"ExtendedStatistic: PR(:{objective.within})"
        watched = of_metric(f"!Sub {namespace}", str(objective.metric), rank, seconds)
    threshold = round(bad if objective.api else 100 - bad, 4)
    properties = [
        f"AlarmDescription: {json.dumps(_text(objective, rate))}",
        *watched,
        f"EvaluationPeriods: {periods}",
        f"Threshold: {threshold:g}",
        f"ComparisonOperator: {'GreaterThanThreshold' if objective.api else 'LessThanThreshold'}",
        "TreatMissingData: notBreaching",
        *(["AlarmActions: [!Ref OperationsTopic]", "OKActions: [!Ref OperationsTopic]"] if rings else []),
    ]
    return _resource(name, "AWS::CloudWatch::Alarm", properties)


def _composite(objective: Objective) -> list[str]:
    names = iter(children(objective))
    pairs = [" AND ".join(f"ALARM(${{{next(names)[0]}}})" for _ in windows) for _, windows in _FAST]
    rule = " OR ".join(f"({pair})" for pair in pairs)
    properties = [
        f"AlarmName: !Sub ${{AWS::StackName}}-{objective.name}",
        f"AlarmDescription: {json.dumps(_text(objective, _FAST[-1][0]))}",
        f"AlarmRule: !Sub {rule}",
        "AlarmActions: [!Ref OperationsTopic]",
        "OKActions: [!Ref OperationsTopic]",
    ]
    return _resource(objective.name, "AWS::CloudWatch::CompositeAlarm", properties)


def _text(objective: Objective, rate: float) -> str:
    fails = f"More than {rate:g} times as much fails" if rate > 1 else "More fails"
    return f"{objective.text} {fails} than {objective.percent:g} % allows. docs/runbooks/{objective.runbook}.md"


def _resource(name: str, kind: str, properties: list[str]) -> list[str]:
    return [f"{name}:", f"  Type: {kind}", "  Properties:", *(f"    {line}" for line in properties), ""]


def table(objectives: list[Objective]) -> list[str]:
    """Returns the lines of docs/alarms.md."""
    rows = []
    for each in objectives:
        good = f"answers of the {each.api} API that are no 5xx" if each.api else f"`{each.metric}` up to {each.within} ms"
        runbook = f"[{each.runbook}](runbooks/{each.runbook}.md)"
        rows.append(f"| `{each.name}` | {each.text} | {each.percent:g} % | {good} | {runbook} |")
    rates = ", or ".join(f"{rate:g} over {_named(long)} and {_named(short)}" for rate, (long, short) in _FAST)
    return [
        "## Objectives",
        "",
        "An objective holds over thirty days. What it lets fail is used up in that time at a burn rate of 1. Its alarm rings at a",
        f"rate above {rates}. The alarm `…Days` rings when each of {_DAYS} days has a rate above 1.",
        f"Fewer than {_FEWEST_REQUESTS} requests in a window are no share. Every run of a function counts the same.",
        "",
        "| objective | it means | at least | good is | runbook |",
        "|---|---|---|---|---|",
        *rows,
    ]
