"""Reads everything that an instance of the stack stores, as text: tables, streams, logs, queues, buckets, files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import requests
from boto3.dynamodb.types import Binary

from . import logs
from .instance import Instance


@dataclass(frozen=True)
class StoredText:
    """One stored item: the kind of its store, its location and its text."""

    kind: str
    location: str
    text: str


def everything(instance: Instance) -> Iterator[StoredText]:
    """Yields every stored item, store by store."""
    yield from tables(instance)
    yield from _streams(instance)
    yield from _logs(instance)
    yield from _queues(instance)
    yield from _buckets(instance)
    yield from _files(instance)


def tables(instance: Instance) -> Iterator[StoredText]:
    """Yields the items of all tables."""
    client = instance.aws("dynamodb")
    for page in client.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            for items in client.get_paginator("scan").paginate(TableName=table):
                for item in items["Items"]:
                    yield StoredText("table items", table, _text(item))


def _streams(instance: Instance) -> Iterator[StoredText]:
    """Yields every write, including those whose item was deleted or replaced since."""
    client = instance.aws("dynamodbstreams")
    for stream in client.list_streams()["Streams"]:
        shards = client.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
        for shard in shards:
            at = client.get_shard_iterator(
                StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            ).get("ShardIterator")
            while at:
                page = client.get_records(ShardIterator=at)
                yield from (StoredText("stream records", stream["TableName"], _text(row)) for row in page["Records"])
                at = page.get("NextShardIterator") if page["Records"] else None


def _logs(instance: Instance) -> Iterator[StoredText]:
    client = instance.aws("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            yield from (StoredText("log events", name, event["message"]) for event in logs.events(instance, name))


def _queues(instance: Instance) -> Iterator[StoredText]:
    """Yields the messages of all queues, those in flight too. The emulator lists them without receiving them."""
    response = requests.get(f"{instance.url('emulator')}/_ministack/sqs/messages", timeout=60)
    response.raise_for_status()
    for regions in response.json()["messages"].values():
        for queues in regions.values():
            for queue, messages in queues.items():
                yield from (
                    StoredText("queued messages", queue, json.dumps(row, ensure_ascii=False)) for row in messages
                )


def _buckets(instance: Instance) -> Iterator[StoredText]:
    client = instance.aws("s3")
    for bucket in client.list_buckets()["Buckets"]:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for row in page.get("Contents", []):
                # Larger objects are the functions' programs.
                if row["Size"] < 1_000_000:
                    body = client.get_object(Bucket=bucket["Name"], Key=row["Key"])["Body"].read()
                    yield StoredText("bucket objects", f"{bucket['Name']}/{row['Key']}", body.decode(errors="replace"))


def _files(instance: Instance) -> Iterator[StoredText]:
    """Yields the lines of the files that the processes wrote: their logs and the emulator's state."""
    for file in sorted(instance.home.rglob("*")):
        if file.is_file():
            name = str(file.relative_to(instance.home))
            # The emulator unpacks the functions' programs there.
            with file.open("rb") as raw:
                if raw.read(4) == b"\x7fELF":
                    continue
            with file.open(errors="replace") as lines:
                yield from (StoredText("lines of files", name, line) for line in lines)


def _text(value: object) -> str:
    """Returns a value as JSON; binary parts are decoded as text."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    raw = value.value if isinstance(value, Binary) else value
    return bytes(raw).decode("latin-1") if isinstance(raw, bytes | bytearray) else str(raw)
