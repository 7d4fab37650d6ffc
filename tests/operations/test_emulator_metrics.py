"""What the local stack publishes in the place of AWS's services. It needs no stack."""

import json
from types import SimpleNamespace

import pytest

from centops_local import emulator_metrics


class CloudWatch(SimpleNamespace):
    """Datapoints by metric, as the emulator keeps them."""

    def __init__(self):
        super().__init__(points={})

    def _dims_key(self, dimensions):
        return tuple(dimensions.items())

    def _metric_bucket(self, key):
        return self.points.setdefault(key, [])

    def values(self, name, **dimensions):
        return [
            point["Value"]
            for (_, metric, dims), points in self.points.items()
            if (metric, dict(dims)) == (name, dimensions)
            for point in points
        ]


@pytest.fixture
def cloudwatch():
    return CloudWatch()


def test_durations_count_by_the_speed(cloudwatch):
    meter = emulator_metrics.Meter(cloudwatch, 12)
    meter.put("AWS/SQS", "Age", 5, "Seconds", QueueName="q")
    meter.put("AWS/SQS", "Visible", 5, QueueName="q")
    assert (cloudwatch.values("Age", QueueName="q"), cloudwatch.values("Visible", QueueName="q")) == ([60], [5])


def test_oldest_datapoints_of_a_metric_are_dropped(cloudwatch):
    meter = emulator_metrics.Meter(cloudwatch, 1)
    for value in range(10_001):
        meter.put("AWS/SQS", "Visible", value, QueueName="q")
    assert cloudwatch.values("Visible", QueueName="q") == list(range(5_000, 10_001))


@pytest.mark.parametrize(
    ("result", "invocations", "errors", "throttles"),
    [({}, [1], [0], [0]), ({"error": True}, [1], [1], [0]), ({"throttle": True, "error": True}, [], [], [1])],
)
def test_run_is_counted_by_its_result(cloudwatch, result, invocations, errors, throttles):
    execute = emulator_metrics._runs(lambda *_: result, emulator_metrics.Meter(cloudwatch, 1))
    assert execute({}, {"FunctionName": "f"}, {}, "id", 0.0) == result
    names = ("Invocations", "Errors", "Throttles")
    assert [cloudwatch.values(name, FunctionName="f") for name in names] == [invocations, errors, throttles]


def test_stream_gets_a_batch_again_of_which_items_failed(cloudwatch):
    event = {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {"ApproximateCreationDateTime": 100.0}}]}
    body = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    execute = emulator_metrics._runs(lambda *_: {"body": body}, emulator_metrics.Meter(cloudwatch, 1))
    assert execute({}, {"FunctionName": "f"}, event, "id", 103.0)["error"]
    assert cloudwatch.values("IteratorAge", FunctionName="f") == [3000]
    assert cloudwatch.values("Errors", FunctionName="f") == [0], "it is no failed run"


def test_metrics_of_a_log_line_are_published(cloudwatch):
    directive = {"Namespace": "CentOps/live", "Dimensions": [[]], "Metrics": [{"Name": "ReportAge", "Unit": "Milliseconds"}]}
    line = json.dumps({"_aws": {"Timestamp": 1000, "CloudWatchMetrics": [directive]}, "ReportAge": 70})
    written = []
    emit = emulator_metrics._logs(lambda *entry: written.append(entry), emulator_metrics.Meter(cloudwatch, 1))
    emit({}, "id", f'{{"level":"INFO"}}\n{line}\n', False, 3)
    assert cloudwatch.values("ReportAge") == [70]
    assert len(written) == 1


def test_message_that_comes_back_is_left_out_of_the_age_unless_the_queue_is_fifo():
    messages = [{"sent_at": 1.0, "receive_count": 4}, {"sent_at": 2.0, "receive_count": 3}]
    assert emulator_metrics._oldest(messages, fifo=False) == 2.0
    assert emulator_metrics._oldest(messages, fifo=True) == 1.0
    assert emulator_metrics._oldest([], fifo=True) is None


def test_schedules_run_as_often_as_the_speed_says():
    seconds = emulator_metrics.faster({"rate(1 minute)": 60, "cron(0 8 * * ? *)": None}.get, 12)
    assert (seconds("rate(1 minute)"), seconds("cron(0 8 * * ? *)")) == (5, None)
