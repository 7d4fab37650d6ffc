"""The command that announces events again."""

import pytest

from centops_local import logs, steps
from centops_local.alerts import owner_inbox
from centops_operate.deployed import OperateError
from centops_operate.reannounce import main

from operators import act_as_operator
from support import NEW_CHATBOT


@pytest.fixture(autouse=True)
def _operator(stack, monkeypatch):
    act_as_operator(stack, monkeypatch)


def announced(stack, begin: str) -> int:
    """Returns how many requests announced the events from `begin` on."""
    return sum("events announced again" in line and begin in line for line in logs.lines(stack.instance))


def test_event_is_announced_again_only_when_applied(stack, capsys):
    """The owner subscribes after the release, as if its notification was lost."""
    admin, name = stack.person("admin"), "told-by-command"
    chatbot = {
        **NEW_CHATBOT,
        "name": name,
        "institution": "command-institution",
        "versions": {"command-engine": "1.0.0"},
    }
    steps.expect(admin.post("/chatbots", chatbot), 201)
    try:
        steps.publish(stack, "command-engine", "1.1.0", "critical")
        listed = steps.expect(admin.get("/events", kind="release-published", limit=20), 200).json()["events"]
        event = next(each for each in listed if each["release"]["component"] == "command-engine")
        inbox = owner_inbox(stack, name, "command-institution")
        assert main(["local", "--event", event["id"]]) == 0
        shown = capsys.readouterr().out
        assert "1 release-published" in shown
        assert shown.endswith("Nothing was announced: repeat it with APPLY=1.\n")
        assert announced(stack, event["at"]) == 0
        assert main(["local", "--event", event["id"], "--apply"]) == 0
        assert "again.\n" in capsys.readouterr().out
        assert announced(stack, event["at"]) == 1
        [entry] = inbox.await_kinds(["update-available"], 100)["entries"]
        assert (entry["component"], entry["version"]) == ("command-engine", "1.1.0")
    finally:
        steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--event", "unknown"], "No event of the last 48 hours"),
        (
            ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-01T01:00:00Z", "--apply"],
            "POST /events/announcement: 400",
        ),
        (["--from", "yesterday"], "GET /events: 400"),
    ],
)
def test_refusals_are_told(stack, words, problem):
    with pytest.raises(OperateError, match=problem):
        main(["local", *words])


def test_token_is_needed(monkeypatch):
    monkeypatch.delenv("TOKEN")
    with pytest.raises(OperateError, match="TOKEN"):
        main(["local", "--event", "x"])
