"""Subscriptions to notifications: their life in the API, their topics, and their confirmation."""

import base64
import hmac
import json
import re
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import requests

from centops_local import steps
from centops_local.invitation_mail import SENDER
from centops_local.mailbox import mails_to

from support import NEW_CHATBOT, error_pointers

INSTITUTION = "subscribing-institution"


@pytest.fixture
def owner(stack):
    return stack.person("owner", [INSTITUTION])


def queue(name: str) -> str:
    return f"arn:aws:sqs:eu-north-1:000000000000:{name}-{uuid.uuid4().hex[:8]}"


def subscribe(person, channel: str, address: str, status: int = 201, **more) -> requests.Response:
    body = {"channel": channel, "address": address, "institution": INSTITUTION, **more}
    return steps.expect(person.post("/subscriptions", body), status)


def topics_of(stack, subscription: str) -> list[str]:
    """Returns the topics of a subscription."""
    pages = stack.instance.aws("sns").get_paginator("list_topics").paginate()
    arns = [topic["TopicArn"] for page in pages for topic in page["Topics"]]
    return [arn for arn in arns if f"-to-{subscription}-" in arn]


def unsubscribe_token(stack, subscription: str, generation: int = 1) -> str:
    """Returns the token in the links of mails to a subscription, which no response of the API contains."""
    secret = stack.instance.aws("secretsmanager").get_secret_value(SecretId=stack.outputs["NotificationSecret"])
    content = f"unsubscribe:{subscription}:{generation}".encode()
    tag = hmac.digest(secret["SecretString"].encode(), content, "sha256")
    return base64.urlsafe_b64encode(tag).rstrip(b"=").decode()


def test_subscription_of_a_queue_is_active_until_its_owner_ends_it(stack, owner):
    created = subscribe(owner, "sqs", queue("lived"), settings={"leastImportance": "warning", "language": "en"})
    path = created.headers["Location"]
    assert path == f"/subscriptions/{created.json()['id']}"
    assert created.json()["state"]["name"] == "active"
    assert created.json()["coverage"] == {"type": "institution", "institution": INSTITUTION}
    assert created.json()["settings"]["leastImportance"] == "warning"
    assert len(topics_of(stack, created.json()["id"])) == 1
    read = steps.expect(owner.get(path), 200)
    assert read.json() == created.json()
    steps.expect(owner.get(path, {"If-None-Match": read.headers["ETag"]}), 304)

    change = {"settings": {"quietHours": {"daily": {"from": "22:00", "until": "07:00", "except": "critical"}}}}
    changed = steps.expect(owner.call("PATCH", path, change, {"If-Match": read.headers["ETag"]}), 200)
    assert changed.json()["settings"] == {**created.json()["settings"], **change["settings"]}
    steps.expect(owner.call("PATCH", path, change, {"If-Match": read.headers["ETag"]}), 412)
    assert steps.expect(owner.call("PATCH", path, {"paused": True}), 200).json()["state"]["name"] == "paused"
    steps.expect(owner.post(f"{path}/test", None), 409)
    assert steps.expect(owner.call("PATCH", path, {"paused": False}), 200).json()["state"]["name"] == "active"

    for _ in range(2):
        steps.expect(owner.call("DELETE", path), 204)
    assert topics_of(stack, created.json()["id"]) == []
    ended = steps.expect(owner.get(path), 200).json()["state"]
    assert (ended["name"], ended["by"]) == ("ended", "owner")
    steps.expect(owner.call("PATCH", path, {"paused": True}), 409)


def test_subscription_covers_chosen_chatbots_of_its_institution(stack, owner):
    admin, names = stack.person("admin"), ["subscribed-one", "subscribed-two"]
    for name in names:
        steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name, "institution": INSTITUTION}), 201)
    try:
        created = subscribe(owner, "sqs", queue("chosen"), chatbots=names[:1])
        path = created.headers["Location"]
        assert [chatbot["name"] for chatbot in created.json()["coverage"]["chatbots"]] == names[:1]
        both = steps.expect(owner.call("PATCH", path, {"chatbots": names}), 200).json()
        assert [chatbot["name"] for chatbot in both["coverage"]["chatbots"]] == names
        for foreign in ("written", "never-enrolled"):
            refused = steps.expect(owner.call("PATCH", path, {"chatbots": [foreign]}), 400)
            assert error_pointers(refused) == ["#/chatbots"]
        every = steps.expect(owner.call("PATCH", path, {"chatbots": "all"}), 200).json()
        assert every["coverage"] == {"type": "institution", "institution": INSTITUTION}
        # A subscription is no participant: it does not appear among the chatbots of its institution.
        listed = steps.expect(owner.get("/chatbots"), 200).json()["chatbots"]
        assert sorted(chatbot["name"] for chatbot in listed) == names
    finally:
        for name in names:
            steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


def test_owner_sees_own_subscriptions_and_foreign_ids_answer_like_unknown_ones(stack, owner):
    own = subscribe(owner, "sqs", queue("seen"))
    centre = stack.person("admin").post("/subscriptions", {"channel": "sqs", "address": queue("centre")})
    centre = steps.expect(centre, 201)
    stranger = stack.person("owner", ["written-institution"])
    unknown = f"/subscriptions/{'0' * 32}"
    for person, path, status in [
        (owner, own.headers["Location"], 200),
        (stack.person("viewer"), own.headers["Location"], 200),
        (stranger, own.headers["Location"], 403),
        (stranger, unknown, 403),
        (owner, centre.headers["Location"], 403),
        (stack.person("viewer"), unknown, 404),
    ]:
        steps.expect(person.get(path), status)
    own_ids = {own.json()["id"]}
    for listed in (owner.get("/subscriptions"), stack.person("viewer").get("/subscriptions", institution=INSTITUTION)):
        assert own_ids <= {one["id"] for one in steps.expect(listed, 200).json()["subscriptions"]}
    assert steps.expect(stranger.get("/subscriptions", institution=INSTITUTION), 200).json() == {"subscriptions": []}
    listed = steps.expect(stack.person("operator").get("/subscriptions"), 200).json()["subscriptions"]
    assert centre.json()["id"] in {one["id"] for one in listed}
    steps.expect(stack.person("operator").call("DELETE", centre.headers["Location"]), 403)
    steps.expect(stack.person("admin").call("DELETE", centre.headers["Location"]), 204)


def test_list_is_paged(stack):
    owner = stack.person("owner", ["paged-institution"])
    created = set()
    for number in range(3):
        body = {"channel": "sqs", "address": queue(f"paged-{number}"), "institution": "paged-institution"}
        created.add(steps.expect(owner.post("/subscriptions", body), 201).json()["id"])
    found, cursor = [], {}
    while True:
        page = steps.expect(owner.get("/subscriptions", limit=1, **cursor), 200).json()
        found += [one["id"] for one in page["subscriptions"]]
        if "next" not in page:
            break
        cursor = {"cursor": page["next"]}
    assert found == sorted(created)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "nobody"),
        ("sms", "5551234"),
        ("webhook", "http://example.ee/"),
        ("https", "https://169.254.169.254/latest/meta-data/"),
        ("slack", "https://hooks.internal/"),
        ("sqs", "queue"),
        ("pagerduty", "key"),
    ],
)
def test_address_that_does_not_match_its_channel_or_is_not_public_is_refused(owner, channel, address):
    assert error_pointers(subscribe(owner, channel, address, 400)) == ["#/address"]


def test_second_subscription_of_an_address_is_refused_until_the_first_has_ended(owner):
    address = queue("again")
    first = subscribe(owner, "sqs", address)
    subscribe(owner, "sqs", address, 409)
    steps.expect(owner.call("DELETE", first.headers["Location"]), 204)
    assert subscribe(owner, "sqs", address).json()["id"] == first.json()["id"]


@pytest.mark.parametrize("asks", [False, True])
def test_email_is_pending_until_sns_says_that_its_recipient_confirmed(owner, asks):
    """The emulator confirms e-mail at once, which is noted at the first read, or when the recipient is asked again."""
    created = subscribe(owner, "email", f"owner-{uuid.uuid4().hex[:8]}@example.ee")
    path = created.headers["Location"]
    assert created.json()["state"]["name"] == "pending"
    steps.expect(owner.call("PATCH", path, {"paused": True}), 409)
    noted = owner.post(f"{path}/confirmation", {}) if asks else owner.get(path)
    assert steps.expect(noted, 200).json()["state"]["name"] == "active"


def test_mail_is_confirmed_by_the_code_that_it_contains(stack, owner):
    address = f"owner-{uuid.uuid4().hex[:8]}@example.ee"
    created = subscribe(owner, "mail", address, settings={"language": "en"})
    path = created.headers["Location"]
    assert created.json()["state"]["name"] == "pending"
    steps.expect(owner.post(f"{path}/confirmation", {}), 200)
    first, second = mails_to(stack.instance, address)
    assert second["Source"] == SENDER
    old, code = (re.search(r"\b\d{6}\b", mail["BodyText"])[0] for mail in (first, second))
    wrong = next(f"{number:06}" for number in range(3) if f"{number:06}" not in (old, code))
    assert error_pointers(steps.expect(owner.post(f"{path}/confirmation", {"code": wrong}), 400)) == ["#/code"]
    confirmed = steps.expect(owner.post(f"{path}/confirmation", {"code": code}), 200)
    assert confirmed.json()["state"]["name"] == "active"
    # The third code of the day is the last one.
    steps.expect(owner.call("DELETE", path), 204)
    subscribe(owner, "mail", address)
    steps.expect(owner.post(f"{path}/confirmation", {}), 409)


def test_text_message_with_a_code_is_sent_again_on_request(owner):
    created = subscribe(owner, "sms", f"+3725{uuid.uuid4().int % 10**7:07}")
    path = created.headers["Location"]
    assert created.json()["state"]["name"] == "pending"
    assert steps.expect(owner.post(f"{path}/confirmation", {}), 200).json()["state"]["name"] == "pending"


def test_webhook_gets_its_secret_once_and_waits_until_it_answers(stack, owner):
    # Nothing listens there.
    created = subscribe(owner, "webhook", f"https://127.0.0.1:49151/{uuid.uuid4().hex}")
    assert created.json()["state"]["name"] == "pending"
    assert created.json()["secret"].startswith("whsec_")
    assert created.json()["address"] == "https://127.0.0.1/***"
    path = created.headers["Location"]
    asked = steps.expect(owner.post(f"{path}/confirmation", {}), 200).json()
    assert asked["state"]["name"] == "pending" and "secret" not in asked
    assert "secret" not in steps.expect(owner.get(path), 200).json()


def test_subscription_that_nobody_confirmed_in_two_days_can_begin_anew(stack, owner):
    address = f"late-{uuid.uuid4().hex[:8]}@example.ee"
    created = subscribe(owner, "email", address)
    key = {"pk": {"S": f"SUBSCRIBERS#{INSTITUTION}"}, "sk": {"S": created.json()["id"]}}
    dynamodb, table = stack.instance.aws("dynamodb"), stack.outputs["Table"]
    document = json.loads(dynamodb.get_item(TableName=table, Key=key)["Item"]["document"]["S"])
    document["state"]["since"] = (datetime.now(UTC) - timedelta(hours=49)).isoformat().replace("+00:00", "Z")
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET document = :document",
        ExpressionAttributeValues={":document": {"S": json.dumps(document)}},
    )
    ended = steps.expect(owner.get(created.headers["Location"]), 200).json()["state"]
    assert (ended["name"], ended["by"]) == ("ended", "unconfirmed")
    assert subscribe(owner, "email", address).json()["id"] == created.json()["id"]


def test_test_message_is_queued_and_messages_are_listed(owner):
    created = subscribe(owner, "sqs", queue("tested"))
    path = created.headers["Location"]
    steps.expect(owner.post(f"{path}/test", None), 202)
    assert "messages" in steps.expect(owner.get(f"{path}/messages"), 200).json()
    steps.expect(owner.post(f"{path}/messages/019aa5d0-0000-7000-8000-000000000000/redelivery", None), 404)


def test_message_is_redelivered_with_the_same_id(stack, owner):
    created = subscribe(owner, "sqs", queue("redelivered"))
    path, message = created.headers["Location"], str(uuid.UUID(int=time.time_ns()))
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    document = {
        "id": message, "subscription": created.json()["id"], "at": now, "notifications": [], "body": "{}",
        "subject": "A test", "attempts": 10, "state": {"name": "failed", "at": now, "error": "403 of a@b.ee"},
    }  # fmt: skip
    item = {
        "pk": {"S": f"MESSAGES#{created.json()['id']}"}, "sk": {"S": message}, "version": {"N": "1"},
        "document": {"S": json.dumps(document)},
    }  # fmt: skip
    stack.instance.aws("dynamodb").put_item(TableName=stack.outputs["Table"], Item=item)
    [failed] = steps.expect(owner.get(f"{path}/messages"), 200).json()["messages"]
    assert (failed["state"], failed["error"]) == ("failed", "403 of [e-mail]")
    steps.expect(owner.post(f"{path}/messages/{message}/redelivery", None), 202)
    [again] = steps.expect(owner.get(f"{path}/messages"), 200).json()["messages"]
    assert again["id"] == message and again["state"] != "failed"


def test_link_of_a_mail_ends_its_subscription_and_opening_it_does_not(stack, owner):
    address = f"linked-{uuid.uuid4().hex[:8]}@example.ee"
    created = subscribe(owner, "mail", address)
    nobody, path = stack.bearer(None), f"{created.headers['Location']}/unsubscription"
    right = unsubscribe_token(stack, created.json()["id"])
    for method, token, status in [("GET", "wrong", 404), ("POST", "wrong", 404), ("GET", right, 200), ("GET", right, 200)]:
        page = steps.expect(nobody.call(method, path, token=token), status)
        assert page.headers["Content-Type"].startswith("text/html")
        assert "script" not in page.text and "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert ("<form" in page.text) == (status == 200)
    assert steps.expect(owner.get(created.headers["Location"]), 200).json()["state"]["name"] == "pending"
    # A mail program posts the form of RFC 8058.
    one_click = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        page = steps.expect(nobody.call("POST", path, "List-Unsubscribe=One-Click", one_click, token=right), 200)
        assert "<form" not in page.text
    ended = steps.expect(owner.get(created.headers["Location"]), 200).json()["state"]
    assert (ended["name"], ended["by"]) == ("ended", "recipient")
    refused = subscribe(owner, "mail", address, 409)
    assert "recipient" in refused.json()["detail"]


# ---------------------------------------------------------------- the older form


def test_second_chatbot_joins_the_subscription_of_an_address(stack):
    admin, names, address = stack.person("admin"), ["joined-one", "joined-two"], queue("joined")
    owner = stack.person("owner", ["joined-institution"])
    for name in names:
        steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name, "institution": "joined-institution"}), 201)
    try:
        destination = {"protocol": "sqs", "endpoint": address}
        created = [
            steps.expect(owner.post(f"/chatbots/{name}/subscriptions", destination), 201).json()
            for name in (*names, names[1])
        ]
        assert len({subscription["id"] for subscription in created}) == 1
        stack.instance.aws("sns").get_subscription_attributes(SubscriptionArn=created[0]["id"])
        [listed] = steps.expect(owner.get("/subscriptions"), 200).json()["subscriptions"]
        assert [chatbot["name"] for chatbot in listed["coverage"]["chatbots"]] == names
    finally:
        for name in names:
            steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


def test_phone_number_gets_a_code(stack):
    destination = {"protocol": "sms", "endpoint": f"+3725{uuid.uuid4().int % 10**7:07}"}
    steps.expect(stack.person("operator").post("/chatbots/written/subscriptions", destination), 201)


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("email", "nobody"),
        ("sms", "5551234"),
        ("https", "http://example.ee/"),
        ("https", "https://169.254.169.254/latest/meta-data/"),
        ("https", "https://hooks.internal/"),
        ("sqs", "queue"),
    ],
)
def test_endpoint_that_does_not_match_its_protocol_or_is_not_public_is_refused(stack, protocol, endpoint):
    destination = {"protocol": protocol, "endpoint": endpoint}
    response = steps.expect(stack.person("operator").post("/chatbots/written/subscriptions", destination), 400)
    assert error_pointers(response) == ["#/endpoint"]


def test_viewer_of_all_and_owner_of_one_subscribes_to_the_own_chatbot_only(stack):
    both = stack.bearer(stack.issuer.token("both@example.ee", ["viewer", "owner"], ["owned-institution"]))
    destination = {"protocol": "sqs", "endpoint": queue("of-both")}
    steps.expect(both.get("/chatbots/written"), 200)
    steps.expect(both.post("/chatbots/written/subscriptions", destination), 403)
    steps.expect(both.post("/chatbots/owned/subscriptions", destination), 201)
