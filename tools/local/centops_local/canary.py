"""Proves that personal data in chatbots' logs is kept nowhere: sends made-up data in log lines, then looks everywhere."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import canaries, haystack, steps
from .alerts import Inbox
from .canaries import Canaries
from .clients import now, send_batch
from .instance import STACK
from .logs import GROUP
from .stack import Stack
from .waiting import NotWithin, Unmet, until

#: The chatbots that log: each is a group of the queue, so that they are taken side by side.
CHATBOTS = tuple(f"canary-{number}" for number in range(1, 5))
_INSTITUTION = "canary-institution"
_BATCH = 1000
#: Of 192 KiB, so that markers, which may be longer, fit too.
_BYTES = 150 * 1024
_LEVELS = ("debug", "info", "warning", "error", "critical")
#: Batches that end as dead letters.
_DEAD = 2

Say = Callable[[str], None]


@dataclass
class Found:
    """What a run sent, what it looked through, and what it found."""

    sent: int = 0
    kept: int = 0
    refused: int = 0
    dead: int = 0
    made: int = 0
    #: How many of each kind were looked through.
    searched: Counter = field(default_factory=Counter)
    #: Where personal data was found, with the text around it.
    hits: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        searched = ", ".join(f"{count:,} {kind}" for kind, count in self.searched.items())
        return (
            f"{self.sent:,} log lines kept, {self.refused:,} requests refused, {self.dead:,} dead letters, "
            f"{self.made:,} pieces of personal data; {len(self.hits)} found in {searched}"
        )


def run(stack: Stack, lines: int, say: Say, seed: int = 1) -> Found:
    """Sends `lines` log lines, waits until they are kept, and looks for their personal data everywhere."""
    source, found = Canaries(seed), Found()
    inboxes = [Inbox(stack, "canary", stack.outputs[topic]) for topic in ("AnnouncementsTopic", "OperationsTopic")]
    sns = stack.instance.aws("sns")
    for inbox, topic in zip(inboxes, ("AnnouncementsTopic", "OperationsTopic"), strict=True):
        sns.subscribe(TopicArn=stack.outputs[topic], Protocol="sqs", Endpoint=inbox.arn)
    admin = stack.person("admin")
    for name in CHATBOTS:
        steps.expect(admin.post("/chatbots", _enrolment(name)), 201)
    try:
        _send(stack, source, found, lines, say)
        _refuse(stack, source, found)
        found.dead = _dead_letters(stack, source)
        say(f"{found.refused} requests were refused, {found.dead} batches are dead letters")
        _await_kept(stack, found, say)
        found.made = source.made
        look(stack, source, found, say)
    finally:
        for name in CHATBOTS:
            steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)
    return found


def look(stack: Stack, source: Canaries, found: Found, say: Say) -> None:
    """Looks through everything for what the source made."""
    for piece in haystack.everything(stack.instance):
        found.searched[piece.kind] += 1
        if sum(found.searched.values()) % 50_000 == 0:
            say(f"looked through {sum(found.searched.values()):,}")
        found.hits += [f"{piece.kind}, {piece.what}: {text}" for text in source.found_in(piece.text)]


@contextmanager
def planted(stack: Stack, text: str) -> Iterator[list[str]]:
    """Puts a text where personal data could be kept, once in each kind of place, and takes it away again. Gives the
    kinds: a search that does not find it in each of them proves nothing."""
    aws = stack.instance.aws
    key = {"pk": {"S": "CANARY"}, "sk": {"S": "planted"}}
    stream = f"canary-{uuid.uuid4().hex}"
    file = stack.instance.home / "planted.log"
    dynamodb, logs, sqs, s3 = aws("dynamodb"), aws("logs"), aws("sqs"), aws("s3")
    bucket = stack.outputs["TruststoreBucket"]
    queue = sqs.create_queue(QueueName=f"canary-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    try:
        item = {**key, "state": {"B": text.encode()}}
        dynamodb.put_item(TableName=stack.outputs["Table"], Item=item)
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps({"said": text})}
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"said": text}))
        s3.put_object(Bucket=bucket, Key="canary", Body=text.encode())
        file.write_text(text)
        yield ["table items", "stream records", "log events", "queued messages", "bucket objects", "lines of files"]
    finally:
        dynamodb.delete_item(TableName=stack.outputs["Table"], Key=key)
        logs.delete_log_stream(logGroupName=GROUP, logStreamName=stream)
        sqs.delete_queue(QueueUrl=queue)
        s3.delete_object(Bucket=bucket, Key="canary")
        file.unlink(missing_ok=True)


def _enrolment(name: str) -> dict:
    return {
        "name": name,
        "uri": "https://chat.example.ee/messages",
        "type": "institution",
        "institution": _INSTITUTION,
        "contact": "it@example.ee",
    }


def _batches(source: Canaries, lines: int) -> Iterator[list[dict]]:
    """Batches of a thousand lines, or as many as there is room for."""
    while lines > 0:
        batch, size = [], 0
        while len(batch) < min(_BATCH, lines) and size < _BYTES:
            entry = {"at": now(), "level": _LEVELS[source.made % len(_LEVELS)], "message": source.line()}
            size += len(json.dumps(entry, ensure_ascii=False).encode())
            batch.append(entry)
        lines -= len(batch)
        yield batch


def _send(stack: Stack, source: Canaries, found: Found, lines: int, say: Say) -> None:
    devices = {name: stack.device(name, "chatbot") for name in CHATBOTS}
    waiting: dict[str, list[list[dict]]] = {name: [] for name in CHATBOTS}
    for number, batch in enumerate(_batches(source, lines)):
        waiting[CHATBOTS[number % len(CHATBOTS)]].append(batch)
    said = time.monotonic()

    def send(name: str) -> None:
        nonlocal said
        for batch in waiting[name]:
            steps.expect(send_batch(devices[name], "/logs", {"logs": batch}), 202)
            found.sent += len(batch)
            if time.monotonic() - said > 5:
                said = time.monotonic()
                say(f"{found.sent:,} of {lines:,} lines were sent")

    with ThreadPoolExecutor(len(CHATBOTS)) as pool:
        list(pool.map(send, CHATBOTS))
    say(f"{found.sent:,} of {lines:,} lines were sent")


def _refuse(stack: Stack, source: Canaries, found: Found) -> None:
    device = stack.device(CHATBOTS[0], "chatbot")
    for _ in range(4):
        for body, headers in canaries.refused(source, now()):
            key = {"Idempotency-Key": uuid.uuid4().hex}
            headers = {name: value.encode() for name, value in {**key, **headers}.items()}
            response = device.call("POST", "/logs", body, headers)
            if response.status_code not in (400, 413):
                raise NotWithin(f"Expected: a refusal. Got: {response.status_code} {response.text} for {body[:300]}")
            found.refused += 1


def _dead_letters(stack: Stack, source: Canaries) -> int:
    """Lets batches become dead letters: nobody takes them, and they are received too often. Says how many did."""
    functions, sqs = stack.instance.aws("lambda"), stack.instance.aws("sqs")
    queue, dead = stack.outputs["LogsQueue"], stack.outputs["LogsDeadLetters"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    until("the logs queue is empty", lambda: _empty(stack), 300)
    before = _count(stack, dead)
    mappings = functions.list_event_source_mappings(FunctionName=f"{STACK}-ingest-logs", EventSourceArn=arn)
    mapping = mappings["EventSourceMappings"][0]["UUID"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        device = stack.device(CHATBOTS[0], "chatbot")
        for batch in _batches(source, _DEAD):
            for entry in batch:
                steps.expect(send_batch(device, "/logs", {"logs": [entry]}), 202)

        def are_dead() -> bool:
            sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return _count(stack, dead) == before + _DEAD

        until("the batches are dead letters", are_dead, 60)
    finally:
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    return _count(stack, dead) - before


def _count(stack: Stack, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = stack.instance.aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def _empty(stack: Stack) -> bool:
    waiting = _count(stack, stack.outputs["LogsQueue"])
    if waiting:
        raise Unmet(f"{waiting} batches wait")
    return True


def _await_kept(stack: Stack, found: Found, say: Say) -> None:
    """Waits until every line that was taken is kept, and reads them all."""
    until("every batch was taken", lambda: _empty(stack), 300)
    viewer = stack.person("viewer")
    for name in CHATBOTS:
        cursor: dict[str, str] = {}
        while True:
            page = steps.expect(viewer.get(f"/chatbots/{name}/logs", limit=500, **cursor), 200).json()
            unmasked = [entry for entry in page["entries"] if "[" not in entry["message"]]
            found.hits += [f"kept without a marker: {entry['message']}" for entry in unmasked]
            found.kept += len(page["entries"])
            if "next" not in page:
                break
            cursor = {"cursor": page["next"]}
    if found.kept != found.sent:
        raise NotWithin(f"Expected: {found.sent} lines are kept. Got: {found.kept}")
    say(f"{found.kept:,} lines are kept, each with a marker")
