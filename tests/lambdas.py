"""Calls deployed functions with the sample events of `events/`."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from centops_local.instance import STACK
from centops_local.stack import Stack

EVENTS = Path(__file__).resolve().parents[1] / "events"
#: The time of every observation in the sample events. It is replaced by now: older ones are not counted.
SAMPLE_TIME = "2026-11-21T09:30:56.123Z"


def event_of(name: str, replace: dict[str, str] | None = None) -> dict[str, Any]:
    """A sample event, its observations moved to now, and parts of its text replaced."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def replaced(text: str) -> str:
        for old, new in {SAMPLE_TIME: now, **(replace or {})}.items():
            text = text.replace(old, new)
        return text

    event = json.loads(replaced((EVENTS / f"{name}.json").read_text()))
    if event.get("isBase64Encoded"):
        event["body"] = base64.b64encode(replaced(body_of(event)).encode()).decode()
    return event


def body_of(event: dict[str, Any]) -> str:
    """The body that a proxy event carries, as the caller sent it."""
    return base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]


def invoke(stack: Stack, function: str, event: dict[str, Any]) -> Any:
    """What the deployed function answers to an event. An error of the function fails the test."""
    answer = stack.instance.aws("lambda").invoke(FunctionName=f"{STACK}-{function}", Payload=json.dumps(event).encode())
    payload = json.loads(answer["Payload"].read() or b"null")
    assert "FunctionError" not in answer, f"{function} failed: {payload}"
    return payload
