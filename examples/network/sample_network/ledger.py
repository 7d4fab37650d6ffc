"""The ledger: what each part says that it did, compared with what CentOps has counted."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from centops_local import steps

from .parts import INSTITUTIONS, NGINX_DMR, SAMPLE_DMR, Network

#: Outcomes of a message that a DMR sent on.
FORWARDED = ("answered", "failed", "lost")


@dataclass(frozen=True)
class Snapshot:
    """The counters of all parts at one time."""

    #: By chatbot: codes by class in CentOps.
    counted: dict[str, Counter]
    #: By DMR: codes that CentOps accepted.
    accepted: Counter
    #: By reason: codes that the agent does not report, or dropped.
    unreported: Counter
    #: Lines of the access log whose message was sent on.
    lines: int
    #: By chatbot: what the bot did.
    bots: dict[str, Counter]
    #: By (DMR, outcome): what the chat saw.
    chat: Counter

    def since(self, before: "Snapshot") -> "Snapshot":
        """Returns what was added since an earlier snapshot."""
        return Snapshot(
            counted={name: counted - before.counted[name] for name, counted in self.counted.items()},
            accepted=self.accepted - before.accepted,
            unreported=self.unreported - before.unreported,
            lines=self.lines - before.lines,
            bots={name: did - before.bots[name] for name, did in self.bots.items()},
            chat=self.chat - before.chat,
        )


def take(network: Network) -> Snapshot:
    """Reads all counters."""
    accepted, unreported = Counter(), Counter()
    accepted[SAMPLE_DMR] = network.sample_status()["codesReported"]
    if network.has_nginx:
        status = network.agent_status()
        accepted[NGINX_DMR] = status["reports"]["accepted"]
        unreported.update({f"ignored: {reason}": count for reason, count in status["log"]["ignored"].items()})
        unreported.update({f"dropped: {reason}": count for reason, count in status["reports"]["dropped"].items()})
    bots = {
        name: Counter(line["outcome"] for line in lines(network.folder / f"bot-{name}.ndjson")) for name in INSTITUTIONS
    }
    return Snapshot(
        counted={name: Counter(steps.code_totals(network.stack, name)) for name in INSTITUTIONS},
        accepted=accepted,
        unreported=unreported,
        lines=sum(line["hit"] == "1" for line in access_lines(network)),
        bots=bots,
        chat=Counter((line["dmr"], line["outcome"]) for line in chat_lines(network)),
    )


def lines(path: Path) -> list[dict]:
    """Returns the lines of a file of JSON lines; none if there is no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(errors="replace").splitlines()]


def access_lines(network: Network) -> list[dict]:
    """Returns the lines of nginx's access log, rotated files too."""
    return [line for path in network.folder.glob("centops.log*") for line in lines(path)]


def chat_lines(network: Network) -> list[dict]:
    """Returns the tries of both instances of the chat."""
    return [line for path in network.folder.glob("chat-*.ndjson") for line in lines(path)]


def balance(added: Snapshot) -> tuple[list[str], bool]:
    """Returns the ledger as lines of text, and whether it balances."""
    through = {dmr: sum(added.chat[dmr, outcome] for outcome in FORWARDED) for dmr in (NGINX_DMR, SAMPLE_DMR)}
    codes = sum(sum(counted.values()) for counted in added.counted.values())
    # Lines without a route and answers of nginx itself are no attempts.
    own = ("no-route", "own-answer")
    drops = {reason: count for reason, count in added.unreported.items() if not reason.endswith(own)}
    attempts = sum(through.values())
    answered = sum(did["answered"] for did in added.bots.values())
    good = sum(counted["2xx"] for counted in added.counted.values())
    checks = [
        ("messages that the chat sent through nginx", through[NGINX_DMR], "lines of nginx with a route", added.lines),
        ("attempts of both DMRs", attempts, "codes in CentOps and named drops", codes + sum(drops.values())),
        (f"codes that {NGINX_DMR} and {SAMPLE_DMR} reported", sum(added.accepted.values()), "codes in CentOps", codes),
        ("messages that the bots answered", answered, "codes 2xx in CentOps", good),
    ]
    text = [f"{left} {a} = {right} {b}: {'yes' if a == b else 'NO'}" for left, a, right, b in checks]
    text.append(f"named drops: {drops or 'none'}")
    for name, did in added.bots.items():
        text.append(f"{name}: did {dict(did)}, CentOps counted {dict(added.counted[name])}")
    return text, all(a == b for _, a, _, b in checks)
