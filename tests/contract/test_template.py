"""template.yaml has exactly the functions, methods, paths, models and grants of the contract. No stack is needed."""

import json
import re

import pytest
from jsonschema import Draft4Validator

from centops_contract import gateway
from centops_contract.gateway import logical_id
from centops_local import contract
from centops_local.instance import ROOT

from lambdas import body_of
from template import ALARM_STACK, APIS, TEMPLATE, as_list

CONTRACT = contract.read()
OPERATIONS = contract.operations(CONTRACT)
FUNCTIONS = contract.functions(CONTRACT)
#: Longest block of a function that operations name, without comments. Other triggers need more lines.
MOST_LINES = 19
#: Operations without a token whose body has to be signed.
SIGNED = {("POST", "/chat/{room}/requests"), ("POST", "/webhooks/{key}")}
#: The most of a template that CloudFormation reads from a bucket (User Guide, quotas). Of 500 resources, ten are left to
#: whoever has to deploy a correction.
MOST_RESOURCES, MOST_BYTES, MOST_PARAMETERS = 490, 1_000_000, 200
#: Resources that functions create, as the contract names them, by their ARN.
CREATED = {
    "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${AWS::StackName}-to-*": "SubscriptionTopics",
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${AWS::StackName}-restored-*": "RestoredTables",
    "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:${AWS::StackName}-*/*": "DeploymentGroups",
}


def sample(area: str, name: str) -> dict:
    return json.loads((ROOT / "events" / area / f"{name}.json").read_text())


def contract_operations(tag: str) -> dict[tuple[str, str], dict]:
    return {(each.method, each.path): each.contract for each in OPERATIONS if each.tag == tag}


# ---------------------------------------------------------------- functions


def test_template_has_exactly_the_functions_of_the_contract():
    named = {
        function["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"): name
        for name, function in TEMPLATE.of_type("AWS::Serverless::Function").items()
    }
    assert named == {function.name: logical_id(function.name) for function in FUNCTIONS}
    for name in named:
        assert function_of(name)["CodeUri"] == f"target/lambda/{name}/"


def test_gateway_calls_the_function_of_every_operation():
    for api, tag in APIS.items():
        all_ = {key: operation["x-amazon-apigateway-integration"] for key, operation in TEMPLATE.operations(api).items()}
        own = {key: integration for key, integration in all_.items() if integration["type"] == "aws_proxy"}
        declared = {(each.method, each.path): each.function for each in OPERATIONS if each.tag == tag}
        assert own.keys() == declared.keys()
        for key, integration in own.items():
            name = logical_id(declared[key])
            called = f"{name}Aliaslive" if "AutoPublishAlias" in TEMPLATE.resources[name]["Properties"] else f"{name}.Arn"
            assert f"${{{called}}}/invocations" in integration["uri"]["Fn::Sub"], key
            assert integration["credentials"] == {"Fn::GetAtt": ["GatewayRole", "Arn"]}, key


def test_gateway_may_call_the_functions_of_this_stack_only():
    [policy] = TEMPLATE.resources["GatewayRole"]["Properties"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["lambda:InvokeFunction"]
    assert statement["Resource"]["Fn::Sub"].endswith(":function:${AWS::StackName}-*")


def test_triggers_are_those_of_the_contract():
    kinds = {"SQS": "queue", "ScheduleV2": "schedule", "DynamoDB": "stream", "SNS": "topic"}
    for function in FUNCTIONS:
        found = {kinds[event["Type"]] for event in function_of(function.name).get("Events", {}).values()}
        assert found == {function.trigger} - {"api", "authorizer", "deployment", "operator"}, function.name


def test_a_scheduled_run_that_fails_is_not_repeated():
    """Scheduler invokes asynchronously, so Lambda has retries of its own. The next run is the retry."""
    scheduled = [function.name for function in FUNCTIONS if function.trigger == "schedule"]
    for name in scheduled:
        function = function_of(name)
        [event] = function["Events"].values()
        number, unit = re.fullmatch(r"rate\((\d+) (minute|hour)s?\)", event["Properties"]["ScheduleExpression"]).groups()
        # Lambda keeps an event for six hours at most.
        age = min(int(number) * {"minute": 60, "hour": 3600}[unit], 21_600)
        assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": age}, name
        assert event["Properties"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}, name
        assert event["Properties"]["RoleArn"] == {"Fn::GetAtt": ["ScheduleRole", "Arn"]}, name
    [policy] = TEMPLATE.resources["ScheduleRole"]["Properties"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    runs = {resource["Fn::GetAtt"][0] for resource in statement["Resource"]}
    assert runs == {logical_id(name) for name in scheduled}


def test_every_role_grants_exactly_the_actions_of_the_contract():
    for function in FUNCTIONS:
        [policy] = function_of(function.name)["Policies"]
        granted = {
            (resource, action)
            for statement in policy["Statement"]
            for resource in map(_resource, as_list(statement["Resource"]))
            for action in statement["Action"]
        }
        declared = {(resource, action) for resource, actions in function.grants.items() for action in actions}
        assert granted == declared, function.name


def _resource(value) -> str:
    """Returns a resource as the contract names it: its logical id, with the index if it is one."""
    if value == "*":
        return value
    [(kind, target)] = value.items()
    if kind == "Fn::GetAtt":
        return target[0]
    if target.endswith(".Version"):
        return "DeployedVersions"
    return CREATED.get(target) or re.sub(r"^\$\{(\w+)\.Arn\}", r"\1", target)


def test_blocks_of_functions_stay_short():
    blocks = re.findall(r"^  (\w+):\n    Type: AWS::Serverless::Function\n((?:    .*\n)+)", TEMPLATE.text, re.MULTILINE)
    assert len(blocks) == len(FUNCTIONS)
    called = {logical_id(function.name) for function in FUNCTIONS if function.trigger == "api"}
    for name, block in blocks:
        lines = [line for line in block.splitlines() if not line.strip().startswith("#")]
        assert name not in called or len(lines) + 2 <= MOST_LINES, f"{name}: {len(lines) + 2} lines"


@pytest.mark.parametrize("template", [TEMPLATE, ALARM_STACK], ids=["template.yaml", "alarms.yaml"])
def test_stack_is_within_the_quotas_of_cloudformation(template):
    # A gradual deployment has the most resources.
    deployed = template.deployed_with(Gradual="true")
    assert len(deployed) <= MOST_RESOURCES
    assert len(json.dumps({"Resources": deployed})) <= MOST_BYTES
    assert len(template.source["Parameters"]) <= MOST_PARAMETERS


def test_every_function_has_the_tables_in_its_environment():
    variables = TEMPLATE.source["Globals"]["Function"]["Environment"]["Variables"]
    assert (variables["TABLE"], variables["AUDIT_TABLE"]) == ({"Ref": "Table"}, {"Ref": "AuditTable"})
    for function in FUNCTIONS:
        own = function_of(function.name).get("Environment", {}).get("Variables", {})
        assert not own.keys() & variables.keys(), function.name


def function_of(name: str) -> dict:
    return TEMPLATE.of_type("AWS::Serverless::Function")[logical_id(name)]


# ---------------------------------------------------------------- request bodies and headers


@pytest.mark.parametrize("api", APIS)
def test_gateway_validates_bodies_and_required_headers(api):
    document = TEMPLATE.api(api)
    deployed = TEMPLATE.operations(api)
    for key, operation in contract_operations(APIS[api]).items():
        headers = {name for name in ("Idempotency-Key",) if _requires(operation, name)}
        validator = document.get("x-amazon-apigateway-request-validators", {}).get(
            deployed[key].get("x-amazon-apigateway-request-validator"), {}
        )
        parameters = deployed[key].get("parameters", [])
        bodies = [parameter for parameter in parameters if parameter["in"] == "body"]
        if gateway.has_model(operation):
            model = gateway.model_of(operation)
            assert [body["schema"] for body in bodies] == [{"$ref": f"#/definitions/{model}"}], key
            assert bodies[0]["required"] and validator["validateRequestBody"], key
        else:
            assert not bodies, key
        if headers:
            assert validator["validateRequestParameters"], key
            assert {p["name"] for p in parameters if p["in"] == "header" and p["required"]} == headers, key


def _requires(operation: dict, header: str) -> bool:
    parameters = CONTRACT["components"]["parameters"]
    for parameter in operation.get("parameters", []):
        if "$ref" in parameter:
            parameter = parameters[parameter["$ref"].rpartition("/")[2]]
        if parameter["in"] == "header" and parameter["name"] == header:
            return parameter.get("required", False)
    return False


def test_operations_and_models_are_generated_from_the_contract():
    assert gateway.written(TEMPLATE.text, CONTRACT, OPERATIONS) == TEMPLATE.text, "`make contract` writes them"


@pytest.mark.parametrize("tag", APIS.values())
def test_models_are_self_contained_and_refuse_invalid_bodies(tag):
    for name, model in gateway.models(CONTRACT, tag).items():
        Draft4Validator.check_schema(model)
        text = json.dumps(model)
        assert "$ref" not in text and '"format"' not in text, name
        validator = Draft4Validator(model)
        for wrong in ([], "text", None, {"misspelled": 1}):
            assert not validator.is_valid(wrong), f"{name} accepts {wrong!r}"


def test_models_accept_every_sample_body():
    taken = 0
    # A function has one sample event: an alias has none of its own.
    own = [operation for operation in OPERATIONS if operation.function == operation.id]
    for operation in own:
        if not gateway.has_model(operation.contract):
            continue
        model = gateway.models(CONTRACT, operation.tag)[gateway.model_of(operation.contract)]
        body = json.loads(body_of(sample(operation.area, operation.id)))
        assert list(Draft4Validator(model).iter_errors(body)) == [], operation.id
        taken += 1
    assert taken == sum("requestBody" in operation.contract for operation in own) - 2, "OTLP and chats have forms of their own"


def test_every_operation_declares_the_errors_of_the_gateway():
    refused = {"$ref": "#/components/responses/GatewayError"}
    for key, operation in (contract_operations("admin") | contract_operations("network")).items():
        answers = operation["responses"]
        assert answers.get("429") == refused, key
        # Without a token: one whose body has to be signed, and nothing else.
        own = {"$ref": "#/components/responses/Problem"} if key in SIGNED else None
        assert answers.get("401") == (refused if operation["security"] else own), key


def test_network_api_is_binary_and_its_sample_bodies_are_base64():
    deployed = {name: TEMPLATE.api(name).get("x-amazon-apigateway-binary-media-types") for name in APIS}
    assert deployed == {"AdminApi": None, "NetworkApi": ["*/*"]}
    for operation in OPERATIONS:
        if operation.function == operation.id:
            event = sample(operation.area, operation.id)
            assert event["isBase64Encoded"] == (operation.tag == "network" and event["body"] is not None)


def test_every_sample_event_is_of_a_function_or_of_the_authorizer():
    expected = {f"{function.area}/{function.name}" for function in FUNCTIONS} - {"gateway/authorize"}
    expected |= {"gateway/authorize-bearer", "gateway/authorize-certificate"}
    files = (ROOT / "events").glob("*/*.json")
    assert {f"{file.parent.name}/{file.stem}" for file in files} == expected


def test_sample_events_have_the_method_and_path_of_their_operation():
    for operation in OPERATIONS:
        if operation.function == operation.id:
            event = sample(operation.area, operation.id)
            assert (event["httpMethod"], event["resource"]) == (operation.method, operation.path), operation.id
            assert event["requestContext"]["operationName"] == operation.id
