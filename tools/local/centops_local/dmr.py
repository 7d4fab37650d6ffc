"""Starts the DMR (Distributed Message Room) of the sample network, a Rust program that uses the route client.

`POST /messages/{chatbot}` forwards a message to the chatbot; `GET /table` returns its route table.
"""

import itertools
from collections.abc import Iterable

from . import processes
from .authority import Authority
from .clients import Api, send_batch
from .devices import stored
from .instance import DMR, ROOT, Instance

NAME = DMR
BINARY = ROOT / "target" / "debug" / "centops-dmr"
_BATCH = 1000


def start(instance: Instance, authority: Authority) -> None:
    """Starts the DMR with the certificate that CentOps issued."""
    caller = stored(instance, NAME, "dmr")
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
    processes.start(instance, "dmr", command, lambda: processes.is_listening(port))


def replay(network: Api, codes: Iterable[dict]) -> int:
    """Reports recorded codes in batches. Returns the number that CentOps accepted."""
    accepted = 0
    remaining = iter(codes)
    while batch := list(itertools.islice(remaining, _BATCH)):
        response = send_batch(network, "/codes", {"codes": batch})
        if response.status_code != 202:
            raise RuntimeError(f"a batch of {len(batch)} codes was refused: {response.status_code} {response.text}")
        accepted += response.json()["accepted"]
    return accepted
