"""Commands and buttons of a chat, as people with roles use them."""

import time
import uuid
from urllib.parse import urlencode

import pytest

from centops_local import chats, steps
from centops_local.polling import wait_until

from lambdas import event_of, proxied
from rooms import SlackRoom, buttons, grant
from support import open_incident

READ, CHANGED, CONFIRMED = "chat-read", "chat-changed", "chat-confirmed"


def control(stack, name: str) -> dict | None:
    return steps.expect(stack.person("viewer").get(f"/chatbots/{name}/health"), 200).json().get("control")


def audited(stack, operation: str, subject: str, outcome: str = "done") -> dict:
    """Returns the newest record of an operation by a person. The index has it after a moment."""

    def newest() -> dict | None:
        records = steps.all_pages(stack.person("admin"), "/audit", "records", person=subject)
        return next((one for one in records if (one["operation"], one["outcome"]) == (operation, outcome)), None)

    return wait_until(f"the audit trail has {operation}", newest, 10)


def test_account_is_linked_by_a_code_of_the_console_and_unlinked(stack, slack: SlackRoom, people):
    user = f"U{uuid.uuid4().hex[:10].upper()}"
    assert "/chat" in slack.command(user, "who")["text"]
    person = stack.bearer(stack.issuer.token(people["U0VIEWER"], []))
    code = steps.expect(person.call("POST", "/session/chat-links"), 201).json()["code"]
    assert "Viive Vaataja" in slack.command(user, f"link {code}")["text"]
    who = slack.command(user, "who")
    assert who["response_type"] == "ephemeral"
    assert "viewer" in who["text"]
    other = slack.command(f"{user}X", f"link {code}")["text"]
    assert "used" in other, "a code is used once"
    assert "ended" in slack.command(user, "unlink")["text"]
    assert "/chat" in slack.command(user, "who")["text"]
    assert audited(stack, "receive-chat-request", people["U0VIEWER"])["via"] == "slack"


def test_code_that_nobody_issued_links_nothing(slack: SlackRoom):
    assert "wrong" in slack.command("U0NOBODY", f"link {'A' * 43}")["text"]
    assert "/chat" in slack.command("U0NOBODY", "status")["text"]


def test_reads_are_answered_to_whoever_asked(slack: SlackRoom, online, figure):
    slowest = 0.0
    for text, part in [
        ("status", "Online"),
        (f"status {READ}", READ),
        (f"why {READ}", READ),
        (f"logs {READ}", "log entries"),
        (f"who {READ}", "chat-institution"),
        ("help", "outage"),
    ]:
        # The first call starts the functions.
        slack.command("U0VIEWER", text)
        began = time.monotonic()
        answer = slack.command("U0VIEWER", text)
        slowest = max(slowest, time.monotonic() - began)
        assert answer["response_type"] == "ephemeral", text
        assert part in answer["text"], answer
        assert answer["text"], "there is always a plain text"
    figure(f"slowest answer to a command that reads: {slowest:.2f} s")


def test_override_is_set_in_the_name_of_the_person(stack, slack: SlackRoom, people):
    answer = slack.command("U0OPERATOR", f"hold {CHANGED} 2h Upgrade <!channel> & more")
    assert answer["response_type"] == "in_channel"
    assert "Olev Operaator" in answer["text"]
    assert "&lt;!channel&gt; &amp; more" in answer["text"]
    held = control(stack, CHANGED)
    assert (held["mode"], held["by"], held["reason"]) == ("hold", people["U0OPERATOR"], "Upgrade <!channel> & more")
    assert held["until"]
    newest = audited(stack, "set-control", people["U0OPERATOR"])
    assert (newest["via"], newest["by"]) == ("slack", {"kind": "person", "name": people["U0OPERATOR"]})
    assert "released" in slack.command("U0OPERATOR", f"release {CHANGED}")["text"]
    assert control(stack, CHANGED) is None


def test_viewer_and_owner_change_nothing(stack, slack: SlackRoom, people):
    for user in ("U0VIEWER", "U0OWNER"):
        for text in (f"offline {CHANGED} 1h x", f"hold {CHANGED} x", f"release {CHANGED}", f"online {CHANGED} x"):
            answer = slack.command(user, text)
            assert answer["response_type"] == "ephemeral", (user, text, answer)
            assert "does not permit" in answer["text"], (user, text, answer)
    assert control(stack, CHANGED) is None
    assert audited(stack, "set-control", people["U0OWNER"], "refused")["via"] == "slack"


def test_owner_sees_own_chatbots_only(slack: SlackRoom):
    assert READ in slack.command("U0OWNER", f"why {READ}")["text"]
    assert "does not permit" in slack.command("U0OWNER", "why opening-hours")["text"]
    assert "does not permit" in slack.command("U0OWNER", "logs opening-hours")["text"]


def test_grant_that_ended_ends_the_rights_in_the_chat(stack, slack: SlackRoom):
    user, subject = "U0ENDED", "EE36712120247"
    grant(stack, subject, "Endel Lõpp", {"operator": []})
    slack.link(user, subject)
    assert "frozen" in slack.command(user, f"hold {CHANGED} 1h x")["text"]
    assert "released" in slack.command(user, f"release {CHANGED}")["text"]
    grant(stack, subject, "Endel Lõpp", {})
    assert "does not permit" in slack.command(user, f"hold {CHANGED} 1h x")["text"]
    assert "does not permit" in slack.command(user, f"why {READ}")["text"]


def test_online_needs_a_second_person(stack, slack: SlackRoom, people):
    asked = slack.command("U0OPERATOR", f"online {CONFIRMED} 1h The probe is wrong")
    assert asked["response_type"] == "in_channel"
    assert control(stack, CONFIRMED) is None
    value = buttons(asked)["Confirm"]
    assert people["U0OPERATOR"] not in value
    own = slack.press("U0OPERATOR", value)
    assert (own["response_type"], "Another person" in own["text"]) == ("ephemeral", True)
    twin = "U0TWIN"
    slack.link(twin, people["U0OPERATOR"])
    assert "Another person" in slack.press(twin, value)["text"], "another account of the same person"
    assert "does not permit" in slack.press("U0VIEWER", value)["text"]
    assert "/chat" in slack.press("U0STRANGER", value)["text"]
    assert control(stack, CONFIRMED) is None
    done = slack.press("U0SECOND", value)
    assert (done["response_type"], done["replace_original"]) == ("in_channel", True)
    forced = control(stack, CONFIRMED)
    assert (forced["mode"], forced["by"]) == ("force-online", people["U0SECOND"])
    slack.command("U0SECOND", f"release {CONFIRMED}")


def test_incident_is_acknowledged_by_a_button_and_resolved(stack, slack: SlackRoom, people, new_chatbot):
    name = new_chatbot()
    incident = open_incident(stack, name)["id"]
    shown = slack.command("U0VIEWER", f"status {name}")
    assert set(buttons(shown)) == {"Why?", "Logs", "Acknowledge"}
    assert "does not permit" in slack.press("U0VIEWER", buttons(shown)["Acknowledge"])["text"]
    assert name in slack.press("U0VIEWER", buttons(shown)["Why?"])["text"]
    assert name in slack.press("U0OPERATOR", buttons(shown)["Acknowledge"])["text"]
    after = steps.expect(stack.person("viewer").get(f"/incidents/{incident}"), 200).json()
    assert (after["state"], after["acknowledged"]["by"]) == ("acknowledged", people["U0OPERATOR"])
    assert "acknowledged" in slack.command("U0OPERATOR", f"ack {incident} 8h")["text"]
    refused = slack.command("U0OPERATOR", f"resolve {name}")
    assert (refused["response_type"], "Not as things stand" in refused["text"]) == ("ephemeral", True)


def test_outage_is_planned(stack, slack: SlackRoom):
    answer = slack.command("U0OPERATOR", f"outage {READ} 2099-03-01 22:00–23:30 Upgrade of the host")
    assert answer["response_type"] == "in_channel", answer
    listed = steps.all_pages(stack.person("viewer"), "/planned-outages", "plannedOutages", institution="chat-institution")
    [planned] = [one for one in listed if one["reason"] == "Upgrade of the host"]
    assert (planned["rule"]["start"][:16], planned["rule"]["minutes"]) == ("2099-03-01T22:00", 90)
    assert planned["chatbots"] == [READ]
    steps.expect(stack.person("admin").call("DELETE", f"/planned-outages/{planned['id']}"), 204)


def test_wrong_command_is_answered_with_the_commands(slack: SlackRoom):
    for text, part in [("delete tax", "no such command"), ("why", "name of a chatbot"), ("hold tax", "reason")]:
        answer = slack.command("U0OPERATOR", text)
        assert part in answer["text"] and "outage" in answer["text"], answer


@pytest.fixture
def mattermost(stack):
    """Sends a request of the Mattermost team."""
    token = chats.read_settings(stack.instance, stack.outputs["ChatSecret"])["mattermost"]["secrets"][0]

    def send(user: str, text: str, status: int = 200, **fields: str) -> dict:
        own = {
            "token": token, "team_id": chats.MATTERMOST_TEAM, "channel_id": chats.MATTERMOST_CHANNEL, "user_id": user,
            "command": "/centops", "text": text, "trigger_id": uuid.uuid4().hex,
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({**own, **fields})
        return steps.expect(stack.bearer(None).call("POST", "/chat/mattermost/requests", body, headers), status).json()

    return send


def test_mattermost_works_by_the_same_commands(stack, mattermost, people):
    person = stack.bearer(stack.issuer.token(people["U0OPERATOR"], []))
    code = steps.expect(person.call("POST", "/session/chat-links"), 201).json()["code"]
    assert "seotud" in mattermost("u0operator", f"seo {code}")["text"]
    asked = mattermost("u0operator", f"võrku {CONFIRMED} 1h proov")
    [action] = asked["attachments"][0]["actions"]
    assert action["integration"]["url"].endswith("/chat/mattermost/requests")

    def press(user: str, value: str, status: int = 200):
        body = {
            "user_id": user, "team_id": chats.MATTERMOST_TEAM, "channel_id": chats.MATTERMOST_CHANNEL,
            "trigger_id": uuid.uuid4().hex, "context": {"value": value},
        }  # fmt: skip
        return steps.expect(stack.bearer(None).post("/chat/mattermost/requests", body), status).json()

    value = action["integration"]["context"]["value"]
    assert "teine inimene" in press("u0operator", value)["ephemeral_text"]
    assert "seotud" in press("u0stranger", value)["ephemeral_text"]
    press("u0operator", value[:-2] + "AA", 401)
    mattermost("u0operator", "olek", 401, token="0" * 32)
    mattermost("u0operator", "olek", 403, team_id="t0other")
    assert control(stack, CONFIRMED) is None


def test_functions_answer_their_sample_events(stack):
    assert proxied(stack, "create-chat-link", 201)["code"]
    for function in ("receive-chat-request", "receive-webhook"):
        assert proxied(stack, function, 401)["title"] == "Not authenticated"
    refused = stack.invoke("run-topic-actions", event_of("run-topic-actions", {'\\"hold\\"': '\\"dance\\"'}))
    assert refused == {"done": 0, "refused": 1}
    wait_until("the sample events changed nothing", lambda: control(stack, "event-guide") is None, 5)
