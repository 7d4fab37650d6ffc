"""Functions with an alias, whose new versions can get a part of the traffic first."""

import json
import re
from graphlib import TopologicalSorter

import pytest

from template import ALARM_STACK, TEMPLATE, as_list

#: What calls no function: it defines one, or replaces its version.
_NO_CALLERS = {"AWS::Lambda::Version", "AWS::Lambda::Alias", "AWS::CodeDeploy::DeploymentGroup"}
ALIASED = {
    name: function
    for name, function in TEMPLATE.of_type("AWS::Serverless::Function").items()
    if "AutoPublishAlias" in function
}


def test_what_has_traffic_has_an_alias():
    assert ALIASED.keys() == {"Authorize", "GetRoutes", "SubmitCodes", "SubmitLogs", "IngestCodes", "IngestLogs"}
    # A function's time-out, role and logging are part of a version, too.
    assert TEMPLATE.source["Globals"]["Function"]["AutoPublishAliasAllProperties"] is True


@pytest.mark.parametrize("name", ALIASED)
def test_every_caller_calls_the_alias(name):
    spellings = [json.dumps({"Ref": name}), json.dumps({"Fn::GetAtt": [name, "Arn"]}), f"${{{name}.Arn}}", f"${{{name}}}"]
    by_alias = 0
    for logical_id, resource in TEMPLATE.deployed.items():
        if resource["Type"] not in _NO_CALLERS:
            text = json.dumps(resource)
            assert not [spelling for spelling in spellings if spelling in text], logical_id
            by_alias += text.count(f"{name}Aliaslive")
    assert by_alias


def test_new_versions_get_all_traffic_at_once_unless_gradual():
    assert not [each for each in TEMPLATE.deployed.values() if each["Type"].startswith("AWS::CodeDeploy::")]
    deployed = TEMPLATE.deployed_with(Gradual="true")
    groups = {
        name.removesuffix("DeploymentGroup"): resource["Properties"]
        for name, resource in deployed.items()
        if resource["Type"] == "AWS::CodeDeploy::DeploymentGroup"
    }
    assert groups.keys() == ALIASED.keys()
    alarms = {f"Outputs.{name}" for name in ALARM_STACK.source["Outputs"]}
    for name, group in groups.items():
        assert "Canary10Percent5Minutes" in json.dumps(group["DeploymentConfigName"]), name
        watched = [alarm["Name"]["Fn::GetAtt"] for alarm in group["AlarmConfiguration"]["Alarms"]]
        assert watched and all(stack == "Alarms" and output in alarms for stack, output in watched), name
        assert deployed[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"], name


def test_new_versions_are_checked_before_they_get_traffic():
    function = TEMPLATE.resources["CheckVersions"]["Properties"]
    versions = {f"{name}.Version" for name in ALIASED}
    checked = function["Environment"]["Variables"]["VERSIONS"]["Fn::Sub"]
    assert set(re.findall(r"\$\{([\w.]+)\}", checked)) == versions
    [policy] = function["Policies"]
    [invoke, _tell] = policy["Statement"]
    assert {resource["Ref"] for resource in invoke["Resource"]} == versions
    for name, properties in ALIASED.items():
        preference = properties["DeploymentPreference"]
        assert preference["Hooks"] == {"PreTraffic": {"Ref": "CheckVersions"}}, name
        assert preference["Role"] == {"Fn::GetAtt": ["DeploymentRole", "Arn"]}, name
    [own] = TEMPLATE.resources["DeploymentRole"]["Properties"]["Policies"]
    [call] = own["PolicyDocument"]["Statement"]
    assert (call["Action"], call["Resource"]) == (["lambda:InvokeFunction"], {"Fn::GetAtt": ["CheckVersions", "Arn"]})


def test_no_resource_of_a_gradual_deployment_depends_on_itself():
    # Aliases wait for alarms, which are a nested stack: it waits for all that is passed to it.
    deployed = TEMPLATE.deployed_with(Gradual="true")
    graph = {name: _named(resource) & deployed.keys() for name, resource in deployed.items()}
    assert "Alarms" in graph["GetRoutesDeploymentGroup"] and "GetRoutesDeploymentGroup" in graph["GetRoutesAliaslive"]
    TopologicalSorter(graph).prepare()


def _named(value: object) -> set[str]:
    """Returns the resources and parameters that a part of a template names."""
    match value:
        case {"Ref": name}:
            return {name}
        case {"Fn::GetAtt": [name, *_]}:
            return {name}
        case {"Fn::GetAtt": str(path)}:
            return {path.partition(".")[0]}
        case {"Fn::Sub": str(text)}:
            return set(re.findall(r"\$\{(\w+)", text))
        case {"DependsOn": names, **others}:
            return set(as_list(names)) | _named(others)
        case dict():
            return set().union(*map(_named, value.values()))
        case list():
            return set().union(*map(_named, value))
    return set()
