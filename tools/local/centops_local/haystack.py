"""Everything that a copy of the stack keeps, as text: tables and their streams, logs, queues, buckets, files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import requests
from boto3.dynamodb.types import Binary

from . import logs
from .instance import Instance


@dataclass(frozen=True)
class Piece:
    """One thing that is kept: of which kind, what it is, and its text."""

    kind: str
    what: str
    text: str


def everything(instance: Instance) -> Iterator[Piece]:
    """Every piece, one after the other."""
    yield from _tables(instance)
    yield from _streams(instance)
    yield from _logs(instance)
    yield from _queues(instance)
    yield from _buckets(instance)
    yield from _files(instance)


def _tables(instance: Instance) -> Iterator[Piece]:
    client = instance.aws("dynamodb")
    for page in client.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            for items in client.get_paginator("scan").paginate(TableName=table):
                for item in items["Items"]:
                    yield Piece("table items", table, _text(item))


def _streams(instance: Instance) -> Iterator[Piece]:
    """What was written, also where it is gone or was replaced."""
    client = instance.aws("dynamodbstreams")
    for stream in client.list_streams()["Streams"]:
        shards = client.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
        for shard in shards:
            at = client.get_shard_iterator(
                StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            ).get("ShardIterator")
            while at:
                answer = client.get_records(ShardIterator=at)
                yield from (Piece("stream records", stream["TableName"], _text(row)) for row in answer["Records"])
                at = answer.get("NextShardIterator") if answer["Records"] else None


def _logs(instance: Instance) -> Iterator[Piece]:
    client = instance.aws("logs")
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            name = group["logGroupName"]
            yield from (Piece("log events", name, event["message"]) for event in logs.events(instance, name))


def _queues(instance: Instance) -> Iterator[Piece]:
    """Messages of all queues, also those in flight: the emulator shows them without anybody receiving them."""
    response = requests.get(f"{instance.url('emulator')}/_ministack/sqs/messages", timeout=60)
    response.raise_for_status()
    for regions in response.json()["messages"].values():
        for queues in regions.values():
            for queue, messages in queues.items():
                yield from (Piece("queued messages", queue, json.dumps(row, ensure_ascii=False)) for row in messages)


def _buckets(instance: Instance) -> Iterator[Piece]:
    client = instance.aws("s3")
    for bucket in client.list_buckets()["Buckets"]:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for row in page.get("Contents", []):
                # The functions' own programs are no data.
                if row["Size"] < 1_000_000:
                    body = client.get_object(Bucket=bucket["Name"], Key=row["Key"])["Body"].read()
                    yield Piece("bucket objects", f"{bucket['Name']}/{row['Key']}", body.decode(errors="replace"))


def _files(instance: Instance) -> Iterator[Piece]:
    """What the processes wrote: their logs line by line, and the emulator's state."""
    for file in sorted(instance.home.rglob("*")):
        if file.is_file():
            name = str(file.relative_to(instance.home))
            # Programs, which the emulator unpacks there.
            with file.open("rb") as raw:
                if raw.read(4) == b"\x7fELF":
                    continue
            with file.open(errors="replace") as lines:
                yield from (Piece("lines of files", name, line) for line in lines)


def _text(value: object) -> str:
    """A value as JSON, with what is binary as the text in it."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    raw = value.value if isinstance(value, Binary) else value
    return bytes(raw).decode("latin-1") if isinstance(raw, bytes | bytearray) else str(raw)
