"""A DMR (Distributed Message Room): it keeps the route table, passes messages on and reports what it got.

`POST /messages/{chatbot}` passes a message to the chatbot; `GET /table` shows the routes that it has.
"""

import argparse
import collections
import itertools
import threading
import time
import uuid
from collections.abc import Iterable

import requests

from .authority import Authority
from .clients import Api, network_api, now, send_batch
from .devices import kept
from .instance import DMR, Instance
from .serving import Answer, Request, serve

NAME = DMR
_EVERY_SECONDS = 1
_BATCH = 1000
_MESSAGE_TIMEOUT = 5


class RouteTable:
    """The DMR's copy of the route table, asked for again each second by its ETag."""

    def __init__(self, network: Api):
        self._network = network
        self._etag: str | None = None
        self._table = {"revision": None, "routes": [], "fetchedAt": None, "confirmedAt": None}

    def refresh(self) -> None:
        """Asks for the table; keeps the old one when it is unchanged or cannot be had."""
        headers = {"If-None-Match": self._etag} if self._etag else None
        try:
            response = self._network.get("/routes", headers)
        except requests.RequestException as error:
            print(f"routes: the edge is not there: {error}")
            return
        at = now()
        if response.status_code == 200:
            table = response.json()
            self._etag = response.headers.get("ETag")
            self._table = {
                "revision": table["revision"], "routes": table["routes"], "fetchedAt": at, "confirmedAt": at,
            }  # fmt: skip
            print(f"routes: revision {table['revision']}, {table['count']} routes")
        elif response.status_code == 304:
            self._table = {**self._table, "confirmedAt": at}
        else:
            print(f"routes: {response.status_code} {response.text}")

    def uri(self, chatbot: str) -> str | None:
        """Where the chatbot is, as far as this DMR knows."""
        return next((route["uri"] for route in self._table["routes"] if route["name"] == chatbot), None)

    def shown(self) -> dict:
        """The table, when it came and when it was last confirmed."""
        return self._table


class Reporter:
    """The codes that were got and not yet reported."""

    def __init__(self, network: Api):
        self._network = network
        self._waiting: collections.deque[dict] = collections.deque()
        self._batch: tuple[str, list[dict]] | None = None
        self.reported = 0

    def add(self, chatbot: str, outcome: dict) -> None:
        """Notes one outcome."""
        self._waiting.append({"chatbot": chatbot, "at": now(), **outcome})

    def flush(self) -> None:
        """Reports what waits. A batch that did not arrive is sent again, under the same key."""
        if self._batch is None and self._waiting:
            size = min(_BATCH, len(self._waiting))
            self._batch = (uuid.uuid4().hex, [self._waiting.popleft() for _ in range(size)])
        if self._batch is None:
            return
        key, codes = self._batch
        try:
            response = send_batch(self._network, "/codes", {"codes": codes}, key)
        except requests.RequestException as error:
            print(f"codes: {len(codes)} wait, the edge is not there: {error}")
            return
        if response.status_code == 202:
            self.reported += len(codes)
        else:
            print(f"codes: {len(codes)}: {response.status_code} {response.text}")
        if response.status_code < 500:
            self._batch = None


class Room:
    """The message room: passes a message on and notes what came of it."""

    def __init__(self, table: RouteTable, reporter: Reporter):
        self._table = table
        self._reporter = reporter

    def answer(self, request: Request) -> Answer:
        """Answers whoever is in the room."""
        if (request.method, request.path) == ("GET", "/table"):
            return Answer(200, {**self._table.shown(), "codesReported": self._reporter.reported})
        chatbot = request.path.removeprefix("/messages/")
        if request.method != "POST" or chatbot == request.path:
            return Answer(404, {"message": "There is GET /table and POST /messages/{chatbot}."})
        uri = self._table.uri(chatbot)
        if uri is None:
            return Answer(503, {"message": f"There is no route to {chatbot}."})
        return self._forward(chatbot, uri, request.json())

    def _forward(self, chatbot: str, uri: str, message: dict) -> Answer:
        try:
            response = requests.post(uri, json=message, timeout=_MESSAGE_TIMEOUT)
        except requests.Timeout:
            self._reporter.add(chatbot, {"error": "timeout"})
            return Answer(504, {"message": f"{chatbot} did not answer in time."})
        except requests.RequestException:
            self._reporter.add(chatbot, {"error": "connection"})
            return Answer(502, {"message": f"{chatbot} could not be reached."})
        took = round(response.elapsed.total_seconds() * 1000)
        self._reporter.add(chatbot, {"status": response.status_code, "durationMs": took})
        return Answer(response.status_code, {"chatbot": chatbot, "answer": response.text})


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


def main() -> None:
    """Runs the DMR of one copy's network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="up")
    instance = Instance.saved(parser.parse_args().instance)
    authority = Authority(instance.home / "authority", "CentOps local authority")
    caller, trusted = kept(instance, NAME, "dmr"), str(authority.certificate)
    table = RouteTable(network_api(instance.url("edge"), caller, trusted))
    reporter = Reporter(network_api(instance.url("edge"), caller, trusted))
    serve(instance.port("dmr"), Room(table, reporter).answer)
    threading.Thread(target=_each_second, args=(reporter.flush,), daemon=True).start()
    _each_second(table.refresh)


def _each_second(work) -> None:
    while True:
        work()
        time.sleep(_EVERY_SECONDS)


if __name__ == "__main__":
    main()
