"""Publishes what AWS's services publish to CloudWatch and the emulator does not, into the emulator's own CloudWatch.

| source | metrics |
|---|---|
| each run of a function | `AWS/Lambda`: `Invocations`, `Errors`, `Throttles`, and `IteratorAge` of readers of a stream |
| each request of a REST API | `AWS/ApiGateway`: `Count`, `4XXError`, `5XXError` |
| each queue | `AWS/SQS`: `ApproximateAgeOfOldestMessage`, `ApproximateNumberOfMessagesVisible` |
| each log line in the embedded metric format | the metrics that it has |

An instance may have a `speed`: schedules run so many times as often, and durations count so many times as much. A minute
of the alarms is then a part of a minute (`centops_local.gameday`).
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

#: The environment variable that has the speed.
SPEED = "CENTOPS_SPEED"
#: The samples of each queue in a minute.
_SAMPLES = 5
#: The most datapoints of a metric: the emulator keeps them in memory for two weeks, and a stack may run for days.
_MOST = 10_000
_DURATIONS = ("Seconds", "Milliseconds")
#: A message that was received more often is not counted by the age of a queue that is not FIFO (SQS Developer Guide,
#: Available CloudWatch metrics).
_RECEIVED = 3


class Meter:
    """Writes datapoints."""

    def __init__(self, cloudwatch: ModuleType, speed: int):
        self._cloudwatch = cloudwatch
        self.speed = speed

    def put(self, namespace: str, name: str, value: float, unit: str = "Count", at: float | None = None, **dimensions: str):
        """Writes a datapoint, of now or of `at`."""
        scaled = value * self.speed if unit in _DURATIONS else value
        key = (namespace, name, self._cloudwatch._dims_key(dimensions))
        points = self._cloudwatch._metric_bucket(key)
        points.append({"Timestamp": at or time.time(), "Value": float(scaled), "Unit": unit, "Dimensions": dimensions})
        if len(points) > _MOST:
            del points[: _MOST // 2]


def install(services: dict[str, ModuleType], speed: int) -> None:
    """Wraps the functions of the emulator's services through which runs, requests and logs pass."""
    meter = Meter(services["cloudwatch"], speed)
    lambdas, gateway = services["lambda_svc"], services["apigateway_v1"]
    # The emulator's own metrics are of some runs only, and it evaluates alarms over all dimensions at once.
    lambdas._emit_lambda_metrics = lambda *_, **__: None
    services["cloudwatch"]._evaluate_alarm = lambda _: None
    lambdas._execute_function_dispatch = _runs(lambdas._execute_function_dispatch, meter)
    lambdas._acquire_execution_slot = _throttles(lambdas._acquire_execution_slot, meter)
    lambdas._emit_lambda_logs = _logs(lambdas._emit_lambda_logs, meter)
    gateway._handle_execute_in_scope = _requests(gateway._handle_execute_in_scope, gateway, meter)
    threading.Thread(target=_sample_queues, args=(services["sqs"], meter), daemon=True).start()


def _name(config: dict) -> str:
    return config.get("FunctionName", "unknown")


def _runs(execute: Callable[..., dict], meter: Meter) -> Callable[..., dict]:
    """Counts runs and failed ones. A stream gets a batch again if the function says that it failed."""

    def executed(func: dict, config: dict, event: Any, request_id: str, started: float) -> dict:
        name, changed = _name(config), _changed_at(event)
        if changed is not None:
            meter.put("AWS/Lambda", "IteratorAge", (started - changed) * 1000, "Milliseconds", FunctionName=name)
        result = execute(func, config, event, request_id, started)
        throttled = bool(result.get("throttle"))
        meter.put("AWS/Lambda", "Throttles", float(throttled), FunctionName=name)
        if not throttled:
            meter.put("AWS/Lambda", "Invocations", 1, FunctionName=name)
            meter.put("AWS/Lambda", "Errors", float(bool(result.get("error"))), FunctionName=name)
        # The emulator's reader of streams knows failed runs only.
        if changed is not None and _failed_items(result):
            return result | {"error": True}
        return result

    return executed


def _changed_at(event: Any) -> float | None:
    """Returns the time of the last record if the event is of a table's stream."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not records or records[-1].get("eventSource") != "aws:dynamodb":
        return None
    return float(records[-1]["dynamodb"].get("ApproximateCreationDateTime", time.time()))


def _failed_items(result: dict) -> list:
    body = result.get("body")
    if isinstance(body, str | bytes):
        with contextlib.suppress(ValueError):
            body = json.loads(body)
    return body.get("batchItemFailures", []) if isinstance(body, dict) else []


def _throttles(acquire: Callable[..., tuple], meter: Meter) -> Callable[..., tuple]:
    def acquired(func: dict, config: dict) -> tuple:
        slot, limit = acquire(func, config)
        if slot is None:
            meter.put("AWS/Lambda", "Throttles", 1, FunctionName=_name(config))
        return slot, limit

    return acquired


def _requests(handle: Callable, gateway: ModuleType, meter: Meter) -> Callable:
    async def handled(api_id: str, *arguments: Any) -> tuple:
        response = await handle(api_id, *arguments)
        api = (gateway._rest_apis.get(api_id) or {}).get("name", api_id)
        for name, counted in answer_counts(response[0]).items():
            meter.put("AWS/ApiGateway", name, counted, ApiName=api)
        return response

    return handled


def answer_counts(status: int) -> dict[str, int]:
    """Returns what an answer of an API adds to its metrics."""
    return {"Count": 1, "4XXError": int(400 <= status < 500), "5XXError": int(status >= 500)}


def _logs(emit: Callable[..., None], meter: Meter) -> Callable[..., None]:
    def emitted(func: dict, request_id: str, log_text: str, *arguments: Any, **named: Any) -> None:
        emit(func, request_id, log_text, *arguments, **named)
        for line in (log_text or "").splitlines():
            if '"CloudWatchMetrics"' in line:
                _put_embedded(line, meter)

    return emitted


def _put_embedded(line: str, meter: Meter) -> None:
    """Writes the metrics of a line in the embedded metric format."""
    try:
        document = json.loads(line)
    except ValueError:
        return
    for directive in document["_aws"]["CloudWatchMetrics"]:
        at = document["_aws"]["Timestamp"] / 1000
        for metric in directive["Metrics"]:
            name, unit = metric["Name"], metric.get("Unit", "None")
            meter.put(directive["Namespace"], name, document[name], unit, at)


def _sample_queues(sqs: ModuleType, meter: Meter) -> None:
    while True:
        time.sleep(60 / meter.speed / _SAMPLES)
        for queue in list(sqs._queues._data.values()):
            now, messages = time.time(), list(queue["messages"])
            visible = sum(message.get("visible_at", 0) <= now for message in messages)
            meter.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", visible, QueueName=queue["name"])
            if (oldest := _oldest(messages, queue["is_fifo"])) is not None:
                age = now - oldest
                meter.put("AWS/SQS", "ApproximateAgeOfOldestMessage", age, "Seconds", QueueName=queue["name"])


def _oldest(messages: list[dict], fifo: bool) -> float | None:
    """Returns when the oldest message was sent."""
    counted = [message for message in messages if fifo or message.get("receive_count", 0) <= _RECEIVED]
    return min((message.get("enqueued_at", message["sent_at"]) for message in counted), default=None)


def faster(seconds: Callable[[str], int | None], speed: int) -> Callable[[str], float | None]:
    """Wraps the function that returns the seconds between two runs of a schedule."""

    def divided(expression: str) -> float | None:
        interval = seconds(expression)
        return None if interval is None else interval / speed

    return divided
