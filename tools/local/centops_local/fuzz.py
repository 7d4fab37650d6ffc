"""Fuzzes the Admin API: schemathesis generates requests from the contract (configuration: tools/local/fuzz.toml)."""

import json
import subprocess
import sys
from pathlib import Path

from . import contract, steps
from .instance import ROOT
from .polling import ExpectationFailed
from .stack import Progress, Stack

_CONTRACT = ROOT / "openapi.yaml"
_CONFIG = ROOT / "tools" / "local" / "fuzz.toml"
#: Requests are sequential: in threads, Python 3.11 may fail to read the sources that Hypothesis prints.
_WORKERS = "1"
#: The divisor from requests to random examples. An example causes some five requests: itself, variants and link steps.
_REQUESTS_PER_EXAMPLE = 2
#: The phases of a full round, and those whose length depends on the number of examples.
ALL_PHASES = "examples,coverage,fuzzing,stateful"
RANDOM_PHASES = "fuzzing,stateful"


def run(
    stack: Stack, role: str, requests: int, seed: int, phases: str = ALL_PHASES, progress: Progress | None = None
) -> int:
    """Sends requests as a person with `role`, in rounds, until `requests` were sent. Returns their number.

    The policy is restored afterwards; chatbots are not. With `progress`, schemathesis prints to the terminal.
    Raises `ExpectationFailed` with the failures of schemathesis if a response fails a check.
    """
    admin = stack.person("admin")
    policy = steps.expect(admin.get("/policy"), 200).json()
    institutions = sorted({member.institution for member in stack.members})
    # Valid for the longest run.
    token = stack.issuer.token(f"{role}@fuzz.example.ee", [role], institutions, minutes=600)
    sent = 0
    try:
        while sent < requests:
            sent += _round(stack, role, token, phases, _examples(requests - sent), seed, progress is not None)
            if progress:
                progress(f"{sent} of {requests} requests were sent as {role}")
            phases, seed = RANDOM_PHASES, seed + 1
    finally:
        # An owner cannot change it, and may run beside a role that can.
        if role != "owner":
            steps.expect(admin.call("PUT", "/policy", policy), 200)
    return sent


def _examples(requests: int) -> int:
    """Estimates the random examples of an operation that result in the given number of requests."""
    operations = len(_operations())
    return max(1, requests // (operations * _REQUESTS_PER_EXAMPLE))


def _operations() -> list[str]:
    return [operation.id for operation in contract.operations(contract.read()) if operation.tag == "admin"]


def _round(stack: Stack, role: str, token: str, phases: str, examples: int, seed: int, shown: bool) -> int:
    """Runs schemathesis once. Returns the number of its requests."""
    folder = stack.instance.logs
    report, log = folder / f"fuzz-{role}.json", folder / f"fuzz-{role}.log"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG), "--no-color"]
    command += ["run", str(_CONTRACT), "--url", stack.admin_url, "--include-tag", "admin"]
    command += ["--header", f"Authorization: Bearer {token}", "--workers", _WORKERS, "--seed", str(seed)]
    command += ["--phases", phases, "--max-examples", str(examples)]
    command += ["--report", "json", "--report-json-path", str(report)]
    # Its database of earlier runs stays in the instance's folder.
    where = {"cwd": stack.instance.home, "env": stack.instance.environment(), "stdin": subprocess.DEVNULL}
    if shown:
        done = subprocess.run(command, **where)
        found = ""
    else:
        with log.open("wb") as out:
            done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, **where)
        found = f"\n{_failures(log)}"
    if not report.exists():
        raise ExpectationFailed(
            f"Expected: a report of schemathesis. It exited with {done.returncode} and wrote none.{found}"
        )
    result = json.loads(report.read_text())
    if done.returncode or not result["complete"]:
        kinds = ", ".join(f"{failure['count']} × {failure['title']}" for failure in result["failures"])
        raise ExpectationFailed(
            f"Expected: every response matches the contract (seed {seed}). Got: {kinds or 'an error'}{found}"
        )
    return result["test_cases"]["generated"]


def _failures(log: Path) -> str:
    """Returns the failures from the log of schemathesis, without the lines before them."""
    text = log.read_text(errors="replace")
    return text[max(text.find("= FAILURES ="), text.find("= ERRORS ="), 0) :][:20_000]
