"""One running copy of the stack: its name, its ports, its folder and its AWS clients."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[3]
REGION = "eu-north-1"
STACK = "centops-local"
#: The Network API's custom domain. The edge answers for it.
DOMAIN = "network.centops.test"
#: The page whose scripts may call the Admin API.
CONSOLE_ORIGIN = "http://127.0.0.1:8490"
#: The DMR of the sample network.
DMR = "dmr-tallinn"

_PORTS = {
    "emulator": 4566,
    "edge": 8443,
    "issuer": 8480,
    "dmr": 8481,
    "switchboard": 8482,
    "chatbots": 8500,
}


class LocalError(Exception):
    """A sentence for the person at the terminal: what is wrong and what helps."""


@dataclass(frozen=True)
class Instance:
    """A copy of the stack. Copies with other names and offsets run side by side."""

    name: str
    offset: int = 0

    def port(self, part: str) -> int:
        """The port of one part of this copy."""
        return _PORTS[part] + self.offset

    def url(self, part: str) -> str:
        """The address of one part of this copy, without a path."""
        scheme, host = ("https", "localhost") if part == "edge" else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port(part)}"

    @property
    def home(self) -> Path:
        """Where this copy keeps its keys, logs and process numbers."""
        return ROOT / ".local" / self.name

    @property
    def logs(self) -> Path:
        """Where the logs of its processes are."""
        return self.home / "logs"

    def save(self) -> None:
        """Keeps name and offset, so that later commands find the running copy."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "instance.json").write_text(json.dumps({"offset": self.offset}))

    @classmethod
    def saved(cls, name: str) -> "Instance":
        """The copy of that name that was started last."""
        try:
            stored = json.loads((ROOT / ".local" / name / "instance.json").read_text())
        except FileNotFoundError:
            raise LocalError(f'There is no copy of the stack called "{name}". `make up` starts one.') from None
        return cls(name, stored["offset"])

    def environment(self, **more: str) -> dict[str, str]:
        """What a process of this copy sees of the machine: nothing of the person's own settings."""
        scratch = self.home / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(self.home),
            "TMPDIR": str(scratch),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT / "tools" / "local"),
            "PYTHONUNBUFFERED": "1",
            "AWS_ENDPOINT_URL": self.url("emulator"),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            **more,
        }

    def aws(self, service: str):
        """A client of the emulator, as the owner of the account."""
        return boto3.client(
            service,
            endpoint_url=self.url("emulator"),
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=60),
        )
