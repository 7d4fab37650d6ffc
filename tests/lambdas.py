"""Sample events of `events/`, and the invocation of deployed functions with them."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from centops_local.stack import Stack

EVENTS = Path(__file__).resolve().parents[1] / "events"
#: The time of every observation in the sample events. It is replaced by the current time; older ones are not counted.
SAMPLE_TIME = "2026-11-21T09:30:56.123Z"


def event_of(name: str, replace: dict[str, str] | None = None) -> dict[str, Any]:
    """Returns a sample event with current times, and with parts of its text replaced."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def replaced(text: str) -> str:
        for old, new in {SAMPLE_TIME: now, **(replace or {})}.items():
            text = text.replace(old, new)
        return text

    [file] = EVENTS.rglob(f"{name}.json")
    event = json.loads(replaced(file.read_text()))
    if event.get("isBase64Encoded"):
        event["body"] = base64.b64encode(replaced(body_of(event)).encode()).decode()
    return event


def body_of(event: dict[str, Any]) -> str:
    """Returns the decoded body of a proxy event."""
    return base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]


def proxied(stack: Stack, function: str, status: int, replace: dict[str, str] | None = None) -> Any:
    """Invokes a function with its sample proxy event. Returns the body of its response, which must have the status."""
    response = stack.invoke(function, event_of(function, replace))
    assert response["statusCode"] == status, response
    return json.loads(response["body"]) if response.get("body") else None
