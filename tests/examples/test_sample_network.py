"""The plan of faults of the sample network, and the arithmetic of its ledger. Nothing is played here."""

from collections import Counter
from dataclasses import replace

import pytest

from centops_local.instance import LocalError
from sample_network import figures, ledger, plan, recovery
from sample_network.figures import Outage, Run
from sample_network.ledger import Snapshot
from sample_network.parts import FOLDER, INSTITUTIONS, NGINX_DMR, SAMPLE_DMR

PLAN = plan.read(FOLDER / "plan.yaml")
ENDLESS = float("inf")


# ---------------------------------------------------------------- the plan


def test_plan_has_every_fault_once_within_five_minutes():
    names = [fault.name for fault in PLAN.faults]
    assert sorted(names) == sorted(plan.CHATBOT_FAULTS + plan.OTHER_FAULTS)
    assert PLAN.seconds <= 300
    assert max(fault.end for fault in PLAN.faults) < PLAN.seconds


def test_plan_limits_the_time_to_offline_of_all_faults_of_a_bot_but_flapping():
    limited = {fault.name for fault in PLAN.faults if fault.offline_within is not None}
    assert limited == set(plan.CHATBOT_FAULTS) - {"flap"}
    # A fault that ends earlier would prove nothing about the limit.
    assert all(fault.offline_within <= fault.seconds for fault in PLAN.faults if fault.name in limited)


def test_plan_breaks_a_bot_with_one_fault_at_a_time():
    for bot in INSTITUTIONS:
        faults = [fault for fault in PLAN.faults if fault.bot == bot]
        assert all(former.end < later.at for former, later in zip(faults, faults[1:]))


def test_plan_names_no_outlier_because_of_a_bot_that_begins_to_fail():
    partition = next(fault for fault in PLAN.faults if fault.name == "partition")
    bots = [fault for fault in PLAN.faults if fault.bot]
    assert all(fault.end < partition.at or fault.at > partition.end + figures.GRACE for fault in bots)


def test_part_of_the_plan_begins_and_ends_with_its_faults():
    part = PLAN.only("slow, clock-behind")
    assert [(fault.name, fault.at) for fault in part.faults] == [("slow", 10), ("clock-behind", 14)]
    assert part.seconds == 14 + 40 + 75
    assert (part.seed, part.rate) == (PLAN.seed, PLAN.rate)
    assert PLAN.only("") == PLAN
    assert [one.most_faults_of_a_bot() for one in (PLAN, part, PLAN.only("rotate"))] == [3, 1, 0]


def test_faults_are_sorted_by_time():
    faults = "{name: rotate, at: 9, seconds: 1}, {name: kill-agent, at: 3, seconds: 1}"
    parsed = plan.parse(f"{{seed: 1, seconds: 99, rate: 1, faults: [{faults}]}}")
    assert [fault.name for fault in parsed.faults] == ["kill-agent", "rotate"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("{name: unheard-of, at: 1, seconds: 1}", "no fault unheard-of"),
        ("{name: refuse, at: 1, seconds: 1}", "name a bot"),
        ("{name: refuse, at: 1, seconds: 1, bot: nobody}", "name a bot"),
        ("{name: rotate, at: 1, seconds: 1, bot: maks}", "name a bot"),
        ("{name: rotate, at: -1, seconds: 1}", "at must be a positive number"),
        ("{name: rotate, at: 1, seconds: soon}", "seconds must be a positive number"),
        ("{name: rotate, at: 1, seconds: .nan}", "seconds must be a positive number"),
        ("{name: rotate, at: 1, seconds: true}", "seconds must be a positive number"),
        ("{name: rotate, at: 90, seconds: 20}", "rotate ends after the plan"),
        ("{name: rotate, at: 1, seconds: 1, offline_within: 5}", "offline_within is for faults of a bot"),
        ("{name: rotate, at: 1, seconds: 1, colour: red}", "colour"),
        ("rotate", "no plan"),
        ("{name: rotate, at: 1, seconds: 1}, {name: rotate, at: 5, seconds: 1}", "rotate is there twice"),
    ],
)
def test_wrong_plan_is_refused_with_its_path(tmp_path, fault, message):
    file = tmp_path / "plan.yaml"
    file.write_text(f"{{seed: 1, seconds: 100, rate: 1, faults: [{fault}]}}")
    with pytest.raises(LocalError, match=message) as refused:
        plan.read(file)
    assert str(file) in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "a: [", "{seed: 1, seconds: 9, rate: 1}", "{seed: x, seconds: 9, rate: 1, faults: []}"]
)
def test_file_that_is_no_plan_is_refused(tmp_path, text):
    file = tmp_path / "plan.yaml"
    file.write_text(text)
    with pytest.raises(LocalError, match="no plan"):
        plan.read(file)
    with pytest.raises(LocalError, match="cannot be read"):
        plan.read(tmp_path / "missing.yaml")


def test_unknown_fault_of_only_is_refused():
    with pytest.raises(LocalError, match="no fault fire"):
        PLAN.only("refuse,fire")


# ---------------------------------------------------------------- the ledger


#: Ten messages through nginx, of which one was ignored with a reason, and six through the sample DMR.
BALANCED = Snapshot(
    counted={"maks": Counter({"2xx": 9, "5xx": 2}), "ilm": Counter({"2xx": 3, "timeout": 1})},
    history=Counter({"maks": 11, "ilm": 4}),
    accepted=Counter({NGINX_DMR: 9, SAMPLE_DMR: 6}),
    unreported=Counter({"ignored: client-gone": 1, "ignored: no-route": 7}),
    lines=10,
    bots={"maks": Counter(answered=9, failed=2), "ilm": Counter(answered=3, hung=1)},
    chat=Counter(
        {
            (NGINX_DMR, "answered"): 7,
            (NGINX_DMR, "failed"): 2,
            (NGINX_DMR, "lost"): 1,
            (NGINX_DMR, "no-route"): 7,
            (SAMPLE_DMR, "answered"): 5,
            (SAMPLE_DMR, "failed"): 1,
            (SAMPLE_DMR, "unreachable"): 2,
        }
    ),
)


def test_ledger_balances_if_each_attempt_is_a_code_or_has_a_named_reason():
    text, balanced = ledger.balance(BALANCED)
    assert balanced, text
    assert "attempts of both DMRs 16 = codes in CentOps and named drops 16: yes" in text
    assert "named drops: {'ignored: client-gone': 1}" in text


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"lines": 11}, "lines of nginx"),
        ({"unreported": Counter()}, "attempts of both DMRs"),
        ({"accepted": Counter({NGINX_DMR: 9, SAMPLE_DMR: 5})}, "reported"),
        ({"history": Counter({"maks": 11, "ilm": 3})}, "history"),
        ({"bots": {"maks": Counter(answered=10), "ilm": Counter(answered=3)}}, "messages that the bots answered"),
        ({"chat": BALANCED.chat + Counter({(SAMPLE_DMR, "lost"): 1})}, "attempts of both DMRs"),
        ({"counted": {"maks": Counter({"2xx": 10, "5xx": 2}), "ilm": Counter({"2xx": 3})}}, "codes 2xx"),
    ],
)
def test_ledger_does_not_balance_if_one_part_counted_another_number(change, wrong):
    text, balanced = ledger.balance(replace(BALANCED, **change))
    assert not balanced
    assert any(wrong in line and line.endswith("NO") for line in text), text


def test_ledger_of_a_run_without_messages_does_not_balance():
    nothing = Snapshot({"maks": Counter()}, Counter(), Counter(), Counter(), 0, {"maks": Counter()}, Counter())
    assert ledger.balance(nothing)[1] is False


def test_snapshot_is_what_was_added_since_an_earlier_one():
    counted = {name: counted + counted for name, counted in BALANCED.counted.items()}
    bots = {name: did + did for name, did in BALANCED.bots.items()}
    fields = ("history", "accepted", "unreported", "lines", "chat")
    rest = {field: getattr(BALANCED, field) + getattr(BALANCED, field) for field in fields}
    assert Snapshot(counted=counted, bots=bots, **rest).since(BALANCED) == BALANCED


def test_line_that_is_being_written_is_not_read(tmp_path):
    file = tmp_path / "ledger.ndjson"
    assert ledger.lines(file) == []
    file.write_text('{"outcome": "answered"}\n{"outco')
    assert ledger.lines(file) == [{"outcome": "answered"}]


# ---------------------------------------------------------------- figures and invariants


def run(**changes) -> Run:
    """A run in which `maks` failed from 100 to 125 and was Offline from 108 to 160, with `changes`."""
    fields = {
        "start": 90.0,
        "outages": [Outage("error", "maks", 100.0, 125.0, 20.0)],
        "offline": {"maks": [(108.0, 160.0)], "ilm": []},
        "visits": [{"outcome": "answered", "milliseconds": 12}, {"outcome": "told", "milliseconds": 8}],
        "attempts": [{"at": 112.9, "dmr": NGINX_DMR, "chatbot": "maks", "outcome": "failed"}],
        "added": BALANCED,
    }
    return Run(**fields | changes)


def broken(found: list[figures.Invariant]) -> list[str]:
    return [invariant.text for invariant in found if not invariant.holds]


def test_run_without_a_violation_holds():
    assert broken(figures.invariants(run()) + figures.detection(run())) == []


def test_periods_offline_are_from_one_change_to_the_next():
    changes = [("Offline", 1.0), ("Online", 5.0), ("Offline", 8.0)]
    assert figures.offline_periods(changes) == [(1.0, 5.0), (8.0, ENDLESS)]
    assert figures.offline_periods([]) == []


@pytest.mark.parametrize(
    ("periods", "text", "holds"),
    [
        ([(108.0, 160.0)], "Offline after 8.0 s (at most 20 s), Online again 35.0 s after its end", True),
        ([(120.0, ENDLESS)], "Offline after 20.0 s (at most 20 s), still Offline", True),
        ([(120.1, 160.0)], "Offline after 20.1 s", False),
        ([(90.0, 99.0)], "stayed Online", False),
        ([(90.0, 130.0)], "was Offline before it began", False),
    ],
)
def test_fault_is_found_within_its_limit(periods, text, holds):
    found = figures.detection(run(offline={"maks": periods}))
    assert text in found[0].text
    assert found[0].holds is holds


def test_fault_without_a_limit_may_stay_unnoticed():
    flap = Outage("flap", "maks", 100.0, 125.0)
    assert broken(figures.detection(run(outages=[flap], offline={"maks": []}))) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"offline": {"ilm": [(108.0, 120.0)]}}, "falsely Offline: ilm at 18 s"),
        ({"offline": {"maks": [(156.0, 160.0)]}}, "falsely Offline: maks at 66 s"),
        ({"outages": []}, "falsely Offline: maks at 18 s"),
        ({"attempts": [{"at": 113.1, "dmr": "d", "chatbot": "maks", "outcome": "failed"}]}, "{'d to maks': 1}"),
        ({"visits": []}, "neither an answer nor an explanation"),
        ({"visits": [{"outcome": "nothing", "milliseconds": 25000}]}, "neither an answer nor an explanation: 1"),
        ({"visits": [{"outcome": "error", "milliseconds": 1}]}, "neither an answer nor an explanation: 1"),
        ({"added": replace(BALANCED, lines=3)}, "the ledger balances"),
        ({"shifted": {"clock-ahead": 0}}, "clock-ahead: 0"),
        ({"watch_error": "KeyError('status')"}, "KeyError"),
    ],
)
def test_invariant_breaks(change, text):
    found = broken(figures.invariants(run(**change)))
    assert len(found) == 1
    assert text in found[0]


def test_chatbot_may_go_offline_until_the_grace_after_its_fault_has_passed():
    assert figures.falsely_offline(run(offline={"maks": [(155.0, 160.0)]})) == []
    assert figures.falsely_offline(run(offline={"maks": [(80.0, 160.0)]})) == []


def test_message_without_a_route_is_not_routed_late():
    attempt = {"at": 150.0, "dmr": SAMPLE_DMR, "chatbot": "maks", "outcome": "no-route"}
    assert figures.routed_late(run(attempts=[attempt])) == {}
    assert figures.routed_late(run(attempts=[attempt | {"outcome": "answered", "at": 161.0}])) == {}


@pytest.mark.parametrize(
    ("outliers", "holds"),
    [
        ([(140.0, f"dmr:{NGINX_DMR}")], True),
        ([], False),
        ([(120.0, f"dmr:{NGINX_DMR}")], False),
        ([(140.0, f"dmr:{NGINX_DMR}"), (141.0, f"dmr:{SAMPLE_DMR}")], False),
        ([(140.0, f"dmr:{NGINX_DMR}"), (120.0, f"dmr:{SAMPLE_DMR}"), (181.0, f"dmr:{SAMPLE_DMR}")], True),
    ],
)
def test_partitioned_dmr_and_no_other_is_the_outlier(outliers, holds):
    found = figures.invariants(run(partition=(130.0, 150.0), outliers=outliers))
    assert (broken(found) == []) is holds


def test_latencies_are_percentiles_of_all_visitors():
    visits = [{"outcome": "answered", "milliseconds": number} for number in range(100, 0, -1)]
    assert figures.visitors(visits).endswith("p50 51 ms, p95 96 ms, p99 100 ms, longest 100 ms")
    assert figures.visitors([]) == "no visitors"


# ---------------------------------------------------------------- the wait for recovery


def test_wait_for_recovery_follows_the_policy():
    policy = {"baseSeconds": 30, "growthPercent": 200, "capSeconds": 900}
    assert [recovery.longest_wait(policy, failures) for failures in (0, 1, 3, 10)] == [30, 60, 240, 900]


def test_chatbot_that_is_waited_for_is_described():
    health = {"chatbot": "maks", "status": "Offline", "nextProbe": "2026-11-28T09:00:00Z"}
    assert recovery.describe(health) == "maks Offline, next probe 2026-11-28T09:00:00Z"
    assert recovery.describe(health | {"control": {"mode": "force-offline"}}) == "maks Offline, force-offline"
    assert recovery.describe(health | {"status": "Online"}) == "maks Online"
