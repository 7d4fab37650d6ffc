"""Runs the commands of a runbook against a stack: those that stand in docs/runbooks, not a copy."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field

from centops_local.instance import ROOT, STACK, LocalError
from centops_local.stack import Stack

FOLDER = ROOT / "docs" / "runbooks"
_SECONDS = 120
#: Version 1 of the AWS CLI ignores AWS_ENDPOINT_URL for SQS.
_PRELUDE = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'


@dataclass(frozen=True, eq=False)
class Section:
    """A section of a runbook whose commands end a fault."""

    #: The file, without its ending.
    runbook: str
    #: The heading.
    heading: str
    #: What stands for the placeholders, such as `function` for `<function>`.
    values: dict[str, str] = field(default_factory=dict)

    def commands(self) -> str:
        """Returns the commands of the section, with its placeholders filled in. Raises `LocalError` if one is left."""
        text = (FOLDER / f"{self.runbook}.md").read_text()
        found = re.search(rf"^## {re.escape(self.heading)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
        block = re.search(r"^ *```sh\n(.*?)^ *```", found[1], re.DOTALL | re.MULTILINE) if found else None
        if block is None:
            raise LocalError(f'{self.runbook}.md has no commands in a section "{self.heading}".')
        commands = block[1]
        for name, value in self.values.items():
            commands = commands.replace(f"<{name}>", value)
        if left := re.findall(r"<[a-z][\w -]*>", commands):
            raise LocalError(f"{self.runbook}.md, {self.heading}: nothing stands for {', '.join(left)}.")
        return commands


def require_tools() -> None:
    """Raises `LocalError` unless the programs that runbooks use are installed."""
    missing = [name for name in ("aws", "curl", "jq") if shutil.which(name) is None]
    if missing:
        names = ", ".join(missing)
        raise LocalError(f"The commands of runbooks need {names}: install them (Debian: apt install awscli curl jq).")


def run(stack: Stack, commands: str, seconds: float = _SECONDS) -> str:
    """Runs shell commands with the variables that runbooks use. Returns their output; raises `LocalError` if one fails."""
    environment = os.environ | stack.instance.environment() | {
        "STACK": STACK,
        "HOME": os.environ.get("HOME", "/"),
        "ADMIN": stack.admin_url,
        "NETWORK": stack.instance.url("edge"),
        "TOKEN": stack.issuer.token("admin@example.ee", ["admin"]),
        "AWS_PAGER": "",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    try:
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", _PRELUDE + commands],
            cwd=stack.instance.home / "tmp",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise LocalError(f"These commands did not end within {seconds:g} s:\n{commands}") from None
    if done.returncode:
        raise LocalError(f"These commands failed ({done.returncode}):\n{commands}\n{done.stdout[-2000:]}")
    return done.stdout
