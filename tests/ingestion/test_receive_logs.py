"""Log records of senders that speak OpenTelemetry's protocol: the SDKs for Python and JavaScript, and plain requests."""

import gzip
import json
import logging
import subprocess
import time
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor

from centops_local import steps
from centops_local.polling import wait_until

from bad_log_bodies import BODIES, PROTOBUF
from lambdas import proxied


def entries_of(stack, chatbot: str) -> list[dict]:
    return steps.all_pages(stack.person("viewer"), f"/chatbots/{chatbot}/logs", "entries")


def await_messages(stack, chatbot: str, messages: set[str]) -> list[dict]:
    """Waits until a chatbot has entries with these messages, and no others. Returns the entries."""

    def all_there() -> list[dict]:
        found = entries_of(stack, chatbot)
        return found if {entry["message"] for entry in found} == messages else []

    return wait_until(f"{chatbot} has {len(messages)} entries", all_there, 20)


def record(message: str, nanoseconds: int, number: int = 9) -> dict:
    return {"timeUnixNano": str(nanoseconds), "severityNumber": number, "body": {"stringValue": message}}


def request(*records: dict) -> bytes:
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": list(records)}]}]}).encode()


def send(device, body: bytes, content_type: str = "application/json", **headers: str):
    return device.session.post(
        f"{device.base}/v1/logs", data=body, headers={"Content-Type": content_type} | headers, timeout=30
    )


@pytest.mark.parametrize("compression", list(Compression)[::2], ids=lambda each: each.value)
def test_logs_of_the_python_sdk_are_listed_masked(stack, compression, monkeypatch):
    # They would take precedence over the certificate of the exporter.
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
    name = f"otlp-{compression.value}"
    caller = stack.credentials(name, "chatbot")
    exporter = OTLPLogExporter(
        endpoint=f"{stack.instance.url('edge')}/v1/logs",
        certificate_file=str(stack.authority.certificate),
        client_certificate_file=str(caller.certificate),
        client_key_file=str(caller.key),
        compression=compression,
    )
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logger = logging.Logger(name)
    logger.addHandler(LoggingHandler(logger_provider=provider))
    logger.info("ready for %s", "mari@example.ee")
    logger.error({"step": "rasa", "status": 502})
    provider.shutdown()
    entries = await_messages(stack, name, {"ready for [e-mail]", '{"step":"rasa","status":502}'})
    assert {entry["level"] for entry in entries} == {"info", "error"}


def test_logs_of_the_javascript_sdk_are_listed_masked(stack):
    caller = stack.credentials("otlp-javascript", "chatbot")
    sender = Path(__file__).with_name("otlp_sender.mjs")
    files = [caller.certificate, caller.key, stack.authority.certificate]
    command = ["node", sender, f"{stack.instance.url('edge')}/v1/logs", *files]
    sent = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (sent.returncode, sent.stdout, sent.stderr) == (0, "", "")
    kinds = [(encoding, compression) for encoding in ("json", "protobuf") for compression in ("none", "gzip")]
    texts = {f"{encoding} {compression} õäöü [e-mail]" for encoding, compression in kinds}
    bodies = {f'{{"encoding":"{encoding}","compression":"{compression}"}}' for encoding, compression in kinds}
    entries = await_messages(stack, "otlp-javascript", texts | bodies)
    assert {entry["level"] for entry in entries} == {"info", "error"}


def test_equal_body_is_taken_once_and_another_one_too(stack):
    device, now = stack.device("otlp-repeated", "chatbot"), time.time_ns()
    first, second = request(record("first", now)), request(record("second", now))
    for body in (first, first, gzip.compress(first), second):
        answer = steps.expect(send(device, body), 200)
        assert answer.json() == {}
    assert len(await_messages(stack, "otlp-repeated", {"first", "second"})) == 2


def test_record_of_the_future_is_named_and_the_others_are_taken(stack):
    device, now = stack.device("otlp-future", "chatbot"), time.time_ns()
    answer = steps.expect(send(device, request(record("now", now), record("later", now + 3_600_000_000_000))), 200)
    assert answer.json()["partialSuccess"]["rejectedLogRecords"] == "1"
    await_messages(stack, "otlp-future", {"now"})


def test_bodies_that_cannot_be_read_are_refused_in_the_form_of_the_protocol(stack):
    device = stack.device("otlp-refused", "chatbot")
    wrong = {}
    for bad in BODIES:
        answer = send(device, bad.body, bad.content_type, **bad.headers)
        if answer.status_code != bad.status:
            wrong[bad.name] = answer.status_code, answer.text[:200]
        elif bad.content_type == PROTOBUF:
            assert answer.headers["Content-Type"] == PROTOBUF and answer.content.startswith(b"\x08\x03\x12"), bad.name
        else:
            assert answer.json()["code"] == 3 and answer.json()["message"], bad.name
    assert not wrong and len(BODIES) > 50
    # Nothing of them was taken, and what follows is.
    steps.expect(send(device, request(record("good", time.time_ns()))), 200)
    await_messages(stack, "otlp-refused", {"good"})


def test_dmr_may_not_send_log_records(stack):
    steps.expect(send(stack.device("otlp-dmr", "dmr"), b"{}"), 403)


def test_answers_its_sample_event(stack):
    assert proxied(stack, "receive-logs", 200) == {}
