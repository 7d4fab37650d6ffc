"""Locks that processes of one machine share."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(file: Path) -> Iterator[None]:
    """Holds an exclusive advisory lock on a file, which is created if missing. Waits until it is free."""
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
