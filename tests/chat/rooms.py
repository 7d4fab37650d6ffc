"""Chats as their servers call CentOps: signed requests of accounts, and the answers."""

import json
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

import requests

from centops_local import chats, steps
from centops_local.stack import Stack


@dataclass(frozen=True)
class SlackRoom:
    """The Slack workspace of the local stack."""

    stack: Stack
    secrets: list[str]

    def send(self, body: str, headers: dict[str, str] | None = None, room: str = "slack") -> requests.Response:
        """Sends a request, signed now by the newest secret unless headers are given."""
        headers = chats.slack_headers(self.secrets[0], body) if headers is None else headers
        return self.stack.bearer(None).call("POST", f"/chat/{room}/requests", body, headers)

    def form(self, user: str, text: str, **fields: str) -> str:
        """Returns the body of a command."""
        own = {
            "team_id": chats.SLACK_TEAM, "channel_id": chats.SLACK_CHANNEL, "user_id": user, "command": "/centops",
            "text": text, "trigger_id": uuid.uuid4().hex,
        }  # fmt: skip
        return urlencode({**own, **fields})

    def payload(self, account: str, value: str, **fields: object) -> str:
        """Returns the body of a button."""
        own = {
            "type": "block_actions",
            "team": {"id": chats.SLACK_TEAM},
            "user": {"id": account, "team_id": chats.SLACK_TEAM},
            "channel": {"id": chats.SLACK_CHANNEL},
            "response_url": f"{self.stack.instance.url('chat')}/actions/{uuid.uuid4().hex}",
            "actions": [{"action_id": "centops-0", "type": "button", "value": value}],
        }
        return urlencode({"payload": json.dumps({**own, **fields})})

    def command(self, user: str, text: str, **fields: str) -> dict:
        """Sends a command. Returns the answer."""
        return steps.expect(self.send(self.form(user, text, **fields)), 200).json()

    def press(self, account: str, value: str, **fields: object) -> dict:
        """Presses a button. Returns the answer that Slack gets at the address of the request."""
        address = f"{self.stack.instance.url('chat')}/actions/{uuid.uuid4().hex}"
        steps.expect(self.send(self.payload(account, value, **{"response_url": address, **fields})), 200)
        return steps.expect(requests.get(address, timeout=10), 200).json()

    def link(self, user: str, subject: str) -> None:
        """Links an account with a person who is signed in."""
        person = self.stack.bearer(self.stack.issuer.token(subject, []))
        code = steps.expect(person.call("POST", "/session/chat-links"), 201).json()["code"]
        assert "linked" in self.command(user, f"link {code}")["text"]


def slack_of(stack: Stack) -> SlackRoom:
    """Returns the workspace."""
    settings = chats.read_settings(stack.instance, stack.outputs["ChatSecret"])
    return SlackRoom(stack, settings["slack"]["secrets"])


def messages(stack: Stack) -> list[dict]:
    """Returns the messages that the rooms were sent, oldest first."""
    return steps.expect(requests.get(f"{stack.instance.url('chat')}/messages", timeout=10), 200).json()["messages"]


def thread_of(stack: Stack, message: str) -> str:
    """Returns the text of the thread of a message."""
    return "\n".join(one["text"] for one in messages(stack) if one["thread"] == message)


def grant(stack: Stack, subject: str, name: str, roles: dict[str, list[str]]) -> None:
    """Makes a person known with exactly these roles; those of an owner have institutions."""
    admin = stack.person("admin")
    added = admin.post("/people", {"subject": subject, "name": name})
    assert added.status_code in (201, 409), added.text
    people = steps.expect(admin.get("/people"), 200).json()["people"]
    person = next(one for one in people if one["subject"] == subject)
    for role in person["grants"]:
        if role not in roles:
            steps.expect(admin.call("DELETE", f"/people/{person['id']}/grants/{role}"), 200)
    for role, institutions in roles.items():
        body = {"reason": "Chat", **({"institutions": institutions} if institutions else {})}
        steps.expect(admin.call("PUT", f"/people/{person['id']}/grants/{role}", body), 200)


def buttons(answer: dict) -> dict[str, str]:
    """Returns the values of the buttons of an answer, by their words."""
    elements = [element for block in answer["blocks"] if block["type"] == "actions" for element in block["elements"]]
    return {element["text"]["text"]: element["value"] for element in elements}
