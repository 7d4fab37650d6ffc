"""A small JSON server for the parts of the sample network."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """A received request."""

    method: str
    path: str
    body: bytes

    def json(self) -> dict:
        """Returns the body as an object. Raises `ValueError` if it is not one."""
        value = json.loads(self.body or b"{}")
        if not isinstance(value, dict):
            raise ValueError("the body is not a JSON object")
        return value


@dataclass(frozen=True)
class Response:
    """A response: its status and its body, which is sent as JSON."""

    status: int
    body: dict


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def serve(port: int, handle: Callable[[Request], Response]) -> threading.Thread:
    """Serves `handle` on the port, in a new daemon thread. A `ValueError` of `handle` becomes a 400."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet a response, sent without Nagle's delay.
        wbufsize = -1
        disable_nagle_algorithm = True
        timeout = 60

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(self.command, self.path.partition("?")[0], self.rfile.read(length))
            try:
                response = handle(request)
            except ValueError as error:
                response = Response(400, {"message": str(error)})
            body = json.dumps(response.body).encode()
            self.send_response(response.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _handle

        def log_message(self, *_) -> None:
            """Suppresses the log line of each request."""

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 5}, daemon=True)
    thread.start()
    return thread
