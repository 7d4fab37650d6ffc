"""Stored data of template.yaml: encryption, retention, secrets, roles. No stack is needed."""

import json
import re

from centops_local.instance import ROOT

from template import ALARM_STACK, TEMPLATE, as_list

KEY = {"Fn::GetAtt": ["Key", "Arn"]}


# ---------------------------------------------------------------- stored data


def test_tables_are_encrypted_with_our_key_and_backed_up():
    tables = TEMPLATE.of_type("AWS::DynamoDB::Table")
    assert tables
    for name, table in tables.items():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}, name
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert TEMPLATE.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert table["DeletionProtectionEnabled"] is True, name


def test_topics_secrets_and_log_groups_are_encrypted_with_our_key():
    kinds = {
        "AWS::SNS::Topic": "KmsMasterKeyId",
        "AWS::Logs::LogGroup": "KmsKeyId",
        "AWS::SecretsManager::Secret": "KmsKeyId",
    }
    for kind, key in kinds.items():
        for name, resource in TEMPLATE.of_type(kind).items():
            assert resource[key] == KEY, name


def test_failed_stream_records_are_retried_and_raise_an_alarm():
    alarms = json.dumps(ALARM_STACK.of_type("AWS::CloudWatch::Alarm"))
    parameters = TEMPLATE.of_type("AWS::CloudFormation::Stack")["Alarms"]["Parameters"]
    mappings = {
        name: resource["Properties"]
        for name, resource in TEMPLATE.deployed.items()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping" and "StreamArn" in json.dumps(resource)
    }
    # A DynamoDB stream supports two readers.
    assert mappings.keys() == {"AnnounceStream", "PublishRoutesStream"}
    for name, mapping in mappings.items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["StartingPosition"] == "TRIM_HORIZON", name
        # A record that lets the function fail is given up alone, and before the stream forgets it.
        assert mapping["BisectBatchOnFunctionError"] is True, name
        assert 0 < mapping["MaximumRecordAgeInSeconds"] < 86400, name
        queue = mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        assert parameters[queue] == {"Fn::GetAtt": [queue, "QueueName"]}, name
        assert json.dumps({"Ref": queue}) in alarms, name
    [only] = mappings["PublishRoutesStream"]["FilterCriteria"]["Filters"]
    change, event = (
        json.loads((ROOT / f"events/{name}.json").read_text()) for name in ("routes/publish-routes", "alerts/announce")
    )
    wanted = json.loads(only["Pattern"])
    assert [_matches(wanted, sample["Records"][0]) for sample in (change, event)] == [True, False]


def _matches(pattern: dict, record: dict) -> bool:
    """Returns whether a filter of lists of values accepts a record."""
    return all(
        _matches(inner, record.get(key, {})) if isinstance(inner, dict) else record.get(key) in inner
        for key, inner in pattern.items()
    )


def test_logs_expire():
    groups = TEMPLATE.of_type("AWS::Logs::LogGroup")
    assert groups.keys() >= {"Logs", "AccessLogs"}
    for name, group in groups.items():
        assert 0 < group["RetentionInDays"] <= 400, name
        # The key policy permits only these groups.
        assert group["LogGroupName"]["Fn::Sub"].startswith("/centops/${AWS::StackName}"), name


def test_queues_are_encrypted_and_have_dead_letter_queues():
    queues = TEMPLATE.of_type("AWS::SQS::Queue")
    assert queues
    functions = TEMPLATE.of_type("AWS::Serverless::Function").values()
    targets = {
        name
        for name in queues
        if any(_mentions(resource, name) for other, resource in queues.items() if other != name)
        or any(_mentions(function.get("Events"), name, "OnFailure") for function in functions)
        # SNS sends what it could not deliver on the topics that functions create.
        or any(_mentions(function.get("Environment"), name, "TOPIC_DEAD_LETTERS") for function in functions)
    }
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        # The messages of a sweep live no longer than until the next ones repeat them.
        brief = queue.get("MessageRetentionPeriod", 345_600) <= 120
        # What a lost wake-up was about is found by the sweep of the minute.
        brief = brief or name == "NotificationsQueue"
        assert brief or "RedrivePolicy" in queue or name in targets, f"undelivered messages of {name} are lost"


def _mentions(value, name: str, below: str | None = None) -> bool:
    """Returns whether a queue's ARN is used in `value`, or in its part under the key `below`."""
    if isinstance(value, dict):
        if below is None and value.get("Fn::GetAtt") == [name, "Arn"]:
            return True
        return any(_mentions(part, name, None if key == below else below) for key, part in value.items())
    return isinstance(value, list) and any(_mentions(part, name, below) for part in value)


def test_buckets_are_private_and_encrypted():
    for name, bucket in TEMPLATE.of_type("AWS::S3::Bucket").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert bucket["BucketEncryption"] and bucket["VersioningConfiguration"] == {"Status": "Enabled"}, name


def test_key_rotates_and_is_usable_only_through_our_services():
    key = TEMPLATE.of_type("AWS::KMS::Key")["Key"]
    assert key["EnableKeyRotation"] is True
    uses = re.compile(r"kms:(\*|Decrypt|Encrypt|GenerateDataKey\*?|ReEncrypt\*|CreateGrant)")
    for statement in key["KeyPolicy"]["Statement"]:
        used = [action for action in as_list(statement["Action"]) if uses.fullmatch(action)]
        assert "kms:*" not in used and "*" not in as_list(statement["Action"]), statement["Sid"]
        assert not used or statement.get("Condition"), f"{statement['Sid']} permits use without a condition"
        if statement["Principal"] == {"AWS": "*"}:
            narrow = statement["Condition"]["StringEquals"]
            assert narrow["kms:CallerAccount"] == {"Ref": "AWS::AccountId"}
            services = {service["Fn::Sub"].partition(".")[0] for service in narrow["kms:ViaService"]}
            assert services == {"dynamodb", "secretsmanager", "sns"}


def test_secrets_are_read_only_by_signing_functions_and_are_retained():
    readers: dict[str, set[str]] = {name: set() for name in TEMPLATE.of_type("AWS::SecretsManager::Secret")}
    for name, function in TEMPLATE.of_type("AWS::Serverless::Function").items():
        for policy in function.get("Policies", []):
            for statement in policy["Statement"]:
                if "secretsmanager:GetSecretValue" in statement["Action"]:
                    readers[statement["Resource"]["Fn::GetAtt"][0]].add(name)
    assert readers == {
        "AuthoritySecret": {"IssueCertificate", "RenewCertificate", "DecideInvitation"},
        "RoutesSecret": {"GetRoutes", "ListSigningKeys", "PublishRoutes"},
        "NotificationSecret": {
            "CreateSubscription", "ConfirmSubscription", "DeliverNotifications", "GetCalendarLink", "SendReports", "ShowCalendar", "ShowUnsubscription",
            "Unsubscribe",
        },
        "LoginSecret": {"FinishLogin"},
        "ChatSecret": {"PostIncidents", "ReceiveChatRequest", "ReceiveWebhook", "RunTopicActions"},
        # CloudFormation reads it for the firewall and CloudFront.
        "ConsoleSecret": set(),
    }
    for name in readers:
        assert TEMPLATE.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert TEMPLATE.resources[name]["UpdateReplacePolicy"] == "Retain", name
        assert name in TEMPLATE.source["Outputs"], name


# ---------------------------------------------------------------- environments and roles

#: Variables that look like secrets by name and are not.
PUBLIC = {"TOKEN_ISSUER", "TOKEN_AUDIENCE", "TOKEN_LEEWAY_SECONDS"}
#: Actions for which IAM supports no resource.
WITHOUT_RESOURCE = {
    (function, "sns:GetSubscriptionAttributes")
    for function in (
        "CreateSubscription", "GetSubscription", "ConfirmSubscription", "SubscribeToChatbot", "DeliverNotifications",
        "ReconcileSubscriptions",
    )
} | {
    (function, "sns:Unsubscribe")
    for function in (
        "SubscribeRoutes", "UnsubscribeRoutes", "EndRouteSubscription", "RevokeCertificate", "DeleteDmr",
        "DeleteParticipant", "CheckCredentials",
    )
}  # fmt: skip


def test_no_environment_variable_contains_a_secret():
    found = []
    for name, resource in TEMPLATE.deployed.items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        for variable, value in resource["Properties"].get("Environment", {}).get("Variables", {}).items():
            suspicious = re.search(r"SECRET|TOKEN|PASSW|PRIVATE|CREDENTIAL|API_?KEY|(^|_)KEY(_|$)", variable)
            if suspicious and variable not in PUBLIC and not variable.endswith("_ARN"):
                found.append(f"{name}: {variable}")
            if re.search(r"\{\{resolve:|BEGIN [A-Z ]*PRIVATE|eyJ|AKIA", json.dumps(value)):
                found.append(f"{name}: {variable} = {value}")
            for parameter in re.findall(r'"Ref": "(\w+)"', json.dumps(value)):
                if TEMPLATE.source["Parameters"].get(parameter, {}).get("NoEcho"):
                    found.append(f"{name}: {variable} is the hidden parameter {parameter}")
    assert not found


def test_every_function_has_its_own_role_without_wildcards():
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


def test_both_tables_are_copied_to_another_region_if_it_has_a_vault():
    resources = {name: TEMPLATE.resources[name] for name in ("BackupVault", "BackupPlan", "BackupSelection", "BackupRole")}
    assert {resource["Condition"] for resource in resources.values()} == {"HasBackupCopyVault"}
    selected = resources["BackupSelection"]["Properties"]["BackupSelection"]["Resources"]
    assert [each["Fn::GetAtt"] for each in selected] == [["Table", "Arn"], ["AuditTable", "Arn"]]
    assert TEMPLATE.of_type("AWS::DynamoDB::Table").keys() == {"Table", "AuditTable"}
    [rule] = resources["BackupPlan"]["Properties"]["BackupPlan"]["BackupPlanRule"]
    [copy] = rule["CopyActions"]
    # No longer than point-in-time recovery: what is erased is in no copy after 35 days.
    assert copy["Lifecycle"]["DeleteAfterDays"] == 35
