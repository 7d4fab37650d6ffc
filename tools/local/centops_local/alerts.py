"""Queues that are subscribed to announcements, as owners and operators receive them."""

import json
import uuid
from datetime import UTC, datetime

from .polling import ExpectationFailed, wait_until
from .stack import Stack


class Inbox:
    """A queue, and the announcements that it received since it was created or since `discard_earlier`."""

    def __init__(self, stack: Stack, name: str, topic: str):
        self._sqs = stack.instance.aws("sqs")
        self.url = self._sqs.create_queue(QueueName=f"{name}-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": queue_policy(self.arn, topic)})
        self.announcements: list[dict] = []
        self._since = datetime.now(UTC)

    def discard_earlier(self) -> None:
        """Ignores announcements of earlier events from now on, even if they arrive later."""
        self._since = datetime.now(UTC)
        self.announcements.clear()

    def read(self) -> list[dict]:
        """Receives all waiting messages. Returns the announcements since the start, oldest first."""
        while True:
            got = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            messages = got.get("Messages", [])
            for message in messages:
                announcement = _unwrap(message["Body"])
                if datetime.fromisoformat(announcement["at"]) >= self._since:
                    self.announcements.append(announcement)
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            if not messages:
                return self.announcements

    def kinds(self) -> list[str]:
        """Returns the types of the announcements."""
        return [announcement["type"] for announcement in self.read()]

    def await_kinds(self, kinds: list[str], seconds: float) -> dict:
        """Waits for as many announcements as `kinds` has, and fails unless they are exactly these, in any order.

        Returns the newest announcement of the last kind.
        """
        try:
            wait_until(f"announcements {kinds}", lambda: len(self.read()) >= len(kinds), seconds)
        except ExpectationFailed:
            raise ExpectationFailed(
                f"Expected: announcements {kinds}, within {seconds:g} s. Got: {self.kinds()}"
            ) from None
        if sorted(self.kinds()) != sorted(kinds):
            raise ExpectationFailed(f"Expected: announcements {kinds}. Got: {self.kinds()}")
        return next(one for one in reversed(self.announcements) if one["type"] == kinds[-1])


def owner_inbox(stack: Stack, chatbot: str, institution: str) -> Inbox:
    """Subscribes a queue to the announcements of a chatbot, as its owner. Returns the queue."""
    inbox = Inbox(stack, f"owner-of-{chatbot}", stack.outputs["AnnouncementsTopic"])
    owner = stack.person("owner", [institution])
    response = owner.post(f"/chatbots/{chatbot}/subscriptions", {"protocol": "sqs", "endpoint": inbox.arn})
    if response.status_code != 201:
        raise ExpectationFailed(
            f"Expected: the owner of {chatbot} may subscribe. Got: {response.status_code} {response.text}"
        )
    return inbox


def operator_inbox(stack: Stack) -> Inbox:
    """Returns a queue that is subscribed to the announcements for administrators."""
    topic = stack.outputs["OperationsTopic"]
    inbox = Inbox(stack, "operators", topic)
    # The topic also carries alarms; the filter excludes them.
    announcements = json.dumps({"event": [{"exists": True}]})
    stack.instance.aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"FilterPolicy": announcements}
    )
    return inbox


def queue_policy(queue: str, topic: str) -> str:
    """Returns a queue policy that allows a topic to send."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _unwrap(body: str) -> dict:
    """Returns the announcement in an SQS message from SNS, with its message attributes."""
    envelope = json.loads(body)
    if "Message" not in envelope:
        return {**envelope, "attributes": {}}
    attributes = {name: value["Value"] for name, value in envelope.get("MessageAttributes", {}).items()}
    return {**json.loads(envelope["Message"]), "attributes": attributes}
