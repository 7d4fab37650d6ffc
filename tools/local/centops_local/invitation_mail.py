"""The invitation e-mails of the local stack: their sender, and those that were sent."""

import re
from dataclasses import dataclass

from . import mailbox
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
    return [_parse(message) for message in mailbox.mails_to(instance, address)]


def _parse(message: dict) -> InvitationMail:
    text = message["BodyText"]
    invitation = re.search(r"^Invitation: +(\S+)$", text, re.MULTILINE)
    code = re.search(r"^Code: +(\S+)$", text, re.MULTILINE)
    if not (invitation and code):
        raise ValueError(f"not an invitation e-mail: {text}")
    return InvitationMail(message["Source"], text, invitation[1], code[1])
