"""Actions that signed webhooks and messages of the topic run."""

import json
import uuid

import pytest

from centops_local import chats, steps
from centops_local.polling import wait_until

from rooms import grant
from support import open_incident


@pytest.fixture(scope="module")
def machine(stack) -> str:
    """The person in whose name machines act."""
    grant(stack, chats.MACHINE, "Masin", {"operator": []})
    return chats.MACHINE


@pytest.fixture
def hook(stack, machine):
    """Sends a webhook. Returns the response."""
    settings = chats.read_settings(stack.instance, stack.outputs["ChatSecret"])["webhooks"]

    def send(action: dict, status: int = 200, key: str = "deploy", message: str | None = None, secret: int = 0):
        body, message = json.dumps(action), message or f"msg_{uuid.uuid4().hex}"
        headers = chats.webhook_headers(settings[key]["secrets"][secret], message, body)
        return steps.expect(stack.bearer(None).call("POST", f"/webhooks/{key}", body, headers), status)

    return send


@pytest.fixture
def publish(stack, machine):
    """Publishes an action on the topic."""

    def send(action: object) -> None:
        stack.instance.aws("sns").publish(TopicArn=stack.outputs["ActionTopic"], Message=json.dumps(action))

    return send


def control(stack, name: str) -> dict | None:
    return steps.expect(stack.person("viewer").get(f"/chatbots/{name}/health"), 200).json().get("control")


def audited(stack, operation: str, via: str) -> list[dict]:
    records = steps.all_pages(stack.person("admin"), "/audit", "records", person=chats.MACHINE)
    return [record for record in records if (record["operation"], record.get("via")) == (operation, via)]


def test_webhook_sets_and_ends_an_override_in_the_name_of_its_person(stack, hook):
    name = "chat-hooked"
    for action, mode in [("hold", "hold"), ("offline", "force-offline"), ("online", "force-online")]:
        text = hook({"action": action, "chatbot": name, "minutes": 30, "reason": "Deployment"}).json()["text"]
        assert name in text
        assert (control(stack, name)["mode"], control(stack, name)["by"]) == (mode, chats.MACHINE)
    hook({"action": "release", "chatbot": name}, secret=1)
    assert control(stack, name) is None
    wait_until("the audit trail has it", lambda: audited(stack, "set-control", "webhook:deploy"), 10)


def test_webhook_is_run_once_by_its_id(stack, hook):
    name, message = "chat-hooked", f"msg_{uuid.uuid4().hex}"
    action = {"action": "hold", "chatbot": name, "minutes": 30, "reason": "Deployment"}
    assert name in hook(action, message=message).json()["text"]
    hook({"action": "release", "chatbot": name})
    assert "before" in hook(action, message=message).json()["text"]
    assert control(stack, name) is None, "the repetition changed nothing"


def test_key_does_what_is_listed_for_it_only(hook):
    hook({"action": "hold", "chatbot": "only-this-one", "reason": "x"}, 403, "one-chatbot")
    hook({"action": "offline", "chatbot": "chat-hooked", "reason": "x"}, 403, "one-chatbot")
    hook({"action": "release", "chatbot": "only-this-one"}, 404, "one-chatbot")


def test_refused_webhook_may_be_sent_again(hook):
    message = f"msg_{uuid.uuid4().hex}"
    hook({"action": "release", "chatbot": "never-enrolled"}, 404, message=message)
    hook({"action": "release", "chatbot": "never-enrolled"}, 409, message=message)


def test_machines_work_on_incidents_and_plan_outages(stack, hook, publish, new_chatbot):
    name = new_chatbot()
    incident = open_incident(stack, name)["id"]
    viewer = stack.person("viewer")
    hook({"action": "acknowledge", "incident": name, "hours": 2})
    assert steps.expect(viewer.get(f"/incidents/{incident}"), 200).json()["acknowledged"]["by"] == chats.MACHINE
    hook({"action": "resolve", "incident": name}, 409)
    hook({"action": "outage", "chatbot": name, "day": "2099-05-01", "from": "22:00", "to": "23:00", "reason": "by webhook"})
    publish({"action": "acknowledge", "incident": name, "hours": 3})
    publish({"action": "resolve", "incident": name})
    publish({"action": "outage", "chatbot": name, "day": "2099-05-02", "from": "22:00", "to": "23:00", "reason": "by topic"})

    def planned() -> list[dict] | None:
        listed = steps.all_pages(viewer, "/planned-outages", "plannedOutages")
        own = [one for one in listed if one.get("chatbots") == [name]]
        return own if {one["reason"] for one in own} == {"by webhook", "by topic"} else None

    for outage in wait_until("both outages are planned", planned, 30):
        steps.expect(stack.person("admin").call("DELETE", f"/planned-outages/{outage['id']}"), 204)
    wait_until("the topic acknowledged", lambda: audited(stack, "acknowledge-incident", "topic"), 30)


def test_topic_sets_and_ends_an_override(stack, publish):
    name = "chat-topic"
    publish({"action": "hold", "chatbot": name, "minutes": 30, "reason": "Alarm"})
    held = wait_until("the topic sets the override", lambda: control(stack, name), 30)
    assert (held["mode"], held["by"]) == ("hold", chats.MACHINE)
    # A message that is no action does not hold up others.
    publish({"action": "delete", "chatbot": name})
    publish("hold everything")
    publish({"action": "release", "chatbot": name})
    wait_until("the topic ends the override", lambda: control(stack, name) is None, 30)


def test_machine_has_the_roles_of_its_person_and_no_others(stack, hook, machine):
    grant(stack, machine, "Masin", {"viewer": []})
    try:
        hook({"action": "hold", "chatbot": "chat-hooked", "minutes": 30, "reason": "x"}, 403)
        assert control(stack, "chat-hooked") is None
    finally:
        grant(stack, machine, "Masin", {"operator": []})
