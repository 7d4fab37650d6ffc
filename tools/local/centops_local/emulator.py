"""Starts the AWS emulator (MiniStack) of an instance."""

import sys
from pathlib import Path

import requests

from . import emulator_metrics, emulator_recorder, processes
from .instance import REGION, Instance


def start(instance: Instance) -> None:
    """Starts the emulator. IAM is enforced, and the functions inherit no settings of the host."""
    port = instance.port("emulator")
    env = instance.environment(
        GATEWAY_PORT=str(port),
        BIND_HOST="127.0.0.1",
        MINISTACK_REGION=REGION,
        AUTH="true",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        S3_DATA_DIR=str(instance.home / "s3"),
        STATE_DIR=str(instance.home / "state"),
        # One environment of each function stays. Others that a burst has left are idle processes, by the hundred.
        LAMBDA_WARM_TTL_SECONDS="30",
        # It would remove containers of the host. Functions run as plain processes here.
        DOCKER_HOST=f"unix://{instance.home}/no-docker.sock",
        **{emulator_recorder.FILE: str(decisions(instance)), emulator_metrics.SPEED: str(instance.speed)},
    )
    processes.start(
        instance,
        "emulator",
        [sys.executable, "-m", "centops_local.emulator_recorder"],
        lambda: _ready(instance),
        seconds=60,
        env=env,
    )


def decisions(instance: Instance) -> Path:
    """Returns the file of recorded authorization decisions."""
    return instance.logs / "decisions.ndjson"


def _ready(instance: Instance) -> bool:
    try:
        return requests.get(f"{instance.url('emulator')}/_ministack/ready", timeout=2).ok
    except requests.RequestException:
        return False
