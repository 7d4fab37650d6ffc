"""A network in use: people and DMRs that call both APIs, DMRs that report codes and chatbots that send logs."""

import threading
import time
from collections.abc import Callable

import requests

from centops_local import clients
from centops_local.stack import Stack

#: Reports codes of a chatbot all the time.
DMR = "dmr-tartu"
#: Sends logs all the time.
CHATBOT = "tax-helper"
#: The pause between two requests of a caller, in seconds, and the callers of each API. The alarms on shares of answers need
#: 20 requests a period.
_PAUSE, _CALLERS = 0.2, 2
_REPORTS_PAUSE = 1.0


class Traffic:
    """Sends requests as long as its context lasts."""

    def __init__(self, stack: Stack):
        self._stack = stack
        self._stop = threading.Event()
        #: Returns the Admin API as people call it; a fault may replace it. Its token is new, because the gateway keeps
        #: what the authorizer said of others.
        self.admin: Callable[[], clients.Api] = lambda: stack.person("admin")
        network, chatbot = stack.device(DMR, "dmr"), stack.device(CHATBOT, "chatbot")
        kinds: list[tuple[float, Callable[[], object]]] = [
            *[(_PAUSE, lambda: self.admin().get("/chatbots", limit=1))] * _CALLERS,
            *[(_PAUSE, lambda: network.get("/routes"))] * _CALLERS,
            (_REPORTS_PAUSE, lambda: clients.send_batch(network, "/codes", {"codes": [_code()]})),
            (_REPORTS_PAUSE, lambda: clients.send_batch(chatbot, "/logs", {"logs": [_entry()]})),
        ]
        self._threads = [threading.Thread(target=self._send, args=kind, daemon=True) for kind in kinds]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, pause: float, request: Callable[[], object]) -> None:
        while not self._stop.wait(pause):
            try:
                request()
            except requests.RequestException:
                # The fault that is played. Its alarm is what counts.
                time.sleep(pause)


def _code() -> dict:
    return {"at": clients.now(), "chatbot": CHATBOT, "status": 200}


def _entry() -> dict:
    return {"at": clients.now(), "level": "info", "message": "Message answered."}
