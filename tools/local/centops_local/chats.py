"""The rooms, the webhooks and the topic of the local stack, and requests as Slack and other senders sign them."""

import base64
import hmac
import json
import secrets
import time

from .instance import Instance

SLACK_TEAM, SLACK_CHANNEL = "T0CENTOPS", "C0OPERATE"
MATTERMOST_TEAM, MATTERMOST_CHANNEL = "t0centops", "c0operate"
#: The person in whose name webhooks and the topic act.
MACHINE = "EE51001091072"


def write_settings(instance: Instance, secret: str, admin_url: str) -> None:
    """Puts new secrets into the secret of chats. The port `chat` takes answers to buttons and messages about incidents."""
    both = [secrets.token_hex(16), secrets.token_hex(16)]
    actions = ["hold", "offline", "online", "release", "acknowledge", "resolve", "outage"]
    settings = {
        "slack": {
            "secrets": both,
            "team": SLACK_TEAM,
            "channels": [SLACK_CHANNEL],
            "language": "en",
            "address": instance.url("chat"),
            "bot": {
                "token": f"xoxb-{secrets.token_hex(16)}",
                "incidents": SLACK_CHANNEL,
                "address": f"{instance.url('chat')}/api",
            },
        },
        "mattermost": {
            "secrets": [secrets.token_hex(16)],
            "team": MATTERMOST_TEAM,
            "channels": [MATTERMOST_CHANNEL],
            "language": "et",
            "address": f"{admin_url}/chat/mattermost/requests",
            "bot": {
                "token": secrets.token_hex(16),
                "incidents": MATTERMOST_CHANNEL,
                "address": f"{instance.url('chat')}/mattermost",
            },
        },
        "webhooks": {
            "deploy": {"secrets": [_webhook_secret(), _webhook_secret()], "person": MACHINE, "actions": actions},
            "one-chatbot": {
                "secrets": [_webhook_secret()],
                "person": MACHINE,
                "actions": ["offline", "release"],
                "chatbots": ["only-this-one"],
            },
        },
        "topic": {"person": MACHINE, "actions": actions},
    }
    instance.aws("secretsmanager").put_secret_value(SecretId=secret, SecretString=json.dumps(settings))


def read_settings(instance: Instance, secret: str) -> dict:
    """Returns the value of the secret of chats."""
    return json.loads(instance.aws("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])


def _webhook_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def slack_headers(secret: str, body: str, at: int | None = None) -> dict[str, str]:
    """Returns the headers of a request as Slack sends it, signed at a time in seconds since 1970."""
    at = int(time.time()) if at is None else at
    code = hmac.digest(secret.encode(), f"v0:{at}:{body}".encode(), "sha256").hex()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(at),
        "X-Slack-Signature": f"v0={code}",
    }


def webhook_headers(secret: str, message: str, body: str, at: int | None = None) -> dict[str, str]:
    """Returns the headers of a webhook as Standard Webhooks specifies them."""
    at = int(time.time()) if at is None else at
    key = base64.b64decode(secret.removeprefix("whsec_"))
    code = base64.b64encode(hmac.digest(key, f"{message}.{at}.{body}".encode(), "sha256")).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{code}",
    }
