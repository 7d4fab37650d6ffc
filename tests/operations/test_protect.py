"""The protection of a deployed stack."""

import json

from centops_local.instance import STACK
from centops_operate.protect import KEPT, POLICY, protect
from template import TEMPLATE


def test_what_is_retained_is_protected_too():
    retained = {
        each["Type"]
        for each in TEMPLATE.resources.values()
        if each.get("DeletionPolicy") == "RetainExceptOnCreate"
    }
    # The log settings of API Gateway have no content: they stay because other APIs of the account use them.
    assert retained - {"AWS::ApiGateway::Account", "AWS::IAM::Role"} <= set(KEPT)
    assert {"AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret"} <= retained


def test_stack_is_protected_and_a_repetition_changes_nothing(stack):
    cloudformation = stack.instance.aws("cloudformation")
    for _ in range(2):
        protect(cloudformation, STACK)
        [described] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        assert described["EnableTerminationProtection"] is True
        assert json.loads(cloudformation.get_stack_policy(StackName=STACK)["StackPolicyBody"]) == POLICY
