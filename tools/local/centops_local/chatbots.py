"""The chatbots of the sample network: small servers with a health path, which can be made to fail.

Each serves `GET /health` and `POST /messages` on its own port, and sends its logs to the Network API with its own
certificate. `PUT /control/{name}` with `{"failing": true}`, on the switchboard's port, makes one fail.
"""

import argparse
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from .authority import Authority
from .clients import Api, network_api, now, send_batch
from .devices import stored
from .instance import Instance
from .json_server import Request, Response, serve
from .sample_network import Member, read

_FLUSH_SECONDS = 1
_BATCH = 1000


class Chatbot:
    """One chatbot: its state, its counters and its unsent log entries."""

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

    def respond(self, request: Request) -> Response:
        """Responds to a probe or a message."""
        if (request.method, request.path) == ("GET", "/health"):
            return Response(500, {"status": "failing"}) if self.failing else Response(200, {"status": "ok"})
        if (request.method, request.path) != ("POST", "/messages"):
            return Response(404, {"message": "Not found. Operations: GET /health, POST /messages."})
        with self._lock:
            if self.failing:
                self.failed += 1
                self._log("error", "The message could not be answered: the intent engine failed.")
                return Response(500, {"message": "the intent engine failed"})
            self.answered += 1
            self._log("info", "Message answered.")
            return Response(200, {"reply": f"{self.member.name} is glad to help."})

    def state(self) -> dict:
        """Returns its state for the switchboard."""
        seen = {"answered": self.answered, "failed": self.failed, "logsReported": self.reported}
        return {"name": self.member.name, "uri": self.member.home, "failing": self.failing, **seen}

    def flush(self) -> None:
        """Sends the log entries. A batch that failed is sent again with the same idempotency key."""
        with self._lock:
            if self._batch is None and self._entries:
                self._batch = (uuid.uuid4().hex, self._entries[:_BATCH])
                self._entries = self._entries[_BATCH:]
        if self._batch is None:
            return
        key, entries = self._batch
        try:
            response = send_batch(self._network, "/logs", {"logs": entries}, key)
        except OSError as error:
            # The edge is unreachable, or the certificate is not issued yet.
            print(f"{self.member.name}: {len(entries)} log entries not sent: {error}")
            return
        if response.status_code == 202:
            self.reported += len(entries)
        else:
            print(f"{self.member.name}: {len(entries)} log entries: {response.status_code} {response.text}")
        if response.status_code < 500:
            self._batch = None

    def _log(self, level: str, message: str) -> None:
        self._entries.append({"at": now(), "level": level, "message": message})


def _control(chatbots: dict[str, Chatbot], request: Request) -> Response:
    if request.path == "/control":
        return Response(200, {"chatbots": [chatbot.state() for chatbot in chatbots.values()]})
    chatbot = chatbots.get(request.path.removeprefix("/control/"))
    if chatbot is None:
        return Response(404, {"message": "No such chatbot. GET /control lists them."})
    if request.method == "PUT":
        failing = request.json().get("failing")
        if not isinstance(failing, bool):
            raise ValueError('the body is {"failing": true} or {"failing": false}')
        chatbot.failing = failing
    return Response(200, chatbot.state())


def main() -> None:
    """Runs all chatbots of an instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="up")
    instance = Instance.saved(parser.parse_args().instance)
    authority = Authority(instance.home / "authority", "CentOps local authority")
    edge, trusted = instance.url("edge"), str(authority.certificate)
    chatbots = {
        member.name: Chatbot(member, network_api(edge, stored(instance, member.name, "chatbot"), trusted))
        for member in read(instance)
    }
    for chatbot in chatbots.values():
        serve(chatbot.member.port, chatbot.respond)
    serve(instance.port("switchboard"), lambda request: _control(chatbots, request))
    print(f"{len(chatbots)} chatbots listen")
    pause = threading.Event()
    with ThreadPoolExecutor(8) as senders:
        while not pause.wait(_FLUSH_SECONDS):
            list(senders.map(Chatbot.flush, chatbots.values()))


if __name__ == "__main__":
    main()
