"""A small JSON server on this machine, for the parts of the sample network."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    body: bytes

    def json(self) -> dict:
        """The body as an object; `ValueError` when it is none."""
        value = json.loads(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body is no JSON object")
        return value


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: dict


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def serve(port: int, answer: Callable[[Request], Answer]) -> threading.Thread:
    """Serves `answer` on the port, in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer in one packet at once, without Nagle's wait.
        wbufsize = -1
        disable_nagle_algorithm = True
        timeout = 60

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(self.command, self.path.partition("?")[0], self.rfile.read(length))
            try:
                answered = answer(request)
            except ValueError as error:
                answered = Answer(400, {"message": str(error)})
            body = json.dumps(answered.body).encode()
            self.send_response(answered.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _handle

        def log_message(self, *_) -> None:
            """Says nothing: each request would be a line."""

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 5}, daemon=True)
    thread.start()
    return thread
