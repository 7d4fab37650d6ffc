"""Queues that are subscribed to notifications, as owners and operators receive them."""

import json
import uuid
from datetime import UTC, datetime

from .instance import STACK
from .polling import ExpectationFailed, wait_until
from .stack import Stack


class Inbox:
    """A queue, and the messages that it received since it was created or since `discard_earlier`."""

    def __init__(self, stack: Stack, name: str):
        self._sqs = stack.instance.aws("sqs")
        self.url = self._sqs.create_queue(QueueName=f"{name}-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": queue_policy(self.arn, topics_of_subscriptions(self.arn))})
        self.messages: list[dict] = []
        self._since = datetime.now(UTC)

    def discard_earlier(self) -> None:
        """Ignores messages that were made before now, even if they arrive later."""
        self._since = datetime.now(UTC)
        self.messages.clear()

    def read(self) -> list[dict]:
        """Receives all waiting messages. Returns the messages since the start, oldest first."""
        while True:
            got = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            received = got.get("Messages", [])
            for one in received:
                message = _unwrap(one["Body"])
                if datetime.fromisoformat(message["at"]) >= self._since:
                    self.messages.append(message)
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
            if not received:
                return self.messages

    def kinds(self) -> list[str]:
        """Returns the types of the entries of all messages."""
        return [entry["type"] for message in self.read() for entry in message["entries"]]

    def await_kinds(self, kinds: list[str], seconds: float) -> dict:
        """Waits for as many entries as `kinds` has, and fails unless they are exactly these, in any order.

        Returns the newest message.
        """
        try:
            wait_until(f"notifications {kinds}", lambda: len(self.kinds()) >= len(kinds), seconds)
        except ExpectationFailed:
            raise ExpectationFailed(
                f"Expected: notifications {kinds}, within {seconds:g} s. Got: {self.kinds()}"
            ) from None
        if sorted(self.kinds()) != sorted(kinds):
            raise ExpectationFailed(f"Expected: notifications {kinds}. Got: {self.kinds()}")
        return self.messages[-1]


def owner_inbox(stack: Stack, chatbot: str, institution: str) -> Inbox:
    """Subscribes a queue to the notifications of a chatbot, as its owner. Returns the queue."""
    inbox = Inbox(stack, f"owner-of-{chatbot}")
    owner = stack.person("owner", [institution])
    response = owner.post(f"/chatbots/{chatbot}/subscriptions", {"protocol": "sqs", "endpoint": inbox.arn})
    if response.status_code != 201:
        raise ExpectationFailed(
            f"Expected: the owner of {chatbot} may subscribe. Got: {response.status_code} {response.text}"
        )
    return inbox


def operator_inbox(stack: Stack) -> Inbox:
    """Returns a queue that is subscribed to the notifications for administrators."""
    inbox = Inbox(stack, "operators")
    response = stack.person("admin").post("/subscriptions", {"channel": "sqs", "address": inbox.arn})
    if response.status_code != 201:
        raise ExpectationFailed(
            f"Expected: an administrator may subscribe. Got: {response.status_code} {response.text}"
        )
    return inbox


def topics_of_subscriptions(queue: str) -> str:
    """Returns a pattern of the topics of subscriptions in the account of a queue."""
    _, _, _, region, account, _ = queue.split(":")
    return f"arn:aws:sns:{region}:{account}:{STACK}-to-*"


def queue_policy(queue: str, topics: str) -> str:
    """Returns a queue policy that allows topics to send."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnLike": {"aws:SourceArn": topics}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _unwrap(body: str) -> dict:
    """Returns the message in an SQS message from SNS."""
    return json.loads(json.loads(body)["Message"])
