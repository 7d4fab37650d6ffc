"""Helpers that several areas use."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from centops_local import steps
from centops_local.clients import Api
from centops_local.polling import wait_until
from centops_local.stack import Stack

#: The body of a chatbot that no test keeps enrolled under this name.
NEW_CHATBOT = {
    "name": "never-enrolled",
    "uri": "https://chat.example.ee/messages",
    "type": "institution",
    "institution": "written-institution",
    "contact": "it@example.ee",
    "versions": {"intent-engine": "1.4.0"},
}


def error_pointers(response: requests.Response) -> list[str]:
    """Returns the pointers of a problem's errors."""
    assert response.headers["Content-Type"].startswith("application/problem+json"), response.headers
    return [error["pointer"] for error in response.json()["errors"]]


@contextmanager
def institution_record(stack: Stack, body: dict) -> Iterator[str]:
    """Records an institution and deletes it at the end. Yields its id."""
    admin = stack.person("admin")
    steps.expect(admin.post("/admin/institutions", body), 201)
    yield body["id"]
    steps.expect(admin.call("DELETE", f"/admin/institutions/{body['id']}"), 204)


def while_unchanged(
    api: Api, path: str, second: Callable[[requests.Response], requests.Response]
) -> tuple[requests.Response, requests.Response]:
    """Returns the answer of `path` and that of `second` to it, of a time in which no other test changed the resource."""

    def read() -> tuple[requests.Response, requests.Response] | None:
        first = steps.expect(api.get(path), 200)
        answer = second(first)
        after = steps.expect(api.get(path), 200)
        return (first, answer) if after.headers["ETag"] == first.headers["ETag"] else None

    return wait_until(f"{path} does not change during three reads", read, 30)


def open_incident(stack: Stack, name: str) -> dict:
    """Opens an incident of a chatbot whose address does not answer: it is taken out and does not come back.

    The incident may become part of a network incident at once.
    """
    admin = stack.person("admin")
    steps.expect(admin.call("PUT", f"/chatbots/{name}/control", {"mode": "force-offline", "reason": "a test"}), 200)
    steps.expect(admin.call("DELETE", f"/chatbots/{name}/control"), 204)

    def opened() -> dict | None:
        newest = steps.expect(admin.get("/incidents"), 200).json()["incidents"]
        own = (one for one in newest if (one.get("chatbot"), one["status"]) == (name, "offline"))
        return next((one for one in own if one["state"] in ("open", "merged")), None)

    return wait_until(f"the incident of {name} is open", opened, 30)
