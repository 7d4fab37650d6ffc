"""Protects what a deployed stack keeps: a deployment neither replaces nor removes it, and nobody deletes the stack.

    python -m centops_operate.protect ENVIRONMENT

Whoever has to replace such a resource passes another policy for one update (`--stack-policy-during-update-body`).
"""

import argparse
import json
import sys
from typing import TYPE_CHECKING

import boto3

from centops_local import samconfig
from centops_local.instance import LocalError

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
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="centops_operate.protect", description=__doc__)
    parser.add_argument("environment", help="of samconfig.toml")
    try:
        parameters = samconfig.parameters(parser.parse_args().environment)
    except LocalError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    protect(boto3.client("cloudformation", region_name=parameters["region"]), parameters["stack_name"])
    print(f"The stack {parameters['stack_name']} is protected: updates keep its tables, key, secrets, buckets and queues.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
