"""The health engine as people see and control it."""

import copy
import datetime
from urllib.parse import urlsplit

import pytest

from centops_local import dmr, steps
from centops_local.clients import send_batch
from centops_local.polling import NotYet, wait_until

#: The routing states of a chatbot in the counts of the network.
STATES = ("unknown", "online", "offline", "ejected")


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def text(time: datetime.datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def send_codes(stack, sender: str, chatbot: str, count: int, **outcome) -> None:
    """Reports the same result `count` times, as a DMR."""
    codes = [{"chatbot": chatbot, "at": text(now()), **outcome} for _ in range(count)]
    steps.expect(send_batch(stack.device(sender, "dmr"), "/codes", {"codes": codes}), 202)


@pytest.fixture(scope="module", autouse=True)
def silent_observer(stack, online):
    """A chatbot about which a DMR reported as usual and reports no more. The minute of silence, which nothing can shorten,
    passes during the other tests of the module."""
    admin, chatbot, served = stack.person("admin"), "health-silent", stack.member("opening-hours").enrolment()
    steps.expect(admin.post("/chatbots", {**served, "name": chatbot}), 201)
    try:
        steps.await_online(stack, [chatbot], probe=True)

        def interval_is_known() -> bool:
            """The usual interval is known after six reports, each at least a second after the one before."""
            send_codes(stack, "dmr-north", chatbot, 1, status=200)
            return any("usualSeconds" in row for row in steps.health(stack, chatbot)["observers"])

        wait_until(f"reports about {chatbot} are usual", interval_is_known, 60, every=1.2)
        yield chatbot
    finally:
        steps.expect(admin.call("DELETE", f"/chatbots/{chatbot}"), 204)


@pytest.fixture
def policy(stack, exclusive):
    """The policy. It is restored after the test; no other test changes it meanwhile."""
    with exclusive("policy"):
        before = steps.expect(stack.person("viewer").get("/policy"), 200)
        yield before.json()
        steps.expect(stack.person("operator").call("PUT", "/policy", before.json()), 200)


@pytest.fixture
def restored(stack):
    """Takes the names of chatbots that a test takes offline. They are routed again after the test."""
    names = []
    yield names.append
    operator = stack.person("operator")
    for name in names:
        forced = {"mode": "force-online", "reason": "the test ended"}
        steps.expect(operator.call("PUT", f"/chatbots/{name}/control", forced), 200)
        steps.expect(operator.call("DELETE", f"/chatbots/{name}/control"), 204)


def test_outage_has_its_cause_and_its_observations(stack, online, restored):
    """Two DMRs report failures: the circuit opens, and its health has exactly these observations."""
    chatbot = "health-failing"
    restored(chatbot)
    for dmr in ("dmr-north", "dmr-south"):
        # Too few failures for one DMR alone.
        send_codes(stack, dmr, chatbot, 15, status=503, durationMs=40)
    steps.await_status(stack, chatbot, "Offline", 20)
    seen = steps.health(stack, chatbot)
    assert (seen["circuit"], seen["cause"]["kind"]) == ("open", "failing")
    assert seen["nextProbe"] > seen["since"]
    witnesses = {row["observer"]: row for row in seen["cause"]["witnesses"]}
    assert set(witnesses) == {"dmr:dmr-north", "dmr:dmr-south"}
    assert (witnesses["dmr:dmr-north"]["failed"], witnesses["dmr:dmr-north"]["total"]) == (15, 15)
    assert witnesses["dmr:dmr-north"]["recent"][0].items() >= {"status": 503, "durationMs": 40}.items()
    assert {row["observer"] for row in seen["observers"]} >= set(witnesses)


def test_history_contains_the_reported_results(stack, online):
    chatbot = "health-history"
    send_codes(stack, "dmr-north", chatbot, 30, status=200, durationMs=100)
    send_codes(stack, "dmr-north", chatbot, 3, error="timeout")
    steps.await_code_totals(stack, chatbot, {"2xx": 30, "timeout": 3})
    viewer, start = stack.person("viewer"), text(now() - datetime.timedelta(minutes=10))
    series = steps.expect(viewer.get(f"/chatbots/{chatbot}/health/history", **{"from": start, "step": 600}), 200).json()
    points = [point for point in series["points"] if point["total"]]
    assert sum(point["total"] for point in points) == 33
    assert sum(point["failed"] for point in points) == 3
    assert 100 <= points[-1]["latency"]["p99"] <= 120
    for bad in ({"step": 90}, {"from": "yesterday"}, {"from": start, "to": start}, {"from": "2026-01-01T00:00:00Z"}):
        steps.expect(viewer.get(f"/chatbots/{chatbot}/health/history", **bad), 400)


def test_one_dmr_with_outlying_reports_takes_no_chatbot_offline(stack, online):
    chatbot = "health-disputed"
    send_codes(stack, "dmr-south", chatbot, 30, status=200)
    steps.await_code_totals(stack, chatbot, {"2xx": 30})
    send_codes(stack, "dmr-wrong", chatbot, 60, error="connection")
    steps.await_code_totals(stack, chatbot, {"2xx": 30, "connection": 60})
    seen = steps.health(stack, chatbot)
    assert seen["status"] == "Online"
    assert [row["observer"] for row in seen["observers"] if row["outlier"]] == ["dmr:dmr-wrong"]
    assert seen["check"]["reason"] == "disagreement"

    def probed() -> bool:
        """The probe succeeds and ends the check."""
        steps.run_prober(stack)
        if "check" in steps.health(stack, chatbot):
            raise NotYet("not probed yet")
        return True

    wait_until(f"{chatbot} is probed", probed, 90)
    assert steps.health(stack, chatbot)["status"] == "Online"


def test_own_log_of_a_chatbot_counts_as_second_observer(stack, online, restored):
    """One DMR alone takes no chatbot out of routing; with the chatbot's later log there are two observers."""
    chatbot = "health-own-log"
    restored(chatbot)
    send_codes(stack, "dmr-north", chatbot, 15, status=503)
    steps.await_code_totals(stack, chatbot, {"5xx": 15})
    assert steps.health(stack, chatbot)["status"] == "Online"
    entries = [{"at": text(now()), "level": "error", "message": "no answer from the model"} for _ in range(15)]
    steps.expect(send_batch(stack.device(chatbot, "chatbot"), "/logs", {"logs": entries}), 202)
    steps.await_status(stack, chatbot, "Offline", 20)
    witnesses = steps.health(stack, chatbot)["cause"]["witnesses"]
    assert {row["observer"] for row in witnesses} == {"dmr:dmr-north", "chatbot"}
    steps.await_routes(stack, absent=[chatbot])


def test_failed_probe_after_a_disagreement_takes_a_chatbot_offline(stack, online, restored):
    """One DMR reports an outage, another does not: the chatbot is probed, the probe fails, and its route is removed."""
    chatbot = "health-disagreed"
    restored(chatbot)
    stack.set_failing(chatbot, True)
    try:
        send_codes(stack, "dmr-south", chatbot, 30, status=200)
        steps.await_code_totals(stack, chatbot, {"2xx": 30})
        send_codes(stack, "dmr-north", chatbot, 60, error="connection")
        steps.await_code_totals(stack, chatbot, {"2xx": 30, "connection": 60})
        # The schedule, or another test that invokes the prober, may have ended the check already.
        health = steps.health(stack, chatbot)
        reason = health["check"]["reason"] if "check" in health else health["cause"]["checkReason"]
        assert reason == "disagreement"
        steps.await_status(stack, chatbot, "Offline", 120, probe=True)
    finally:
        stack.set_failing(chatbot, False)
    cause = steps.health(stack, chatbot)["cause"]
    assert (cause["kind"], cause["checkReason"]) == ("unanswered", "disagreement")
    steps.await_routes(stack, absent=[chatbot])


def test_route_stays_until_the_new_address_has_passed_its_probes(stack, online):
    admin, chatbot, served = stack.person("admin"), "health-moved", stack.member("opening-hours").enrolment()
    path, old = f"/chatbots/{chatbot}", served["uri"]
    steps.expect(admin.post("/chatbots", {**served, "name": chatbot}), 201)
    try:
        steps.await_online(stack, [chatbot], probe=True)
        dead = urlsplit(old)._replace(netloc=f"{urlsplit(old).hostname}:2").geturl()
        changed = steps.expect(admin.call("PATCH", path, {"uri": dead}), 200).json()
        assert (changed["uri"], changed["pendingUri"]) == (old, dead)

        def has_failed() -> bool:
            steps.run_prober(stack)
            pending = steps.health(stack, chatbot)["pending"]
            assert pending["uri"] == dead
            return pending["failedProbes"] > 0

        wait_until(f"{chatbot} is probed at its new address", has_failed, 60)
        network = stack.device(dmr.NAME, "dmr")
        assert steps.expect(network.get(f"/routes/{chatbot}"), 200).json()["uri"] == old
        assert "pendingUri" not in steps.expect(admin.call("PATCH", path, {"uri": old}), 200).json()
        assert "pending" not in steps.health(stack, chatbot)
        steps.relocate(stack, chatbot, f"{old}?moved=1")
        assert steps.expect(network.get(f"/routes/{chatbot}"), 200).json()["uri"] == f"{old}?moved=1"
    finally:
        steps.expect(admin.call("DELETE", path), 204)


def test_manual_control_overrides_and_ends(stack, online, restored):
    chatbot, operator = "health-forced", stack.person("operator")
    restored(chatbot)
    path = f"/chatbots/{chatbot}/control"
    until_time = text(now() + datetime.timedelta(seconds=2))
    forced = {"mode": "force-offline", "reason": "moves to another server", "until": until_time}
    seen = steps.expect(operator.call("PUT", path, forced), 200).json()
    assert (seen["status"], seen["cause"]) == ("Offline", {"kind": "forced", "reason": "moves to another server"})
    assert seen["control"]["by"]
    # The same time, perhaps with fewer digits.
    until, expected = (datetime.datetime.fromisoformat(time) for time in (seen["control"]["until"], until_time))
    assert until == expected
    owner = stack.person("owner", [stack.member(chatbot).institution])
    assert "by" not in steps.expect(owner.get(f"/chatbots/{chatbot}/health"), 200).json().get("control", {})
    steps.await_routes(stack, absent=[chatbot])
    # The control expires; the chatbot is probed and routed again.
    steps.await_status(stack, chatbot, "Online", 120, probe=True)
    steps.expect(operator.call("PUT", path, {"mode": "hold", "reason": "as it is"}), 200)
    steps.expect(operator.call("DELETE", path), 204)
    assert "control" not in steps.health(stack, chatbot)
    for bad in ({"mode": "off", "reason": "x"}, {"mode": "hold"}, {"mode": "hold", "reason": " "}, {**forced}):
        steps.expect(operator.call("PUT", path, bad), 400)
    steps.expect(stack.person("viewer").call("PUT", path, forced), 403)


def test_requested_probe_is_made_at_once_and_recorded(stack, online):
    admin, operator, chatbot = stack.person("admin"), stack.person("operator"), "health-probed"
    path, served = f"/chatbots/{chatbot}/probe", stack.member("opening-hours").enrolment()
    dead = urlsplit(served["uri"])._replace(netloc=f"{urlsplit(served['uri']).hostname}:2").geturl()
    steps.expect(admin.post("/chatbots", {**served, "name": chatbot, "uri": dead}), 201)

    def next_probe(least: datetime.timedelta) -> str:
        """Returns the time of the next probe, after a failed one, if it is no earlier than in `least`."""
        seen = steps.health(stack, chatbot)
        if seen["circuit"] != "open" or datetime.datetime.fromisoformat(seen["nextProbe"]) < now() + least:
            raise NotYet(f"{seen['circuit']}, next probe at {seen.get('nextProbe')}")
        return seen["nextProbe"]

    try:
        waiting = datetime.timedelta(seconds=20)
        planned = wait_until(f"{chatbot} waits for its next probe", lambda: next_probe(waiting), 90)
        requested = steps.expect(operator.call("POST", path), 202).json()
        assert (requested["chatbot"], requested["due"] < planned) == (chatbot, True)
        steps.expect(admin.call("POST", path), 202)
        # The schedule takes it: nothing invokes the prober.
        after = wait_until(f"{chatbot} is probed", lambda: next_probe(waiting), 60)
        assert after > requested["due"]
        # The second request, within a minute, changed nothing.
        records = steps.expect(admin.get("/audit", chatbot=chatbot), 200).json()["records"]
        [record] = [record for record in records if record["operation"] == "probe-chatbot"]
        assert (record["outcome"], record["after"]["due"]) == ("done", requested["due"])

        held = {"mode": "hold", "reason": "as it is"}
        steps.expect(operator.call("PUT", f"/chatbots/{chatbot}/control", held), 200)
        assert "end it first" in steps.expect(operator.call("POST", path), 409).json()["detail"]
    finally:
        steps.expect(admin.call("DELETE", f"/chatbots/{chatbot}"), 204)
    steps.expect(operator.call("POST", path), 404)


def test_routed_chatbot_is_not_probed_on_request(stack, online):
    path = "/chatbots/health-history/probe"
    refused = steps.expect(stack.person("operator").call("POST", path), 409).json()
    assert "nothing to probe" in refused["detail"]
    for role in ("viewer", "owner"):
        steps.expect(stack.person(role, ["health-history"]).call("POST", path), 403)


def test_policy_is_validated_guarded_and_applied(stack, online, policy, restored):
    operator, viewer = stack.person("operator"), stack.person("viewer")
    tag = steps.expect(viewer.get("/policy"), 200).headers["ETag"]
    steps.expect(viewer.call("PUT", "/policy", policy), 403)
    wrong = copy.deepcopy(policy)
    wrong["defaults"]["rate"]["minimum"] = 0
    refused = steps.expect(operator.call("PUT", "/policy", wrong), 400).json()
    assert refused["errors"][0]["pointer"] == "#/defaults/rate/minimum", refused
    for probe, rule in [
        ({"expect": ["timeout"]}, "probe.expect"),
        ({"successes": 5, "timeoutSeconds": 10, "spacingSeconds": 5, "leaseSeconds": 300}, "at most 20 s"),
    ]:
        hopeless = {**policy, "chatbots": {"health-own-policy": {"probe": probe}}}
        for caller, method, path in [(operator, "PUT", "/policy"), (viewer, "POST", "/policy/dry-run")]:
            refused = steps.expect(caller.call(method, path, hopeless), 400).json()
            assert rule in refused["errors"][0]["detail"], refused
    own = {**policy, "chatbots": {"health-own-policy": {"failures": {"codes": ["404"]}, "quorum": 1}}}
    replaced = steps.expect(operator.call("PUT", "/policy", own, headers={"If-Match": tag}), 200)
    assert replaced.headers["ETag"] != tag
    steps.expect(operator.call("PUT", "/policy", policy, headers={"If-Match": tag}), 412)
    # Warm functions apply it within half a minute; until then a 404 is not a failure.
    chatbot = "health-own-policy"
    restored(chatbot)

    def applied() -> bool:
        send_codes(stack, "dmr-north", chatbot, 10, status=404)
        if steps.health(stack, chatbot)["status"] != "Offline":
            raise NotYet(steps.health(stack, chatbot))
        return True

    wait_until("the policy is applied", applied, 60, every=2)


def test_dry_run_returns_the_decisions_of_a_proposed_policy(stack, online, policy):
    chatbot, viewer = "health-history", stack.person("viewer")
    send_codes(stack, "dmr-north", chatbot, 5, error="timeout")
    wait_until("the codes are counted", lambda: steps.code_totals(stack, chatbot).get("timeout", 0) >= 5, 20)
    strict = copy.deepcopy(policy)
    strict["defaults"].update(quorum=1)
    strict["defaults"]["rate"].update(minimum=1, failurePercent=1)
    strict["defaults"]["fast"].update(threshold=1)
    rows, cursor = {}, {}
    while True:
        page = steps.expect(viewer.call("POST", "/policy/dry-run", strict, limit=20, **cursor), 200).json()
        rows |= {row["chatbot"]: row for row in page["results"]}
        if "next" not in page:
            break
        cursor = {"cursor": page["next"]}
    assert set(online) <= set(rows)
    assert "current" not in rows[chatbot]
    assert [row["observer"] for row in rows[chatbot]["proposed"]["witnesses"]] == ["dmr:dmr-north"]
    assert steps.health(stack, chatbot)["status"] == "Online"


def test_network_health_counts_every_chatbot(stack, online):
    viewer = stack.person("viewer")

    def counts_match() -> bool:
        """Other tests create and delete chatbots; the counts must match while the list stays the same."""
        listed = steps.chatbots(viewer).keys()
        types = steps.expect(viewer.get("/health"), 200).json()["types"]
        counted = sum(states[state] for states in types.values() for state in STATES)
        if counted != len(listed) or steps.chatbots(viewer).keys() != listed:
            raise NotYet(f"{counted} counted, {len(listed)} listed")
        return True

    wait_until("the counts of the network equal the list", counts_match, 20)
    steps.expect(stack.person("owner", ["tax-and-customs"]).get("/health"), 403)


def test_silent_observer_is_noticed_and_the_chatbot_stays_routed(stack, silent_observer):
    def is_silent() -> bool:
        """A minute without a report, and the next sweep."""
        stack.invoke("schedule-probes", {"source": "aws.scheduler"})
        return any(row["silent"] for row in steps.health(stack, silent_observer)["observers"])

    wait_until(f"the silence about {silent_observer} is noticed", is_silent, 180, every=5)
    assert steps.health(stack, silent_observer)["status"] == "Online"
