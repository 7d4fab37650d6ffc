"""Notifications from the event to the recipient, and what becomes of those that do not arrive."""

import hashlib
import json
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from centops_local import steps
from centops_local.alerts import Inbox
from centops_local.instance import STACK
from centops_local.mailbox import mails_to
from centops_local.polling import wait_until

from lambdas import event_of
from support import NEW_CHATBOT
import test_subscriptions
from test_subscriptions import queue, topics_of, unsubscribe_token

INSTITUTION = "notified-institution"
#: The longest time until a first message: 30 seconds to wait for others, or the sweep of the minute.
TOLD_SECONDS = 100


@pytest.fixture
def owner(stack):
    return stack.person("owner", [INSTITUTION])


@pytest.fixture(scope="module")
def chatbot(stack):
    """Returns the name of a chatbot of the institution, and when it was enrolled."""
    name = "notified"
    admin = stack.person("admin")
    enrolled = steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name, "institution": INSTITUTION}), 201)
    yield name, datetime.fromisoformat(enrolled.json()["createdAt"])
    steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


def subscribe(owner, channel: str, address: str, **more):
    """Subscribes an address to the notifications of the institution of these tests."""
    return test_subscriptions.subscribe(owner, channel, address, institution=INSTITUTION, **more)


def messages(person, path: str) -> list[dict]:
    return steps.expect(person.get(f"{path}/messages"), 200).json()["messages"]


def stored(stack, subscription: str) -> dict:
    """Returns the stored document of a subscription of the institution."""
    return json.loads(_get(stack, f"SUBSCRIBERS#{INSTITUTION}", subscription)["document"]["S"])


def _get(stack, pk: str, sk: str) -> dict:
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return stack.instance.aws("dynamodb").get_item(TableName=stack.outputs["Table"], Key=key)["Item"]


def restore(stack, subscription: str, **fields) -> None:
    """Replaces fields of a stored subscription; one that is None is removed."""
    document = {**stored(stack, subscription), **fields}
    document = {name: value for name, value in document.items() if value is not None}
    stack.instance.aws("dynamodb").update_item(
        TableName=stack.outputs["Table"],
        Key={"pk": {"S": f"SUBSCRIBERS#{INSTITUTION}"}, "sk": {"S": subscription}},
        UpdateExpression="SET document = :document",
        ExpressionAttributeValues={":document": {"S": json.dumps(document)}},
    )


def ago(**span) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat().replace("+00:00", "Z")


def test_mail_arrives_in_the_language_of_its_recipient_with_a_link_that_ends_it(stack, owner):
    address = f"told-{uuid.uuid4().hex[:8]}@example.ee"
    created = subscribe(owner, "mail", address, settings={"language": "en"})
    path = created.headers["Location"]
    code = re.search(r"\b\d{6}\b", mails_to(stack.instance, address)[0]["BodyText"])[0]
    steps.expect(owner.post(f"{path}/confirmation", {"code": code}), 200)
    steps.expect(owner.post(f"{path}/test", None), 202)
    wait_until("the mail arrives", lambda: len(mails_to(stack.instance, address)) == 2, TOLD_SECONDS)
    mail = mails_to(stack.instance, address)[1]
    assert '<html lang="en"' in mail["BodyHtml"]
    token = unsubscribe_token(stack, created.json()["id"])
    assert f"/unsubscription?token={token}" in mail["BodyText"]
    wait_until("its delivery is noted", lambda: messages(owner, path)[0]["state"] == "sent", 10)


def test_event_is_told_to_a_recipient_who_has_just_confirmed(stack, owner, chatbot):
    """The emulator confirms e-mail at once; nobody has read the subscription since."""
    name, enrolled = chatbot
    path = subscribe(owner, "email", f"late-{uuid.uuid4().hex[:8]}@example.ee").headers["Location"]
    event = event_of("fan-out", {"event-guide": name, "1795249800000": str(int(enrolled.timestamp() * 1000))})
    assert stack.invoke("fan-out", event) == {"batchItemFailures": []}
    wait_until("the message is sent", lambda: [one["state"] for one in messages(owner, path)] == ["sent"], TOLD_SECONDS)


def test_event_that_nobody_can_read_is_left_to_the_dead_letters(stack):
    event = event_of("fan-out")
    event["Records"][0]["body"] = json.dumps({"event": "{"})
    failures = stack.invoke("fan-out", event)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failures] == [event["Records"][0]["messageId"]]


def test_message_that_sns_gave_up_makes_its_subscription_fail_and_others_are_told(stack, owner):
    other = Inbox(stack, "other")
    subscribe(owner, "sqs", other.arn, settings={"kinds": ["subscription"]})
    failing = Inbox(stack, "failing")
    created = subscribe(owner, "sqs", failing.arn)
    path, subscription = created.headers["Location"], created.json()["id"]
    steps.expect(owner.post(f"{path}/test", None), 202)
    assert failing.await_kinds(["test"], TOLD_SECONDS)["institution"] == INSTITUTION
    wait_until("its delivery is noted", lambda: messages(owner, path)[0]["state"] == "sent", 10)
    message = messages(owner, path)[0]["id"]
    document = json.loads(_get(stack, f"MESSAGES#{subscription}", message)["document"]["S"])
    report = {
        "5f1d2c3b-0a9e-5c5d-9c1e-8a7b6c5d4e3f": document["state"]["provider_id"],
        "0123456789abcdef0123456789abcdef": subscription,
        "centops-to-": f"{STACK}-to-",
    }
    assert stack.invoke("record-undelivered", event_of("record-undelivered", report)) == {"batchItemFailures": []}
    assert steps.expect(owner.get(path), 200).json()["state"]["name"] == "failing"
    assert messages(owner, path)[0]["state"] == "failed"
    [entry] = other.await_kinds(["subscription-failing"], TOLD_SECONDS)["entries"]
    assert entry["channel"] == "sqs"
    # It is resumed, and the message is sent again with the same id.
    steps.expect(owner.call("PATCH", path, {"paused": False}), 200)
    steps.expect(owner.post(f"{path}/messages/{message}/redelivery", None), 202)
    assert failing.await_kinds(["test", "test"], TOLD_SECONDS)["id"] == message


def test_subscription_whose_request_stopped_is_finished(stack, owner):
    created = subscribe(owner, "sqs", queue("stopped"))
    restore(stack, created.json()["id"], topic=None, arn=None, state={"name": "pending", "since": ago(minutes=6)})
    stack.invoke("reconcile-subscriptions", event_of("reconcile-subscriptions"))
    assert "-to-" in stored(stack, created.json()["id"])["topic"]
    assert steps.expect(owner.get(created.headers["Location"]), 200).json()["state"]["name"] == "active"


def subscribe_of_this_hour(owner, name: str, **fields) -> str:
    """Subscribes a queue that is compared with SNS in the present hour of the day. Returns the id."""
    hour = int(datetime.now(UTC).timestamp()) // 3600 % 24

    def is_of_this_hour(address: str) -> bool:
        digest = hashlib.sha256(f"{INSTITUTION} sqs {address}".encode()).hexdigest()[:32]
        return sum(digest.encode()) % 24 == hour

    address = next(address for address in iter(lambda: queue(name), None) if is_of_this_hour(address))
    return subscribe(owner, "sqs", address, **fields).json()["id"]


def test_subscription_is_compared_with_sns_and_its_chatbots_once_a_day(stack, owner):
    """A recipient left, a topic was deleted by hand, and a chatbot was removed. The others are told."""
    other = Inbox(stack, "staying")
    subscribe(owner, "sqs", other.arn, settings={"kinds": ["subscription"]})
    sns, admin, removed = stack.instance.aws("sns"), stack.person("admin"), f"removed-{uuid.uuid4().hex[:8]}"
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": removed, "institution": INSTITUTION}), 201)
    left = subscribe_of_this_hour(owner, "leaving")
    bare = subscribe_of_this_hour(owner, "bare")
    empty = subscribe_of_this_hour(owner, "empty", chatbots=[removed])
    sns.unsubscribe(SubscriptionArn=stored(stack, left)["arn"])
    sns.delete_topic(TopicArn=stored(stack, bare)["topic"])
    steps.expect(admin.call("DELETE", f"/chatbots/{removed}"), 204)
    stack.invoke("reconcile-subscriptions", event_of("reconcile-subscriptions"))
    ended = stored(stack, left)["state"]
    assert (ended["name"], ended["by"]) == ("ended", "recipient")
    # A queue of the same account confirms at once.
    again = stored(stack, bare)
    assert (again["state"]["name"], again["generation"]) == ("active", 2)
    assert topics_of(stack, bare) == [again["topic"]]
    assert stored(stack, empty)["state"]["by"] == "removed"
    assert topics_of(stack, empty) == []
    entries = other.await_kinds(["subscription-failing", "subscription-failing"], TOLD_SECONDS)["entries"]
    assert {word for entry in entries for word in ("recipient ended", "topic was deleted") if word in entry["error"]} \
        == {"recipient ended", "topic was deleted"}


def test_topic_that_a_request_left_is_deleted(stack, owner):
    subscription = subscribe_of_this_hour(owner, "left")
    assert len(topics_of(stack, subscription)) == 1
    restore(stack, subscription, topic=None, arn=None, state={"name": "ended", "since": ago(minutes=1), "by": "owner"})
    stack.invoke("reconcile-subscriptions", event_of("reconcile-subscriptions"))
    assert topics_of(stack, subscription) == []


def test_round_whose_wake_up_was_lost_is_found_by_the_sweep(stack, owner):
    subscription = subscribe(owner, "sqs", queue("overdue")).json()["id"]
    due = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1000)
    shard = ord(subscription[0]) % 8
    key = {"pk": {"S": f"NOTIFY#{subscription}"}, "sk": {"S": "SCHEDULE"}}
    document = {"due": ago(minutes=1), "history": {"last": None, "recent": []}}
    item = {
        **key, "version": {"N": "1"}, "document": {"S": json.dumps(document)}, "due": {"S": f"NOTIFY#{shard}"},
        "dueAt": {"N": str(due)},
    }  # fmt: skip
    stack.instance.aws("dynamodb").put_item(TableName=stack.outputs["Table"], Item=item)
    # Nothing is pending, so the round only ends its schedule.
    pk = f"NOTIFY#{subscription}"
    wait_until("a round looks at it", lambda: "dueAt" not in _get(stack, pk, "SCHEDULE"), TOLD_SECONDS)


def test_subscription_that_nobody_confirmed_leaves_no_topic(stack, owner):
    created = subscribe(owner, "email", f"never-{uuid.uuid4().hex[:8]}@example.ee")
    restore(stack, created.json()["id"], state={"name": "pending", "since": ago(hours=49)})
    stack.invoke("reconcile-subscriptions", event_of("reconcile-subscriptions"))
    assert topics_of(stack, created.json()["id"]) == []
    assert stored(stack, created.json()["id"])["state"]["by"] == "unconfirmed"
