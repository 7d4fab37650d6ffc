"""What a DMR hears of the route table: a queue that is subscribed to the changes."""

import json
import uuid
from dataclasses import dataclass

from .alerts import queue_policy
from .stack import Stack


@dataclass(frozen=True)
class Message:
    """One message as it came."""

    body: str
    attributes: dict[str, str]

    @property
    def delta(self) -> dict:
        """What it tells."""
        return json.loads(self.body)


class RouteQueue:
    """A DMR's queue and what came into it."""

    def __init__(self, stack: Stack, name: str):
        self._sqs = stack.instance.aws("sqs")
        self.url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]
        policy = queue_policy(self.arn, stack.outputs["RoutesTopic"])
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        self.messages: list[Message] = []

    @classmethod
    def new(cls, stack: Stack) -> "RouteQueue":
        """A queue of a name that no other has."""
        return cls(stack, f"dmr-routes-{uuid.uuid4().hex[:8]}")

    def read(self) -> list[Message]:
        """Takes what has arrived and returns everything."""
        while True:
            got = self._sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0, MessageAttributeNames=["All"]
            )
            for message in got.get("Messages", []):
                attributes = message.get("MessageAttributes", {})
                values = {name: value["StringValue"] for name, value in attributes.items()}
                self.messages.append(Message(message["Body"], values))
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            if not got.get("Messages"):
                return self.messages

    def leading_from(self, revision: int) -> tuple[int, dict[str, dict]]:
        """How far the messages lead from a revision without a gap, and the newest change of each name on the way."""
        changes: dict[str, dict] = {}
        for delta in sorted((message.delta for message in self.read()), key=lambda delta: delta["since"]):
            if delta["since"] <= revision < delta["revision"]:
                revision = delta["revision"]
                changes |= {change["name"]: change for change in delta["changes"]}
        return revision, changes
