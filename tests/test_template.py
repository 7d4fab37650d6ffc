"""What template.yaml must always hold, read from the file: no stack is needed."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft4Validator

from centops_local import declared, models

from lambdas import body_of
from template import Template

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = Template(ROOT / "template.yaml")
CONTRACT = yaml.safe_load((ROOT / "openapi.yaml").read_text())
APIS = {"AdminApi": "admin", "NetworkApi": "network"}
KEY = {"Fn::GetAtt": ["Key", "Arn"]}


def contract_operations(tag: str) -> dict[tuple[str, str], dict]:
    return {
        (method.upper(), path): operation
        for path, item in CONTRACT["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and tag in operation.get("tags", [])
    }


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


# ---------------------------------------------------------------- who gets in


@pytest.mark.parametrize("api", APIS)
def test_each_operation_asks_the_authorizer_and_only_a_preflight_does_not(api):
    operations = TEMPLATE.operations(api)
    served = {key: operation for key, operation in operations.items() if key[0] != "OPTIONS"}
    assert served.keys() == contract_operations(APIS[api]).keys()
    authorizers = TEMPLATE.api(api)["securityDefinitions"]
    for key, operation in served.items():
        assert [set(need) for need in operation["security"]] == [set(authorizers)], key
    preflights = {path for method, path in operations if method == "OPTIONS"}
    assert preflights == ({path for _, path in served} if api == "AdminApi" else set())


def test_a_preflight_lets_the_consoles_origin_in_and_no_other():
    for (method, path), operation in TEMPLATE.operations("AdminApi").items():
        if method != "OPTIONS":
            continue
        assert "security" not in operation, path
        integration = operation["x-amazon-apigateway-integration"]
        assert integration["type"] == "mock"
        sent = integration["responses"]["default"]["responseParameters"]
        assert sent == {
            "method.response.header.Access-Control-Allow-Origin": {"Fn::Sub": "'${ConsoleOrigin}'"},
            "method.response.header.Access-Control-Allow-Headers": (
                "'Authorization,Content-Type,If-Match,If-None-Match,Idempotency-Key'"
            ),
            "method.response.header.Access-Control-Allow-Methods": "'GET,POST,PUT,PATCH,DELETE'",
            "method.response.header.Access-Control-Max-Age": "'600'",
        }, path


@pytest.mark.parametrize(
    ("origin", "taken"),
    [
        ("https://console.centops.ee", True),
        ("https://console.centops.ee:8443", True),
        ("http://127.0.0.1:8490", True),
        ("*", False),
        ("null", False),
        ("http://console.centops.ee", False),
        ("https://console.centops.ee/", False),
        ("https://a.ee,https://b.ee", False),
    ],
)
def test_the_consoles_origin_is_one_origin_over_tls(origin, taken):
    pattern = TEMPLATE.source["Parameters"]["ConsoleOrigin"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, origin)) == taken


def test_tls_is_1_2_or_newer_everywhere():
    safe = re.compile(r"TLS_1_2|SecurityPolicy_TLS13_1_[23]_\w+")
    domains = TEMPLATE.of_type("AWS::ApiGateway::DomainName")
    assert domains.keys() == {"AdminDomainName", "NetworkDomainName"}
    for name, domain in domains.items():
        assert safe.fullmatch(domain["SecurityPolicy"]), name
    # A regional API's own address takes TLS 1.0 unless it is told otherwise, or switched off.
    for name, api in TEMPLATE.of_type("AWS::Serverless::Api").items():
        assert api.get("DisableExecuteApiEndpoint") is True or safe.fullmatch(api["SecurityPolicy"]), name


def test_no_address_goes_around_a_domain():
    network, admin = (TEMPLATE.of_type("AWS::Serverless::Api")[name] for name in ("NetworkApi", "AdminApi"))
    assert TEMPLATE.of_type("AWS::ApiGateway::DomainName")["NetworkDomainName"]["MutualTlsAuthentication"]
    assert network["DisableExecuteApiEndpoint"] is True
    assert admin["DisableExecuteApiEndpoint"] == {"Fn::If": ["HasAdminDomain", True, False]}
    # SAM hands it on in the document that API Gateway imports.
    for name, api in (("NetworkApi", network), ("AdminApi", admin)):
        imported = TEMPLATE.api(name)["x-amazon-apigateway-endpoint-configuration"]
        assert imported == {"disableExecuteApiEndpoint": api["DisableExecuteApiEndpoint"]}


# ---------------------------------------------------------------- what gets in


@pytest.mark.parametrize("api", APIS)
def test_the_gateway_validates_each_body_and_each_required_header(api):
    document = TEMPLATE.api(api)
    deployed = TEMPLATE.operations(api)
    for key, operation in contract_operations(APIS[api]).items():
        headers = {name for name in ("Idempotency-Key",) if _requires(operation, name)}
        validator = document.get("x-amazon-apigateway-request-validators", {}).get(
            deployed[key].get("x-amazon-apigateway-request-validator"), {}
        )
        parameters = deployed[key].get("parameters", [])
        bodies = [parameter for parameter in parameters if parameter["in"] == "body"]
        if "requestBody" in operation:
            model = models.model_of(operation).lower()
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


def test_the_models_are_those_of_the_contract():
    assert models.written(TEMPLATE.text, CONTRACT) == TEMPLATE.text, "`make models` writes them"


@pytest.mark.parametrize("tag", APIS.values())
def test_a_model_is_a_schema_of_its_own_and_refuses_what_the_contract_does(tag):
    for name, model in models.models(CONTRACT, tag).items():
        Draft4Validator.check_schema(model)
        text = json.dumps(model)
        assert "$ref" not in text and '"format"' not in text, name
        validator = Draft4Validator(model)
        for wrong in ([], "text", None, {"misspelled": 1}):
            assert not validator.is_valid(wrong), f"{name} takes {wrong!r}"


def test_a_model_takes_each_sample_of_a_body():
    taken = 0
    operations = contract_operations("admin") | contract_operations("network")
    # A function has one sample event: an alias has none of its own.
    operations = {key: one for key, one in operations.items() if declared.function_of(one) == one["operationId"]}
    for operation in operations.values():
        if "requestBody" not in operation:
            continue
        event = json.loads((ROOT / "events" / f"{operation['operationId']}.json").read_text())
        [tag] = operation["tags"]
        model = models.models(CONTRACT, tag)[models.model_of(operation)]
        assert list(Draft4Validator(model).iter_errors(json.loads(body_of(event)))) == [], operation["operationId"]
        taken += 1
    assert taken == sum("requestBody" in operation for operation in operations.values()) > 0


def test_the_contract_says_what_the_gateway_may_answer_anywhere():
    refused = {"$ref": "#/components/responses/GatewayError"}
    for key, operation in (contract_operations("admin") | contract_operations("network")).items():
        answers = operation["responses"]
        assert answers.get("401") == answers.get("429") == refused, key


@pytest.mark.parametrize("api", APIS)
def test_each_method_is_throttled(api):
    settings = {(entry["HttpMethod"], entry["ResourcePath"]): entry for entry in TEMPLATE.stage(api)["MethodSettings"]}
    assert ("*", "/*") in settings
    for where, entry in settings.items():
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            parameter = TEMPLATE.source["Parameters"][entry[limit]["Ref"]]
            assert 0 < parameter["Default"] < 1000, f"{where} {limit}"
        if where != ("*", "/*"):
            # CloudFormation writes the slashes of a path, but for the first, as ~1.
            path = "/" + where[1].removeprefix("/~1").replace("~1", "/")
            assert (where[0], path) in TEMPLATE.operations(api), where
    if api == "AdminApi":
        assert ("POST", "/~1policy~1dry-run") in settings


def test_answers_of_the_network_api_may_be_bytes_and_its_bodies_come_as_such():
    deployed = {name: TEMPLATE.api(name).get("x-amazon-apigateway-binary-media-types") for name in APIS}
    assert deployed == {"AdminApi": None, "NetworkApi": ["*/*"]}
    for operation in (contract_operations("admin") | contract_operations("network")).values():
        if declared.function_of(operation) != operation["operationId"]:
            continue
        event = json.loads((ROOT / "events" / f"{operation['operationId']}.json").read_text())
        assert event["isBase64Encoded"] == (operation["tags"] == ["network"] and event["body"] is not None)


# ---------------------------------------------------------------- the firewall

FIREWALL = TEMPLATE.of_type("AWS::WAFv2::WebACL")["Firewall"]
RULES = {rule["Name"]: rule for rule in FIREWALL["Rules"]}


def test_the_firewall_stands_before_both_apis():
    associations = TEMPLATE.of_type("AWS::WAFv2::WebACLAssociation")
    guarded = {association["ResourceArn"]["Fn::Sub"].split("/restapis/")[1] for association in associations.values()}
    assert guarded == {f"${{{api}}}/stages/${{{api}.Stage}}" for api in APIS}
    for name, association in associations.items():
        assert association["WebACLArn"] == {"Fn::GetAtt": ["Firewall", "Arn"]}, name
        assert TEMPLATE.resources[name]["Condition"] == "HasWaf", name
    assert TEMPLATE.source["Parameters"]["Waf"]["Default"] == "enabled"


def test_the_firewall_has_the_managed_rules_and_limits_addresses_and_tokens():
    managed = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]: rule
        for rule in RULES.values()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert managed.keys() == {
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
    }
    for name, rule in managed.items():
        assert rule["OverrideAction"] == {"None": {}}, f"{name} blocks nothing"
    rates = [rule for rule in RULES.values() if "RateBasedStatement" in rule["Statement"]]
    keys = {json.dumps(_aggregate(rule["Statement"]["RateBasedStatement"])) for rule in rates}
    assert keys == {'"IP"', '["authorization"]'}
    assert all("Block" in rule["Action"] for rule in rates)
    assert sorted(rule["Priority"] for rule in RULES.values()) == list(range(len(RULES)))


def _aggregate(statement: dict) -> str | list[str]:
    if statement["AggregateKeyType"] != "CUSTOM_KEYS":
        return statement["AggregateKeyType"]
    return [key["Header"]["Name"] for key in statement["CustomKeys"]]


def test_what_only_counts_is_named_and_blocked_but_for_logs():
    counted = {
        override["Name"]
        for rule in RULES.values()
        for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
        if "Count" in override["ActionToUse"]
    }
    labels, but = RULES["Bodies"]["Statement"]["AndStatement"]["Statements"]
    blocked = {label["LabelMatchStatement"]["Key"].rpartition(":")[2] for label in labels["OrStatement"]["Statements"]}
    assert {name.upper() for name in blocked} == {
        name.upper() for name in counted - {"SizeRestrictions_BODY", "NoUserAgent_HEADER", "GenericRFI_BODY"}
    }
    spared = but["NotStatement"]["Statement"]["ByteMatchStatement"]
    assert (spared["PositionalConstraint"], spared["SearchString"]) == ("ENDS_WITH", "/logs")
    assert RULES["Bodies"]["Priority"] > max(RULES["Common"]["Priority"], RULES["KnownBadInputs"]["Priority"])


@pytest.mark.parametrize(
    ("length", "blocked"),
    [("0", False), ("196608", False), ("199999", False), ("200000", True), ("0200000", True), ("999999", True)]
    + [("1000000", True), ("10485760", True), ("", False)],
)
def test_the_firewall_refuses_bodies_of_200_000_and_more(length, blocked):
    statement = RULES["Size"]["Statement"]["RegexMatchStatement"]
    assert statement["FieldToMatch"] == {"SingleHeader": {"Name": "content-length"}}
    assert bool(re.search(statement["RegexString"], length)) == blocked


def test_the_firewall_shows_no_token():
    for what in (FIREWALL, *RULES.values()):
        assert what["VisibilityConfig"]["SampledRequestsEnabled"] is False
    protected = [entry["Field"] for entry in FIREWALL["DataProtectionConfig"]["DataProtections"]]
    for header in ("authorization", "x-api-key"):
        assert {"FieldType": "SINGLE_HEADER", "FieldKeys": [header]} in protected


# ---------------------------------------------------------------- what the gateway says and logs

#: The types of a gateway's own answers that API Gateway knows, but for those of API keys and quotas: nothing has any.
TYPES = {
    "ACCESS_DENIED": 403, "API_CONFIGURATION_ERROR": 500, "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500, "BAD_REQUEST_BODY": 400, "BAD_REQUEST_PARAMETERS": 400, "DEFAULT_4XX": 403,
    "DEFAULT_5XX": 500, "EXPIRED_TOKEN": 403, "INTEGRATION_FAILURE": 503, "INTEGRATION_TIMEOUT": 503,
    "INVALID_SIGNATURE": 403, "MISSING_AUTHENTICATION_TOKEN": 404, "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404, "THROTTLED": 429, "UNAUTHORIZED": 401, "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}  # fmt: skip
#: What an answer may have of the request, and how it comes: with quotes of its own or without.
SAID = {
    "$context.error.validationErrorString": '[object has missing required properties (["name"])]',
    "$context.error.messageString": '"Missing required request parameters: [Idempotency-Key]"',
    "$context.requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
}


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("kind", TYPES)
def test_the_gateways_own_answers_are_problems(api, kind):
    answers = TEMPLATE.api(api)["x-amazon-apigateway-gateway-responses"]
    family = "DEFAULT_5XX" if TYPES[kind] >= 500 else "DEFAULT_4XX"
    answer = answers.get(kind, answers[family])
    assert answer["responseParameters"] == {
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
        "gatewayresponse.header.Access-Control-Allow-Origin": {"Fn::Sub": "'${ConsoleOrigin}'"},
    }
    [(media, text)] = answer["responseTemplates"].items()
    assert media == "application/json"
    assert set(re.findall(r"\$[\w.]+", text)) <= SAID.keys()
    for variable, value in SAID.items():
        quoted = value if value.startswith('"') else json.dumps(value)[1:-1]
        text = text.replace(variable, quoted)
    problem = json.loads(text)
    assert problem["status"] == TYPES[kind] == int(answer["statusCode"])
    assert re.fullmatch(r"urn:centops:problem:[a-z-]+", problem["type"]) and problem["title"]
    assert problem["instance"] == SAID["$context.requestId"]


#: What an access log may hold. None names a person, a token, a query or a path as it was asked.
LOGGED = {
    "apiId", "authorizer.error", "authorizer.latency", "authorizer.status", "error.responseType", "httpMethod",
    "identity.sourceIp", "integration.latency", "requestId", "requestTime", "resourcePath", "responseLatency",
    "responseLength", "status", "tlsVersion", "waf.status",
}  # fmt: skip


@pytest.mark.parametrize("api", APIS)
def test_the_access_log_has_no_token_and_no_person(api):
    setting = TEMPLATE.stage(api)["AccessLogSetting"]
    assert setting["DestinationArn"]["Fn::Sub"].endswith(":log-group:${AccessLogs}")
    entry = json.loads(setting["Format"])
    variables = [re.fullmatch(r"\$context\.([\w.]+)", value) for value in entry.values()]
    assert all(variables), entry
    assert {variable[1] for variable in variables} <= LOGGED
    assert {"requestId", "requestTime", "identity.sourceIp", "httpMethod", "resourcePath", "status"} <= {
        variable[1] for variable in variables
    }


def test_no_stage_logs_what_is_sent():
    for api in APIS:
        for entry in TEMPLATE.stage(api)["MethodSettings"]:
            assert not entry.get("DataTraceEnabled") and entry.get("LoggingLevel", "OFF") == "OFF", api


def test_a_stage_waits_for_the_role_that_logs():
    for name in APIS:
        assert TEMPLATE.deployed[name]["DependsOn"] == "GatewayLogging"
    assert TEMPLATE.resources["GatewayLogging"]["Type"] == "AWS::ApiGateway::Account"


# ---------------------------------------------------------------- what is kept


def test_each_table_is_encrypted_with_our_key_and_backed_up():
    tables = TEMPLATE.of_type("AWS::DynamoDB::Table")
    assert tables
    for name, table in tables.items():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}, name
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert TEMPLATE.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate", name


def test_each_topic_secret_and_log_group_is_encrypted_with_our_key():
    kinds = {
        "AWS::SNS::Topic": "KmsMasterKeyId",
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::SecretsManager::Secret": "KmsKeyId",
    }
    for kind, key in kinds.items():
        for name, resource in TEMPLATE.of_type(kind).items():
            assert resource[key] == KEY, name


def test_a_stream_s_record_is_tried_again_and_what_is_given_up_raises_an_alarm():
    alarms = {
        json.dumps(dimension["Value"])
        for alarm in TEMPLATE.of_type("AWS::CloudWatch::Alarm").values()
        for dimension in alarm["Dimensions"]
        if alarm["AlarmActions"] == [{"Ref": "OperationsTopic"}]
    }
    mappings = {
        name: resource["Properties"]
        for name, resource in TEMPLATE.deployed.items()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" and "StreamArn" in json.dumps(resource)
    }
    # A stream has two readers at the most.
    assert mappings.keys() == {"AnnounceStream", "PublishRoutesStream"}
    for name, mapping in mappings.items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["StartingPosition"] == "TRIM_HORIZON", name
        queue = mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        assert json.dumps({"Fn::GetAtt": [queue, "QueueName"]}) in alarms, name
    [only] = mappings["PublishRoutesStream"]["FilterCriteria"]["Filters"]
    change, event = (json.loads((ROOT / "events" / f"{name}.json").read_text()) for name in ("publish-routes", "announce"))
    wanted = json.loads(only["Pattern"])
    assert [_matches(wanted, sample["Records"][0]) for sample in (change, event)] == [True, False]


def _matches(pattern: dict, record: dict) -> bool:
    """Whether a filter of lists of values lets a record through."""
    return all(
        _matches(inner, record.get(key, {})) if isinstance(inner, dict) else record.get(key) in inner
        for key, inner in pattern.items()
    )


def test_logs_end():
    groups = TEMPLATE.of_type("AWS::Logs::LogGroup")
    assert groups.keys() >= {"Logs", "AccessLogs"}
    for name, group in groups.items():
        assert 0 < group["RetentionInDays"] <= 400, name
        # The key lets these groups only.
        assert group["LogGroupName"]["Fn::Sub"].startswith("/centops/${AWS::StackName}"), name


def test_each_queue_is_encrypted_and_has_dead_letters_or_is_for_them():
    queues = TEMPLATE.of_type("AWS::SQS::Queue")
    assert queues
    functions = TEMPLATE.of_type("AWS::Serverless::Function").values()
    targets = {
        name
        for name in queues
        if any(_mentions(resource, name) for other, resource in queues.items() if other != name)
        or any(_mentions(function.get("Events"), name, "OnFailure") for function in functions)
    }
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        assert "RedrivePolicy" in queue or name in targets, f"what {name} cannot deliver is lost"


def _mentions(value, name: str, below: str | None = None) -> bool:
    """Whether a queue's ARN is used in `value`, or in what stands there under the key `below`."""
    if isinstance(value, dict):
        if below is None and value.get("Fn::GetAtt") == [name, "Arn"]:
            return True
        return any(_mentions(part, name, None if key == below else below) for key, part in value.items())
    return isinstance(value, list) and any(_mentions(part, name, below) for part in value)


def test_each_bucket_is_closed_and_encrypted():
    for name, bucket in TEMPLATE.of_type("AWS::S3::Bucket").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert bucket["BucketEncryption"] and bucket["VersioningConfiguration"] == {"Status": "Enabled"}, name


def test_the_key_turns_and_serves_only_through_our_services():
    key = TEMPLATE.of_type("AWS::KMS::Key")["Key"]
    assert key["EnableKeyRotation"] is True
    uses = re.compile(r"kms:(\*|Decrypt|Encrypt|GenerateDataKey\*?|ReEncrypt\*|CreateGrant)")
    for statement in key["KeyPolicy"]["Statement"]:
        used = [action for action in as_list(statement["Action"]) if uses.fullmatch(action)]
        assert "kms:*" not in used and "*" not in as_list(statement["Action"]), statement["Sid"]
        assert not used or statement.get("Condition"), f"{statement['Sid']} lets use it anywhere"
        if statement["Principal"] == {"AWS": "*"}:
            narrow = statement["Condition"]["StringEquals"]
            assert narrow["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
            services = {service["Fn::Sub"].partition(".")[0] for service in narrow["kms:ViaService"]}
            assert services == {"dynamodb", "secretsmanager", "sns"}


def test_secrets_are_read_by_those_who_sign_or_publish_and_stay_when_the_stack_goes():
    readers: dict[str, set[str]] = {name: set() for name in TEMPLATE.of_type("AWS::SecretsManager::Secret")}
    for name, function in TEMPLATE.of_type("AWS::Serverless::Function").items():
        for policy in function.get("Policies", []):
            for statement in policy["Statement"]:
                if "secretsmanager:GetSecretValue" in statement["Action"]:
                    readers[statement["Resource"]["Fn::GetAtt"][0]].add(name)
    assert readers == {
        "AuthoritySecret": {"IssueCertificate", "DecideInvitation"},
        "RoutesSecret": {"GetRoutes", "ListKeys", "PublishRoutes"},
    }
    for name in readers:
        assert TEMPLATE.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert TEMPLATE.resources[name]["UpdateReplacePolicy"] == "Retain", name
        assert name in TEMPLATE.source["Outputs"], name


# ---------------------------------------------------------------- what functions get

#: Names that look like a secret's and are none.
OPEN = {"TOKEN_ISSUER", "TOKEN_AUDIENCE", "TOKEN_LEEWAY_SECONDS"}
#: Actions for which IAM knows no resource.
WITHOUT_RESOURCE = {("Subscribe", "sns:SetSubscriptionAttributes"), ("SubscribeRoutes", "sns:Unsubscribe")}


def test_no_variable_holds_a_secret():
    found = []
    for name, resource in TEMPLATE.deployed.items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        for variable, value in resource["Properties"].get("Environment", {}).get("Variables", {}).items():
            secretive = re.search(r"SECRET|TOKEN|PASSW|PRIVATE|CREDENTIAL|API_?KEY|(^|_)KEY(_|$)", variable)
            if secretive and variable not in OPEN and not variable.endswith("_ARN"):
                found.append(f"{name}: {variable}")
            if re.search(r"\{\{resolve:|BEGIN [A-Z ]*PRIVATE|eyJ|AKIA", json.dumps(value)):
                found.append(f"{name}: {variable} = {value}")
            for parameter in re.findall(r'"Ref": "(\w+)"', json.dumps(value)):
                if TEMPLATE.source["Parameters"].get(parameter, {}).get("NoEcho"):
                    found.append(f"{name}: {variable} is the hidden parameter {parameter}")
    assert not found


def test_each_function_has_a_role_of_its_own_without_wildcards():
    functions = TEMPLATE.of_type("AWS::Serverless::Function")
    assert len(functions) > 20
    for name, function in functions.items():
        assert "Role" not in function, f"{name} shares a role"
        for policy in function.get("Policies", []):
            assert isinstance(policy, dict) and "Statement" in policy, f"{name} has more than its own statements"
            for statement in policy["Statement"]:
                _narrow(name, statement)


def _narrow(name: str, statement: dict) -> None:
    assert statement["Effect"] == "Allow" and "NotAction" not in statement and "NotResource" not in statement, name
    actions = as_list(statement["Action"])
    assert not [action for action in actions if "*" in action], f"{name}: {actions}"
    if any(resource == "*" for resource in as_list(statement["Resource"])):
        excess = [action for action in actions if (name, action) not in WITHOUT_RESOURCE]
        assert not excess, f"{name} may {excess} anywhere"
