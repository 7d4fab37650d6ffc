"""Serves the distribution of an instance's console at a port of its own.

    python -m centops_local.console --instance up

The emulator serves a distribution by its host name. Browsers keep the cookies of a session on a host that they know as
local, so a small proxy stands before it.
"""

import argparse
import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .deployment import outputs
from .instance import Instance

#: Headers that a proxy does not pass on (RFC 9110, section 7.6.1), and those that it sets itself.
_OWN = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host", "content-length", "server", "date"}


def _handler(instance: Instance, host: str) -> type[BaseHTTPRequestHandler]:
    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def _forward(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
            upstream = http.client.HTTPConnection("127.0.0.1", instance.port("emulator"), timeout=60)
            try:
                upstream.request(self.command, self.path, self.rfile.read(length), {**headers, "Host": host})
                answer = upstream.getresponse()
                body = answer.read()
            except OSError as error:
                self.send_error(502, f"The emulator does not answer: {error}")
                return
            finally:
                upstream.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _forward

        def log_request(self, *_) -> None:
            """Suppresses the log line of each request: an address may have a code."""

    return Proxy


def main() -> None:
    """Serves the console of an instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="up")
    instance = Instance.saved(parser.parse_args().instance)
    host = outputs(instance)["ConsoleAddress"]
    address = ("127.0.0.1", instance.port("console"))
    ThreadingHTTPServer(address, _handler(instance, host)).serve_forever()


if __name__ == "__main__":
    main()
