"""Watches the alarms of a deployed stack: reads their metrics once a period, evaluates them and sets their states.

The emulator then sends their actions, as CloudWatch does. Everything is read from the stack: the alarms from
`DescribeAlarms`, the metrics from `GetMetricData`. The Network API is the exception: the local edge stands in for API
Gateway, and its log has the answers.
"""

import datetime
import json
import threading
import time
import traceback
from dataclasses import dataclass, field

from centops_local.emulator_metrics import answer_counts
from centops_local.instance import STACK, Instance

from . import evaluation
from .evaluation import Alarm, Query
from .metric_math import Series

#: The seconds after the end of a period until its data are complete: a function's metrics come with the end of its run.
_DELAY = 1.5
_MINUTE = 60
#: Alarms that read more minutes are not evaluated: objectives are about hours and days.
_LONGEST = 15
_NETWORK_API = f"{STACK}-network"


@dataclass
class Change:
    """A change of an alarm's state."""

    alarm: str
    state: str
    #: A Unix time.
    at: float


@dataclass
class Watch:
    """The alarms of an instance, with their states and all changes. It evaluates as long as its context lasts, in a thread.

    Alarms have the names that they have in the template.
    """

    instance: Instance
    states: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._cloudwatch = self.instance.aws("cloudwatch")
        self._edge = EdgeLog(self.instance)
        self._stop = threading.Event()
        self.alarms = self._read()
        self._began = time.time()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _read(self) -> dict[str, Alarm]:
        cloudformation = self.instance.aws("cloudformation")
        nested = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="Alarms")
        stack = nested["StackResourceDetail"]["PhysicalResourceId"]
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        names = {
            resource["PhysicalResourceId"].rpartition(":")[2]: resource["LogicalResourceId"]
            for resource in resources
            if resource["ResourceType"] == "AWS::CloudWatch::Alarm"
        }
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate()
        described = [alarm for page in pages for alarm in page["MetricAlarms"] if alarm["AlarmName"] in names]
        alarms = {names[alarm["AlarmName"]]: evaluation.read(alarm) for alarm in described}
        return {name: alarm for name, alarm in alarms.items() if alarm.period == _MINUTE and alarm.range <= _LONGEST}

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def rang(self, alarm: str, since: float) -> float | None:
        """Returns when an alarm rang first since a time."""
        times = [change.at for change in self.changes if change.alarm == alarm and change.state == evaluation.ALARM]
        return next((at for at in times if at >= since), None)

    def over(self, alarm: str, since: float) -> float:
        """Returns when an alarm last stopped to ring since a time; that time if it did not ring then."""
        times = [change.at for change in self.changes if change.alarm == alarm and change.state == evaluation.OK]
        return max([since, *times])

    def ringing(self) -> list[str]:
        """Returns the alarms that ring now."""
        return [alarm for alarm, state in self.states.items() if state == evaluation.ALARM]

    def _run(self) -> None:
        step = _MINUTE / self.instance.speed
        while not self._stop.wait(step - (time.time() - _DELAY) % step):
            try:
                self._evaluate((time.time() - _DELAY) // step * step, step)
            except Exception:  # noqa: BLE001 - the emulator is busy; the next period is evaluated
                traceback.print_exc()

    def _evaluate(self, end: float, step: float) -> None:
        longest = max(alarm.range for alarm in self.alarms.values())
        series = self._series(end, step, longest)
        for name, alarm in self.alarms.items():
            # Periods before the start have no data because nobody looked.
            if end - alarm.range * step < self._began:
                continue
            values = {id: series[query][-alarm.range :] for id, query in alarm.queries.items()}
            before = self.states.get(name, evaluation.INSUFFICIENT_DATA)
            state = evaluation.state(alarm, values, before)
            if state != before:
                self.states[name] = state
                self.changes.append(Change(name, state, time.time()))
                self._cloudwatch.set_alarm_state(AlarmName=alarm.name, StateValue=state, StateReason="evaluated")

    def _series(self, end: float, step: float, periods: int) -> dict[Query, Series]:
        """Returns the values of all metrics in the periods until `end`."""
        queries = list(dict.fromkeys(query for alarm in self.alarms.values() for query in alarm.queries.values()))
        starts = [end - step * (periods - at) for at in range(periods)]
        asked = {f"m{at}": query for at, query in enumerate(queries) if ("ApiName", _NETWORK_API) not in query.dimensions}
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=[_asked(id, query, int(step)) for id, query in asked.items()],
            StartTime=_time(starts[0]),
            EndTime=_time(end),
        )
        found: dict[Query, Series] = {}
        for result in answer["MetricDataResults"]:
            values = {at.timestamp(): value for at, value in zip(result["Timestamps"], result["Values"], strict=True)}
            found[asked[result["Id"]]] = [values.get(start) for start in starts]
        self._edge.read()
        for query in queries:
            if query not in found:
                found[query] = [self._edge.sum(query.name, start, start + step) for start in starts]
        return found


def _asked(id: str, query: Query, period: int) -> dict:
    dimensions = [{"Name": name, "Value": value} for name, value in query.dimensions]
    metric = {"Namespace": query.namespace, "MetricName": query.name, "Dimensions": dimensions}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": query.statistic}}


def _time(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


class EdgeLog:
    """The answers of the local edge, from its log."""

    def __init__(self, instance: Instance):
        self._file = instance.logs / "edge.log"
        self._read = 0
        #: The Unix time and the status of each answer.
        self._answers: list[tuple[float, int]] = []

    def read(self) -> None:
        """Reads what the log has more than before. A log that is shorter is of an edge that was started again."""
        if self._file.stat().st_size < self._read:
            self._read = 0
        with self._file.open("rb") as log:
            log.seek(self._read)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._take(line)

    def _take(self, line: bytes) -> None:
        if b'"request handled"' in line:
            entry = json.loads(line)
            at = datetime.datetime.fromisoformat(entry["timestamp"]).timestamp()
            self._answers.append((at, entry["status"]))

    def sum(self, metric: str, start: float, end: float) -> float | None:
        """Returns the sum of a metric of API Gateway; None without requests."""
        statuses = [status for at, status in self._answers if start <= at < end]
        return float(sum(answer_counts(status)[metric] for status in statuses)) if statuses else None
