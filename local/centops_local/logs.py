"""What the deployed functions logged."""

from .instance import STACK, Instance

#: One group for all functions, as template.yaml has it.
GROUP = f"/centops/{STACK}"


def lines(instance: Instance) -> list[str]:
    """The log of all functions, oldest first."""
    client = instance.aws("logs")
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=GROUP)
    events = [event for page in pages for event in page["events"]]
    return [event["message"].rstrip() for event in sorted(events, key=lambda event: event["timestamp"])]


def save(instance: Instance) -> None:
    """Writes it to a file, for it ends with the emulator."""
    (instance.logs / "functions.log").write_text("\n".join(lines(instance)) + "\n")
