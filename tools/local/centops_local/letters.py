"""The invitations by e-mail: who sends them here, and what was sent."""

import re
from dataclasses import dataclass

import requests

from .instance import Instance

#: Whom letters come from on one machine.
SENDER = "centops@example.ee"


@dataclass(frozen=True)
class Letter:
    """One letter that was sent, and what its receiver takes from it."""

    sender: str
    text: str
    invitation: str
    code: str


def verify_sender(instance: Instance) -> None:
    """Makes SES send for the sender, as an administrator of the account does once."""
    instance.aws("sesv2").create_email_identity(EmailIdentity=SENDER)


def to(instance: Instance, address: str) -> list[Letter]:
    """The letters to an address, oldest first."""
    response = requests.get(f"{instance.url('emulator')}/_ministack/ses/messages", timeout=10)
    response.raise_for_status()
    sent = [message for messages in response.json()["messages"].values() for message in messages]
    sent.sort(key=lambda message: message["Timestamp"])
    return [_letter(message) for message in sent if message["To"] == [address]]


def _letter(message: dict) -> Letter:
    text = message["BodyText"]
    invitation = re.search(r"^Invitation: +(\S+)$", text, re.MULTILINE)
    code = re.search(r"^Code: +(\S+)$", text, re.MULTILINE)
    if not (invitation and code):
        raise ValueError(f"no letter of invitation: {text}")
    return Letter(message["Source"], text, invitation[1], code[1])
