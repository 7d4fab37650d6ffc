"""Protects what a deployed stack keeps: a deployment neither replaces nor removes it, and nobody deletes the stack.

    python -m centops_operate.protect ENVIRONMENT

Whoever has to replace such a resource passes another policy for one update (`--stack-policy-during-update-body`).
"""

import json
from typing import TYPE_CHECKING

from .deployed import Deployed, parser, run

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

#: Types of resources with content that a new one would not have, or with an address that others know.
KEPT = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
)
POLICY = {
    "Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"ResourceType": list(KEPT)}},
        },
    ]
}


def protect(cloudformation: "CloudFormationClient", stack: str) -> None:
    """Protects a stack. A repetition changes nothing."""
    cloudformation.set_stack_policy(StackName=stack, StackPolicyBody=json.dumps(POLICY))
    cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)


def main() -> int:
    """Runs the command. Returns the exit status."""
    stack = Deployed(parser("protect", __doc__, shows_first=False).parse_args().environment)
    protect(stack.client("cloudformation"), stack.name)
    print(f"The stack {stack.name} is protected: updates keep its tables, key, secrets, buckets and queues.")
    return 0


if __name__ == "__main__":
    run("protect", main)
