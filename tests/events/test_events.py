"""Each deployed function, invoked with its sample event, does its task."""

import json
from datetime import UTC, datetime

import pytest

from centops_local import contract, devices, invitation_mail, steps
from centops_local.alerts import owner_inbox
from centops_local.polling import wait_until
from centops_local.route_queue import RouteQueue

from api_keys import issue_key
from lambdas import EVENTS, event_of, proxied
from support import NEW_CHATBOT

GUIDE = "event-guide"
#: The id and the code of the invitation in the sample events.
SAMPLE_INVITATION = "01a0c450-6c00-7303-8303-030303030303"
SAMPLE_CODE = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"


def test_every_function_has_a_sample_event():
    functions = {(function.area, function.name) for function in contract.functions(contract.read())}
    events = {(file.parent.name, file.stem) for file in EVENTS.rglob("*.json")}
    expected = functions - {("gateway", "authorize")}
    assert events == expected | {("gateway", "authorize-bearer"), ("gateway", "authorize-certificate")}


def test_create_chatbot(stack):
    created = proxied(stack, "create-chatbot", 201)
    admin = stack.person("admin")
    assert steps.expect(admin.get("/chatbots/event-new"), 200).json()["uri"] == created["uri"]
    # Its address does not exist, so it is deleted.
    steps.expect(admin.call("DELETE", "/chatbots/event-new"), 204)


def test_list_chatbots(stack):
    listed = proxied(stack, "list-chatbots", 200)["chatbots"]
    assert {chatbot["institution"] for chatbot in listed} == {"event-institution"}
    assert GUIDE in [chatbot["name"] for chatbot in listed]


def test_get_chatbot(stack):
    assert proxied(stack, "get-chatbot", 200)["name"] == GUIDE


def test_update_chatbot(stack):
    proxied(stack, "update-chatbot", 200)
    changed = steps.expect(stack.person("viewer").get("/chatbots/event-changed"), 200).json()
    assert changed["contact"] == "new@event-institution.example"


def test_delete_chatbot(stack):
    assert proxied(stack, "delete-chatbot", 204) is None
    steps.expect(stack.person("viewer").get("/chatbots/event-removed"), 404)


def test_subscription_is_created_read_changed_tested_and_ended(stack):
    created = proxied(stack, "create-subscription", 201)
    assert created["state"]["name"] == "active"
    listed = proxied(stack, "list-subscriptions", 200)["subscriptions"]
    assert created["id"] in [subscription["id"] for subscription in listed]
    assert proxied(stack, "get-subscription", 200) == created
    assert proxied(stack, "update-subscription", 200)["settings"]["quietHours"] != created["settings"]["quietHours"]
    assert proxied(stack, "confirm-subscription", 200)["state"]["name"] == "active"
    assert proxied(stack, "test-subscription", 202) is None
    assert "messages" in proxied(stack, "list-messages", 200)
    proxied(stack, "redeliver-message", 404)
    assert proxied(stack, "delete-subscription", 204) is None
    assert proxied(stack, "get-subscription", 200)["state"]["name"] == "ended"


@pytest.mark.parametrize("function", ["show-unsubscription", "unsubscribe"])
def test_page_of_a_link_that_is_not_valid(stack, function):
    response = stack.invoke(function, event_of(function))
    assert response["statusCode"] == 404 and "<html" in response["body"]


def test_subscribe_to_chatbot(stack):
    subscription = proxied(stack, "subscribe-to-chatbot", 201)
    attributes = stack.instance.aws("sns").get_subscription_attributes(SubscriptionArn=subscription["id"])
    assert attributes["Attributes"]["Endpoint"] == subscription["endpoint"]


def test_publish_release_and_get_updates(stack):
    """The update of a chatbot is the published release."""
    published = proxied(stack, "publish-release", 201)
    updates = proxied(stack, "get-updates", 200)["updates"]
    assert [(row["component"], row["latest"]) for row in updates] == [("event-component", published["version"])]


def test_report_versions(stack):
    reported = proxied(stack, "report-versions", 200, replace={GUIDE: "event-changed"})
    stored = steps.expect(stack.person("viewer").get("/chatbots/event-changed"), 200).json()
    assert stored["versions"] == reported["versions"] == {"event-component": "2.0.0", "intent-engine": "1.4.1"}


def test_get_routes(stack, bystanders):
    table = proxied(stack, "get-routes", 200)
    assert set(bystanders) <= {route["name"] for route in table["routes"]}


def test_get_route(stack, online):
    assert proxied(stack, "get-route", 200)["uri"] == stack.member("opening-hours").enrolment()["uri"]


def test_list_signing_keys(stack):
    assert [key["crv"] for key in proxied(stack, "list-signing-keys", 200)["keys"]] == ["P-256"]


@pytest.mark.exclusive("route-topic")
def test_subscribe_and_publish_routes(stack):
    """The subscribed queue receives the published changes."""
    queue = RouteQueue(stack, "event-routes")
    assert proxied(stack, "subscribe-routes", 200)["queue"] == queue.arn
    event = event_of("publish-routes")
    assert stack.invoke("publish-routes", event) == {"batchItemFailures": []}
    changes = json.loads(event["Records"][0]["dynamodb"]["NewImage"]["changes"]["S"])
    wait_until(
        "the queue receives the changes", lambda: changes in [message.delta["changes"] for message in queue.read()], 20
    )
    assert proxied(stack, "unsubscribe-routes", 204) is None


def test_submit_and_ingest_codes(stack):
    """One message is sent through the queue, a second one directly to the function."""
    assert proxied(stack, "submit-codes", 202)["accepted"] == 3
    steps.await_code_totals(stack, GUIDE, {"2xx": 1, "4xx": 1, "timeout": 1})
    event = event_of("ingest-codes", {"dmr-tallinn": "dmr-of-event"})
    assert stack.invoke("ingest-codes", event) == {"batchItemFailures": []}
    assert steps.code_totals(stack, GUIDE) == {"2xx": 2, "4xx": 2, "timeout": 2}


def test_ingest_parked(stack):
    """The batch of the sample is counted once, however often it is delivered."""
    chatbot = "event-changed"
    event = event_of("ingest-parked", {GUIDE: chatbot})
    before = steps.code_totals(stack, chatbot).get("2xx", 0)
    for _ in range(2):
        assert stack.invoke("ingest-parked", event) == {"batchItemFailures": []}
    assert steps.code_totals(stack, chatbot)["2xx"] == before + 1


def test_submit_and_ingest_logs(stack):
    chatbot = "event-changed"
    event = event_of("ingest-logs", {GUIDE: chatbot})
    assert stack.invoke("ingest-logs", event) == {"batchItemFailures": []}
    assert steps.log_levels(stack, chatbot) == {"info": 1, "error": 1}
    assert proxied(stack, "submit-logs", 202)["accepted"] == 2
    wait_until("the logs are counted", lambda: steps.log_levels(stack, GUIDE) == {"info": 1, "error": 1}, 20)


def test_list_logs(stack):
    """The sample query selects the more severe entry of the sample message."""
    chatbot = "event-changed"
    assert stack.invoke("ingest-logs", event_of("ingest-logs", {GUIDE: chatbot})) == {"batchItemFailures": []}
    entries = proxied(stack, "list-logs", 200, {GUIDE: chatbot})["entries"]
    assert {(entry["level"], entry["message"]) for entry in entries} == {("error", "The intent engine failed.")}


def test_list_audit(stack):
    records = proxied(stack, "list-audit", 200)["records"]
    enrolments = [record for record in records if record["operation"] == "create-chatbot"]
    assert [record["after"]["name"] for record in enrolments] == [GUIDE]


@pytest.mark.parametrize("function", ["schedule-probes", "sweep-recovery", "probe-chatbots"])
def test_probes(stack, online, function):
    """Each of the functions on the way to a probe brings a new chatbot Online, by itself or through the next one."""
    admin, served = stack.person("admin"), stack.member("opening-hours").enrolment()
    steps.expect(admin.post("/chatbots", {**served, "name": "event-probed"}), 201)
    try:
        stack.invoke(function, event_of(function))
        steps.await_status(stack, "event-probed", "Online", 30)
    finally:
        steps.expect(admin.call("DELETE", "/chatbots/event-probed"), 204)


def test_recount_chatbots(stack, online):
    assert stack.invoke("recount-chatbots", event_of("recount-chatbots"))["drift"] == 0


@pytest.mark.parametrize("function", ["announce", "fan-out"])
def test_event_of_the_stream_reaches_the_owner(stack, function):
    inbox = owner_inbox(stack, GUIDE, "event-institution")
    created = steps.expect(stack.person("viewer").get(f"/chatbots/{GUIDE}"), 200).json()["createdAt"]
    enrolled_ms = int(datetime.fromisoformat(created).timestamp() * 1000)
    stack.invoke(function, event_of(function, {"1795249800000": str(enrolled_ms)}))
    wait_until("the owner receives the message about the outage", lambda: "chatbot-offline" in inbox.kinds(), 60)


def test_wake_up_without_a_subscription_is_done_with(stack):
    assert stack.invoke("deliver-notifications", event_of("deliver-notifications")) == {"batchItemFailures": []}


def test_report_of_an_unknown_message_is_done_with(stack):
    assert stack.invoke("record-undelivered", event_of("record-undelivered")) == {"batchItemFailures": []}


@pytest.mark.parametrize("function", ["sweep-notifications", "reconcile-subscriptions"])
def test_sweeps_of_notifications(stack, function):
    """What they find is tested with the subscriptions."""
    assert stack.invoke(function, event_of(function)) is None


@pytest.mark.parametrize("form", ["bearer", "certificate"])
def test_authorize(stack, form):
    token = stack.issuer.token("mari@example.ee", ["operator", "owner"], ["tallinn-library", "tax-board"])
    # As a part of a JSON string.
    certificate = json.dumps(stack.credentials("dmr-tallinn", "dmr").certificate.read_text())[1:-1]
    live = {'"CERTIFICATE"': f'"{certificate}"', "TOKEN": token}
    policy = stack.invoke("authorize", event_of(f"authorize-{form}", live))
    statements = policy["policyDocument"]["Statement"]
    assert [statement["Effect"] for statement in statements] == ["Allow"]
    expected = {
        "bearer": ("person", "mari@example.ee", "operator owner", "tallinn-library tax-board"),
        "certificate": ("dmr", "dmr-tallinn", "", ""),
    }
    context = tuple(policy["context"].get(key, "") for key in ("kind", "subject", "roles", "institutions"))
    assert context == expected[form]


def test_get_chatbot_health(stack):
    assert proxied(stack, "get-chatbot-health", 200)["chatbot"] == GUIDE


def test_get_health_history(stack):
    assert proxied(stack, "get-health-history", 200)["step"] == 60


def test_set_and_delete_control(stack):
    assert proxied(stack, "set-control", 200)["control"]["mode"] == "hold"
    assert proxied(stack, "delete-control", 204) is None
    assert "control" not in steps.health(stack, "event-changed")


def test_probe_chatbot(stack):
    """The chatbot of the sample is online; a new one has not been probed successfully yet."""
    admin, chatbot = stack.person("admin"), "event-probed"
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": chatbot}), 201)
    try:
        assert proxied(stack, "probe-chatbot", 202, {GUIDE: chatbot})["chatbot"] == chatbot
    finally:
        # Its address does not exist, so it is deleted.
        steps.expect(admin.call("DELETE", f"/chatbots/{chatbot}"), 204)


def test_get_health(stack):
    assert set(proxied(stack, "get-health", 200)["types"]) == {"ministry", "institution"}


def test_get_metrics(stack):
    response = stack.invoke("get-metrics", event_of("get-metrics"))
    assert response["statusCode"] == 200, response
    assert "\ncentops_routes " in response["body"]


@pytest.mark.exclusive("policy")
def test_put_get_and_dry_run_policy(stack):
    written = proxied(stack, "put-policy", 200)
    assert proxied(stack, "get-policy", 200) == written
    results = proxied(stack, "dry-run-policy", 200)["results"]
    assert GUIDE in [row["chatbot"] for row in results]


@pytest.mark.exclusive("mail")
def test_onboarding(stack):
    """Each step needs the one before."""
    invited = proxied(stack, "create-invitation", 201)
    mail = invitation_mail.sent_to(stack.instance, "it@event-institution.example")[-1]
    assert mail.invitation == invited["id"]
    replace = {SAMPLE_INVITATION: mail.invitation, SAMPLE_CODE: mail.code}
    submitted = proxied(stack, "submit-application", 200, replace)
    assert submitted["status"] == "submitted"
    assert proxied(stack, "get-invitation", 200, replace) == submitted
    assert mail.invitation in [one["id"] for one in proxied(stack, "list-invitations", 200)["invitations"]]
    [own] = [one for one in proxied(stack, "list-own-invitations", 200)["invitations"] if one["id"] == mail.invitation]
    assert (own["chatbot"], own["nextStep"]) == ("event-applied", "await-decision")
    assert proxied(stack, "decide-invitation", 200, replace)["status"] == "approved"
    admin = stack.person("admin")
    assert steps.expect(admin.get("/chatbots/event-applied"), 200).json()["institution"] == "event-institution"
    # Its address does not exist, so it is deleted.
    steps.expect(admin.call("DELETE", "/chatbots/event-applied"), 204)


def test_create_list_get_update_and_delete_dmr(stack):
    devices.register(stack.person("admin"), "event-dmr")
    created = proxied(stack, "create-dmr", 201)
    assert created in proxied(stack, "list-dmrs", 200)["dmrs"]
    assert proxied(stack, "get-dmr", 200) == created
    unreported = {"dmr": created["name"], "silent": False, "unsettledChatbots": 0}
    assert proxied(stack, "get-dmr-health", 200) == unreported
    assert proxied(stack, "update-dmr", 200)["status"] == "Disabled"
    proxied(stack, "end-route-subscription", 404)
    assert proxied(stack, "delete-dmr", 204) is None
    proxied(stack, "get-dmr", 404)


@pytest.mark.exclusive("route-topic")
def test_check_credentials_resumes_a_sweep(stack):
    """The function does what an interrupted removal left."""
    admin, queue = stack.person("admin"), RouteQueue.new(stack)
    issue_key(stack, "dmr-swept", "dmr")
    dmr = stack.device("dmr-swept", "dmr")
    steps.expect(dmr.call("PUT", "/route-subscription", {"queue": queue.arn}), 200)
    [key] = steps.expect(admin.get("/api-keys", profile="dmr", name="dmr-swept"), 200).json()["keys"]
    at, _, fraction = key["enrolledAt"].removesuffix("Z").partition(".")
    nanoseconds = f"{int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())}{fraction:0<9}"
    sweep = {
        "pk": "SWEEPS", "sk": f"enrolment#dmr#dmr-swept#{nanoseconds}", "scope": "enrolment", "profile": "dmr",
        "name": "dmr-swept", "enrolledAt": key["enrolledAt"], "reason": "The DMR was removed.",
        "by": {"kind": "person", "name": "admin@example.ee"}, "operation": "delete-dmr",
    }  # fmt: skip
    stack.table.put_item(Item=sweep)
    stack.invoke("check-credentials", event_of("check-credentials"))
    [key] = steps.expect(admin.get("/api-keys", profile="dmr", name="dmr-swept"), 200).json()["keys"]
    assert key["revocationReason"] == sweep["reason"]
    steps.expect(dmr.call("DELETE", "/route-subscription"), 401)
    steps.expect(admin.call("DELETE", "/dmrs/dmr-swept/route-subscription"), 404)
    assert "Item" not in stack.table.get_item(Key={"pk": sweep["pk"], "sk": sweep["sk"]})
    records = steps.expect(admin.get("/audit", limit=200), 200).json()["records"]
    assert "delete-dmr" in [record["operation"] for record in records]


def test_issue_renew_list_and_revoke_certificate(stack):
    """The issued certificate is too new to be renewed, is listed, and then revoked."""
    devices.register(stack.person("admin"), "event-dmr")
    issued = proxied(stack, "issue-certificate", 201)
    listed = proxied(stack, "list-certificates", 200)["certificates"]
    assert issued["serial"] in [row["serial"] for row in listed]
    proxied(stack, "renew-certificate", 409, {"dmr-tallinn": "event-dmr"})
    revoked = proxied(stack, "revoke-certificate", 200, {"SERIAL": issued["serial"]})
    assert (revoked["serial"], revoked["revocationReason"]) == (issued["serial"], "the key was lost")


def test_issue_list_and_revoke_api_key(stack):
    devices.register(stack.person("admin"), "event-dmr")
    issued = proxied(stack, "issue-api-key", 201)
    listed = proxied(stack, "list-api-keys", 200)["keys"]
    assert issued["id"] in [row["id"] for row in listed]
    revoked = proxied(stack, "revoke-api-key", 200, {"KEYID": issued["id"]})
    assert (revoked["id"], revoked["revocationReason"]) == (issued["id"], "the key was lost")


def test_institution(stack):
    """The created institution is changed and found. It has chatbots, so another one is deleted."""
    assert proxied(stack, "create-institution", 201)["id"] == "event-institution"
    changed = proxied(stack, "update-institution", 200)
    assert proxied(stack, "get-institution", 200) == changed
    assert changed in proxied(stack, "list-institutions", 200)
    removed = {"id": "event-removed-institution", "name": "An institution to delete"}
    steps.expect(stack.person("admin").post("/admin/institutions", removed), 201)
    assert proxied(stack, "delete-institution", 204) is None


def test_list_participants(stack, bystanders):
    listed = proxied(stack, "list-participants", 200)
    assert set(bystanders) <= {participant["name"] for participant in listed}
    assert {participant["type"] for participant in listed} == {"Chatbot"}


def test_list_clients(stack):
    response = proxied(stack, "list-clients", 200)["response"]
    assert (response["page"], response["pageSize"], response["totalPages"]) == (1, 100, 1)


def test_set_own_state(stack, online):
    """The chatbot disables itself. An administrator ends that, because the test does not have the chatbot's API key."""
    assert proxied(stack, "set-own-state", 200, {GUIDE: "event-changed"})["status"] == "Disabled"
    assert steps.health(stack, "event-changed")["control"]["by"] == "chatbot:event-changed"
    steps.expect(stack.person("admin").call("DELETE", "/chatbots/event-changed/control"), 204)
    steps.await_online(stack, ["event-changed"], probe=True)


def test_get_report(stack, online):
    report = proxied(stack, "get-report", 200)
    assert report["institution"] == "event-institution"


def test_summarise_history_and_schedule_reports(stack):
    for function in ("summarise-history", "schedule-reports"):
        assert stack.invoke(function, event_of(function)) is None


def test_send_reports_of_an_unknown_subscription(stack):
    assert stack.invoke("send-reports", event_of("send-reports")) == {"batchItemFailures": []}
