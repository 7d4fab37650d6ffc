"""`POST /events/announcement` on the deployed stack."""

from datetime import UTC, datetime, timedelta

import pytest

from centops_local import steps
from centops_local.alerts import owner_inbox

from lambdas import proxied
from support import NEW_CHATBOT, error_pointers

INSTITUTION = "again-institution"


def test_sample_event_queues_what_follows(stack):
    assert "queued" in proxied(stack, "reannounce-events", 202)


def test_event_that_was_not_told_is_announced_again(stack):
    """The owner subscribes after the release, as if its notification was lost."""
    admin = stack.person("admin")
    chatbot = {**NEW_CHATBOT, "name": "told-again", "institution": INSTITUTION, "versions": {"again-engine": "1.0.0"}}
    steps.expect(admin.post("/chatbots", chatbot), 201)
    try:
        steps.publish(stack, "again-engine", "1.1.0", "critical")
        query = "/events?kind=release-published&limit=20"
        listed = steps.expect(admin.get(query), 200).json()["events"]
        at = next(event["at"] for event in listed if event["release"]["component"] == "again-engine")
        inbox = owner_inbox(stack, "told-again", INSTITUTION)
        until = (datetime.fromisoformat(at) + timedelta(milliseconds=1)).isoformat().replace("+00:00", "Z")
        span = {"from": at, "to": until}
        assert steps.expect(stack.person("operator").post("/events/announcement", span), 202).json()["queued"] >= 1
        [entry] = inbox.await_kinds(["update-available"], 100)["entries"]
        assert (entry["component"], entry["version"]) == ("again-engine", "1.1.0")
    finally:
        steps.expect(admin.call("DELETE", "/chatbots/told-again"), 204)


@pytest.mark.parametrize(
    ("hours", "to_hours", "cursor", "pointer"),
    [(49, 0, None, "#/from"), (1, 2, None, "#/to"), (1, 1, None, "#/to"), (1, 0, "nowhere", "#/cursor")],
)
def test_span_that_is_too_old_or_empty_is_refused(stack, hours, to_hours, cursor, pointer):
    def ago(hours: int) -> str:
        return (datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")

    span = {"from": ago(hours), "to": ago(to_hours)} | ({"cursor": cursor} if cursor else {})
    response = stack.person("operator").post("/events/announcement", span)
    assert error_pointers(steps.expect(response, 400)) == [pointer]
