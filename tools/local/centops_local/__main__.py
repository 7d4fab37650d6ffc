"""The commands of the local stack: up, down, token, logs, replay, latency, canary, fuzz, gameday, drill."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import canary, dmr, drill, fuzz, latency, logs, stack, steps, traffic
from .demo import Demo, directions
from .deployment import outputs
from .gameday import day
from .instance import Instance, LocalError
from .issuer import ROLES, issuer_of
from .polling import ExpectationFailed
from .sample_network import SAMPLES


def main() -> int:
    """Runs a command. Prints expected errors as one message. Returns the exit code."""
    options = _parser().parse_args()
    try:
        options.run(options)
    except (LocalError, ExpectationFailed) as error:
        print(f"\n{error}", file=sys.stderr)
        if isinstance(error, ExpectationFailed):
            print(f"Logs: .local/{options.instance}/logs. The stack may still run; stop it: make down", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="centops_local", description=__doc__)
    parser.add_argument("--instance", default="up", help="name of the instance")
    commands = parser.add_subparsers(required=True)
    up = commands.add_parser("up", help="start everything and run the demo")
    up.add_argument("--offset", type=int, default=0, help="added to every port")
    up.set_defaults(run=_up)
    commands.add_parser("down", help="stop everything").set_defaults(run=_down)
    token = commands.add_parser("token", help="print a bearer token for the Admin API")
    token.add_argument("--role", choices=ROLES, action="append", required=True)
    token.add_argument("--institution", action="append", default=[])
    token.add_argument("--minutes", type=int, default=60)
    token.set_defaults(run=_token)
    function_logs = commands.add_parser("logs", help="print the logs of the functions")
    function_logs.add_argument("text", nargs="?", default="", help="print only lines that contain this text")
    function_logs.set_defaults(run=_logs)
    replay = commands.add_parser("replay", help="report a file of codes as a DMR, with times shifted to now")
    replay.add_argument("file", type=Path)
    replay.add_argument("--dmr", default="dmr-tartu")
    replay.set_defaults(run=_replay)
    trials = commands.add_parser("latency", help="measure the time until a failing chatbot is removed from routing")
    trials.add_argument("--trials", type=int, default=100)
    trials.set_defaults(run=_latency)
    lines = commands.add_parser("canary", help="search all stored data for personal data from log lines")
    lines.add_argument("--lines", type=int, default=100_000)
    lines.add_argument("--seed", type=int, default=1)
    lines.set_defaults(run=_canary)
    requests = commands.add_parser("fuzz", help="send generated requests to both APIs")
    requests.add_argument("--requests", type=int, default=2000)
    requests.add_argument("--seed", type=int, default=1)
    requests.set_defaults(run=_fuzz)
    faults = commands.add_parser("gameday", help="play faults: each must ring its alarm, and its runbook must end it")
    faults.add_argument("--only", default="", help="names of faults, separated by commas")
    faults.set_defaults(run=_gameday)
    restores = commands.add_parser("drill", help="restore the table of a network in use: no route may be wrong")
    restores.set_defaults(run=_drill)
    for proof in (lines, requests, faults, restores):
        proof.add_argument("--offset", type=int, default=20_000, help="added to every port")
    return parser


def _up(options: argparse.Namespace) -> None:
    began = time.monotonic()

    def timed(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    running = stack.bring_up(Instance(options.instance, options.offset), SAMPLES, timed)
    Demo(running, _print).run()
    print(f"\nAll seven steps passed, {time.monotonic() - began:.0f} s in total.")
    print(directions(running))


def _down(options: argparse.Namespace) -> None:
    stopped = stack.take_down(Instance(options.instance))
    print(f"Stopped {stopped} processes." if stopped else "Nothing ran.")


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
        raise LocalError(f"{options.file} is not readable as lines of JSON: {error}") from None
    seen = steps.chatbots(running.person("viewer"))
    since = steps.status_since(seen, {code["chatbot"] for code in codes} & seen.keys())
    accepted = dmr.replay(running.device(options.dmr, "dmr"), traffic.shifted_to_now(codes, since))
    print(f"{accepted} codes were accepted.")


@contextmanager
def _temporary_instance(options: argparse.Namespace, name: str) -> Iterator[stack.Stack]:
    """Runs an instance for one proof and stops it at the end. Its logs stay."""
    options.instance = name
    instance = Instance(name, options.offset)
    running = stack.bring_up(instance, [], _print)
    try:
        steps.enrol(running, running.members)
        yield running
    finally:
        logs.save(instance)
        stack.take_down(instance)


def _print(text: str) -> None:
    print(text, flush=True)


def _canary(options: argparse.Namespace) -> None:
    with _temporary_instance(options, "canary") as running:
        began = time.monotonic()
        report = canary.run(running, options.lines, _print, options.seed)
        print(f"{report}; {time.monotonic() - began:.0f} s.")
        if report.hits:
            raise LocalError("Personal data is stored:\n  " + "\n  ".join(report.hits[:20]))


def _fuzz(options: argparse.Namespace) -> None:
    with _temporary_instance(options, "fuzz") as running:
        began = time.monotonic()
        sent, failed = 0, []
        for name, share in fuzz.CALLERS.items():
            try:
                sent += fuzz.run(running, name, int(options.requests * share), options.seed, progress=_print)
            except ExpectationFailed as failure:
                failed.append(f"as {name}: {failure}")
        if failed:
            raise LocalError("\n".join(failed))
        print(f"{sent} requests, no 5xx, every response matches the contract; {time.monotonic() - began:.0f} s.")


def _gameday(options: argparse.Namespace) -> None:
    began = time.monotonic()
    options.instance = "gameday"
    results = day.play(day.chosen(options.only), options.offset, _print)
    print(f"\n{day.table(results)}, {time.monotonic() - began:.0f} s in total.")
    if not all(result.passed for result in results):
        raise LocalError("An alarm did not ring in time, or the commands of a runbook did not end a fault.")


def _drill(options: argparse.Namespace) -> None:
    with _temporary_instance(options, "drill") as running:
        if not drill.run(running, _print):
            raise LocalError("A route was wrong, or a revoked certificate was let in.")


def _latency(options: argparse.Namespace) -> None:
    instance = Instance("latency", offset=20_000)
    running = stack.bring_up(instance, latency.CHATBOTS, _print)
    try:
        if not latency.run(running, options.trials, _print):
            raise LocalError("The bar is not met.")
    finally:
        stack.take_down(instance)


if __name__ == "__main__":
    sys.exit(main())
