"""The main job, step by step, as `make up` shows it."""

from centops_local import steps
from centops_local.alerts import operator_inbox, owner_inbox


def test_real_traffic_is_counted_to_the_last_code_and_takes_nobody_offline(stack, online):
    totals = steps.replay_traffic(stack)
    assert sum(sum(classes.values()) for classes in totals.values()) == 10_000
    steps.await_online(stack, list(totals), seconds=0)


def test_a_failing_chatbot_goes_and_the_scheduled_probe_brings_it_back(stack, online):
    patient, others = "patient", [name for name in online if name != "patient"]
    owner = owner_inbox(stack, patient, "tallinn-library")
    operators = operator_inbox(stack)
    assert stack.say_to(patient) == 200

    steps.break_chatbot(stack, patient)
    steps.await_status(stack, patient, "Offline", 10)
    alert = owner.await_kinds(["chatbot-offline"], 30)
    assert alert["chatbot"] == patient
    assert alert["attributes"]["chatbot"] == patient
    assert alert["attributes"]["event"] == "chatbot-offline"
    levels = steps.log_levels(stack, patient)
    assert levels["error"] >= 10, f"its own log is one of the two observers: {levels}"
    steps.await_online(stack, others, seconds=0)
    steps.await_routes(stack, present=others, absent=[patient])

    stack.switch(patient, failing=False)
    steps.await_status(stack, patient, "Online", steps.RECOVERY_SECONDS)
    steps.await_routes(stack, present=[patient])
    assert stack.say_to(patient) == 200
    # One alert for the outage, one for its end, nothing else; nothing for administrators.
    owner.await_kinds(["chatbot-offline", "chatbot-online"], 30)
    assert operators.read() == []


def test_a_release_reaches_the_owners_of_those_behind_and_nobody_else(stack):
    behind = owner_inbox(stack, "story-behind", "tax-board")
    current = owner_inbox(stack, "story-current", "social-affairs")
    steps.publish(stack, "story-engine", "1.5.0", "critical")
    alert = behind.await_kinds(["update-available"], 30)
    assert alert["release"]["version"] == "1.5.0"
    assert alert["running"] == "1.3.2"
    assert alert["attributes"]["severity"] == "critical"
    # A later release that concerns it proves that nothing of the first is still on its way.
    steps.publish(stack, "story-widget", "2.0.1", "optional")
    alert = current.await_kinds(["update-available"], 30)
    assert alert["release"]["component"] == "story-widget"

    chatbot = stack.device("story-behind", "chatbot")
    updates = steps.expect(chatbot.get("/updates"), 200).json()["updates"]
    assert updates == [{"component": "story-engine", "running": "1.3.2", "latest": "1.5.0", "severity": "critical"}]
    steps.expect(chatbot.call("PUT", "/versions", {"versions": {"story-engine": "1.5.0"}}), 200)
    assert steps.expect(chatbot.get("/updates"), 200).json()["updates"] == []
