"""Starts and stops the processes of an instance. Each has a log, a pid file and a readiness check."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .instance import Instance, LocalError

_STOP_SECONDS = 10


def start(
    instance: Instance,
    name: str,
    command: list[str],
    ready: Callable[[], bool],
    seconds: float = 30,
    env: dict[str, str] | None = None,
) -> None:
    """Starts a process that outlives this one. Returns when `ready` holds."""
    instance.logs.mkdir(parents=True, exist_ok=True)
    log = instance.logs / f"{name}.log"
    with log.open("wb") as out:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=env or instance.environment(),
                cwd=instance.home,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise LocalError(f"The program {command[0]} is missing. Build it: make build") from None
    _pid_file(instance, name).write_text(json.dumps({"pid": child.pid, "started": _start_time(child.pid)}))
    _await_ready(name, child, ready, seconds, log)


def _await_ready(name: str, child: subprocess.Popen, ready: Callable[[], bool], seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None:
            raise LocalError(f"The {name} exited before it was ready (exit code {child.returncode}). {tail(log)}")
        if time.monotonic() > deadline:
            raise LocalError(f"The {name} was not ready within {seconds:g} s. {tail(log)}")
        time.sleep(0.1)


def stop(instance: Instance, name: str) -> bool:
    """Stops one process of the instance. Returns whether it ran."""
    return _stop(_pid_file(instance, name))


def stop_all(instance: Instance) -> int:
    """Stops every process of the instance and returns their number."""
    files = sorted(instance.home.glob("*.pid"), reverse=True)
    return sum(_stop(file) for file in files)


def require_free(instance: Instance, ports: dict[int, str]) -> None:
    """Raises `LocalError` if another program uses one of the ports."""
    for port, user in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise LocalError(
                    f"Port {port}, which the {user} needs, is used by another program. "
                    f"Stop that program, or use other ports: make up OFFSET={instance.offset + 1000}"
                ) from None


def is_listening(port: int) -> bool:
    """Returns true if a program listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(log: Path, lines: int = 25) -> str:
    """Returns the last lines of a log, with its path."""
    try:
        text = log.read_text(errors="replace").rstrip()
    except FileNotFoundError:
        return f"It has no log ({log})."
    if not text:
        return f"Its log {log} is empty."
    return f"The last lines of {log}:\n" + "\n".join(text.splitlines()[-lines:])


def _pid_file(instance: Instance, name: str) -> Path:
    return instance.home / f"{name}.pid"


def _start_time(pid: int) -> str | None:
    """Returns the start time of a process, in ticks since boot. It distinguishes processes that reuse a pid."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def _stop(file: Path) -> bool:
    stored = json.loads(file.read_text())
    pid, started = stored["pid"], stored["started"]
    alive = started is not None and _start_time(pid) == started
    if alive:
        # SIGTERM lets the group leader finish. SIGKILL ends its remaining children, or itself if it did not exit.
        exited = {signal.SIGTERM: lambda: _start_time(pid) != started, signal.SIGKILL: lambda: not _group_runs(pid)}
        for number, gone in exited.items():
            _signal_group(pid, number)
            deadline = time.monotonic() + _STOP_SECONDS
            while not gone() and time.monotonic() < deadline:
                time.sleep(0.02)
    file.unlink(missing_ok=True)
    return alive


def _group_runs(group: int) -> bool:
    """Returns true if a process of the group runs."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
            if int(pgrp) == group and state != "Z":
                return True
    return False


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
