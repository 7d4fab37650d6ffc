"""A DMR's queue that is subscribed to the changes of the route table."""

import json
import uuid
from dataclasses import dataclass

from .alerts import queue_policy
from .stack import Stack


@dataclass(frozen=True)
class Message:
    """A received message."""

    body: str
    attributes: dict[str, str]

    @property
    def delta(self) -> dict:
        """The route delta in its body."""
        return json.loads(self.body)


class RouteQueue:
    """A DMR's queue and the messages that it received."""

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
        """Creates a queue with a unique name."""
        return cls(stack, f"dmr-routes-{uuid.uuid4().hex[:8]}")

    def read(self) -> list[Message]:
        """Receives all waiting messages. Returns all messages so far."""
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

    def changes_after(self, revision: int) -> tuple[int, dict[str, dict]]:
        """Applies the received deltas to a revision, as far as they follow each other without a gap.

        Returns the revision that is reached, and the newest change of each name.
        """
        changes: dict[str, dict] = {}
        for delta in sorted((message.delta for message in self.read()), key=lambda delta: delta["since"]):
            if delta["since"] <= revision < delta["revision"]:
                revision = delta["revision"]
                changes |= {change["name"]: change for change in delta["changes"]}
        return revision, changes
