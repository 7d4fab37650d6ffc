"""The canary test: sends log lines with synthetic personal data, then searches all stored data for it."""

import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import steps, stored_data, synthetic_pii
from .alerts import operator_inbox, owner_inbox
from .clients import now, send_batch
from .instance import STACK
from .logs import GROUP
from .polling import ExpectationFailed, NotYet, wait_until
from .stack import Progress, Stack
from .synthetic_pii import MARKERS, SyntheticPii

#: The chatbots that send logs. Each is a message group of the queue, so they are ingested in parallel.
CHATBOTS = tuple(f"canary-{number}" for number in range(1, 5))
_INSTITUTION = "canary-institution"
_BATCH = 1000
#: The most bytes of a batch: below the limit of 192 KiB, because masks may be longer than values.
_BYTES = 150 * 1024
_LEVELS = ("debug", "info", "warning", "error", "critical")
#: The permitted form of an idempotency key.
_KEY = re.compile("[A-Za-z0-9_-]{1,100}")
#: The batches that become dead letters.
_DEAD_LETTERS = 2


@dataclass
class CanaryReport:
    """The counts of a run, and the personal data that it found."""

    sent: int = 0
    stored: int = 0
    refused: int = 0
    dead_letters: int = 0
    generated: int = 0
    #: Number of searched items by kind of store.
    searched: Counter = field(default_factory=Counter)
    #: The personal data that was found: its location and its surroundings.
    hits: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        searched = ", ".join(f"{count:,} {kind}" for kind, count in self.searched.items())
        return (
            f"{self.sent:,} log lines stored, {self.refused:,} requests refused, {self.dead_letters:,} dead letters, "
            f"{self.generated:,} personal data values; {len(self.hits)} found in {searched}"
        )


def run(stack: Stack, lines: int, progress: Progress, seed: int = 1) -> CanaryReport:
    """Sends `lines` log lines, waits until they are stored, and searches all stores for their personal data."""
    source, report = SyntheticPii(seed), CanaryReport()
    admin = stack.person("admin")
    operator_inbox(stack)
    for name in CHATBOTS:
        steps.expect(admin.post("/chatbots", _enrolment(name)), 201)
        owner_inbox(stack, name, _INSTITUTION)
    try:
        _send(stack, source, report, lines, progress)
        _send_invalid(stack, source, report)
        _send_keys(stack, source, report)
        report.dead_letters = _dead_letters(stack, source)
        progress(f"{report.refused} requests were refused, {report.dead_letters} batches became dead letters")
        _await_stored(stack, report, progress)
        report.generated = source.count
        search(stack, source, report, progress)
    finally:
        for name in CHATBOTS:
            steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)
    return report


def search(stack: Stack, source: SyntheticPii, report: CanaryReport, progress: Progress) -> None:
    """Searches everything that is stored for the source's values."""
    for item in stored_data.everything(stack.instance):
        report.searched[item.kind] += 1
        if report.searched.total() % 50_000 == 0:
            progress(f"searched {report.searched.total():,} items")
        report.hits += [f"{item.kind}, {item.location}: {text}" for text in source.found_in(item.text)]


@contextmanager
def planted(stack: Stack, text: str) -> Iterator[list[str]]:
    """Stores a text once in each kind of store, and removes it at the end. Yields the kinds.

    A search is valid only if it finds the text in each of them.
    """
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
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps({"text": text})}
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[event])
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"text": text}))
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


def _batches(source: SyntheticPii, lines: int) -> Iterator[list[dict]]:
    """Yields batches of a thousand lines, or fewer where they reach the most bytes."""
    while lines > 0:
        batch, size = [], 0
        while len(batch) < min(_BATCH, lines) and size < _BYTES:
            entry = {"at": now(), "level": _LEVELS[source.count % len(_LEVELS)], "message": source.line()}
            size += len(json.dumps(entry, ensure_ascii=False).encode())
            batch.append(entry)
        lines -= len(batch)
        yield batch


def _send(stack: Stack, source: SyntheticPii, report: CanaryReport, lines: int, progress: Progress) -> None:
    devices = {name: stack.device(name, "chatbot") for name in CHATBOTS}
    batches: dict[str, list[list[dict]]] = {name: [] for name in CHATBOTS}
    for number, batch in enumerate(_batches(source, lines)):
        batches[CHATBOTS[number % len(CHATBOTS)]].append(batch)
    last_progress = time.monotonic()

    def send(name: str) -> None:
        nonlocal last_progress
        for batch in batches[name]:
            steps.expect(send_batch(devices[name], "/logs", {"logs": batch}), 202)
            report.sent += len(batch)
            if time.monotonic() - last_progress > 5:
                last_progress = time.monotonic()
                progress(f"{report.sent:,} of {lines:,} lines were sent")

    with ThreadPoolExecutor(len(CHATBOTS)) as pool:
        list(pool.map(send, CHATBOTS))
    progress(f"{report.sent:,} of {lines:,} lines were sent")


def _send_invalid(stack: Stack, source: SyntheticPii, report: CanaryReport) -> None:
    device = stack.device(CHATBOTS[0], "chatbot")
    for _ in range(4):
        for body in synthetic_pii.invalid_bodies(source, now()):
            response = device.call("POST", "/logs", body, {"Idempotency-Key": uuid.uuid4().hex})
            if response.status_code not in (400, 413):
                raise ExpectationFailed(
                    f"Expected: a refusal. Got: {response.status_code} {response.text} for {body[:300]}"
                )
            report.refused += 1


def _send_keys(stack: Stack, source: SyntheticPii, report: CanaryReport) -> None:
    """Sends lines with idempotency keys that are personal data. One of the permitted form is accepted, and hashed."""
    device = stack.device(CHATBOTS[0], "chatbot")
    for key in source.keys():
        (batch,) = _batches(source, 1)
        response = device.post("/logs", {"logs": batch}, {"Idempotency-Key": key.encode()})
        if _KEY.fullmatch(key):
            steps.expect(response, 202)
            report.sent += 1
        else:
            steps.expect(response, 400)
            report.refused += 1


def _dead_letters(stack: Stack, source: SyntheticPii) -> int:
    """Makes batches dead letters by receiving them too often while ingestion is disabled. Returns their number."""
    functions, sqs = stack.instance.aws("lambda"), stack.instance.aws("sqs")
    queue, dead_letters = stack.outputs["LogsQueue"], stack.outputs["LogsDeadLetters"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    wait_until("the logs queue is empty", lambda: _empty(stack), 300)
    before = _count(stack, dead_letters)
    mappings = functions.list_event_source_mappings(FunctionName=f"{STACK}-ingest-logs", EventSourceArn=arn)
    mapping = mappings["EventSourceMappings"][0]["UUID"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    policy = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    impatient = json.dumps(json.loads(policy) | {"maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": impatient})
    try:
        device = stack.device(CHATBOTS[0], "chatbot")
        # A dead letter has the deduplication id of its message: the hash of a key that is personal data.
        for key in source.keys()[:_DEAD_LETTERS]:
            (batch,) = _batches(source, 1)
            steps.expect(send_batch(device, "/logs", {"logs": batch}, key), 202)

        def are_dead_letters() -> bool:
            sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return _count(stack, dead_letters) == before + _DEAD_LETTERS

        wait_until("the batches are dead letters", are_dead_letters, 60)
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    return _count(stack, dead_letters) - before


def _count(stack: Stack, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = stack.instance.aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def _empty(stack: Stack) -> bool:
    queued = _count(stack, stack.outputs["LogsQueue"])
    if queued:
        raise NotYet(f"{queued} batches are queued")
    return True


def _await_stored(stack: Stack, report: CanaryReport, progress: Progress) -> None:
    """Waits until every accepted line is stored, and reads them all."""
    wait_until("every batch is ingested", lambda: _empty(stack), 300)
    viewer = stack.person("viewer")
    for name in CHATBOTS:
        entries = steps.all_pages(viewer, f"/chatbots/{name}/logs", "entries", limit=500)
        unmasked = [entry for entry in entries if not any(marker in entry["message"] for marker in MARKERS)]
        report.hits += [f"stored without a mask: {entry['message']}" for entry in unmasked]
        report.stored += len(entries)
    if report.stored != report.sent:
        raise ExpectationFailed(f"Expected: {report.sent} lines are stored. Got: {report.stored}")
    progress(f"{report.stored:,} lines are stored, each masked")
