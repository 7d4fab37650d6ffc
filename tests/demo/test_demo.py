"""The steps of the demo (`make up`), with the suite's chatbots."""

from centops_local import steps
from centops_local.alerts import operator_inbox, owner_inbox

from network import TAKEN_OUT

#: The longest time until a second message: a minute after the first, and 30 seconds to wait for others.
NOTIFIED_SECONDS = 100
#: Types of notifications to administrators that other tests cause at the same time.
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
    alert = owner.await_kinds(["chatbot-offline"], NOTIFIED_SECONDS)
    assert alert["institution"] == "tallinn-library"
    assert alert["entries"][0]["chatbot"] == failing
    levels = steps.log_levels(stack, failing)
    assert levels["error"] >= 10, f"its own log is one of the two observers: {levels}"
    steps.await_online(stack, bystanders, seconds=0)
    steps.await_routes(stack, present=bystanders, absent=[failing])

    stack.set_failing(failing, False)
    steps.await_status(stack, failing, "Online", steps.RECOVERY_SECONDS, probe=True)
    steps.await_routes(stack, present=[failing])
    assert stack.send_message(failing) == 200
    # One message for the outage and one for its end; none for administrators.
    owner.await_kinds(["chatbot-offline", "chatbot-online"], NOTIFIED_SECONDS)
    assert len(owner.messages) == 2
    entries = [entry for message in operators.read() for entry in message["entries"]]
    of_others = TAKEN_OUT - {failing}
    entries = [entry for entry in entries if entry["type"] not in OF_OTHER_TESTS]
    assert [entry for entry in entries if entry.get("chatbot") not in of_others] == []


def test_release_is_announced_to_owners_of_older_versions_only(stack):
    outdated = owner_inbox(stack, "demo-outdated", "tax-board")
    current = owner_inbox(stack, "demo-current", "social-affairs")
    steps.publish(stack, "demo-engine", "1.5.0", "critical")
    # The later release proves that no notification of the first one is still in flight.
    steps.publish(stack, "demo-widget", "2.0.1", "optional")
    [entry] = outdated.await_kinds(["update-available"], NOTIFIED_SECONDS)["entries"]
    assert (entry["version"], entry["running"], entry["severity"]) == ("1.5.0", "1.3.2", "critical")
    [entry] = current.await_kinds(["update-available"], NOTIFIED_SECONDS)["entries"]
    assert entry["component"] == "demo-widget"

    chatbot = stack.device("demo-outdated", "chatbot")
    updates = steps.expect(chatbot.get("/updates"), 200).json()["updates"]
    assert updates == [{"component": "demo-engine", "running": "1.3.2", "latest": "1.5.0", "severity": "critical"}]
    steps.expect(chatbot.call("PUT", "/versions", {"versions": {"demo-engine": "1.5.0"}}), 200)
    assert steps.expect(chatbot.get("/updates"), 200).json()["updates"] == []
