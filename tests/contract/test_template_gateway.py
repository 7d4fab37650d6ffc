"""Gateways and firewall of template.yaml: authentication, TLS, throttling, errors, logs. No stack is needed."""

import json
import re

import pytest

from centops_local import contract

from template import APIS, TEMPLATE

OPERATIONS = contract.operations(contract.read())


# ---------------------------------------------------------------- access


@pytest.mark.parametrize("api", APIS)
def test_every_operation_except_public_ones_and_preflights_uses_the_authorizer(api):
    operations = TEMPLATE.operations(api)
    served = {key: operation for key, operation in operations.items() if key[0] != "OPTIONS"}
    assert served.keys() == {(each.method, each.path) for each in OPERATIONS if each.tag == APIS[api]}
    authorizers = TEMPLATE.api(api)["securityDefinitions"]
    public = {(each.method, each.path) for each in OPERATIONS if each.callers == ("anyone",)}
    for key, operation in served.items():
        needs = [set(need) for need in operation.get("security", [])]
        assert needs == ([{"NONE"}] if key in public else [set(authorizers)]), key
    preflights = {path for method, path in operations if method == "OPTIONS"}
    assert preflights == ({path for _, path in served} if api == "AdminApi" else set())


def test_preflights_permit_only_the_console_origin():
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
def test_console_origin_is_a_single_https_origin(origin, taken):
    pattern = TEMPLATE.source["Parameters"]["ConsoleOrigin"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, origin)) == taken


def test_tls_1_2_is_the_minimum():
    safe = re.compile(r"TLS_1_2|SecurityPolicy_TLS13_1_[23]_\w+")
    domains = TEMPLATE.of_type("AWS::ApiGateway::DomainName")
    assert domains.keys() == {"AdminDomainName", "NetworkDomainName"}
    for name, domain in domains.items():
        assert safe.fullmatch(domain["SecurityPolicy"]), name
    # The default endpoint of a regional API accepts TLS 1.0 unless restricted or disabled.
    for name, api in TEMPLATE.of_type("AWS::Serverless::Api").items():
        assert api.get("DisableExecuteApiEndpoint") is True or safe.fullmatch(api["SecurityPolicy"]), name


def test_default_endpoints_cannot_bypass_a_custom_domain():
    network, admin = (TEMPLATE.of_type("AWS::Serverless::Api")[name] for name in ("NetworkApi", "AdminApi"))
    trust = TEMPLATE.of_type("AWS::ApiGateway::DomainName")["NetworkDomainName"]["MutualTlsAuthentication"]
    # Without a version that changes, a deployment leaves the truststore that the domain read before.
    assert trust["TruststoreVersion"]["Fn::If"][:2] == ["HasTruststoreVersion", {"Ref": "TruststoreVersion"}]
    assert network["DisableExecuteApiEndpoint"] is True
    assert admin["DisableExecuteApiEndpoint"] == {"Fn::If": ["HasAdminDomain", True, False]}
    # SAM passes it on in the document that API Gateway imports.
    for name, api in (("NetworkApi", network), ("AdminApi", admin)):
        imported = TEMPLATE.api(name)["x-amazon-apigateway-endpoint-configuration"]
        assert imported == {"disableExecuteApiEndpoint": api["DisableExecuteApiEndpoint"]}


# ---------------------------------------------------------------- throttling


@pytest.mark.parametrize("api", APIS)
def test_every_method_is_throttled(api):
    settings = {(entry["HttpMethod"], entry["ResourcePath"]): entry for entry in TEMPLATE.stage(api)["MethodSettings"]}
    assert ("*", "/*") in settings
    for where, entry in settings.items():
        for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
            parameter = TEMPLATE.source["Parameters"][entry[limit]["Ref"]]
            # Less than the account's 10,000 a second: one method never uses up what all others need.
            assert 0 < parameter["Default"] <= 2000, f"{where} {limit}"
        if where != ("*", "/*"):
            # CloudFormation writes the slashes of a path, except the first, as ~1.
            path = "/" + where[1].removeprefix("/~1").replace("~1", "/")
            assert (where[0], path) in TEMPLATE.operations(api), where
    if api == "AdminApi":
        assert ("POST", "/~1policy~1dry-run") in settings


# ---------------------------------------------------------------- firewall

FIREWALL = TEMPLATE.of_type("AWS::WAFv2::WebACL")["Firewall"]
RULES = {rule["Name"]: rule for rule in FIREWALL["Rules"]}


def test_firewall_protects_both_apis():
    associations = TEMPLATE.of_type("AWS::WAFv2::WebACLAssociation")
    guarded = {association["ResourceArn"]["Fn::Sub"].split("/restapis/")[1] for association in associations.values()}
    assert guarded == {f"${{{api}}}/stages/${{{api}.Stage}}" for api in APIS}
    for name, association in associations.items():
        assert association["WebACLArn"] == {"Fn::GetAtt": ["Firewall", "Arn"]}, name
        assert TEMPLATE.resources[name]["Condition"] == "HasWaf", name
    assert TEMPLATE.source["Parameters"]["Waf"]["Default"] == "enabled"


def test_firewall_has_managed_rules_and_limits_addresses_and_tokens():
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
    assert keys == {'"IP"', '["authorization"]', '["x-viewer-ip"]'}
    assert all("Block" in rule["Action"] for rule in rates)
    assert sorted(rule["Priority"] for rule in RULES.values()) == list(range(len(RULES)))


def test_only_the_console_names_the_address_that_a_request_is_counted_by():
    from_console = RULES["RatePerViewer"]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    others = RULES["RatePerAddress"]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    assert others == {"NotStatement": {"Statement": from_console}}
    proof = from_console["ByteMatchStatement"]
    assert proof["PositionalConstraint"] == "EXACTLY"
    [api] = [
        origin
        for origin in TEMPLATE.of_type("AWS::CloudFront::Distribution")["Console"]["DistributionConfig"]["Origins"]
        if origin["Id"] == "api"
    ]
    [header] = api["OriginCustomHeaders"]
    assert proof["FieldToMatch"] == {"SingleHeader": {"Name": header["HeaderName"]}}
    assert proof["SearchString"] == header["HeaderValue"]
    assert proof["SearchString"]["Fn::Sub"] == "{{resolve:secretsmanager:${ConsoleSecret}}}"


def _aggregate(statement: dict) -> str | list[str]:
    if statement["AggregateKeyType"] != "CUSTOM_KEYS":
        return statement["AggregateKeyType"]
    return [key["Header"]["Name"] for key in statement["CustomKeys"]]


def test_counted_rules_block_by_label_except_for_log_batches_and_requests_of_chats():
    counted = {
        override["Name"]
        for rule in RULES.values()
        for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
        if "Count" in override["ActionToUse"]
    }
    labels, exemption = RULES["Bodies"]["Statement"]["AndStatement"]["Statements"]
    blocked = {label["LabelMatchStatement"]["Key"].rpartition(":")[2] for label in labels["OrStatement"]["Statements"]}
    assert {name.upper() for name in blocked} == {
        name.upper() for name in counted - {"SizeRestrictions_BODY", "NoUserAgent_HEADER", "GenericRFI_BODY"}
    }
    exempt = re.compile(exemption["NotStatement"]["Statement"]["RegexMatchStatement"]["RegexString"])
    for path in ("/logs", "/live/v1/logs", "/live/chat/slack/requests", "/chat/mattermost/requests"):
        assert exempt.search(path), path
    for path in ("/chatbots", "/logs/x", "/webhooks/deploy", "/chat/slack/requests/x", "/chatbots/tax/logs-x"):
        assert not exempt.search(path), path
    assert RULES["Bodies"]["Priority"] > max(RULES["Common"]["Priority"], RULES["KnownBadInputs"]["Priority"])


@pytest.mark.parametrize(
    ("length", "blocked"),
    [("0", False), ("196608", False), ("199999", False), ("200000", True), ("0200000", True), ("999999", True)]
    + [("1000000", True), ("10485760", True), ("", False)],
)
def test_firewall_refuses_bodies_of_200_000_bytes_and_more(length, blocked):
    statement = RULES["Size"]["Statement"]["RegexMatchStatement"]
    assert statement["FieldToMatch"] == {"SingleHeader": {"Name": "content-length"}}
    assert bool(re.search(statement["RegexString"], length)) == blocked


def test_firewall_logs_no_token():
    for part in (FIREWALL, *RULES.values()):
        assert part["VisibilityConfig"]["SampledRequestsEnabled"] is False
    protected = [entry["Field"] for entry in FIREWALL["DataProtectionConfig"]["DataProtections"]]
    for header in ("authorization", "x-api-key", "x-console-secret"):
        assert {"FieldType": "SINGLE_HEADER", "FieldKeys": [header]} in protected


# ---------------------------------------------------------------- errors and access logs

#: Types of gateway responses, without those of API keys and quotas, which are not used.
TYPES = {
    "ACCESS_DENIED": 403, "API_CONFIGURATION_ERROR": 500, "AUTHORIZER_CONFIGURATION_ERROR": 503,
    "AUTHORIZER_FAILURE": 503, "BAD_REQUEST_BODY": 400, "BAD_REQUEST_PARAMETERS": 400, "DEFAULT_4XX": 403,
    "DEFAULT_5XX": 500, "EXPIRED_TOKEN": 403, "INTEGRATION_FAILURE": 503, "INTEGRATION_TIMEOUT": 503,
    "INVALID_SIGNATURE": 403, "MISSING_AUTHENTICATION_TOKEN": 404, "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404, "THROTTLED": 429, "UNAUTHORIZED": 401, "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}  # fmt: skip
#: Variables of the request that a response may contain, with sample values: with or without their own quotes.
CONTEXT = {
    "$context.error.validationErrorString": '[object has missing required properties (["name"])]',
    "$context.error.messageString": '"Missing required request parameters: [Idempotency-Key]"',
    "$context.requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
}


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("kind", TYPES)
def test_gateway_errors_are_problem_details(api, kind):
    answers = TEMPLATE.api(api)["x-amazon-apigateway-gateway-responses"]
    family = "DEFAULT_5XX" if TYPES[kind] >= 500 else "DEFAULT_4XX"
    answer = answers.get(kind, answers[family])
    # Who may send the same request again is told when.
    again = {"gatewayresponse.header.Retry-After": "'5'"} if TYPES[kind] in (429, 503) else {}
    assert answer["responseParameters"] == again | {
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
        "gatewayresponse.header.Access-Control-Allow-Origin": {"Fn::Sub": "'${ConsoleOrigin}'"},
    }
    [(media, text)] = answer["responseTemplates"].items()
    assert media == "application/json"
    assert set(re.findall(r"\$[\w.]+", text)) <= CONTEXT.keys()
    for variable, value in CONTEXT.items():
        quoted = value if value.startswith('"') else json.dumps(value)[1:-1]
        text = text.replace(variable, quoted)
    problem = json.loads(text)
    assert problem["status"] == TYPES[kind] == int(answer["statusCode"])
    assert re.fullmatch(r"urn:centops:problem:[a-z-]+", problem["type"]) and problem["title"]
    assert problem["instance"] == CONTEXT["$context.requestId"]


#: Permitted fields of the access log: no person, token, query string or concrete path.
LOGGED = {
    "apiId", "authorizer.error", "authorizer.latency", "authorizer.status", "error.responseType", "httpMethod",
    "identity.sourceIp", "integration.latency", "requestId", "requestTime", "resourcePath", "responseLatency",
    "responseLength", "status", "tlsVersion", "waf.status",
}  # fmt: skip


@pytest.mark.parametrize("api", APIS)
def test_access_log_contains_no_token_and_no_person(api):
    setting = TEMPLATE.stage(api)["AccessLogSetting"]
    assert setting["DestinationArn"]["Fn::Sub"].endswith(":log-group:${AccessLogs}")
    entry = json.loads(setting["Format"])
    variables = [re.fullmatch(r"\$context\.([\w.]+)", value) for value in entry.values()]
    assert all(variables), entry
    assert {variable[1] for variable in variables} <= LOGGED
    assert {"requestId", "requestTime", "identity.sourceIp", "httpMethod", "resourcePath", "status"} <= {
        variable[1] for variable in variables
    }


def test_stages_log_no_payloads():
    for api in APIS:
        for entry in TEMPLATE.stage(api)["MethodSettings"]:
            assert not entry.get("DataTraceEnabled") and entry.get("LoggingLevel", "OFF") == "OFF", api


def test_stages_depend_on_the_log_role():
    for name in APIS:
        assert TEMPLATE.deployed[name]["DependsOn"] == "GatewayLogging"
    assert TEMPLATE.resources["GatewayLogging"]["Type"] == "AWS::ApiGateway::Account"
