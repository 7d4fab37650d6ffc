"""Watches what CentOps says while a plan is played."""

import datetime
import threading
import time
from collections import defaultdict

import requests
from centops_local import steps

from .figures import Period, offline_periods
from .parts import INSTITUTIONS, Network

_EVERY = 0.5


class Watch:
    """Reads the status of every chatbot, and the observers of the network's own, until it is stopped."""

    def __init__(self, network: Network):
        self._network = network
        #: By chatbot: (status, since), each change once.
        self.statuses: dict[str, list[tuple[str, float]]] = defaultdict(list)
        #: The times at which CentOps called an observer an outlier, with the observer.
        self.outliers: list[tuple[float, str]] = []
        #: Reads that failed. While only the Network API is away, none should.
        self.failed = 0
        #: Why it ended before it was stopped.
        self.error: str | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Starts watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stops watching, after one more read."""
        self._ended.set()
        self._thread.join(60)
        if self._thread.is_alive():
            self.error = "the last read takes more than a minute"

    def offline(self) -> dict[str, list[Period]]:
        """Returns by chatbot the times in which it was Offline."""
        return {name: offline_periods(changes) for name, changes in list(self.statuses.items())}

    def _run(self) -> None:
        try:
            is_last = False
            while not is_last:
                is_last = self._ended.wait(_EVERY)
                self._try_to_read(is_last)
        except Exception as error:  # A thread that ends in silence would leave figures that look good.
            self.error = repr(error)

    def _try_to_read(self, is_last: bool) -> None:
        try:
            self._read()
        except (requests.RequestException, steps.ExpectationFailed) as error:
            self.failed += 1
            if is_last:
                self.error = f"the last read failed: {error}"

    def _read(self) -> None:
        viewer = self._network.stack.person("viewer")
        for name, chatbot in steps.chatbots(viewer).items():
            change = (chatbot["status"], unix(chatbot["statusSince"]))
            if change not in self.statuses[name][-1:]:
                self.statuses[name].append(change)
        for name in INSTITUTIONS:
            for observer in steps.expect(viewer.get(f"/chatbots/{name}/health"), 200).json()["observers"]:
                if observer["outlier"]:
                    self.outliers.append((time.time(), observer["observer"]))


def unix(text: str) -> float:
    """Returns a time of the API in seconds of Unix time."""
    return datetime.datetime.fromisoformat(text).timestamp()
