"""The DMR (Distributed Message Room) of one copy's network: a program in Rust, on the client for authors of DMRs.

`POST /messages/{chatbot}` passes a message to the chatbot; `GET /table` shows the routes that it has.
"""

import itertools
from collections.abc import Iterable

from . import processes
from .authority import Authority
from .clients import Api, send_batch
from .devices import kept
from .instance import DMR, ROOT, Instance

NAME = DMR
BINARY = ROOT / "target" / "debug" / "centops-dmr"
_BATCH = 1000


def start(instance: Instance, authority: Authority) -> None:
    """Starts it with the certificate that CentOps signed."""
    caller = kept(instance, NAME, "dmr")
    port = instance.port("dmr")
    options = {
        "listen": f"127.0.0.1:{port}",
        "network": instance.url("edge"),
        "certificate": caller.certificate,
        "key": caller.key,
        "authorities": authority.certificate,
        "file": instance.home / "dmr-routes",
    }
    command = [str(BINARY)]
    for option, value in options.items():
        command += [f"--{option}", str(value)]
    processes.start(instance, "dmr", command, lambda: processes.answers(port))


def replay(network: Api, codes: Iterable[dict]) -> int:
    """Reports codes that were got elsewhere, in batches, and says how many were taken."""
    accepted = 0
    waiting = iter(codes)
    while batch := list(itertools.islice(waiting, _BATCH)):
        response = send_batch(network, "/codes", {"codes": batch})
        if response.status_code != 202:
            raise RuntimeError(f"a batch of {len(batch)} codes was answered {response.status_code}: {response.text}")
        accepted += response.json()["accepted"]
    return accepted
