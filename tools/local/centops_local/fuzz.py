"""Fuzzes both APIs: schemathesis generates requests from the contract (configuration: tools/local/fuzz.toml)."""

import base64
import json
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import contract, devices, fuzz_checks, steps
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
#: The callers: roles of persons at the Admin API, profiles of certificates at the Network API. Each with its share of
#: the requests.
CALLERS = {"admin": 1.0, "owner": 0.25, "dmr": 0.25, "chatbot": 0.25}


@dataclass(frozen=True)
class Caller:
    """A caller of one API."""

    name: str
    #: The API: `admin` or `network`.
    tag: str
    url: str
    #: The options of schemathesis that authenticate it.
    options: tuple[str, ...]


def run(
    stack: Stack, name: str, requests: int, seed: int, phases: str = ALL_PHASES, progress: Progress | None = None
) -> int:
    """Sends requests as the caller `name`, in rounds, until `requests` were sent. Returns their number.

    The policy is restored afterwards; chatbots are not. With `progress`, schemathesis prints to the terminal.
    Raises `ExpectationFailed` with the failures of schemathesis if a response fails a check.
    """
    admin = stack.person("admin")
    policy = steps.expect(admin.get("/policy"), 200).json()
    caller = _device(stack, name) if name in ("dmr", "chatbot") else _person(stack, name)
    sent = 0
    try:
        while sent < requests:
            sent += _round(stack, caller, phases, _examples(caller, requests - sent), seed, progress is not None)
            if progress:
                progress(f"{sent} of {requests} requests were sent as {name}")
            phases, seed = RANDOM_PHASES, seed + 1
    finally:
        # The others cannot change it, and may run beside a role that can.
        if name == "admin":
            steps.expect(admin.call("PUT", "/policy", policy), 200)
    return sent


def _person(stack: Stack, role: str) -> Caller:
    """Returns a person with `role`. An owner owns the institutions of the sample network."""
    institutions = sorted({member.institution for member in stack.members})
    # Valid for the longest run.
    token = stack.issuer.token(f"{role}@fuzz.example.ee", [role], institutions, minutes=600)
    return Caller(role, "admin", stack.admin_url, ("--header", f"Authorization: Bearer {token}"))


def _device(stack: Stack, profile: str) -> Caller:
    """Returns an enrolled DMR or chatbot, with its certificate and an API key in both headers that may need one."""
    # A chatbot and a DMR cannot share a name.
    admin, name = stack.person("admin"), f"{fuzz_checks.DEVICE}-{profile}"
    if profile == "chatbot":
        uri = f"https://{name}.example.ee/messages"
        new = {"name": name, "uri": uri, "type": "institution", "institution": name, "contact": "fuzz@example.ee"}
        admin.post("/chatbots", new)
    else:
        # An institution of its own: the administrator's requests may have changed or removed any other.
        unique = f"{name}-{secrets.token_hex(4)}"
        devices.register(admin, name, {"id": unique, "name": unique})
    credentials = stack.credentials(name, profile)
    key = steps.expect(admin.post("/api-keys", {"profile": profile, "name": name}), 201).json()["apiKey"]
    encoded = base64.b64encode(key.replace(".", ":", 1).encode()).decode()
    options = ("--request-cert", str(credentials.certificate), "--request-cert-key", str(credentials.key))
    options += ("--tls-verify", str(stack.authority.certificate))
    options += ("--header", f"X-Api-Key: {key}", "--header", f"Authorization: {encoded}")
    # Undeclared methods are answered by the local edge, in the place of API Gateway, and reach no code of CentOps.
    options += ("--exclude-checks", "unsupported_method")
    return Caller(profile, "network", stack.instance.url("edge"), options)


def _examples(caller: Caller, requests: int) -> int:
    """Estimates the random examples of an operation that result in the given number of requests."""
    operations = [one for one in contract.operations(contract.read()) if one.tag == caller.tag]
    return max(1, requests // (len(operations) * _REQUESTS_PER_EXAMPLE))


def _round(stack: Stack, caller: Caller, phases: str, examples: int, seed: int, shown: bool) -> int:
    """Runs schemathesis once. Returns the number of its requests."""
    folder = stack.instance.logs
    report, log = folder / f"fuzz-{caller.name}.json", folder / f"fuzz-{caller.name}.log"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG), "--no-color"]
    command += ["run", str(_CONTRACT), "--url", caller.url, "--include-tag", caller.tag, *caller.options]
    command += ["--workers", _WORKERS, "--seed", str(seed)]
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
