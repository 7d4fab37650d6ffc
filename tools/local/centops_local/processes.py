"""The processes of one copy: each has a log, a process number on file and a fact that says it is ready."""

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
    """Starts a process that outlives this one and returns when it is ready."""
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
            raise LocalError(f"The program {command[0]} is missing. `make build` makes it.") from None
    _pid_file(instance, name).write_text(json.dumps({"pid": child.pid, "born": _born(child.pid)}))
    _await_ready(name, child, ready, seconds, log)


def _await_ready(name: str, child: subprocess.Popen, ready: Callable[[], bool], seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if child.poll() is not None:
            raise LocalError(f"The {name} ended at once (exit code {child.returncode}). {tail(log)}")
        if time.monotonic() > deadline:
            raise LocalError(f"The {name} was not ready within {seconds:g} s. {tail(log)}")
        time.sleep(0.1)


def stop_all(instance: Instance) -> int:
    """Stops every process of the copy and says how many there were."""
    files = sorted(instance.home.glob("*.pid"), reverse=True)
    return sum(_stop(file) for file in files)


def require_free(instance: Instance, ports: dict[int, str]) -> None:
    """Fails with a clear sentence when a port is taken."""
    for port, what in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise LocalError(
                    f"Port {port}, which the {what} needs, is used by another program. "
                    f"Stop that program, or take other ports: make up OFFSET={instance.offset + 1000}"
                ) from None


def answers(port: int) -> bool:
    """Whether something listens on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(log: Path, lines: int = 25) -> str:
    """The end of a log, introduced by where it is."""
    try:
        text = log.read_text(errors="replace").rstrip()
    except FileNotFoundError:
        return f"It wrote no log ({log})."
    if not text:
        return f"Its log {log} is empty."
    return f"The end of its log {log}:\n" + "\n".join(text.splitlines()[-lines:])


def _pid_file(instance: Instance, name: str) -> Path:
    return instance.home / f"{name}.pid"


def _born(pid: int) -> str | None:
    """When the process was started, in ticks since boot: tells it from a later one of the same number."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def _stop(file: Path) -> bool:
    stored = json.loads(file.read_text())
    pid, born = stored["pid"], stored["born"]
    alive = born is not None and _born(pid) == born
    if alive:
        # First the leader, in its own time; then what it left behind, or itself when it would not go.
        for which, gone in ((signal.SIGTERM, lambda: _born(pid) != born), (signal.SIGKILL, lambda: not _members(pid))):
            _signal_group(pid, which)
            deadline = time.monotonic() + _STOP_SECONDS
            while not gone() and time.monotonic() < deadline:
                time.sleep(0.02)
    file.unlink(missing_ok=True)
    return alive


def _members(group: int) -> bool:
    """Whether a process of the group still runs."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
            if int(pgrp) == group and state != "Z":
                return True
    return False


def _signal_group(pid: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, which)
