"""The chat of the local stack: it takes messages as Slack's Web API and Mattermost's API do, and keeps the last ones.

`GET /messages` lists them. `POST /actions/{id}` takes the answer to a button, and `GET /actions/{id}` returns it. What names
`REFUSED_BY_SLACK` is refused by the one that stands for Slack.
"""

import argparse
import itertools
import threading

from .instance import Instance
from .json_server import Request, Response, serve

#: A part of a text that the room of Slack refuses.
REFUSED_BY_SLACK = "refused-by-slack"
#: The most messages and answers that are kept.
MOST = 2000


class ChatServer:
    """The messages of all rooms, and the answers to buttons."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._messages: dict[str, dict] = {}
        self._answers: dict[str, dict] = {}

    def respond(self, request: Request) -> Response:
        """Answers one request."""
        with self._lock:
            match (request.method, request.path.strip("/").split("/")):
                case ("GET", ["messages"]):
                    return Response(200, {"messages": list(self._messages.values())})
                case ("POST", ["actions", name]):
                    self._keep(self._answers, name, request.json())
                    return Response(200, {})
                case ("GET", ["actions", name]) if name in self._answers:
                    return Response(200, self._answers[name])
                case ("POST", ["api", "chat.postMessage"]):
                    return self._slack_post(request.json())
                case ("POST", ["api", "chat.update"]):
                    return self._slack_update(request.json())
                case ("POST", ["mattermost", "api", "v4", "posts"]):
                    body = request.json()
                    return self._mattermost(body, thread=body.get("root_id"))
                case ("PUT", ["mattermost", "api", "v4", "posts", name, "patch"]) if name in self._messages:
                    return self._mattermost(request.json(), name)
        return Response(404, {"id": "api.context.404.app_error", "message": "Not found."})

    @staticmethod
    def _keep(kept: dict[str, dict], name: str, value: dict) -> None:
        kept[name] = value
        while len(kept) > MOST:
            del kept[next(iter(kept))]

    def _slack_post(self, body: dict) -> Response:
        if REFUSED_BY_SLACK in body["text"]:
            return Response(200, {"ok": False, "error": "fatal_error"})
        name = f"1764320400.{next(self._numbers):06}"
        thread = body.get("thread_ts")
        if thread is not None and thread not in self._messages:
            return Response(200, {"ok": False, "error": "thread_not_found"})
        message = {"room": "slack", "id": name, "thread": thread, "channel": body["channel"], "edits": 0, **body}
        self._keep(self._messages, name, message)
        return Response(200, {"ok": True, "ts": name, "channel": body["channel"]})

    def _slack_update(self, body: dict) -> Response:
        message = self._messages.get(body["ts"])
        if message is None or message["channel"] != body["channel"]:
            return Response(200, {"ok": False, "error": "message_not_found"})
        message.update(body, edits=message["edits"] + 1)
        return Response(200, {"ok": True, "ts": body["ts"], "channel": body["channel"]})

    def _mattermost(self, body: dict, name: str | None = None, thread: str | None = None) -> Response:
        if name is None:
            name = f"post{next(self._numbers):022}"
            new = {"room": "mattermost", "id": name, "thread": thread or None, "channel": body["channel_id"], "edits": -1}
            self._keep(self._messages, name, new)
        message = self._messages[name]
        message.update(text=body["message"], props=body["props"], edits=message["edits"] + 1)
        return Response(201 if message["edits"] == 0 else 200, {"id": name})


def main() -> None:
    """Serves the chat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="up")
    instance = Instance.saved(parser.parse_args().instance)
    serve(instance.port("chat"), ChatServer().respond).join()


if __name__ == "__main__":
    main()
