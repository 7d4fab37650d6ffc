"""The steps of the demo (`make up`), with the suite's chatbots."""

from centops_local import steps
from centops_local.alerts import operator_inbox, owner_inbox

from network import TAKEN_OUT

#: Types of announcements to administrators that other tests cause at the same time.
OF_OTHER_TESTS = {"application-submitted", "dmr-silent", "invitation-withdrawn"}


def test_recorded_traffic_is_counted_exactly_and_takes_no_chatbot_offline(stack, online):
    totals = steps.replay_traffic(stack)
    assert sum(sum(classes.values()) for classes in totals.values()) == 10_000
    steps.await_online(stack, list(totals), seconds=0)


def test_failing_chatbot_loses_its_route_and_a_probe_restores_it(stack, online, bystanders):
    failing = "demo-failing"
    owner = owner_inbox(stack, failing, "tallinn-library")
    operators = operator_inbox(stack)
    assert stack.send_message(failing) == 200

    steps.break_chatbot(stack, failing)
    steps.await_status(stack, failing, "Offline", 10)
    alert = owner.await_kinds(["chatbot-offline"], 30)
    assert alert["chatbot"] == failing
    assert alert["attributes"]["chatbot"] == failing
    assert alert["attributes"]["event"] == "chatbot-offline"
    levels = steps.log_levels(stack, failing)
    assert levels["error"] >= 10, f"its own log is one of the two observers: {levels}"
    steps.await_online(stack, bystanders, seconds=0)
    steps.await_routes(stack, present=bystanders, absent=[failing])

    stack.set_failing(failing, False)
    steps.await_status(stack, failing, "Online", steps.RECOVERY_SECONDS, probe=True)
    steps.await_routes(stack, present=[failing])
    assert stack.send_message(failing) == 200
    # One alert for the outage and one for its end; none for administrators.
    owner.await_kinds(["chatbot-offline", "chatbot-online"], 30)
    of_others = TAKEN_OUT - {failing}
    alerts = [alert for alert in operators.read() if alert["type"] not in OF_OTHER_TESTS]
    assert [alert for alert in alerts if alert.get("chatbot") not in of_others] == []


def test_release_is_announced_to_owners_of_older_versions_only(stack):
    outdated = owner_inbox(stack, "demo-outdated", "tax-board")
    current = owner_inbox(stack, "demo-current", "social-affairs")
    steps.publish(stack, "demo-engine", "1.5.0", "critical")
    alert = outdated.await_kinds(["update-available"], 30)
    assert alert["release"]["version"] == "1.5.0"
    assert alert["running"] == "1.3.2"
    assert alert["attributes"]["severity"] == "critical"
    # The alert of a later release proves that no alert of the first one is still in flight.
    steps.publish(stack, "demo-widget", "2.0.1", "optional")
    alert = current.await_kinds(["update-available"], 30)
    assert alert["release"]["component"] == "demo-widget"

    chatbot = stack.device("demo-outdated", "chatbot")
    updates = steps.expect(chatbot.get("/updates"), 200).json()["updates"]
    assert updates == [{"component": "demo-engine", "running": "1.3.2", "latest": "1.5.0", "severity": "critical"}]
    steps.expect(chatbot.call("PUT", "/versions", {"versions": {"demo-engine": "1.5.0"}}), 200)
    assert steps.expect(chatbot.get("/updates"), 200).json()["updates"] == []
