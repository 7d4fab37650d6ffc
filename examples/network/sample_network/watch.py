"""Watches what CentOps says while a plan is played."""

import datetime
import threading
import time
from collections import defaultdict

import requests
from centops_local import steps

from .parts import INSTITUTIONS, Network

_EVERY = 0.5


class Watch:
    """Reads the status of every chatbot, and the observers of the network's own, until it is stopped."""

    def __init__(self, network: Network):
        self._network = network
        #: By chatbot: (status, since), each change once.
        self.statuses: dict[str, list[tuple[str, float]]] = defaultdict(list)
        #: The times at which CentOps called an observer an outlier, with the observer and the chatbot.
        self.outliers: list[tuple[float, str, str]] = []
        #: Reads that failed. While only the Network API is away, none should.
        self.failed = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Starts watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stops watching, after one more read."""
        self._ended.set()
        self._thread.join(60)

    def offline(self, chatbot: str) -> list[tuple[float, float]]:
        """Returns the times in which a chatbot was Offline, each from its beginning to its end or for ever."""
        seen = self.statuses[chatbot]
        ends = [since for _, since in seen[1:]] + [float("inf")]
        return [(since, end) for (status, since), end in zip(seen, ends, strict=True) if status == "Offline"]

    def _run(self) -> None:
        viewer = self._network.stack.person("viewer")
        while True:
            last = self._ended.is_set()
            try:
                for name, chatbot in steps.chatbots(viewer).items():
                    change = (chatbot["status"], unix(chatbot["statusSince"]))
                    if change not in self.statuses[name][-1:]:
                        self.statuses[name].append(change)
                for name in INSTITUTIONS:
                    for observer in steps.expect(viewer.get(f"/chatbots/{name}/health"), 200).json()["observers"]:
                        if observer["outlier"]:
                            self.outliers.append((time.time(), observer["observer"], name))
            except (requests.RequestException, steps.ExpectationFailed):
                self.failed += 1
            if last:
                return
            self._ended.wait(_EVERY)


def unix(text: str) -> float:
    """Returns a time of the API in seconds of Unix time."""
    return datetime.datetime.fromisoformat(text).timestamp()
