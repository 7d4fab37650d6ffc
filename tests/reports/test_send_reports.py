"""A report that is due reaches the mailbox of a subscription, once."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta

from centops_local import steps
from centops_local.mailbox import mails_to
from centops_local.polling import wait_until

from lambdas import event_of
from support import NEW_CHATBOT

#: An institution and a chatbot that no other test uses.
INSTITUTION = "mailed-institution"
MAILED = "mailed-chatbot"
#: `sweep-notifications` wakes the subscription within a minute; the rest is a moment.
SENT_SECONDS = 90


def subscribe(stack, owner, institution: str) -> tuple[dict, str, str]:
    """Subscribes a new mailbox to an institution, and confirms it. Returns the subscription, its path and the address."""
    address = f"report-{uuid.uuid4().hex[:8]}@example.ee"
    body = {"channel": "mail", "address": address, "institution": institution, "settings": {"language": "en"}}
    created = steps.expect(owner.post("/subscriptions", body), 201)
    path = created.headers["Location"]
    code = re.search(r"\b\d{6}\b", mails_to(stack.instance, address)[0]["BodyText"])[0]
    steps.expect(owner.post(f"{path}/confirmation", {"code": code}), 200)
    return created.json(), path, address


def report_event(subscription: dict, at: datetime) -> dict:
    """Returns the message of the queue that a weekly report is due."""
    event = event_of("send-reports")
    due = {"subscription": subscription["id"], "kind": "weekly", "at": at.isoformat()}
    event["Records"][0]["body"] = json.dumps(due)
    return event


def test_report_that_is_delivered_twice_is_mailed_once(stack):
    owner, admin = stack.person("owner", [INSTITUTION]), stack.person("admin")
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": MAILED, "institution": INSTITUTION}), 201)
    subscription, path, address = subscribe(stack, owner, INSTITUTION)
    now = datetime.now(UTC)
    event = report_event(subscription, now)
    for _ in range(2):
        assert stack.invoke("send-reports", event) == {"batchItemFailures": []}
    # Another report waits while the first one is being delivered: it comes back after 15 minutes.
    other = report_event(subscription, now - timedelta(days=7))
    assert stack.invoke("send-reports", other) == {"batchItemFailures": []}
    wait_until("the report arrives", lambda: len(mails_to(stack.instance, address)) == 2, SENT_SECONDS)
    assert stack.invoke("send-reports", event) == {"batchItemFailures": []}
    report = mails_to(stack.instance, address)[1]
    assert report["Subject"].startswith(f"{INSTITUTION}: availability not known"), report["Subject"]
    assert "unsubscription?token=" in report["BodyText"] and '<html lang="en">' in report["BodyHtml"]
    [message] = steps.all_pages(owner, f"{path}/messages", "messages")
    assert message["subject"] == report["Subject"]
    steps.expect(admin.call("DELETE", f"/chatbots/{MAILED}"), 204)


def test_days_are_summarised(stack):
    assert stack.invoke("summarise-history", event_of("summarise-history")) is None
