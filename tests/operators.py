"""The stack as commands for operators use it, and dead letters."""

import uuid

import pytest

from centops_local.instance import STACK
from centops_local.stack import Stack


def act_as_operator(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the variables of an operator: commands with the environment `local` work on the stack."""
    for name, value in stack.instance.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("ADMIN", stack.admin_url)
    monkeypatch.setenv("TOKEN", stack.issuer.token("operator@example.ee", ["operator"]))


def queue_url(stack: Stack, name: str) -> str:
    """Returns the URL of a queue of the stack, by its logical id."""
    cloudformation = stack.instance.aws("cloudformation")
    resource = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=name)
    return resource["StackResourceDetail"]["PhysicalResourceId"]


def put_letter(stack: Stack, queue: str, body: str, reason: str | None = None, group: str = "test") -> None:
    """Puts a letter into a dead-letter queue, as a function does if it names a reason."""
    url = queue_url(stack, queue)
    more = {"MessageAttributes": {"Reason": {"DataType": "String", "StringValue": reason}}} if reason else {}
    if url.endswith(".fifo"):
        more |= {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex}
    stack.instance.aws("sqs").send_message(QueueUrl=url, MessageBody=body, **more)
