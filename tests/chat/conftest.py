"""The rooms and people of the tests of chats."""

import uuid

import pytest

from centops_local import steps

from rooms import SlackRoom, grant, slack_of
from support import NEW_CHATBOT

OPERATOR, SECOND, VIEWER, OWNER = "EE46812039712", "EE36907149726", "EE48209119732", "EE38702229746"


@pytest.fixture(scope="session")
def people(stack) -> dict[str, str]:
    """Returns the subjects of people by their accounts."""
    grant(stack, OPERATOR, "Olev Operaator", {"operator": []})
    grant(stack, SECOND, "Salme Teine", {"operator": []})
    grant(stack, VIEWER, "Viive Vaataja", {"viewer": []})
    grant(stack, OWNER, "Otto Omanik", {"owner": ["chat-institution"]})
    return {"U0OPERATOR": OPERATOR, "U0SECOND": SECOND, "U0VIEWER": VIEWER, "U0OWNER": OWNER}


@pytest.fixture(scope="session")
def slack(stack, people) -> SlackRoom:
    """The workspace, with linked accounts."""
    room = slack_of(stack)
    for user, subject in people.items():
        room.link(user, subject)
    return room


@pytest.fixture
def new_chatbot(stack):
    """Enrols chatbots whose address does not answer. They are removed after the test."""
    admin, names = stack.person("admin"), []

    def enrol_one(kind: str = "chat") -> str:
        name = f"{kind}-{uuid.uuid4().hex[:8]}"
        own = {"name": name, "institution": "chat-institution", "uri": f"https://{name}.example.ee/messages", "versions": {}}
        steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, **own}), 201)
        names.append(name)
        return name

    yield enrol_one
    for name in names:
        admin.call("DELETE", f"/chatbots/{name}")
