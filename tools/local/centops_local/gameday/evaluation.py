"""Evaluates alarms as CloudWatch does (CloudWatch User Guide, Alarm evaluation, and Configuring how CloudWatch alarms treat
missing data).

It is pure: datapoints in, state out.
"""

import operator
from dataclasses import dataclass

from .metric_math import Series, evaluate

ALARM, OK, INSUFFICIENT_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"
#: The periods that CloudWatch reads before those that it evaluates, for data that are missing. AWS does not say how many;
#: the examples of the User Guide have two.
EARLIER_PERIODS = 2

_COMPARISONS = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True)
class Query:
    """A metric of an alarm: the statistic of its values in a period."""

    namespace: str
    name: str
    #: By name.
    dimensions: tuple[tuple[str, str], ...]
    statistic: str


@dataclass(frozen=True)
class Alarm:
    """An alarm of the template."""

    name: str
    #: The metrics, by id.
    queries: dict[str, Query]
    #: The expression, or the id of the only metric.
    expression: str
    #: In seconds.
    period: int
    periods: int
    datapoints: int
    threshold: float
    comparison: str
    #: `breaching`, `notBreaching`, `ignore` or `missing`.
    missing: str

    @property
    def range(self) -> int:
        """The number of periods whose data are read. One more than is evaluated, for the difference to the first."""
        return self.periods + EARLIER_PERIODS + 1


def read(description: dict) -> Alarm:
    """Returns an alarm as `DescribeAlarms` describes it."""
    if description.get("Metrics"):
        stats = {metric["Id"]: metric["MetricStat"] for metric in description["Metrics"] if "MetricStat" in metric}
        [expression] = [metric["Expression"] for metric in description["Metrics"] if "Expression" in metric]
        queries = {id: _query(stat["Metric"], stat["Stat"]) for id, stat in stats.items()}
        period = max(int(stat["Period"]) for stat in stats.values())
    else:
        statistic = description.get("ExtendedStatistic") or description["Statistic"]
        queries = {"metric": _query(description, statistic)}
        expression, period = "metric", int(description["Period"])
    periods = int(description["EvaluationPeriods"])
    return Alarm(
        name=description["AlarmName"],
        queries=queries,
        expression=expression,
        period=period,
        periods=periods,
        datapoints=int(description.get("DatapointsToAlarm") or periods),
        threshold=float(description["Threshold"]),
        comparison=description["ComparisonOperator"],
        missing=description.get("TreatMissingData") or "missing",
    )


def _query(metric: dict, statistic: str) -> Query:
    dimensions = sorted((entry["Name"], entry["Value"]) for entry in metric.get("Dimensions") or [])
    return Query(metric["Namespace"], metric["MetricName"], tuple(dimensions), statistic)


def state(alarm: Alarm, values: dict[str, Series], before: str) -> str:
    """Returns the state of an alarm.

    `values` has the last `alarm.range` periods of each metric by id, the oldest first. `before` is the state until now.
    """
    points = evaluate(alarm.expression, values)[-(alarm.periods + EARLIER_PERIODS) :]
    breaches = _COMPARISONS[alarm.comparison]
    return _of_points(alarm, [None if point is None else breaches(point, alarm.threshold) for point in points], before)


def _of_points(alarm: Alarm, breaching: list[bool | None], before: str) -> str:
    """Returns the state from the points: breaching, not breaching, or missing."""
    latest = breaching[-alarm.periods :]
    if None in latest:
        # Earlier data stand in for missing ones, as many as there are.
        present = [point for point in breaching if point is not None][-alarm.periods :]
    else:
        present = latest
    count = sum(present)
    lacking = alarm.periods - len(present)
    if count >= alarm.datapoints:
        return ALARM
    if lacking == 0:
        return OK
    match alarm.missing:
        case "breaching":
            return ALARM if count + lacking >= alarm.datapoints else OK
        case "notBreaching":
            return OK
    if not present:
        return before if alarm.missing == "ignore" else INSUFFICIENT_DATA
    if not all(present):
        return OK
    # Too few data, all of them breaching.
    return before if alarm.missing == "ignore" else ALARM
