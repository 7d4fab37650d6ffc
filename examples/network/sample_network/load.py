"""Plays a plan of faults under load, prints the ledger, and checks invariants."""

import subprocess
import time
from collections import Counter
from dataclasses import replace

from centops_local import steps
from centops_local.instance import LocalError
from centops_local.polling import NotYet, wait_until
from centops_local.stack import Progress

from . import ledger
from .faults import BYSTANDER, Player
from .parts import BOTS, INSTITUTIONS, NGINX_DMR, PROGRAMS, Network
from .plan import BOT_FAULTS, NGINX_FAULTS, Plan
from .start import await_routes
from .watch import Watch, unix

#: How long after a fault its chatbot may still go Offline.
_GRACE = 30
#: From Offline on, how long a DMR may still send messages to a chatbot.
_ROUTED = 5
#: From the end of the plan until all chatbots are Online again.
_RECOVERY_SECONDS = 240
_SETTLE_SECONDS = 60


def run(network: Network, plan: Plan, progress: Progress) -> bool:
    """Plays a plan. Returns whether every invariant holds."""
    if not network.has_nginx and (missing := [fault.name for fault in plan.faults if fault.name in NGINX_FAULTS]):
        progress(f"nginx is missing: without {', '.join(missing)}")
        plan = replace(plan, faults=[fault for fault in plan.faults if fault.name not in NGINX_FAULTS])
    before, results = ledger.take(network), network.folder / "visitors.ndjson"
    watch, began, start = Watch(network), time.monotonic(), time.time()

    def timed(text: str) -> None:
        progress(f"{time.monotonic() - began:7.1f} s  {text}")

    watch.start()
    player = Player(network, timed)
    visitors = _visitors(network, plan, results)
    timed(f"{plan.rate:g} visitors a second come for {plan.seconds} s (seed {plan.seed})")
    try:
        player.play(plan.faults, began)
        if visitors.wait(plan.seconds + 120) != 0:
            raise LocalError("The generator of visitors failed.")
    finally:
        visitors.terminate()
        player.repair()
        for bot in INSTITUTIONS:
            network.set_fault(bot, {"kind": "none"})
    timed("the last visitor has left")
    steps.await_online(network.stack, [*INSTITUTIONS], _RECOVERY_SECONDS, probe=True)
    await_routes(network)
    timed("all chatbots are Online and routed")
    added = _settled(network, before)
    watch.stop()
    return _report(network, player, watch, added, ledger.lines(results), start, progress)


def _visitors(network: Network, plan: Plan, results) -> subprocess.Popen:
    command = [str(PROGRAMS / "network-visitors"), "--bots", str(BOTS), "--results", str(results)]
    command += ["--rate", str(plan.rate), "--seconds", str(plan.seconds), "--seed", str(plan.seed)]
    for chat in network.chats:
        command += ["--chat", chat]
    return subprocess.Popen(command)


def _settled(network: Network, before: ledger.Snapshot) -> ledger.Snapshot:
    """Waits until no code is on its way: everything that DMRs reported is counted, and nothing more comes."""
    last: list[ledger.Snapshot] = []

    def is_settled() -> ledger.Snapshot:
        added = ledger.take(network).since(before)
        _, balanced = ledger.balance(added)
        rests = last and last[-1] == added
        last.append(added)
        if not balanced and not (rests and len(last) > _SETTLE_SECONDS // 2):
            raise NotYet("codes are on their way")
        return added

    return wait_until("the counts rest", is_settled, 2 * _SETTLE_SECONDS, every=1)


def _report(network, player: Player, watch: Watch, added, visits: list[dict], start: float, progress: Progress) -> bool:
    progress("\nVisitors")
    outcomes = Counter(visit["outcome"] for visit in visits)
    times = sorted(visit["milliseconds"] for visit in visits)
    shown = ", ".join(f"p{share} {times[len(times) * share // 100]} ms" for share in (50, 95, 99)) if times else "none"
    progress(f"  {len(visits)} visitors: {dict(outcomes)}; from the planned time {shown}, longest {times[-1:]} ms")
    progress("\nLedger")
    text, balanced = ledger.balance(added)
    for line in text:
        progress(f"  {line}")
    progress("\nSeconds to Offline, from the beginning of the fault")
    for line in _seconds_to_offline(player, watch):
        progress(f"  {line}")
    false, late, lost = _falsely_offline(player, watch, start), _late(network, watch, start), _lost(outcomes)
    invariants = [
        (f"chatbots falsely Offline: {false or 0}", not false),
        (f"visitors routed to an Offline chatbot after {_ROUTED} s: {late or 0}", not late),
        (f"visitors with neither an answer nor an explanation: {lost}", not lost),
        ("the ledger balances", balanced),
    ]
    if "partition" in player.times:
        # While a chatbot begins to fail, the first DMR to see it is called an outlier too, until the other one agrees.
        began, ended = player.times["partition"]
        outliers = sorted({observer for at, observer, _ in watch.outliers if began <= at <= ended + _GRACE})
        line = f"outliers that CentOps named in the partition: {', '.join(outliers) or 'none'}"
        invariants.append((line, outliers == [f"dmr:{NGINX_DMR}"]))
    progress("\nInvariants")
    for line, holds in invariants:
        progress(f"  {'holds ' if holds else 'BROKEN'}  {line}")
    return all(holds for _, holds in invariants)


def _seconds_to_offline(player: Player, watch: Watch) -> list[str]:
    text = []
    for name, (bot, began, ended) in _bot_faults(player).items():
        found = [since for since, _ in watch.offline(bot) if began <= since <= ended + _GRACE]
        seconds = f"{found[0] - began:.1f} s" if found else "stayed Online"
        text.append(f"{name:<8} {bot:<12} {seconds}")
    return text


def _bot_faults(player: Player) -> dict[str, tuple[str, float, float]]:
    return {name: (player.bots[name], *player.times[name]) for name in BOT_FAULTS if name in player.times}


def _falsely_offline(player: Player, watch: Watch, start: float) -> list[str]:
    """Returns chatbots that went Offline without a fault of theirs."""
    found = []
    for name in list(watch.statuses):
        if name == BYSTANDER:
            continue
        own = [(began, ended) for bot, began, ended in _bot_faults(player).values() if bot == name]
        for since, _ in watch.offline(name):
            if since >= start and not any(began <= since <= ended + _GRACE for began, ended in own):
                found.append(f"{name} at {since - start:.0f} s")
    return found


def _late(network: Network, watch: Watch, start: float) -> dict[str, int]:
    """Returns messages that a DMR sent to a chatbot that was Offline for longer than the limit, by DMR and chatbot."""
    late: Counter[str] = Counter()
    for line in ledger.chat_lines(network):
        at = unix(line["at"])
        if at < start or line["outcome"] not in ledger.FORWARDED:
            continue
        if any(since + _ROUTED < at < end for since, end in watch.offline(line["chatbot"])):
            late[f"{line['dmr']} to {line['chatbot']}"] += 1
    return dict(late)


def _lost(outcomes: Counter) -> int:
    return sum(count for outcome, count in outcomes.items() if outcome not in ("answered", "told"))
