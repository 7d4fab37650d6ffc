"""What is watched: the alarms and the dashboard of alarms.yaml, the metrics of shared/contract, and docs/alarms.md.

contract/metrics.yaml declares the metrics that functions write, the alarms on them and on AWS's own, and the objectives.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import yaml

from centops_local.instance import ROOT

from . import objectives, table_units
from .alarm_metrics import answers, expression, of_metric, share, stat
from .objectives import Objective
from .rust import formatted
from .table_units import Declared

#: What an alarm may watch: the members of `Alarm`.
WATCHED = ("grows", "age", "metric", "errors", "reader", "api", "refuses", "unused", "throttles", "dearer")
#: Fewer requests a minute than this are no share: one failed request among three is no outage.
_FEWEST_REQUESTS = 20
#: Units of CloudWatch that metrics may have.
UNITS = ("Count", "Milliseconds", "None")
_NAMESPACE = "CentOps/${Stack}"
_RUST = """\
// Generated from contract/ by `make contract`. Do not edit.

//! The metrics that functions write.

use crate::{Metric, Unit};
"""


class InvalidMetrics(Exception):
    """contract/metrics.yaml has a mistake."""


@dataclass(frozen=True)
class Metric:
    """A metric that functions write, in the namespace of the stack and without dimensions."""

    name: str
    unit: str
    #: The functions that write it.
    of: list[str]
    #: The sentence that explains it.
    text: str


@dataclass(frozen=True)
class Alarm:
    """An alarm. It watches what one of the members of `WATCHED` names."""

    name: str
    text: str
    #: The file of docs/runbooks, without its ending.
    runbook: str
    #: A queue of dead letters: the alarm rings for each further one.
    grows: str | None = None
    #: A queue whose oldest message is watched, in seconds.
    age: str | None = None
    #: A metric of ours.
    metric: str | None = None
    #: Functions whose failed runs are counted, at most ten.
    errors: tuple[str, ...] = ()
    #: A function that reads a stream: the age of its records in milliseconds is watched.
    reader: str | None = None
    #: An API (`admin` or `network`): the share of answers with 5xx is watched, in per cent.
    api: str | None = None
    #: The same: the share of answers with 4xx is watched, in per cent.
    refuses: str | None = None
    #: The same: it rings if there are no requests.
    unused: str | None = None
    #: Whether to count the calls of functions that Lambda refuses for lack of concurrency, in the whole account.
    throttles: bool = False
    #: Whether to compare the units of the table with those that contract/cost declares: it watches their ratio in an hour.
    dearer: bool = False
    #: The alarm rings above it.
    above: int = 0
    #: The consecutive minutes of it.
    minutes: int = 1
    #: `rings`: missing data ring too.
    silence: str | None = None


@dataclass(frozen=True)
class Watched:
    """What contract/metrics.yaml declares."""

    metrics: list[Metric]
    alarms: list[Alarm]
    objectives: list[Objective]

    def units(self) -> dict[str, str]:
        """Returns the unit of each metric."""
        return {metric.name: metric.unit for metric in self.metrics}


def read(file: Path = ROOT / "contract/metrics.yaml") -> Watched:
    """Returns what is watched. Raises `InvalidMetrics`."""
    document = yaml.safe_load(file.read_text())
    try:
        found = Watched(
            [Metric(name, **entry) for name, entry in document["metrics"].items()],
            [Alarm(name, **entry) for name, entry in document["alarms"].items()],
            [Objective(name, **entry) for name, entry in document["objectives"].items()],
        )
    except TypeError as error:
        raise InvalidMetrics(f"{file.name}: {error}") from error
    _check(found)
    return found


def _check(watched: Watched) -> None:
    metrics, alarms, units = watched.metrics, watched.alarms, watched.units()
    for metric in metrics:
        if metric.unit not in UNITS:
            raise InvalidMetrics(f"{metric.name}: unit {metric.unit}; known are {', '.join(UNITS)}")
    for alarm in alarms:
        if sum(bool(getattr(alarm, name)) for name in WATCHED) != 1:
            raise InvalidMetrics(f"{alarm.name} watches one of {', '.join(WATCHED)}")
        if alarm.metric is not None and alarm.metric not in units:
            raise InvalidMetrics(f"{alarm.name}: unknown metric {alarm.metric}")
        if alarm.silence not in (None, "rings"):
            raise InvalidMetrics(f"{alarm.name}: silence may be `rings`")
    for objective in watched.objectives:
        if bool(objective.api) == bool(objective.metric and objective.within):
            raise InvalidMetrics(f"{objective.name} has an `api`, or a `metric` and `within`")
        if objective.metric and units.get(objective.metric) != "Milliseconds":
            raise InvalidMetrics(f"{objective.name}: {objective.metric} is no metric in milliseconds")
        if not 90 <= objective.percent < 100:
            raise InvalidMetrics(f"{objective.name}: {objective.percent} %; possible are 90 to 100")


def rust(metrics: list[Metric]) -> str:
    """Returns the Rust constants of the metrics."""
    constants = [
        f"/// {metric.text}\npub const {_constant(metric.name)}: Metric = "
        f'Metric {{ name: "{metric.name}", unit: Unit::{metric.unit} }};'
        for metric in metrics
    ]
    return formatted("\n".join([_RUST, *constants]) + "\n")


def _constant(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() and at else letter.upper() for at, letter in enumerate(name))


def alarm_lines(watched: Watched, declared: Declared) -> list[str]:
    """Returns the alarms as lines of alarms.yaml, those of objectives last. `declared` are the units of the table."""
    units = watched.units()
    lines: list[str] = []
    for alarm in watched.alarms:
        lines += [f"{alarm.name}:", "  Type: AWS::CloudWatch::Alarm", "  Properties:"]
        watches = table_units.lines(declared, _NAMESPACE) if alarm.dearer else _watched(alarm, units)
        lines += [f"    {line}" for line in _properties(alarm, watches)]
        lines += [""]
    return lines + objectives.alarm_lines(watched.objectives, _NAMESPACE)


def _properties(alarm: Alarm, watches: list[str]) -> list[str]:
    # API Gateway publishes nothing without requests.
    missing = "breaching" if alarm.silence or alarm.unused else "notBreaching"
    return [
        f"AlarmDescription: {json.dumps(f'{alarm.text} docs/runbooks/{alarm.runbook}.md')}",
        *watches,
        f"EvaluationPeriods: {alarm.minutes}",
        f"Threshold: {alarm.above}",
        "ComparisonOperator: GreaterThanThreshold",
        f"TreatMissingData: {missing}",
        "AlarmActions: [!Ref OperationsTopic]",
        # A queue that no longer grows still has its messages.
        *([] if alarm.grows else ["OKActions: [!Ref OperationsTopic]"]),
    ]


def _watched(alarm: Alarm, units: dict[str, str]) -> list[str]:
    if alarm.age:
        return _minute("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", _queue(alarm.age))
    if alarm.metric:
        return _minute(f"!Sub {_NAMESPACE}", alarm.metric, _statistic(units[alarm.metric]))
    if alarm.reader:
        return _minute("AWS/Lambda", "IteratorAge", "Maximum", _function(alarm.reader))
    if alarm.throttles:
        return _minute("AWS/Lambda", "Throttles", "Sum")
    if alarm.grows:
        # Missing data are an empty queue. The difference rings for each further message, not for those that were there.
        visible = stat("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", _queue(alarm.grows))
        return expression("DIFF(FILL(visible, 0))", {"visible": visible})
    if alarm.api:
        return share(alarm.api, "5XXError", _FEWEST_REQUESTS)
    if alarm.refuses:
        return share(alarm.refuses, "4XXError", _FEWEST_REQUESTS)
    if alarm.unused:
        return expression("IF(requests > 0, 0, 1)", {"requests": answers(alarm.unused, "Count")})
    stats = {f"of{at}": stat("AWS/Lambda", "Errors", "Sum", _function(name)) for at, name in enumerate(alarm.errors)}
    return expression("SUM(METRICS())", stats)


def _minute(namespace: str, name: str, statistic: str, dimension: str = "") -> list[str]:
    return of_metric(namespace, name, f"Statistic: {statistic}", 60, dimension)


def _statistic(unit: str) -> str:
    return "Sum" if unit == "Count" else "Maximum"


def _function(name: str) -> str:
    return f"{{Name: FunctionName, Value: !Sub '${{Stack}}-{name}'}}"


def _queue(name: str) -> str:
    return f"{{Name: QueueName, Value: !Ref {name}}}"


def dashboard_body(watched: Watched) -> str:
    """Returns the body of the dashboard, as a line of alarms.yaml: the alarms, then a graph for each metric."""
    arns = [f"${{{alarm.name}.Arn}}" for alarm in [*watched.objectives, *watched.alarms]]
    widgets = [
        {"type": "alarm", "x": 0, "y": 0, "width": 24, "height": 4, "properties": {"title": "Alarms", "alarms": arns}},
        *(_graph(at, metric) for at, metric in enumerate(watched.metrics)),
    ]
    return f"DashboardBody: !Sub {_quoted(json.dumps({'widgets': widgets}))}"


def _graph(at: int, metric: Metric) -> dict:
    properties = {
        "title": metric.text, "region": "${AWS::Region}", "metrics": [[_NAMESPACE, metric.name]], "period": 60,
        "stat": _statistic(metric.unit),
    }  # fmt: skip
    return {"type": "metric", "x": at % 3 * 8, "y": 4 + at // 3 * 6, "width": 8, "height": 6, "properties": properties}


def _quoted(text: str) -> str:
    """Returns the text as a YAML scalar in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def page(watched: Watched) -> str:
    """Returns docs/alarms.md."""
    units = watched.units()
    rings = [
        f"| `{alarm.name}` | {alarm.text} | {_when(alarm, units)} | [{alarm.runbook}](runbooks/{alarm.runbook}.md) |"
        for alarm in watched.alarms
    ]
    shown = [
        f"| `{metric.name}` | {metric.unit} | {', '.join(f'`{name}`' for name in metric.of)} | {metric.text} |"
        for metric in watched.metrics
    ]
    return "\n".join(
        [
            "<!-- Generated from contract/metrics.yaml by `make contract`. Do not edit. -->",
            "# Alarms and metrics",
            "",
            "Alarms go to the operations topic when they ring and when they are over. The runbook of each says what to do. Where no",
            "data ring, that is some two minutes later than it says: CloudWatch looks at earlier data first.",
            "",
            "| alarm | it means | it rings | runbook |",
            "|---|---|---|---|",
            *rings,
            "",
            *objectives.table(watched.objectives),
            "",
            "## Metrics",
            "",
            "Functions write these metrics into their logs, in CloudWatch's embedded metric format. The namespace is",
            "`CentOps/<stack>`. The dashboard `<stack>-overview` shows all of them.",
            "",
            "| metric | unit | written by | it is |",
            "|---|---|---|---|",
            *shown,
        ]
    ) + "\n"


def _when(alarm: Alarm, units: dict[str, str]) -> str:
    if alarm.grows:
        return f"for each further message in `{alarm.grows}`"
    minutes = f"in each of {alarm.minutes} minutes" if alarm.minutes > 1 else "within a minute"
    if alarm.errors:
        return f"a run of {', '.join(f'`{name}`' for name in alarm.errors)} fails {minutes}"
    if alarm.dearer:
        return f"more than {alarm.above} times what is declared, in an hour"
    if alarm.throttles:
        return f"Lambda refuses a call {minutes}"
    if alarm.api or alarm.refuses:
        answer = "5xx" if alarm.api else "4xx"
        return f"more than {alarm.above} % of {_FEWEST_REQUESTS} requests or more are answered {answer} {minutes}"
    if alarm.unused:
        return f"no request {minutes}"
    if alarm.age:
        watched, unit = f"age of `{alarm.age}`", " s"
    elif alarm.reader:
        watched, unit = f"age of records that `{alarm.reader}` reads", " ms"
    else:
        watched, unit = f"`{alarm.metric}`", " ms" if units.get(alarm.metric) == "Milliseconds" else ""
    silence = ", or there are no data" if alarm.silence else ""
    return f"{watched} above {alarm.above}{unit} {minutes}{silence}"
