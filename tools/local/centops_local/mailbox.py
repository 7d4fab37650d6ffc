"""The mails that SES sent, as the emulator keeps them."""

import requests

from .instance import Instance


def mails_to(instance: Instance, address: str) -> list[dict]:
    """Returns the mails to an address, oldest first."""
    response = requests.get(f"{instance.url('emulator')}/_ministack/ses/messages", timeout=10)
    response.raise_for_status()
    sent = [message for messages in response.json()["messages"].values() for message in messages]
    return sorted((mail for mail in sent if mail["To"] == [address]), key=lambda mail: mail["Timestamp"])
