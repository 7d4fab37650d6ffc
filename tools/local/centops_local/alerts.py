"""What an owner receives: a queue that is subscribed to a chatbot's announcements."""

import json
import uuid
from datetime import UTC, datetime

from .stack import Stack
from .waiting import NotWithin, until


class Inbox:
    """An owner's queue and what it was told of since it was made, or since it last forgot."""

    def __init__(self, stack: Stack, name: str, topic: str):
        self._sqs = stack.instance.aws("sqs")
        self.url = self._sqs.create_queue(QueueName=f"{name}-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]
        self._sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": queue_policy(self.arn, topic)})
        self.announcements: list[dict] = []
        self._since = datetime.now(UTC)

    def forget(self) -> None:
        """What happened until now does not count any more, even if it arrives later."""
        self._since = datetime.now(UTC)
        self.announcements.clear()

    def read(self) -> list[dict]:
        """Takes what has arrived and returns everything that counts, oldest first."""
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
        """The types of everything that counts."""
        return [announcement["type"] for announcement in self.read()]

    def await_kinds(self, kinds: list[str], seconds: float) -> dict:
        """Waits until as many have arrived as `kinds` names; fails unless they are just these, in any order.
        Returns the newest of the kind that is named last."""
        try:
            until(f"announcements {kinds}", lambda: len(self.read()) >= len(kinds), seconds)
        except NotWithin:
            raise NotWithin(f"Expected: announcements {kinds}, within {seconds:g} s. Got: {self.kinds()}") from None
        if sorted(self.kinds()) != sorted(kinds):
            raise NotWithin(f"Expected: announcements {kinds}. Got: {self.kinds()}")
        return next(told for told in reversed(self.announcements) if told["type"] == kinds[-1])


def owner_inbox(stack: Stack, chatbot: str, institution: str) -> Inbox:
    """An owner subscribes a queue to the announcements of a chatbot."""
    inbox = Inbox(stack, f"owner-of-{chatbot}", stack.outputs["AnnouncementsTopic"])
    owner = stack.person("owner", [institution])
    response = owner.post(f"/chatbots/{chatbot}/subscriptions", {"protocol": "sqs", "endpoint": inbox.arn})
    if response.status_code != 201:
        raise NotWithin(f"Expected: the owner of {chatbot} subscribes. Got: {response.status_code} {response.text}")
    return inbox


def operator_inbox(stack: Stack) -> Inbox:
    """A queue subscribed to what concerns administrators."""
    topic = stack.outputs["OperationsTopic"]
    inbox = Inbox(stack, "operators", topic)
    # Announcements only: the topic has the alarms too.
    announcements = json.dumps({"event": [{"exists": True}]})
    stack.instance.aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"FilterPolicy": announcements}
    )
    return inbox


def queue_policy(queue: str, topic: str) -> str:
    """The policy of a queue into which a topic may send."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _unwrap(body: str) -> dict:
    """The announcement in an SQS message from SNS, with the attributes that filters see."""
    envelope = json.loads(body)
    if "Message" not in envelope:
        return {**envelope, "attributes": {}}
    attributes = {name: value["Value"] for name, value in envelope.get("MessageAttributes", {}).items()}
    return {**json.loads(envelope["Message"]), "attributes": attributes}
