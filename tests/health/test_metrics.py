"""The metrics in the logs of the deployed functions, as CloudWatch reads them."""

import json

import pytest

from centops_contract import watching
from centops_local import logs
from centops_local.instance import STACK
from centops_local.polling import wait_until

METRICS = watching.read().metrics
#: Metrics of failures that no test makes.
FAILURES = {"AuthorizationsFailed"}


@pytest.fixture(scope="module")
def blobs(stack, online) -> list[dict]:
    """The metrics that functions wrote so far, once those that run each minute have run."""
    found: list[dict] = []
    # It runs once a day.
    stack.invoke("recount-chatbots", {})

    def every_minute() -> bool:
        found[:] = [json.loads(line) for line in logs.lines(stack.instance) if '"_aws"' in line]
        return any("SnapshotLag" in blob for blob in found) and any("SilenceDueAge" in blob for blob in found)

    wait_until("functions that run each minute wrote metrics", every_minute, 90)
    return found


def test_every_metric_is_written(blobs):
    written = {name for blob in blobs for name in blob if name != "_aws"}
    assert written | FAILURES == {metric.name for metric in METRICS}


def test_metrics_are_of_the_embedded_format_and_of_the_stack(blobs):
    units = {metric.name: metric.unit for metric in METRICS}
    for blob in blobs:
        [directive] = blob["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == f"CentOps/{STACK}"
        assert directive["Dimensions"] == [[]]
        named = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
        assert named == {name: units[name] for name in blob if name != "_aws"}
        assert all(isinstance(blob[name], int) for name in named)
