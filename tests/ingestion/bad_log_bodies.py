"""Bodies that `POST /v1/logs` refuses, with the status of the refusal."""

import gzip
import json
import random
from collections.abc import Iterator
from typing import NamedTuple

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
GZIP = {"Content-Encoding": "gzip"}


class Bad(NamedTuple):
    """A body that is refused."""

    name: str
    body: bytes
    status: int
    content_type: str = JSON
    headers: dict[str, str] = {}


def of_records(records: str) -> bytes:
    return f'{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":{records}}}]}}]}}'.encode()


def nested(depth: int) -> str:
    return '{"arrayValue":{"values":[' * depth + '{"intValue":"1"}' + "]}}" * depth


def message(field: int, content: bytes) -> bytes:
    """Returns a length-delimited field of protobuf."""
    length, size = len(content), b""
    while length > 127:
        size += bytes([length & 127 | 128])
        length >>= 7
    return bytes([field << 3 | 2]) + size + bytes([length]) + content


def no_json() -> Iterator[Bad]:
    texts = [b"{", b"[]", b'"text"', b"1", b"null garbage", b"{}{}", b"\xff\xfe{}", b'{"resourceLogs":', b"{'resourceLogs':[]}"]
    texts += [b'{"resourceLogs":{}}', b'{"resourceLogs":[1]}', b'{"resourceLogs":[{"scopeLogs":"x"}]}', b"not json", b"<xml/>"]
    for text in texts:
        yield Bad(f"JSON {text!r}", text, 400)
    records = [
        '{}', '[1]', '[{"timeUnixNano":"soon"}]', '[{"timeUnixNano":-1}]', '[{"timeUnixNano":"99999999999999999999"}]',
        '[{"severityNumber":"ERROR"}]', '[{"severityText":5}]', '[{"body":"text"}]', '[{"body":{"stringValue":1}}]',
        '[{"body":{"intValue":"x"}}]', '[{"body":{"bytesValue":"%%%"}}]', '[{"body":{"boolValue":"yes"}}]',
        '[{"traceId":"zz"}]', '[{"traceId":"abc"}]', '[{"attributes":{}}]', '[{"attributes":[{"key":1}]}]',
        f'[{{"body":{nested(2000)}}}]',
    ]  # fmt: skip
    for record in records:
        yield Bad(f"record {record[:40]}", of_records(record), 400)


def no_protobuf() -> Iterator[Bad]:
    deep = b""
    for _ in range(300):
        deep = message(5, message(1, deep))
    bodies = [
        b"\xff\xff\xff", b"\x0a", b"\x0a\x05ab", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"{}", b"\x0b", b"\x0f",
        message(1, b"\x12\x7f"), message(1, message(2, b"\x12\x02\x1a\x09")),
        message(1, message(2, message(2, message(3, b"\xff\xfe")))), message(1, message(2, message(2, b"\x09\x01"))),
        message(1, message(2, message(2, message(5, deep)))),
    ]  # fmt: skip
    for body in bodies:
        yield Bad(f"protobuf {body[:12]!r}", body, 400, PROTOBUF)
    random_bytes = random.Random(1)
    for _ in range(3):
        # The first byte is a field of a type that protobuf does not have.
        yield Bad("random bytes", b"\x0f" + random_bytes.randbytes(500), 400, PROTOBUF)


def no_gzip() -> Iterator[Bad]:
    packed = gzip.compress(of_records("[{}]"))
    damaged = packed[:-8] + bytes(8)
    for body in (b"\x1f\x8b\x08broken", packed[:15], packed[:-4], damaged, packed + b"\x1f\x8b\x00"):
        yield Bad(f"gzip {body[-6:]!r}", body, 400, headers=GZIP)
    yield Bad("gzip of no request", gzip.compress(b"\xff\xff"), 400, PROTOBUF, GZIP)
    yield Bad("gzip of gzip", gzip.compress(packed), 400, headers=GZIP)


def too_large() -> Iterator[Bad]:
    yield Bad("bomb", gzip.compress(b" " * (100 << 20)), 413, headers=GZIP)
    yield Bad("bomb of protobuf", gzip.compress(message(1, b"\x00" * (5 << 20))), 413, PROTOBUF, GZIP)
    yield Bad("bombs in members", gzip.compress(b" " * (3 << 20)) * 3, 413, headers=GZIP)
    values = "[" + ",".join(['{"body":{}}'] * 200_000) + "]"
    yield Bad("many messages", gzip.compress(of_records(values)), 413, headers=GZIP)
    yield Bad("many messages of protobuf", gzip.compress(message(1, message(2, message(2, b"") * 260_000))), 413, PROTOBUF, GZIP)


def other_types() -> Iterator[Bad]:
    for content_type in ("text/plain", "application/x-ndjson", "application/grpc", "application/protobuf", "multipart/form-data"):
        yield Bad(content_type, json.dumps({}).encode(), 415, content_type)
    for encoding in ("br", "zstd", "deflate", "gzip, gzip"):
        yield Bad(encoding, b"{}", 415, headers={"Content-Encoding": encoding})


#: All of them.
BODIES = [*no_json(), *no_protobuf(), *no_gzip(), *too_large(), *other_types()]
