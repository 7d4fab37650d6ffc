"""The figures of a run, and whether its invariants hold. Pure: what was seen goes in, lines of text come out."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from .ledger import FORWARDED, Snapshot, balance
from .parts import NGINX_DMR

#: How long after a fault its chatbot may still go Offline, in seconds.
GRACE = 30
#: From Offline on, how long a DMR may still send messages to a chatbot, in seconds.
ROUTED = 5
#: The outcomes of visitors that got something.
_SERVED = ("answered", "told")

#: From when to when, in seconds of Unix time.
Period = tuple[float, float]


class Invariant(NamedTuple):
    """A sentence with its figure, and whether it holds."""

    text: str
    holds: bool


@dataclass(frozen=True)
class Outage:
    """A fault of one bot, as it was played. Times are in seconds of Unix time."""

    fault: str
    bot: str
    began: float
    ended: float
    #: The limit of the seconds to Offline.
    within: float | None = None

    def explains(self, at: float) -> bool:
        """Returns whether its bot may go Offline at a time."""
        return self.began <= at <= self.ended + GRACE


@dataclass(frozen=True)
class Run:
    """What was seen of a run. Times are in seconds of Unix time."""

    start: float
    outages: list[Outage]
    #: By chatbot: when it was Offline.
    offline: dict[str, list[Period]]
    #: What each visitor got.
    visits: list[dict]
    #: The tries of the chat since the start: `at`, `dmr`, `chatbot`, `outcome`.
    attempts: list[dict]
    added: Snapshot
    #: When one DMR was cut off.
    partition: Period | None = None
    #: The times at which CentOps called an observer an outlier, with the observer.
    outliers: list[tuple[float, str]] = field(default_factory=list)
    #: By fault of a clock: the codes that were reported meanwhile.
    shifted: dict[str, int] = field(default_factory=dict)
    #: Why the watch ended before the run; then the figures about CentOps are worth nothing.
    watch_error: str | None = None


def offline_periods(changes: list[tuple[str, float]]) -> list[Period]:
    """Returns the times in which a chatbot was Offline, from its changes (status, since). The last may have no end."""
    ends = [since for _, since in changes[1:]] + [float("inf")]
    return [(since, end) for (status, since), end in zip(changes, ends, strict=False) if status == "Offline"]


def visitors(visits: list[dict]) -> str:
    """Returns the number of visitors by outcome, and how long they waited from their planned time."""
    outcomes = dict(Counter(visit["outcome"] for visit in visits))
    times = sorted(visit["milliseconds"] for visit in visits)
    if not times:
        return "no visitors"
    shown = ", ".join(f"p{share} {times[len(times) * share // 100]} ms" for share in (50, 95, 99))
    return f"{len(visits)} visitors: {outcomes}; from the planned time {shown}, longest {times[-1]} ms"


def detection(run: Run) -> list[Invariant]:
    """Returns for each fault of a bot how long it took until the bot was Offline, and until it was Online again."""
    found = []
    for outage in run.outages:
        name = f"{outage.fault:<10} {outage.bot:<12}"
        periods = run.offline.get(outage.bot, [])
        if any(since < outage.began < end for since, end in periods):
            found.append(Invariant(f"{name} was Offline before it began", False))
            continue
        own = next((period for period in periods if outage.explains(period[0])), None)
        if own is None:
            found.append(Invariant(f"{name} stayed Online", outage.within is None))
            continue
        seconds, back = own[0] - outage.began, own[1] - outage.ended
        limit = "" if outage.within is None else f" (at most {outage.within:g} s)"
        online = "still Offline" if own[1] == float("inf") else f"Online again {back:.1f} s after its end"
        text = f"{name} Offline after {seconds:.1f} s{limit}, {online}"
        found.append(Invariant(text, outage.within is None or seconds <= outage.within))
    return found


def falsely_offline(run: Run) -> list[str]:
    """Returns chatbots that went Offline without a fault of theirs."""
    return [
        f"{name} at {since - run.start:.0f} s"
        for name, periods in run.offline.items()
        for since, _ in periods
        if since >= run.start and not any(one.bot == name and one.explains(since) for one in run.outages)
    ]


def routed_late(run: Run) -> dict[str, int]:
    """Returns messages that a DMR sent to a chatbot that was Offline for longer than the limit, by DMR and chatbot."""
    late: Counter[str] = Counter()
    for attempt in run.attempts:
        periods = run.offline.get(attempt["chatbot"], []) if attempt["outcome"] in FORWARDED else []
        if any(since + ROUTED < attempt["at"] < end for since, end in periods):
            late[f"{attempt['dmr']} to {attempt['chatbot']}"] += 1
    return dict(late)


def invariants(run: Run) -> list[Invariant]:
    """Returns the invariants of a run, without those of `detection`."""
    false, late = falsely_offline(run), routed_late(run)
    unserved = sum(visit["outcome"] not in _SERVED for visit in run.visits)
    found = [
        Invariant(f"chatbots falsely Offline: {', '.join(false) or 0}", not false),
        Invariant(f"visitors routed to an Offline chatbot after {ROUTED} s: {late or 0}", not late),
        Invariant(f"visitors with neither an answer nor an explanation: {unserved}", bool(run.visits) and not unserved),
        Invariant("the ledger balances", balance(run.added)[1]),
    ]
    if run.partition:
        # While a chatbot begins to fail, the first DMR to see it is called an outlier too, until the other one agrees.
        began, ended = run.partition
        named = sorted({observer for at, observer in run.outliers if began <= at <= ended + GRACE})
        text = f"outliers that CentOps named in the partition: {', '.join(named) or 'none'}"
        found.append(Invariant(text, named == [f"dmr:{NGINX_DMR}"]))
    for fault, codes in run.shifted.items():
        found.append(Invariant(f"codes that a DMR reported during {fault}: {codes}", codes > 0))
    if run.watch_error:
        found.append(Invariant(f"the status of chatbots was watched to the end: {run.watch_error}", False))
    return found
