"""The evaluation of alarms, by the rules of the CloudWatch User Guide. It needs no stack."""

import pytest

from centops_local.gameday import evaluation, metric_math
from centops_local.gameday.evaluation import ALARM, INSUFFICIENT_DATA, OK

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def alarm(periods: int, datapoints: int, missing: str, expression: str = "metric") -> evaluation.Alarm:
    query = evaluation.Query("CentOps/live", "ReportAge", (), "Maximum")
    return evaluation.Alarm("a", {"metric": query}, expression, 60, periods, datapoints, 0, "GreaterThanThreshold", missing)


def points(text: str) -> list[float | None]:
    """Returns datapoints: `X` breaches, `0` does not, `-` is missing. The first, which only a difference needs, is missing."""
    return [None] + [{"X": 1.0, "0": 0.0, "-": None}[point] for point in text.split()]


# In the manner of the User Guide, "How alarm state is evaluated when data is missing". The state before is OK.
THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - X - - ": (OK, OK, OK, OK),
    "- - - - 0": (OK, OK, OK, OK),
    "- - - - -": (INSUFFICIENT_DATA, OK, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, OK, ALARM, OK),
}
TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - - X": (ALARM, OK, ALARM, OK),
}


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("data", THREE_OF_THREE)
def test_three_of_three_points_are_needed(data, treatment):
    expected = THREE_OF_THREE[data][TREATMENTS.index(treatment)]
    assert evaluation.state(alarm(3, 3, treatment), {"metric": points(data)}, OK) == expected


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize("data", TWO_OF_THREE)
def test_two_of_three_points_are_needed(data, treatment):
    expected = TWO_OF_THREE[data][TREATMENTS.index(treatment)]
    assert evaluation.state(alarm(3, 2, treatment), {"metric": points(data)}, OK) == expected


def test_ignored_missing_data_keep_the_state():
    assert evaluation.state(alarm(3, 3, "ignore"), {"metric": points("- - - - -")}, ALARM) == ALARM


def test_one_period_that_breaches_rings_if_one_is_needed():
    once = alarm(1, 1, "notBreaching")
    assert evaluation.state(once, {"metric": [None, 0.0, 0.0, 1.0]}, OK) == ALARM
    assert evaluation.state(once, {"metric": [None, 1.0, 1.0, 0.0]}, ALARM) == OK


@pytest.mark.parametrize(
    ("comparison", "value", "expected"),
    [
        ("GreaterThanThreshold", 5, OK),
        ("GreaterThanThreshold", 6, ALARM),
        ("GreaterThanOrEqualToThreshold", 5, ALARM),
        ("LessThanThreshold", 5, OK),
        ("LessThanThreshold", 4, ALARM),
        ("LessThanOrEqualToThreshold", 5, ALARM),
    ],
)
def test_value_is_compared_with_the_threshold(comparison, value, expected):
    query = evaluation.Query("CentOps/live", "ReportAge", (), "Maximum")
    compared = evaluation.Alarm("a", {"metric": query}, "metric", 60, 1, 1, 5, comparison, "missing")
    assert evaluation.state(compared, {"metric": [None, None, None, float(value)]}, OK) == expected


def test_difference_rings_for_each_further_message_and_not_for_those_that_were_there():
    grows = alarm(1, 1, "notBreaching", "DIFF(FILL(metric, 0))")
    assert evaluation.state(grows, {"metric": [2.0, 2.0, 2.0, 2.0]}, OK) == OK
    assert evaluation.state(grows, {"metric": [2.0, 2.0, 2.0, 3.0]}, OK) == ALARM
    assert evaluation.state(grows, {"metric": [2.0, 2.0, 3.0, 3.0]}, ALARM) == OK
    assert evaluation.state(grows, {"metric": [None, None, None, 1.0]}, OK) == ALARM, "the first message of a new queue"
    assert evaluation.state(grows, {"metric": [None, None, None, None]}, OK) == OK


def test_share_counts_only_if_there_are_enough_requests():
    share = "IF(requests >= 20, 100 * failed / requests, 0)"
    series = {"requests": [None, 19.0, 20.0, 40.0, 0.0], "failed": [None, 19.0, 1.0, 0.0, 0.0]}
    assert metric_math.evaluate(share, series) == [None, 0.0, 5.0, 0.0, 0.0]


def test_sum_of_metrics_leaves_out_missing_ones():
    series = {"of0": [1.0, None, None], "of1": [2.0, 3.0, None]}
    assert metric_math.evaluate("SUM(METRICS())", series) == [3.0, 3.0, None]


def test_operation_has_no_value_where_an_operand_has_none_or_the_divisor_is_zero():
    series = {"a": [1.0, None, 1.0], "b": [2.0, 2.0, 0.0]}
    assert metric_math.evaluate("a / b", series) == [0.5, None, None]
    assert metric_math.evaluate("1 - a", series) == [0.0, None, 0.0]


@pytest.mark.parametrize(
    "expression", ["ANOMALY_DETECTION_BAND(a)", "unknown + 1", "a +", "DIFF(1)", "FILL(a, a)", "IF(1, a, a)"]
)
def test_unknown_expression_is_refused(expression):
    with pytest.raises(metric_math.InvalidExpression):
        metric_math.evaluate(expression, {"a": [1.0]})


def test_alarm_is_read_as_cloudwatch_describes_it():
    stat = {
        "Metric": {"Namespace": "AWS/SQS", "MetricName": "Visible", "Dimensions": [{"Name": "QueueName", "Value": "q"}]},
        "Period": 60,
        "Stat": "Maximum",
    }
    described = {
        "AlarmName": "grows",
        "Metrics": [{"Id": "watched", "Expression": "DIFF(visible)"}, {"Id": "visible", "MetricStat": stat}],
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    read = evaluation.read(described)
    assert read.queries == {"visible": evaluation.Query("AWS/SQS", "Visible", (("QueueName", "q"),), "Maximum")}
    assert (read.expression, read.period, read.periods, read.datapoints) == ("DIFF(visible)", 60, 3, 2)
    plain = {key: value for key, value in described.items() if key not in ("Metrics", "DatapointsToAlarm", "TreatMissingData")}
    extended = evaluation.read(plain | stat["Metric"] | {"ExtendedStatistic": "PR(:60000)", "Period": 60})
    assert extended.queries["metric"].statistic == "PR(:60000)"
    read = evaluation.read(plain | stat["Metric"] | {"Statistic": "Sum", "Period": 60})
    assert (read.expression, read.datapoints, read.missing) == ("metric", 3, "missing")
    assert read.queries["metric"].statistic == "Sum"
