"""What rooms are told about incidents: one message, and what is new in its thread."""

import pytest

from centops_local import chats, steps
from centops_local.chat_server import REFUSED_BY_SLACK
from centops_local.polling import wait_until

from rooms import SlackRoom, buttons, messages, thread_of
from support import open_incident

#: The queue delays messages by 15 seconds, and a full suite uses all of the machine.
SECONDS = 60


@pytest.fixture
def incident(stack, new_chatbot) -> tuple[dict, str]:
    """Returns an incident and its chatbot."""
    name = new_chatbot()
    return open_incident(stack, name), name


def post_about(stack, incident: dict, room: str) -> dict:
    """Returns the message about an incident in a room, once it is there."""

    def found() -> dict | None:
        keep_apart(stack, incident["id"])
        own = (one for one in messages(stack) if one["room"] == room and one["thread"] is None)
        return next((one for one in own if incident["id"] in str(one)), None)

    return wait_until(f"{room} is told of the incident", found, SECONDS)


def keep_apart(stack, incident: str) -> None:
    """Splits an incident from a network incident that incidents of other tests made."""
    operator = stack.person("operator")
    if steps.expect(operator.get(f"/incidents/{incident}"), 200).json()["state"] == "merged":
        assert operator.call("DELETE", f"/incidents/{incident}/parent").status_code in (200, 409)


def await_thread(stack, post: dict, part: str) -> None:
    wait_until(f"the thread says {part}", lambda: part in thread_of(stack, post["id"]) or None, SECONDS)


def test_incident_is_one_message_with_its_news_in_the_thread_and_its_end_in_the_message(stack, slack: SlackRoom, incident):
    opened, name = incident
    post = post_about(stack, opened, "slack")
    assert post["channel"] == chats.SLACK_CHANNEL
    assert f"{name} (chat-institution): offline since" in post["text"]
    assert "Nobody has acknowledged it yet." in post["text"]
    assert f"/incidents/{opened['id']}|Open in the console>" in str(post["blocks"])
    told = buttons(post)
    assert set(told) == {"Acknowledge", "Why?", "Logs"}

    answer = slack.press("U0OPERATOR", told["Acknowledge"])
    assert (answer["response_type"], answer["replace_original"]) == ("ephemeral", False), "the message stays"
    await_thread(stack, post, "Acknowledged by Olev Operaator, until")
    changed = next(one for one in messages(stack) if one["id"] == post["id"])
    assert "Acknowledged by Olev Operaator" in changed["text"]
    assert set(buttons(changed)) == {"Why?", "Logs"}
    assert "EE46812039712" not in str(messages(stack)), "a personal code is shown to nobody"

    operator = stack.person("operator")
    steps.expect(operator.post(f"/incidents/{opened['id']}/notes", {"text": "The host <b>restarts</b>."}), 200)
    await_thread(stack, post, "The host &lt;b&gt;restarts&lt;/b&gt;.")

    steps.expect(operator.post(f"/incidents/{opened['id']}/dismissal", {}), 200)
    await_thread(stack, post, "It was dismissed.")
    ended = next(one for one in messages(stack) if one["id"] == post["id"])
    assert "Dismissed." in ended["text"]
    assert not any(block["type"] == "actions" for block in ended["blocks"]), "nothing is left to press"
    roots = [one for one in messages(stack) if one["thread"] is None and opened["id"] in str(one)]
    assert sorted(one["room"] for one in roots) == ["mattermost", "slack"], "one message a room"


def test_mattermost_is_told_the_same_in_its_language(stack, incident):
    opened, name = incident
    post = post_about(stack, opened, "mattermost")
    assert post["channel"] == chats.MATTERMOST_CHANNEL
    assert post["text"].startswith(f"{name} \\(chat-institution\\):\u200b võrgust väljas alates")
    assert f"[Ava konsoolis]({stack.instance.url('console')}/incidents/{opened['id']})" in post["text"]
    steps.expect(stack.person("operator").post(f"/incidents/{opened['id']}/notes", {"text": "Ei *tea*"}), 200)
    await_thread(stack, post, "keegi:\u200b Ei \\*tea\\*")



def test_room_that_refuses_keeps_no_other_from_being_told(stack, new_chatbot):
    opened = open_incident(stack, new_chatbot(REFUSED_BY_SLACK))
    assert post_about(stack, opened, "mattermost")["channel"] == chats.MATTERMOST_CHANNEL
    assert not [one for one in messages(stack) if one["room"] == "slack" and opened["id"] in str(one)]
