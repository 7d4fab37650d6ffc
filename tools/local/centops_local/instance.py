"""One instance of the local stack: its name, ports, folder and AWS clients."""

import json
import os
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import boto3
from botocore.client import BaseClient
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[3]
REGION = "eu-north-1"
STACK = "centops-local"
#: The Network API's custom domain, which the edge serves.
DOMAIN = "network.centops.test"
#: The DMR of the sample network.
DMR = "dmr-tallinn"

_PORTS = {
    "emulator": 4566,
    "edge": 8443,
    "issuer": 8480,
    "dmr": 8481,
    "switchboard": 8482,
    "identity": 8483,
    "chat": 8484,
    "console": 8490,
    "chatbots": 8500,
}


class LocalError(Exception):
    """An error for the person at the terminal: what is wrong and what to do."""


@dataclass(frozen=True)
class Instance:
    """One instance of the stack. Instances with different names and offsets run side by side."""

    name: str
    offset: int = 0
    #: Schedules run so many times as often, and durations in metrics count so many times as much. For game days.
    speed: int = 1

    def port(self, part: str) -> int:
        """Returns the port of a part."""
        return _PORTS[part] + self.offset

    def url(self, part: str) -> str:
        """Returns the base URL of a part."""
        scheme, host = ("https", "localhost") if part == "edge" else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port(part)}"

    @property
    def home(self) -> Path:
        """The folder of keys, logs and process ids."""
        return ROOT / ".local" / self.name

    @property
    def logs(self) -> Path:
        """The folder of the processes' logs."""
        return self.home / "logs"

    def save(self) -> None:
        """Saves the port offset, for `saved`."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "instance.json").write_text(json.dumps({"offset": self.offset}))

    @classmethod
    def saved(cls, name: str) -> "Instance":
        """Returns the instance of that name that was started last."""
        try:
            stored = json.loads((ROOT / ".local" / name / "instance.json").read_text())
        except FileNotFoundError:
            raise LocalError(f'No instance of the stack is called "{name}". Start one: make up') from None
        return cls(name, stored["offset"])

    def environment(self, **more: str) -> dict[str, str]:
        """Returns the environment of the instance's processes. It inherits nothing but `PATH` from the user's."""
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

    def aws(self, service: str) -> BaseClient:
        """Returns a client of the emulator with the rights of the account's root user."""
        # Clients may be shared by threads; their creation may not run in parallel.
        with _CREATING_CLIENT:
            return _client(self.url("emulator"), service)


_CREATING_CLIENT = threading.Lock()


@cache
def _client(endpoint: str, service: str) -> BaseClient:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=60),
    )
