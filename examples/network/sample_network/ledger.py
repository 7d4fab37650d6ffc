"""The ledger: what each part says that it did, compared with what CentOps has counted."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from centops_local import steps

from .parts import INSTITUTIONS, NGINX_DMR, SAMPLE_DMR, Network

#: Outcomes of a message that a DMR sent on.
FORWARDED = ("answered", "failed", "lost")
#: Reasons of lines that are no attempts: nginx had no route, or answered itself.
_NO_ATTEMPT = ("no-route", "own-answer")


@dataclass(frozen=True)
class Snapshot:
    """The counters of all parts at one time."""

    #: By chatbot: codes by class in CentOps, as its totals have them.
    counted: dict[str, Counter]
    #: By chatbot: the number of codes in the minutes of its history.
    history: Counter
    #: By DMR: codes that CentOps accepted.
    accepted: Counter
    #: By reason: codes that a DMR does not report, or dropped.
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
            history=self.history - before.history,
            accepted=self.accepted - before.accepted,
            unreported=self.unreported - before.unreported,
            lines=self.lines - before.lines,
            bots={name: did - before.bots[name] for name, did in self.bots.items()},
            chat=self.chat - before.chat,
        )


def take(network: Network, since: str) -> Snapshot:
    """Reads all counters. `since` is where the history begins: the same time for all snapshots of a run."""
    accepted, unreported = Counter(), Counter()
    status = network.sample_status()
    accepted[SAMPLE_DMR] = status["codesReported"]
    unreported.update({f"dropped by {SAMPLE_DMR}: {reason}": n for reason, n in status["codesDropped"].items()})
    if network.has_nginx:
        status = network.agent_status()
        accepted[NGINX_DMR] = status["reports"]["accepted"]
        unreported.update({f"ignored: {reason}": n for reason, n in status["log"]["ignored"].items()})
        dropped = status["reports"]["dropped"]
        unreported.update({f"dropped by {NGINX_DMR}: {reason}": n for reason, n in dropped.items()})
    bots = {
        name: Counter(line["outcome"] for line in lines(network.folder / f"bot-{name}.ndjson")) for name in INSTITUTIONS
    }
    return Snapshot(
        counted={name: Counter(steps.code_totals(network.stack, name)) for name in INSTITUTIONS},
        history=Counter({name: _history(network, name, since) for name in INSTITUTIONS}),
        accepted=accepted,
        unreported=unreported,
        lines=sum(line["hit"] == "1" for line in access_lines(network)),
        bots=bots,
        chat=Counter((line["dmr"], line["outcome"]) for line in chat_lines(network)),
    )


def _history(network: Network, chatbot: str, since: str) -> int:
    viewer = network.stack.person("viewer")
    answer = steps.expect(viewer.get(f"/chatbots/{chatbot}/health/history", **{"from": since}), 200).json()
    return sum(sum(point["codes"].values()) for point in answer["points"])


def lines(path: Path) -> list[dict]:
    """Returns the lines of a file of JSON lines; none if there is no file."""
    if not path.exists():
        return []
    # A line that is being written has no end yet.
    complete, _, _ = path.read_text(errors="replace").rpartition("\n")
    return [json.loads(line) for line in complete.split("\n") if line]


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
    drops = {reason: count for reason, count in added.unreported.items() if not reason.endswith(_NO_ATTEMPT)}
    attempts = sum(through.values())
    answered = sum(did["answered"] for did in added.bots.values())
    good = sum(counted["2xx"] for counted in added.counted.values())
    checks = [
        ("messages that the chat sent through nginx", through[NGINX_DMR], "lines of nginx with a route", added.lines),
        ("attempts of both DMRs", attempts, "codes in CentOps and named drops", codes + sum(drops.values())),
        (f"codes that {NGINX_DMR} and {SAMPLE_DMR} reported", sum(added.accepted.values()), "codes in CentOps", codes),
        ("codes in the totals of CentOps", codes, "codes in its history", sum(added.history.values())),
        ("messages that the bots answered", answered, "codes 2xx in CentOps", good),
    ]
    text = [f"{left} {a} = {right} {b}: {'yes' if a == b else 'NO'}" for left, a, right, b in checks]
    if not attempts:
        text.append("no message was sent: NO")
    text.append(f"named drops: {drops or 'none'}")
    for name, did in added.bots.items():
        text.append(f"{name}: did {dict(did)}, CentOps counted {dict(added.counted[name])}")
    return text, attempts > 0 and all(a == b for _, a, _, b in checks)
