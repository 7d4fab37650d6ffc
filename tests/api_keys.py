"""API keys of older clients, as their holders send them."""

import base64

from centops_local import devices, steps
from centops_local.clients import Api
from centops_local.stack import Stack


def issue_key(stack: Stack, name: str, profile: str) -> str:
    """Issues an API key, as an administrator, after registering a DMR."""
    if profile == "dmr":
        devices.register(stack.person("admin"), name)
    response = stack.person("admin").post("/api-keys", {"profile": profile, "name": name})
    return steps.expect(response, 201).json()["apiKey"]


def api_with_key(stack: Stack, name: str, profile: str) -> Api:
    """Returns the Network API with a certificate, and with an API key of the same holder in each request."""
    api = stack.device(name, profile)
    api.session.headers["X-Api-Key"] = issue_key(stack, name, profile)
    return api


def authorization_header(key: str) -> dict[str, str]:
    """Returns the header in which clients of the third generation send an API key: Base64 without a scheme."""
    return {"Authorization": base64.b64encode(key.replace(".", ":", 1).encode()).decode()}
