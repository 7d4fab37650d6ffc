"""The invitation e-mails of the local stack: their sender, and those that were sent."""

import re
from dataclasses import dataclass

import requests

from .instance import Instance

#: From address of invitation e-mails on the local stack.
SENDER = "centops@example.ee"


@dataclass(frozen=True)
class InvitationMail:
    """One sent e-mail, with the invitation's id and code from its text."""

    sender: str
    text: str
    invitation: str
    code: str


def verify_sender(instance: Instance) -> None:
    """Registers the sender's address in SES, as an account's administrator does once."""
    instance.aws("sesv2").create_email_identity(EmailIdentity=SENDER)


def sent_to(instance: Instance, address: str) -> list[InvitationMail]:
    """Returns the e-mails to an address, oldest first."""
    response = requests.get(f"{instance.url('emulator')}/_ministack/ses/messages", timeout=10)
    response.raise_for_status()
    sent = [message for messages in response.json()["messages"].values() for message in messages]
    sent.sort(key=lambda message: message["Timestamp"])
    return [_parse(message) for message in sent if message["To"] == [address]]


def _parse(message: dict) -> InvitationMail:
    text = message["BodyText"]
    invitation = re.search(r"^Invitation: +(\S+)$", text, re.MULTILINE)
    code = re.search(r"^Code: +(\S+)$", text, re.MULTILINE)
    if not (invitation and code):
        raise ValueError(f"not an invitation e-mail: {text}")
    return InvitationMail(message["Source"], text, invitation[1], code[1])
