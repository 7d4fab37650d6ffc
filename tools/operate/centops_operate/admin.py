"""The Admin API, as the commands for operators use it."""

import os
from collections.abc import Iterator

import requests

from .deployed import Deployed, OperateError

_TIMEOUT = 30


class Admin:
    """The Admin API with a token."""

    def __init__(self, base: str, token: str):
        self._base = base.rstrip("/")
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, expected: int = 200, **more) -> requests.Response:
        """Sends a request. Raises `OperateError` for another status than the expected one."""
        try:
            response = self._session.request(method, self._base + path, timeout=_TIMEOUT, **more)
        except requests.RequestException as error:
            raise OperateError(f"{method} {self._base}{path}: {error}") from error
        if response.status_code != expected:
            raise OperateError(f"{method} {path}: {response.status_code} {response.text}")
        return response

    def pages(self, path: str, items: str, **query) -> Iterator[dict]:
        """Returns the items of all pages of a list."""
        while True:
            page = self.call("GET", path, params=query).json()
            yield from page[items]
            if "next" not in page:
                return
            query["cursor"] = page["next"]


def admin_of(stack: Deployed, role: str) -> Admin:
    """Returns the Admin API of a stack, or the one at `ADMIN`, with the token of the environment variable `TOKEN`.

    Raises `OperateError`, which names the `role` that is needed, without a token.
    """
    token = os.environ.get("TOKEN")
    if not token:
        raise OperateError(f"The environment variable TOKEN has no token of an {role}.")
    return Admin(os.environ.get("ADMIN") or stack.outputs["AdminApi"], token)
