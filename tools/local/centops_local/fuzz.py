"""Asks the Admin API what nobody thought of: schemathesis, by the contract, with all of its checks (tools/local/fuzz.toml)."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import steps
from .instance import ROOT
from .stack import Stack
from .waiting import NotWithin

_CONTRACT = ROOT / "openapi.yaml"
_CONFIG = ROOT / "tools" / "local" / "fuzz.toml"
#: One request after the other: in threads, Python 3.11 may fail to read the sources that Hypothesis shows.
_WORKERS = "1"
#: An operation gets some five requests for each random example: that one, its neighbours, and steps of chains.
_REQUESTS_AN_EXAMPLE = 2
#: The phases of a whole round, and those that random examples make longer.
WHOLE = "examples,coverage,fuzzing,stateful"
RANDOM = "fuzzing,stateful"


def run(
    stack: Stack, role: str, requests: int, seed: int, phases: str = WHOLE, say: Callable[[str], None] | None = None
) -> int:
    """Asks as a person with `role`, in rounds, until so many requests were sent, and says how many. The policy is as
    before afterwards; chatbots are not. With `say` it shows its progress on the terminal.

    Raises `NotWithin` with what schemathesis found, when an answer fails a check.
    """
    admin = stack.person("admin")
    policy = steps.expect(admin.get("/policy"), 200).json()
    institutions = sorted({member.institution for member in stack.members})
    # It lasts as long as the longest run.
    token = stack.issuer.token(f"{role}@fuzz.example.ee", [role], institutions, minutes=600)
    sent = 0
    try:
        while sent < requests:
            sent += _round(stack, token, phases, _examples(stack, requests - sent), seed, say is not None)
            if say:
                say(f"{sent} of {requests} requests were sent as {role}")
            phases, seed = RANDOM, seed + 1
    finally:
        steps.expect(admin.call("PUT", "/policy", policy), 200)
    return sent


def _examples(stack: Stack, requests: int) -> int:
    """How many random examples an operation needs for so many requests, by experience."""
    operations = len(_operations())
    return max(1, requests // (operations * _REQUESTS_AN_EXAMPLE))


def _operations() -> list[str]:
    from . import declared

    return [operation.id for operation in declared.operations(declared.read()) if operation.tag == "admin"]


def _round(stack: Stack, token: str, phases: str, examples: int, seed: int, shown: bool) -> int:
    """One run of schemathesis; how many requests it sent."""
    folder = stack.instance.logs
    report, log = folder / "fuzz.json", folder / "fuzz.log"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG), "--no-color"]
    command += ["run", str(_CONTRACT), "--url", stack.admin_url, "--include-tag", "admin"]
    command += ["--header", f"Authorization: Bearer {token}", "--workers", _WORKERS, "--seed", str(seed)]
    command += ["--phases", phases, "--max-examples", str(examples)]
    command += ["--report", "json", "--report-json-path", str(report)]
    # What it remembers of earlier runs stays in the copy's folder.
    where = {"cwd": stack.instance.home, "env": stack.instance.environment(), "stdin": subprocess.DEVNULL}
    if shown:
        done = subprocess.run(command, **where)
        found = ""
    else:
        with log.open("wb") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, **where)
        found = f"\n{_failures(log)}"
    if not report.exists():
        raise NotWithin(f"Expected: schemathesis reports. It ended with {done.returncode} and no report.{found}")
    result = json.loads(report.read_text())
    if done.returncode or not result["complete"]:
        kinds = ", ".join(f"{failure['count']} × {failure['title']}" for failure in result["failures"])
        raise NotWithin(f"Expected: every answer is as the contract says (seed {seed}). Got: {kinds or 'an error'}{found}")
    return result["test_cases"]["generated"]


def _failures(log: Path) -> str:
    """What schemathesis found, without what it tells before."""
    text = log.read_text(errors="replace")
    return text[max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0) :][:20_000]
