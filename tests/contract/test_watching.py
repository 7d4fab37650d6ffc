"""Metrics, alarms, dashboard and runbooks belong together."""

import json
import re

import pytest

from centops_contract import objectives, watching
from centops_local import contract
from centops_local.instance import ROOT
from template import ALARM_STACK, APIS, TEMPLATE

WATCHED = watching.read()
METRICS, ALARMS, OBJECTIVES = WATCHED.metrics, WATCHED.alarms, WATCHED.objectives
FUNCTIONS = {function.name: function for function in contract.functions(contract.read())}


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_alarm_has_a_runbook_that_names_it(alarm):
    text = (ROOT / f"docs/runbooks/{alarm.runbook}.md").read_text()
    assert f"`{alarm.name}`" in text or (alarm.grows and "`…DeadLettersAlarm`" in text)
    for part in ("## Commands", "## Decide", "## It is over when"):
        assert part in text


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_metric_is_recorded_by_its_functions_and_no_others(metric):
    constant = re.search(rf"const (\w+): Metric = Metric {{ name: \"{metric.name}\"", watching.rust(METRICS))[1]
    recorded = {
        file.stem.replace("_", "-")
        for file in (ROOT / "functions").glob("*/src/*.rs")
        if f".record({constant}, " in file.read_text()
    }
    # Both kinds of reports are read by one type.
    expected = {"ingest"} if metric.of == ["ingest-codes", "ingest-logs"] else set(metric.of)
    assert recorded == expected
    assert set(metric.of) <= FUNCTIONS.keys()


def test_nested_stack_gets_its_parameters():
    nested = TEMPLATE.of_type("AWS::CloudFormation::Stack")["Alarms"]
    assert nested["TemplateURL"] == "alarms.yaml"
    assert nested["Parameters"].keys() == ALARM_STACK.source["Parameters"].keys()
    # In the nested stack, `AWS::StackName` is another name.
    assert nested["Parameters"]["Stack"] == {"Ref": "AWS::StackName"}


def test_alarms_watch_functions_and_apis_that_exist():
    watched: dict[str, set[str]] = {"FunctionName": set(), "ApiName": set()}
    for kind, name in re.findall(r"{Name: (\w+), Value: !Sub '\${Stack}-([\w-]+)'}", ALARM_STACK.text):
        watched[kind].add(name)
    assert watched["FunctionName"] and watched["FunctionName"] <= FUNCTIONS.keys()
    assert watched["ApiName"] == set(APIS.values())


def test_alarms_ring_at_the_operations_topic():
    alarms = ALARM_STACK.of_type("AWS::CloudWatch::Alarm") | ALARM_STACK.of_type("AWS::CloudWatch::CompositeAlarm")
    windows = {name for each in OBJECTIVES for name, _, _ in objectives.children(each)}
    alone = {alarm.name for alarm in ALARMS} | {name for each in OBJECTIVES for name in (each.name, objectives.slow(each))}
    assert alarms.keys() == windows | alone
    for name, alarm in alarms.items():
        # Those of one window ring together with another one only.
        assert alarm.get("AlarmActions") == (None if name in windows else [{"Ref": "OperationsTopic"}]), name


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda objective: objective.name)
def test_objective_rings_when_both_windows_of_a_burn_rate_do(objective):
    rule = ALARM_STACK.of_type("AWS::CloudWatch::CompositeAlarm")[objective.name]["AlarmRule"]["Fn::Sub"]
    names = [f"{objective.name}{window}" for window in ("1h", "5m", "6h", "30m")]
    first, second, third, fourth = [f"ALARM(${{{name}}})" for name in names]
    assert rule == f"({first} AND {second}) OR ({third} AND {fourth})"
    alarms = ALARM_STACK.of_type("AWS::CloudWatch::Alarm")
    allowed = 100 - objective.percent
    expected = zip([*names, f"{objective.name}Days"], (14.4, 14.4, 6, 6, 1), (3600, 300, 21600, 1800, 86400), strict=True)
    for name, rate, seconds in expected:
        alarm = alarms[name]
        above = alarm["ComparisonOperator"] == "GreaterThanThreshold"
        # A share of failures rings above its threshold, a share of what is good below.
        assert above == ("Metrics" in alarm)
        failing = alarm["Threshold"] if above else 100 - alarm["Threshold"]
        assert failing == pytest.approx(rate * allowed)
        stats = [metric["MetricStat"] for metric in alarm.get("Metrics", []) if "MetricStat" in metric]
        assert {stat["Period"] for stat in stats or [alarm]} == {seconds}


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda objective: objective.name)
def test_objective_has_a_runbook_that_names_it(objective):
    assert f"`{objective.name}`" in (ROOT / f"docs/runbooks/{objective.runbook}.md").read_text()


def test_every_queue_of_dead_letters_has_an_alarm():
    queues = {name for name in TEMPLATE.of_type("AWS::SQS::Queue") if name.endswith("DeadLetters")}
    # What SNS could not deliver is work of a function, not a failure.
    assert {alarm.grows for alarm in ALARMS if alarm.grows} == queues - {"TopicDeadLetters"}


def test_failed_runs_of_every_scheduled_function_ring():
    watched = [name for alarm in ALARMS for name in alarm.errors]
    assert sorted(watched) == sorted(name for name, function in FUNCTIONS.items() if function.trigger == "schedule")
    # CloudWatch takes ten metrics in the expression of an alarm.
    assert all(len(alarm.errors) <= 10 for alarm in ALARMS)


def test_api_that_nobody_calls_rings_although_api_gateway_publishes_nothing():
    alarm = ALARM_STACK.of_type("AWS::CloudWatch::Alarm")["NetworkApiUnusedAlarm"]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["Metrics"][0]["Expression"] == "IF(requests > 0, 0, 1)"


def test_refusals_and_errors_are_shares_of_different_answers():
    alarms = ALARM_STACK.of_type("AWS::CloudWatch::Alarm")
    counted = {
        name: alarms[name]["Metrics"][2]["MetricStat"]["Metric"]["MetricName"]
        for name in ("NetworkApiFailsAlarm", "NetworkApiRefusesAlarm")
    }
    assert counted == {"NetworkApiFailsAlarm": "5XXError", "NetworkApiRefusesAlarm": "4XXError"}


def test_metrics_are_read_from_the_logs_of_functions():
    function = TEMPLATE.source["Globals"]["Function"]
    assert function["Environment"]["Variables"]["METRICS_NAMESPACE"] == {"Fn::Sub": "CentOps/${AWS::StackName}"}
    for alarm in ALARM_STACK.of_type("AWS::CloudWatch::Alarm").values():
        if "Namespace" in alarm and not str(alarm["Namespace"]).startswith("AWS/"):
            assert alarm["Namespace"] == {"Fn::Sub": "CentOps/${Stack}"}
    # A line without a level counts as INFO: a higher level would drop every metric.
    assert function["LoggingConfig"].keys() == {"LogFormat", "LogGroup"}


def test_dashboard_shows_every_metric_and_alarm():
    text = ALARM_STACK.resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(text)["widgets"]
    shown = {widget["properties"]["metrics"][0][1] for widget in widgets if widget["type"] == "metric"}
    assert shown == {metric.name for metric in METRICS}
    assert [f"${{{alarm.name}.Arn}}" for alarm in [*OBJECTIVES, *ALARMS]] == widgets[0]["properties"]["alarms"]


@pytest.mark.parametrize(
    ("alarm", "problem"),
    [
        ("{text: A, runbook: b}", "watches one of"),
        ("{text: A, runbook: b, age: Q, metric: M}", "watches one of"),
        ("{text: A, runbook: b, metric: Unknown}", "unknown metric"),
        ("{text: A, runbook: b, age: Q, silence: loud}", "silence"),
        ("{text: A, runbook: b, age: Q, misspelled: 1}", "misspelled"),
    ],
)
def test_invalid_alarm_is_refused(alarm, problem, tmp_path):
    file = tmp_path / "metrics.yaml"
    file.write_text(f"metrics: {{M: {{unit: Count, of: [f], text: A}}}}\nalarms: {{Wrong: {alarm}}}\nobjectives: {{}}\n")
    with pytest.raises(watching.InvalidMetrics, match=problem):
        watching.read(file)


@pytest.mark.parametrize(
    ("objective", "problem"),
    [
        ("{text: A, runbook: b, percent: 99}", "has an `api`, or"),
        ("{text: A, runbook: b, percent: 99, metric: M}", "has an `api`, or"),
        ("{text: A, runbook: b, percent: 99, api: admin, metric: M, within: 1}", "has an `api`, or"),
        ("{text: A, runbook: b, percent: 99, metric: M, within: 1}", "no metric in milliseconds"),
        ("{text: A, runbook: b, percent: 100, api: admin}", "possible are"),
    ],
)
def test_invalid_objective_is_refused(objective, problem, tmp_path):
    file = tmp_path / "metrics.yaml"
    metrics = "{M: {unit: Count, of: [f], text: A}}"
    file.write_text(f"metrics: {metrics}\nalarms: {{}}\nobjectives: {{Wrong: {objective}}}\n")
    with pytest.raises(watching.InvalidMetrics, match=problem):
        watching.read(file)
