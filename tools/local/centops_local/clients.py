"""Clients of the two APIs. Watchers receive each response."""

import datetime
import socket
import ssl
import uuid
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from .authority import Credentials

#: Receives the API's tag (`admin`, `network`), the requested path and the response.
Watcher = Callable[[str, str, requests.Response], None]

_TIMEOUT = 30


class Api:
    """One API with the credentials of one caller."""

    def __init__(self, tag: str, base: str, watchers: list[Watcher]):
        self.tag = tag
        self.base = base
        self.session = requests.Session()
        # Ignores the user's proxies and .netrc.
        self.session.trust_env = False
        self._watchers = watchers

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **params: Any
    ) -> requests.Response:
        """Sends a request. `body` is sent as JSON; a string is sent unchanged. Redirects are not followed."""
        raw = body if isinstance(body, str) else None
        response = self.session.request(
            method,
            self.base + path,
            json=None if body is None or raw is not None else body,
            data=raw.encode() if raw is not None else None,
            headers={**({"Content-Type": "application/json"} if raw is not None else {}), **(headers or {})},
            params=params,
            timeout=_TIMEOUT,
            allow_redirects=False,
        )
        for watch in self._watchers:
            watch(self.tag, path, response)
        return response

    def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> requests.Response:
        """Sends a GET request."""
        return self.call("GET", path, headers=headers, **params)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> requests.Response:
        """Sends a POST request."""
        return self.call("POST", path, body, headers)


def admin_api(base: str, token: str | None, watchers: list[Watcher] = ()) -> Api:
    """Returns the Admin API with a bearer token, or without one."""
    api = Api("admin", base, list(watchers))
    if token:
        api.session.headers["Authorization"] = f"Bearer {token}"
    return api


def network_api(base: str, caller: Credentials | None, authority: str, watchers: list[Watcher] = ()) -> Api:
    """Returns the Network API with a client certificate, or without one."""
    api = Api("network", base, list(watchers))
    if caller:
        api.session.cert = (str(caller.certificate), str(caller.key))
    api.session.verify = authority
    api.session.mount("https://", HTTPAdapter(pool_maxsize=4))
    return api


def send_batch(api: Api, path: str, body: dict, key: str | None = None) -> requests.Response:
    """Posts a batch of codes or logs with an idempotency key: the given one, or a new one."""
    return api.post(path, body, {"Idempotency-Key": key or uuid.uuid4().hex})


def now() -> str:
    """Returns the current time as RFC 3339 in UTC, as the APIs expect it."""
    time = datetime.datetime.now(datetime.UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def handshake_refusal(host: str, port: int, authority: str, caller: Credentials | None) -> str | None:
    """Returns the TLS alert with which the edge rejects a client; `None` if it responds to a request."""
    context = ssl.create_default_context(cafile=authority)
    if caller:
        context.load_cert_chain(caller.certificate, caller.key)
    try:
        with (
            socket.create_connection((host, port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            # In TLS 1.3 the server's alert arrives with the first read.
            secure.sendall(f"GET /routes HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return None if secure.recv(1) else "closed without a response"
    except ssl.SSLError as error:
        return (error.reason or str(error)).lower().replace("_", " ")
