"""The dead-letter queues of a stack, and the letters in them."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from botocore.client import BaseClient

from .deployed import Deployed, OperateError

#: The most letters of a queue that are read to tell why they are there.
MOST = 200
#: The seconds for which a letter that was read is hidden, if the command does not return it before.
_HIDDEN = 30

#: Queues whose letters SQS cannot move back, because it did not take them from a queue; what helps instead.
NOT_REDRIVEN = {
    "announce": "Its letters name records of the table's stream, not messages. Announce the events of their time again: "
    "make reannounce FROM=… TO=… (docs/runbooks/notifications.md).",
    "publish-routes": "Its letters name records of the table's stream, not messages. Nothing is lost: DMRs fetch the changes "
    "with `GET /routes?since=`.",
    "topic": "Its letters are no failures: record-undelivered reads them and tells the others of the institution.",
}


@dataclass(frozen=True)
class Letter:
    """A dead letter: when it was sent, and why it is one."""

    sent: datetime
    reason: str


@dataclass(frozen=True)
class DeadLetters:
    """A dead-letter queue, and the queues that its letters come from: none if SQS did not put them there."""

    name: str
    url: str
    arn: str
    count: int
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def destination(self) -> str | None:
        """The ARN that a redrive names. A queue of several sources has none: SQS knows where each letter came from."""
        return next(iter(self.sources.values())) if len(self.sources) == 1 else None


def queues(stack: Deployed, sqs: BaseClient) -> list[DeadLetters]:
    """Returns the dead-letter queues of a stack, by name."""
    urls = stack.resources("AWS::SQS::Queue")
    described = {
        name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for name, url in urls.items()
    }
    targets = {
        name: json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
        for name, attributes in described.items()
        if "RedrivePolicy" in attributes
    }
    found = []
    for name in sorted(name for name in urls if name.endswith("DeadLetters")):
        arn = described[name]["QueueArn"]
        sources = {source: described[source]["QueueArn"] for source, target in targets.items() if target == arn}
        found.append(DeadLetters(kebab(name), urls[name], arn, _count(described[name]), sources))
    return found


def chosen(all_queues: list[DeadLetters], name: str) -> DeadLetters:
    """Returns the queue of a name. Raises `OperateError` if there is none, or if its letters cannot be redriven."""
    found = next((queue for queue in all_queues if name in (queue.name, queue.arn.rpartition(":")[2])), None)
    if found is None:
        raise OperateError(f"There is no dead-letter queue {name}: {', '.join(queue.name for queue in all_queues)}.")
    if not found.sources:
        raise OperateError(f"The letters of {found.name} cannot be redriven. {NOT_REDRIVEN.get(found.name, '')}")
    return found


def read(sqs: BaseClient, queue: DeadLetters) -> list[Letter]:
    """Returns up to `MOST` letters of a queue. They stay in it, and others can read them at once."""
    letters, handles = [], []
    while len(letters) < MOST and (received := _receive(sqs, queue)):
        letters += [letter(message) for message in received]
        handles += [message["ReceiptHandle"] for message in received]
    for start in range(0, len(handles), 10):
        entries = [
            {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
            for number, handle in enumerate(handles[start : start + 10])
        ]
        sqs.change_message_visibility_batch(QueueUrl=queue.url, Entries=entries)
    return letters


def letter(message: dict) -> Letter:
    """Returns the letter that a received message is."""
    attributes = message["Attributes"]
    sent = datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC)
    given = message.get("MessageAttributes", {}).get("Reason", {}).get("StringValue")
    if given:
        return Letter(sent, given)
    if "DeadLetterQueueSourceArn" in attributes:
        return Letter(sent, f"given up by {attributes['DeadLetterQueueSourceArn'].rpartition(':')[2]}")
    return Letter(sent, _of_stream(message["Body"]) or "unknown: it was sent by hand")


def report(queue: DeadLetters, letters: list[Letter], now: datetime) -> Iterator[str]:
    """Returns the lines that say what is in a queue."""
    if not queue.count:
        yield f"{queue.name}: none"
        return
    oldest = min((each.sent for each in letters), default=None)
    yield f"{queue.name}: {queue.count} in it" + (f", the oldest sent {duration(now - oldest)} ago" if oldest else "")
    for reason, count in Counter(each.reason for each in letters).most_common():
        yield f"  {count} × {reason}"
    if len(letters) < queue.count:
        yield f"  {queue.count - len(letters)} were not read"


def duration(span: timedelta) -> str:
    """Returns a time span in hours and minutes: `3 h 5 min`."""
    minutes = int(span.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60} min"


def kebab(name: str) -> str:
    """Returns the name of a queue in commands: `publish-routes` of `PublishRoutesDeadLetters`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.removesuffix("DeadLetters")).lower()


def _count(attributes: dict[str, str]) -> int:
    return sum(int(attributes.get(f"ApproximateNumberOfMessages{part}", 0)) for part in ("", "NotVisible", "Delayed"))


def _receive(sqs: BaseClient, queue: DeadLetters) -> list[dict]:
    return sqs.receive_message(
        QueueUrl=queue.url,
        MaxNumberOfMessages=10,
        VisibilityTimeout=_HIDDEN,
        WaitTimeSeconds=1,
        AttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages", [])


def _of_stream(body: str) -> str | None:
    """Returns why Lambda gave up a batch of stream records, and the time of the records."""
    try:
        record = json.loads(body)
        batch, condition = record["DDBStreamBatchInfo"], record["requestContext"]["condition"]
        span = f"{batch['approximateArrivalOfFirstRecord']} to {batch['approximateArrivalOfLastRecord']}"
        return f"{condition}, {batch['batchSize']} records of {span}"
    except (ValueError, KeyError, TypeError):
        return None
