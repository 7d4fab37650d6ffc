"""What people see of the health engine, and what they may tell it."""

import copy
import datetime

import pytest

from centops_local import steps
from centops_local.clients import send_batch
from centops_local.waiting import Unmet, until


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def text(time: datetime.datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def send_codes(stack, dmr: str, chatbot: str, count: int, **outcome) -> None:
    """A DMR reports the same result so many times."""
    codes = [{"chatbot": chatbot, "at": text(now()), **outcome} for _ in range(count)]
    steps.expect(send_batch(stack.device(dmr, "dmr"), "/codes", {"codes": codes}), 202)


@pytest.fixture(scope="module")
def policy(stack):
    """The policy; whatever a test makes of it ends with the module."""
    before = steps.expect(stack.person("viewer").get("/policy"), 200)
    yield before.json()
    steps.expect(stack.person("operator").call("PUT", "/policy", before.json()), 200)


@pytest.fixture
def routed_again(stack):
    """Takes the names of chatbots that a test sends offline: they are routed again when it ends."""
    names = []
    yield names.append
    operator = stack.person("operator")
    for name in names:
        forced = {"mode": "force-online", "reason": "the test is over"}
        steps.expect(operator.call("PUT", f"/chatbots/{name}/control", forced), 200)
        steps.expect(operator.call("DELETE", f"/chatbots/{name}/control"), 204)


def test_an_outage_says_why_and_what_was_seen(stack, online, routed_again):
    """Two DMRs see failures: the circuit opens, and its health has the very observations."""
    chatbot = "health-failing"
    routed_again(chatbot)
    for dmr in ("dmr-north", "dmr-south"):
        # Too few for one of them alone.
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


def test_history_has_what_was_seen(stack, online):
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


def test_one_dmr_that_reports_nonsense_takes_nobody_offline(stack, online):
    chatbot = "health-disputed"
    send_codes(stack, "dmr-south", chatbot, 30, status=200)
    steps.await_code_totals(stack, chatbot, {"2xx": 30})
    send_codes(stack, "dmr-wrong", chatbot, 60, error="connection")
    steps.await_code_totals(stack, chatbot, {"2xx": 30, "connection": 60})
    seen = steps.health(stack, chatbot)
    assert seen["status"] == "Online"
    assert [row["observer"] for row in seen["observers"] if row["outlier"]] == ["dmr:dmr-wrong"]
    assert seen["check"]["doubt"] == "disagreement"

    def probed() -> bool:
        """It is probed, and answers: the doubt is gone."""
        if "check" in steps.health(stack, chatbot):
            raise Unmet("not probed yet")
        return True

    until(f"{chatbot} is probed", probed, 90)
    assert steps.health(stack, chatbot)["status"] == "Online"


def test_a_chatbots_own_log_is_the_second_observer(stack, online, routed_again):
    """A DMR alone takes nobody out; with the chatbot's own log, which comes after, there are two."""
    chatbot = "health-own-log"
    routed_again(chatbot)
    send_codes(stack, "dmr-north", chatbot, 15, status=503)
    steps.await_code_totals(stack, chatbot, {"5xx": 15})
    assert steps.health(stack, chatbot)["status"] == "Online"
    entries = [{"at": text(now()), "level": "error", "message": "no answer from the model"} for _ in range(15)]
    steps.expect(send_batch(stack.device(chatbot, "chatbot"), "/logs", {"logs": entries}), 202)
    steps.await_status(stack, chatbot, "Offline", 20)
    witnesses = steps.health(stack, chatbot)["cause"]["witnesses"]
    assert {row["observer"] for row in witnesses} == {"dmr:dmr-north", "chatbot"}
    steps.await_routes(stack, absent=[chatbot])


def test_a_doubt_that_a_probe_confirms_takes_a_chatbot_out(stack, online, routed_again):
    """One DMR sees an outage, another does not: the chatbot is probed, does not answer, and loses its route."""
    chatbot = "health-doubted"
    routed_again(chatbot)
    stack.switch(chatbot, failing=True)
    try:
        send_codes(stack, "dmr-south", chatbot, 30, status=200)
        steps.await_code_totals(stack, chatbot, {"2xx": 30})
        send_codes(stack, "dmr-north", chatbot, 60, error="connection")
        steps.await_code_totals(stack, chatbot, {"2xx": 30, "connection": 60})
        assert steps.health(stack, chatbot)["check"]["doubt"] == "disagreement"
        steps.await_status(stack, chatbot, "Offline", 120)
    finally:
        stack.switch(chatbot, failing=False)
    cause = steps.health(stack, chatbot)["cause"]
    assert (cause["kind"], cause["doubt"]) == ("unanswered", "disagreement")
    steps.await_routes(stack, absent=[chatbot])


def test_manual_control(stack, online, routed_again):
    chatbot, operator = "health-forced", stack.person("operator")
    routed_again(chatbot)
    path = f"/chatbots/{chatbot}/control"
    until_time = text(now() + datetime.timedelta(seconds=2))
    forced = {"mode": "force-offline", "reason": "moves to another house", "until": until_time}
    seen = steps.expect(operator.call("PUT", path, forced), 200).json()
    assert (seen["status"], seen["cause"]) == ("Offline", {"kind": "forced", "reason": "moves to another house"})
    assert seen["control"]["by"] and seen["control"]["until"] == until_time
    owner = stack.person("owner", [stack.member(chatbot).institution])
    assert "by" not in steps.expect(owner.get(f"/chatbots/{chatbot}/health"), 200).json().get("control", {})
    steps.await_routes(stack, absent=[chatbot])
    # It ends by itself, and the chatbot is probed and routed again.
    steps.await_status(stack, chatbot, "Online", 120)
    steps.expect(operator.call("PUT", path, {"mode": "hold", "reason": "as it is"}), 200)
    steps.expect(operator.call("DELETE", path), 204)
    assert "control" not in steps.health(stack, chatbot)
    for bad in ({"mode": "off", "reason": "x"}, {"mode": "hold"}, {"mode": "hold", "reason": " "}, {**forced}):
        steps.expect(operator.call("PUT", path, bad), 400)
    steps.expect(stack.person("viewer").call("PUT", path, forced), 403)


def test_the_policy_is_guarded_and_followed(stack, online, policy, routed_again):
    operator, viewer = stack.person("operator"), stack.person("viewer")
    tag = steps.expect(viewer.get("/policy"), 200).headers["ETag"]
    steps.expect(viewer.call("PUT", "/policy", policy), 403)
    wrong = copy.deepcopy(policy)
    wrong["defaults"]["rate"]["minimum"] = 0
    refused = steps.expect(operator.call("PUT", "/policy", wrong), 400).json()
    assert refused["errors"][0]["pointer"] == "#/defaults/rate/minimum", refused
    own = {**policy, "chatbots": {"health-own-policy": {"failures": {"codes": ["404"]}, "quorum": 1}}}
    answer = steps.expect(operator.call("PUT", "/policy", own, headers={"If-Match": tag}), 200)
    assert answer.headers["ETag"] != tag
    steps.expect(operator.call("PUT", "/policy", policy, headers={"If-Match": tag}), 412)
    # Warm functions follow within half a minute; until then a 404 is no failure.
    chatbot = "health-own-policy"
    routed_again(chatbot)

    def followed() -> bool:
        send_codes(stack, "dmr-north", chatbot, 10, status=404)
        if steps.health(stack, chatbot)["status"] != "Offline":
            raise Unmet(steps.health(stack, chatbot))
        return True

    until("the policy is followed", followed, 60, every=2)


def test_a_dry_run_says_what_would_have_happened(stack, online, policy):
    chatbot, viewer = "health-history", stack.person("viewer")
    send_codes(stack, "dmr-north", chatbot, 5, error="timeout")
    until("they are counted", lambda: steps.code_totals(stack, chatbot).get("timeout", 0) >= 5, 20)
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


def test_the_network_at_a_glance(stack, online):
    seen = steps.expect(stack.person("viewer").get("/health"), 200).json()
    counted = sum(seen["types"][kind][standing] for kind in seen["types"] for standing in ("unknown", "online", "offline", "ejected"))
    assert counted == len(steps.chatbots(stack.person("viewer")))
    steps.expect(stack.person("owner", ["tax-and-customs"]).get("/health"), 403)
