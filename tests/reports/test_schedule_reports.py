"""The reports of the past week are handed out to every mailbox. This file runs after the others: it mails to their
subscriptions too."""

import json
from datetime import UTC, datetime, timedelta

from centops_local import steps
from centops_local.mailbox import mails_to
from centops_local.polling import wait_until

from lambdas import event_of
from support import NEW_CHATBOT
from test_send_reports import SENT_SECONDS, subscribe

#: An institution and a chatbot that no other test uses.
INSTITUTION = "scheduled-institution"
SCHEDULED = "scheduled-chatbot"


def test_report_of_the_past_monday_is_handed_out_and_mailed(stack):
    owner, admin = stack.person("owner", [INSTITUTION]), stack.person("admin")
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": SCHEDULED, "institution": INSTITUTION}), 201)
    _, _, address = subscribe(stack, owner, INSTITUTION)
    # As if the function had not run for eight days, which have one Monday at least.
    since = (datetime.now(UTC) - timedelta(days=8)).isoformat().replace("+00:00", "Z")
    item = {"pk": {"S": "REPORTS"}, "sk": {"S": "PROGRESS"}, "state": {"S": json.dumps(since)}}
    stack.instance.aws("dynamodb").put_item(TableName=stack.outputs["Table"], Item=item)
    assert stack.invoke("schedule-reports", event_of("schedule-reports")) is None
    wait_until("the report arrives", lambda: len(mails_to(stack.instance, address)) == 2, SENT_SECONDS)
    steps.expect(admin.call("DELETE", f"/chatbots/{SCHEDULED}"), 204)
