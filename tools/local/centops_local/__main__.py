"""The commands of the local stack: up, down, token, logs, replay, latency, canary, fuzz."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import canary, dmr, fuzz, latency, logs, stack, steps, traffic
from .deployment import outputs
from .instance import Instance, LocalError
from .issuer import ROLES, issuer_of
from .roster import SAMPLES
from .story import Story, directions
from .waiting import NotWithin


def main() -> int:
    """Runs a command. What goes wrong is told in a sentence."""
    options = _parser().parse_args()
    try:
        options.run(options)
    except (LocalError, NotWithin) as error:
        print(f"\n{error}", file=sys.stderr)
        if isinstance(error, NotWithin):
            print(f"Logs: .local/{options.instance}/logs. The stack still runs; stop it: make down", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="centops_local", description=__doc__)
    parser.add_argument("--instance", default="up", help="which copy of the stack")
    commands = parser.add_subparsers(required=True)
    up = commands.add_parser("up", help="start everything and show the main job")
    up.add_argument("--offset", type=int, default=0, help="added to every port")
    up.set_defaults(run=_up)
    commands.add_parser("down", help="stop everything").set_defaults(run=_down)
    token = commands.add_parser("token", help="print a bearer token for the Admin API")
    token.add_argument("--role", choices=ROLES, action="append", required=True)
    token.add_argument("--institution", action="append", default=[])
    token.add_argument("--minutes", type=int, default=60)
    token.set_defaults(run=_token)
    function_logs = commands.add_parser("logs", help="print what the functions logged")
    function_logs.add_argument("text", nargs="?", default="", help="only lines with this text")
    function_logs.set_defaults(run=_logs)
    replay = commands.add_parser("replay", help="report a file of codes as a DMR, times moved to now")
    replay.add_argument("file", type=Path)
    replay.add_argument("--dmr", default="dmr-tartu")
    replay.set_defaults(run=_replay)
    trials = commands.add_parser("latency", help="measure how soon a failing chatbot is out of routing")
    trials.add_argument("--trials", type=int, default=100)
    trials.set_defaults(run=_latency)
    lines = commands.add_parser("canary", help="look everywhere for personal data that was in log lines")
    lines.add_argument("--lines", type=int, default=100_000)
    lines.add_argument("--seed", type=int, default=1)
    lines.set_defaults(run=_canary)
    requests = commands.add_parser("fuzz", help="ask the Admin API what nobody thought of")
    requests.add_argument("--requests", type=int, default=2000)
    requests.add_argument("--seed", type=int, default=1)
    requests.set_defaults(run=_fuzz)
    for proof in (lines, requests):
        proof.add_argument("--offset", type=int, default=20_000, help="added to every port")
    return parser


def _up(options: argparse.Namespace) -> None:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    running = stack.bring_up(Instance(options.instance, options.offset), SAMPLES, say)
    Story(running, lambda text: print(text, flush=True)).play()
    print(f"\nAll five steps hold, {time.monotonic() - began:.0f} s in all.")
    print(directions(running))


def _down(options: argparse.Namespace) -> None:
    stopped = stack.take_down(Instance(options.instance))
    print(f"Stopped {stopped} processes." if stopped else "Nothing was running.")


def _token(options: argparse.Namespace) -> None:
    issuer = issuer_of(Instance.saved(options.instance))
    person = f"{options.role[0]}@example.ee"
    print(issuer.token(person, options.role, options.institution, options.minutes))


def _logs(options: argparse.Namespace) -> None:
    for line in logs.lines(Instance.saved(options.instance)):
        if options.text in line:
            print(line)


def _replay(options: argparse.Namespace) -> None:
    instance = Instance.saved(options.instance)
    running = stack.Stack(instance, outputs(instance))
    try:
        codes = [json.loads(line) for line in options.file.read_text().splitlines() if line]
    except (OSError, ValueError) as error:
        raise LocalError(f"{options.file} cannot be read as lines of JSON: {error}") from None
    seen = steps.chatbots(running.person("viewer"))
    since = steps.routed_since(seen, {code["chatbot"] for code in codes} & seen.keys())
    accepted = dmr.replay(running.device(options.dmr, "dmr"), traffic.moved(codes, since))
    print(f"{accepted} codes are taken.")


@contextmanager
def _own_copy(options: argparse.Namespace, name: str) -> Iterator[stack.Stack]:
    """A copy of the stack for one proof: it ends with it, its logs stay."""
    options.instance = name
    instance = Instance(name, options.offset)
    running = stack.bring_up(instance, [], _say)
    try:
        steps.enrol(running, running.members)
        yield running
    finally:
        logs.save(instance)
        stack.take_down(instance)


def _say(text: str) -> None:
    print(text, flush=True)


def _canary(options: argparse.Namespace) -> None:
    with _own_copy(options, "canary") as running:
        began = time.monotonic()
        found = canary.run(running, options.lines, _say, options.seed)
        print(f"{found}; {time.monotonic() - began:.0f} s.")
        if found.hits:
            raise LocalError("Personal data was kept:\n  " + "\n  ".join(found.hits[:20]))


def _fuzz(options: argparse.Namespace) -> None:
    with _own_copy(options, "fuzz") as running:
        began = time.monotonic()
        sent = fuzz.run(running, "admin", options.requests, options.seed, say=_say)
        sent += fuzz.run(running, "owner", options.requests // 4, options.seed, say=_say)
        print(f"{sent} requests, no 5xx and no answer off contract; {time.monotonic() - began:.0f} s.")


def _latency(options: argparse.Namespace) -> None:
    instance = Instance("latency", offset=20_000)
    running = stack.bring_up(instance, latency.CHATBOTS, lambda text: print(text, flush=True))
    try:
        if not latency.run(running, options.trials, lambda text: print(text, flush=True)):
            raise LocalError("The bar is missed.")
    finally:
        stack.take_down(instance)


if __name__ == "__main__":
    sys.exit(main())
