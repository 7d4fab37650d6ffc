"""The chatbots of the sample network: small servers with a health path, which can be told to fail.

Each answers on a port of its own, `GET /health` and `POST /messages`, and sends its own logs to the
Network API with its own certificate. `PUT /control/{name}` on the switchboard's port, with
`{"failing": true}`, makes one fail.
"""

import argparse
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests

from .authority import Authority
from .clients import Api, network_api, now, send_batch
from .devices import kept
from .instance import Instance
from .roster import Member, read
from .serving import Answer, Request, serve

_FLUSH_SECONDS = 1
_BATCH = 1000


class Chatbot:
    """One chatbot: whether it fails, what it did, and the logs that it has still to send."""

    def __init__(self, member: Member, network: Api):
        self.member = member
        self.failing = False
        self.answered = 0
        self.failed = 0
        self.reported = 0
        self._network = network
        self._entries: list[dict] = []
        self._batch: tuple[str, list[dict]] | None = None
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Answers a probe or a message."""
        if (request.method, request.path) == ("GET", "/health"):
            return Answer(500, {"status": "failing"}) if self.failing else Answer(200, {"status": "ok"})
        if (request.method, request.path) != ("POST", "/messages"):
            return Answer(404, {"message": "There is GET /health and POST /messages."})
        with self._lock:
            if self.failing:
                self.failed += 1
                self._log("error", "The answer could not be made: the intent engine failed.")
                return Answer(500, {"message": "the intent engine failed"})
            self.answered += 1
            self._log("info", "A message was answered.")
            return Answer(200, {"reply": f"{self.member.name} is glad to help."})

    def state(self) -> dict:
        """What the switchboard shows of it."""
        seen = {"answered": self.answered, "failed": self.failed, "logsReported": self.reported}
        return {"name": self.member.name, "uri": self.member.home, "failing": self.failing, **seen}

    def flush(self) -> None:
        """Sends what is logged. A batch that did not arrive is sent again, under the same key."""
        with self._lock:
            if self._batch is None and self._entries:
                self._batch = (uuid.uuid4().hex, self._entries[:_BATCH])
                self._entries = self._entries[_BATCH:]
        if self._batch is None:
            return
        key, entries = self._batch
        try:
            response = send_batch(self._network, "/logs", {"logs": entries}, key)
        except requests.RequestException as error:
            print(f"{self.member.name}: {len(entries)} log entries wait, the edge is not there: {error}")
            return
        if response.status_code == 202:
            self.reported += len(entries)
        else:
            print(f"{self.member.name}: {len(entries)} log entries: {response.status_code} {response.text}")
        if response.status_code < 500:
            self._batch = None

    def _log(self, level: str, message: str) -> None:
        self._entries.append({"at": now(), "level": level, "message": message})


def _control(chatbots: dict[str, Chatbot], request: Request) -> Answer:
    if request.path == "/control":
        return Answer(200, {"chatbots": [chatbot.state() for chatbot in chatbots.values()]})
    chatbot = chatbots.get(request.path.removeprefix("/control/"))
    if chatbot is None:
        return Answer(404, {"message": "There is no such chatbot here; GET /control lists them."})
    if request.method == "PUT":
        failing = request.json().get("failing")
        if not isinstance(failing, bool):
            raise ValueError('the body is {"failing": true} or {"failing": false}')
        chatbot.failing = failing
    return Answer(200, chatbot.state())


def main() -> None:
    """Runs all chatbots of one copy's network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="up")
    instance = Instance.saved(parser.parse_args().instance)
    authority = Authority(instance.home / "authority", "CentOps local authority")
    edge, trusted = instance.url("edge"), str(authority.certificate)
    chatbots = {
        member.name: Chatbot(member, network_api(edge, kept(instance, member.name, "chatbot"), trusted))
        for member in read(instance)
    }
    for chatbot in chatbots.values():
        serve(chatbot.member.port, chatbot.answer)
    serve(instance.port("switchboard"), lambda request: _control(chatbots, request))
    print(f"{len(chatbots)} chatbots serve")
    pause = threading.Event()
    with ThreadPoolExecutor(8) as senders:
        while not pause.wait(_FLUSH_SECONDS):
            list(senders.map(Chatbot.flush, chatbots.values()))


if __name__ == "__main__":
    main()
