"""Plays a plan of faults under load, prints the ledger, and checks invariants."""

import datetime
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from centops_local import steps
from centops_local.instance import LocalError
from centops_local.polling import NotYet, wait_until
from centops_local.stack import Progress

from . import figures, ledger
from .faults import BYSTANDER, Player
from .figures import Run
from .parts import BOTS, INSTITUTIONS, PROGRAMS, Network
from .plan import NGINX_FAULTS, Plan
from .recovery import await_online
from .start import await_routes
from .watch import Watch, unix

_SETTLE_SECONDS = 60
#: How long after the plan the last visitor may leave.
_LAST_VISITOR = 120


def run(network: Network, plan: Plan, progress: Progress) -> bool:
    """Plays a plan. Returns whether every invariant holds."""
    if not network.has_nginx and (missing := [fault.name for fault in plan.faults if fault.name in NGINX_FAULTS]):
        progress(f"nginx is missing: without {', '.join(missing)}")
        plan = replace(plan, faults=[fault for fault in plan.faults if fault.name not in NGINX_FAULTS])
    # The history has whole minutes: what was counted before in the first one is in the snapshot before, too.
    since = steps.rfc3339(datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1))
    before, results, watch = ledger.take(network, since), network.folder / "visitors.ndjson", Watch(network)
    start, began = time.time(), time.monotonic()

    def timed(text: str) -> None:
        progress(f"{time.monotonic() - began:7.1f} s  {text}")

    watch.start()
    player = Player(network, timed)
    _play(network, plan, player, results, timed)
    await_online(network, timed, plan.most_faults_of_a_bot())
    await_routes(network)
    timed("all chatbots are Online and routed")
    added = _settled(network, before, since)
    watch.stop()
    return _report(_seen(network, player, watch, added, results, start), watch.failed, progress)


def _play(network: Network, plan: Plan, player: Player, results: Path, timed: Progress) -> None:
    """Plays the faults while visitors come. Whatever happens, no fault is left."""
    visitors = _visitors(network, plan, results)
    timed(f"{plan.rate:g} visitors a second come for {plan.seconds} s (seed {plan.seed})")
    try:
        player.play(plan.faults, time.monotonic())
        try:
            code = visitors.wait(plan.seconds + _LAST_VISITOR)
        except subprocess.TimeoutExpired:
            raise LocalError("The generator of visitors does not end.") from None
        if code != 0:
            raise LocalError(f"The generator of visitors failed (exit code {code}).")
    finally:
        visitors.terminate()
        player.repair()
    timed("the last visitor has left")


def _visitors(network: Network, plan: Plan, results: Path) -> subprocess.Popen:
    command = [str(PROGRAMS / "network-visitors"), "--bots", str(BOTS), "--results", str(results)]
    command += ["--rate", str(plan.rate), "--seconds", str(plan.seconds), "--seed", str(plan.seed)]
    for chat in network.chats:
        command += ["--chat", chat]
    return subprocess.Popen(command)


def _settled(network: Network, before: ledger.Snapshot, since: str) -> ledger.Snapshot:
    """Waits until no code is on its way: everything that DMRs reported is counted, and nothing more comes."""
    last: list[ledger.Snapshot] = []

    def is_settled() -> ledger.Snapshot:
        added = ledger.take(network, since).since(before)
        _, balanced = ledger.balance(added)
        rests = last and last[-1] == added
        last.append(added)
        if not balanced and not (rests and len(last) > _SETTLE_SECONDS // 2):
            raise NotYet("codes are on their way")
        return added

    return wait_until("the counts rest", is_settled, 2 * _SETTLE_SECONDS, every=1)


def _seen(network: Network, player: Player, watch: Watch, added: ledger.Snapshot, results: Path, start: float) -> Run:
    attempts = [line | {"at": unix(line["at"])} for line in ledger.chat_lines(network)]
    return Run(
        start=start,
        outages=player.outages(),
        offline={name: periods for name, periods in watch.offline().items() if name != BYSTANDER},
        visits=ledger.lines(results),
        attempts=[attempt for attempt in attempts if attempt["at"] >= start],
        added=added,
        partition=player.times.get("partition"),
        outliers=watch.outliers,
        shifted=player.shifted,
        watch_error=watch.error,
    )


def _report(run: Run, failed_reads: int, progress: Progress) -> bool:
    sections = {"Visitors": [figures.visitors(run.visits)], "Ledger": ledger.balance(run.added)[0]}
    for title, lines in sections.items():
        progress(f"\n{title}")
        for line in lines:
            progress(f"  {line}")
    checks = {
        "Seconds to Offline, from the beginning of the fault": figures.detection(run),
        "Invariants": figures.invariants(run),
    }
    for title, found in checks.items():
        progress(f"\n{title}")
        for invariant in found:
            progress(f"  {'holds ' if invariant.holds else 'BROKEN'}  {invariant.text}")
    progress(f"\nReads of the Admin API that failed: {failed_reads}")
    return all(invariant.holds for found in checks.values() for invariant in found)
