"""Requests that a chat or a webhook must not be able to make: each is refused, and changes nothing."""

import json
import time
import uuid
from urllib.parse import urlencode

import pytest

from centops_local import chats, steps

from rooms import SlackRoom, buttons

NAME = "chat-read"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def unchanged(stack):
    """Each request of this file leaves the chatbot as it is."""
    yield
    health = steps.expect(stack.person("viewer").get(f"/chatbots/{NAME}/health"), 200).json()
    assert "control" not in health


@pytest.fixture
def form(slack: SlackRoom) -> str:
    """A command that would take a chatbot out, of an operator."""
    return slack.form("U0OPERATOR", f"offline {NAME} 1h hostile")


SIGNATURES = {
    "no headers": lambda good: {"Content-Type": FORM},
    "no signature": lambda good: {**good, "X-Slack-Signature": None},
    "empty signature": lambda good: {**good, "X-Slack-Signature": ""},
    "only the version": lambda good: {**good, "X-Slack-Signature": "v0="},
    "without the version": lambda good: {**good, "X-Slack-Signature": good["X-Slack-Signature"][3:]},
    "another version": lambda good: {**good, "X-Slack-Signature": "v1" + good["X-Slack-Signature"][2:]},
    "shortened": lambda good: {**good, "X-Slack-Signature": good["X-Slack-Signature"][:-2]},
    "longer": lambda good: {**good, "X-Slack-Signature": good["X-Slack-Signature"] + "00"},
    "upper case": lambda good: {**good, "X-Slack-Signature": "v0=" + good["X-Slack-Signature"][3:].upper()},
    "zeros": lambda good: {**good, "X-Slack-Signature": "v0=" + "0" * 64},
    "no hexadecimal": lambda good: {**good, "X-Slack-Signature": "v0=" + "g" * 64},
    "no time": lambda good: {**good, "X-Slack-Request-Timestamp": None},
    "empty time": lambda good: {**good, "X-Slack-Request-Timestamp": ""},
    "another time": lambda good: {**good, "X-Slack-Request-Timestamp": str(int(time.time()) - 1)},
    "time with a sign": lambda good: {**good, "X-Slack-Request-Timestamp": "+" + good["X-Slack-Request-Timestamp"]},
    "time with a fraction": lambda good: {**good, "X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"] + ".0"},
    "time in milliseconds": lambda good: {**good, "X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"] + "000"},
    "time in words": lambda good: {**good, "X-Slack-Request-Timestamp": "now"},
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_request_without_its_own_signature_is_refused(slack: SlackRoom, form: str, name: str):
    good = chats.slack_headers(slack.secrets[0], form)
    headers = {key: value for key, value in SIGNATURES[name](good).items() if value is not None}
    steps.expect(slack.send(form, headers), 401)


@pytest.mark.parametrize("offset", [-86_400, -3600, -310, 310, 3600, 86_400])
def test_request_of_another_time_is_refused_though_it_is_signed(slack: SlackRoom, form: str, offset: int):
    headers = chats.slack_headers(slack.secrets[0], form, int(time.time()) + offset)
    steps.expect(slack.send(form, headers), 401)


@pytest.mark.parametrize("secret", ["", "0" * 32, "former"])
def test_request_signed_by_another_secret_is_refused(slack: SlackRoom, form: str, secret: str):
    headers = chats.slack_headers(secret, form)
    steps.expect(slack.send(form, headers), 401)


def test_request_signed_by_the_former_secret_is_taken_while_it_is_rotated(slack: SlackRoom):
    form = slack.form("U0VIEWER", "who")
    steps.expect(slack.send(form, chats.slack_headers(slack.secrets[1], form)), 200)


@pytest.mark.parametrize("change", [
    lambda body: body + "&text=help", lambda body: body.replace("hostile", "friendly"), lambda body: body[:-1], lambda body: "",
])  # fmt: skip
def test_changed_body_is_refused(slack: SlackRoom, form: str, change):
    steps.expect(slack.send(change(form), chats.slack_headers(slack.secrets[0], form)), 401)


def test_repeated_request_is_refused(slack: SlackRoom):
    form = slack.form("U0VIEWER", "who")
    headers = chats.slack_headers(slack.secrets[0], form)
    steps.expect(slack.send(form, headers), 200)
    for _ in range(3):
        steps.expect(slack.send(form, headers), 409)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xml", ""])
def test_other_content_type_is_refused(slack: SlackRoom, form: str, kind: str):
    steps.expect(slack.send(form, {**chats.slack_headers(slack.secrets[0], form), "Content-Type": kind}), 400)


def test_oversized_request_is_refused(slack: SlackRoom):
    form = slack.form("U0OPERATOR", f"offline {NAME} 1h hostile") + "&more=" + "a" * 65_536
    steps.expect(slack.send(form), 413)


@pytest.mark.parametrize("fields", [
    {"team_id": "T0FOREIGN"}, {"team_id": "t0centops"}, {"team_id": "T0CENTOPS2"},
])  # fmt: skip
def test_command_of_another_workspace_is_refused(slack: SlackRoom, fields: dict):
    steps.expect(slack.send(slack.form("U0OPERATOR", f"offline {NAME} 1h hostile", **fields)), 403)


@pytest.mark.parametrize("fields", [
    {"team_id": ""}, {"user_id": ""}, {"user_id": "U0 OPERATOR"}, {"user_id": "U0OPERATOR/../x"}, {"channel_id": ""},
    {"user_id": "U" * 65},
])  # fmt: skip
def test_command_without_its_fields_is_refused(slack: SlackRoom, fields: dict):
    assert slack.send(slack.form("U0OPERATOR", f"offline {NAME} 1h hostile", **fields)).status_code in (400, 403)


def test_field_that_is_there_twice_is_refused(slack: SlackRoom):
    form = slack.form("U0STRANGER", f"offline {NAME} 1h hostile") + "&user_id=U0OPERATOR"
    steps.expect(slack.send(form), 400)


@pytest.mark.parametrize("fields", [
    {"channel_id": "C0OTHER"}, {"channel_id": "D0DIRECT"}, {"is_ext_shared_channel": "true"},
])  # fmt: skip
def test_command_in_another_or_a_shared_channel_is_refused(slack: SlackRoom, fields: dict):
    answer = slack.command("U0OPERATOR", f"offline {NAME} 1h hostile", **fields)
    assert (answer["response_type"], "not permitted" in answer["text"]) == ("ephemeral", True)


@pytest.mark.parametrize("user", ["U0STRANGER", "u0operator", "U0OPERATORX"])
def test_account_that_is_not_linked_runs_nothing(slack: SlackRoom, user: str):
    answer = slack.command(user, f"offline {NAME} 1h hostile", user_name="olev", user_email="olev@example.ee")
    assert "not linked" in answer["text"]


def test_room_that_is_not_set_up_is_as_one_that_is(slack: SlackRoom, form: str):
    for room in ("teams", "webhooks", "Slack"):
        steps.expect(slack.send(form, room=room), 401)


# ---------------------------------------------------------------- buttons


@pytest.fixture
def value(slack: SlackRoom) -> str:
    """The button of a confirmation, which the operator asked for."""
    return buttons(slack.command("U0OPERATOR", f"online {NAME} 1h hostile"))["Confirm"]


def test_own_confirmation_is_refused(slack: SlackRoom, value: str):
    assert "Another person" in slack.press("U0OPERATOR", value)["text"]


@pytest.mark.parametrize("user", ["U0VIEWER", "U0OWNER"])
def test_button_of_somebody_with_a_role_does_nothing_for_another(slack: SlackRoom, value: str, user: str):
    assert "does not permit" in slack.press(user, value)["text"]


@pytest.mark.parametrize("change", [
    lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"), lambda value: value.partition(".")[0],
    lambda value: "." + value.partition(".")[2], lambda value: "", lambda value: "online " + NAME, lambda value: value * 20,
])  # fmt: skip
def test_value_that_is_not_ours_is_refused(slack: SlackRoom, value: str, change):
    steps.expect(slack.send(slack.payload("U0SECOND", change(value))), 401)


@pytest.mark.parametrize("fields", [
    {"team": {"id": "T0FOREIGN"}}, {"user": {"id": "U0SECOND", "team_id": "T0FOREIGN"}},
])  # fmt: skip
def test_button_of_another_workspace_is_refused(slack: SlackRoom, value: str, fields: dict):
    steps.expect(slack.send(slack.payload("U0SECOND", value, **fields)), 403)


@pytest.mark.parametrize("fields", [
    {"channel": {"id": "C0OTHER"}}, {"channel": {"id": chats.SLACK_CHANNEL, "is_ext_shared": True}},
])  # fmt: skip
def test_button_in_another_or_a_shared_channel_is_refused(slack: SlackRoom, value: str, fields: dict):
    assert "not permitted" in slack.press("U0SECOND", value, **fields)["text"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x", "https://hooks.slack.com/actions/x", "file:///etc/passwd", ""])
def test_answer_goes_to_no_address_but_that_of_the_chat(slack: SlackRoom, value: str, address: str):
    steps.expect(slack.send(slack.payload("U0VIEWER", value, response_url=address)), 400)


@pytest.mark.parametrize("payload", ["", "{", "[]", json.dumps({"type": "view_submission"})])
def test_other_payload_is_refused(slack: SlackRoom, payload: str):
    steps.expect(slack.send(urlencode({"payload": payload})), 400)


# ---------------------------------------------------------------- webhooks


@pytest.fixture
def hook(stack):
    """Sends a webhook of a key, with changed headers."""
    settings = chats.read_settings(stack.instance, stack.outputs["ChatSecret"])["webhooks"]

    def send(status: int, key: str = "deploy", change=lambda headers: headers, body: str | None = None, at: int | None = None):
        body = json.dumps({"action": "offline", "chatbot": NAME, "reason": "hostile"}) if body is None else body
        headers = chats.webhook_headers(settings["deploy"]["secrets"][0], f"msg_{uuid.uuid4().hex}", body, at)
        headers = {name: value for name, value in change(headers).items() if value is not None}
        return steps.expect(stack.bearer(None).call("POST", f"/webhooks/{key}", body, headers), status)

    return send


@pytest.mark.parametrize("change", [
    lambda headers: {**headers, "webhook-signature": None}, lambda headers: {**headers, "webhook-signature": "v1,"},
    lambda headers: {**headers, "webhook-signature": headers["webhook-signature"][3:]},
    lambda headers: {**headers, "webhook-signature": "v1a" + headers["webhook-signature"][2:]},
    lambda headers: {**headers, "webhook-id": None}, lambda headers: {**headers, "webhook-id": headers["webhook-id"] + "0"},
    lambda headers: {**headers, "webhook-timestamp": None}, lambda headers: {**headers, "webhook-timestamp": "0"},
])  # fmt: skip
def test_webhook_without_its_own_signature_is_refused(hook, change):
    hook(401, change=change)


@pytest.mark.parametrize("offset", [-310, 310])
def test_webhook_of_another_time_is_refused(hook, offset: int):
    hook(401, at=int(time.time()) + offset)


@pytest.mark.parametrize("key", ["one-chatbot", "unknown", "slack"])
def test_webhook_of_another_key_is_refused(hook, key: str):
    hook(401, key=key)


@pytest.mark.parametrize("body", [
    {"action": "delete", "chatbot": NAME}, {"action": "offline", "chatbot": NAME},
    {"action": "offline", "chatbot": NAME, "reason": "x", "roles": ["admin"]}, {},
])  # fmt: skip
def test_webhook_that_is_no_action_is_refused(hook, body: dict):
    hook(400, body=json.dumps(body))


def test_webhook_reads_nothing(hook):
    hook(403, body=json.dumps({"action": "logs", "chatbot": NAME}))
