"""Helpers that several areas use."""

import requests

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
