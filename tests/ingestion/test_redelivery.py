"""What cannot be saved is tried again by itself, and delays nothing else."""

import contextlib
from collections.abc import Iterator

import pytest
from centops_local import steps
from centops_local.clients import now, send_batch
from centops_local.polling import NotYet, wait_until

from lambdas import event_of

#: A chatbot whose health cannot be read for a while, and one that the same reports are about.
DAMAGED, OTHER = "damaged", "beside-damaged"


@contextlib.contextmanager
def damaged(stack, pk: str, sk: str, state: object) -> Iterator[None]:
    """Replaces the state of an item by one that no function can read, and restores it at the end."""
    key = {"pk": pk, "sk": sk}
    stored = stack.table.get_item(Key=key, ConsistentRead=True)["Item"]["state"]

    def write(value: object) -> None:
        stack.table.update_item(
            Key=key,
            UpdateExpression="SET #state = :state",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": value},
        )

    write(state)
    try:
        yield
    finally:
        write(stored)


@pytest.fixture
def damaged_health(stack) -> contextlib.AbstractContextManager[None]:
    return damaged(stack, f"HEALTH#{DAMAGED}", "HEALTH", b"damaged")


def report(*chatbots: str) -> dict:
    return {"codes": [{"chatbot": chatbot, "at": now(), "status": 200} for chatbot in chatbots]}


def counted(stack, chatbot: str) -> int:
    """Returns the number of all observations of a chatbot."""
    return sum(steps.code_totals(stack, chatbot).values()) + sum(steps.log_levels(stack, chatbot).values())


def await_unsettled(stack, dmr: str, chatbots: int) -> None:
    """Waits until a DMR has unsettled batches about so many chatbots."""

    def matches() -> bool:
        health = steps.expect(stack.person("viewer").get(f"/dmrs/{dmr}/health"), 200).json()
        if health["unsettledChatbots"] != chatbots:
            raise NotYet(health)
        return True

    wait_until(f"{dmr} has unsettled batches about {chatbots} chatbots", matches, 60)


def test_damaged_chatbot_delays_neither_others_nor_the_next_reports(stack, damaged_health):
    dmr = stack.device("dmr-beside", "dmr")
    before, other = (steps.code_totals(stack, chatbot).get("2xx", 0) for chatbot in (DAMAGED, OTHER))
    with damaged_health:
        for number in (1, 2):
            steps.expect(send_batch(dmr, "/codes", report(DAMAGED, OTHER)), 202)
            steps.await_code_totals(stack, OTHER, {"2xx": other + number})
        await_unsettled(stack, "dmr-beside", 1)
    steps.await_code_totals(stack, DAMAGED, {"2xx": before + 2}, 60)
    await_unsettled(stack, "dmr-beside", 0)


@pytest.mark.parametrize("function", ["ingest-logs", "ingest-parked"])
def test_message_about_a_damaged_chatbot_comes_again_and_is_counted_once_it_is_repaired(stack, function, damaged_health):
    event = event_of(function, replace={"event-guide": DAMAGED})
    failed = {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}
    with damaged_health:
        assert stack.invoke(function, event) == failed
    before = counted(stack, DAMAGED)
    assert stack.invoke(function, event) == {"batchItemFailures": []}
    assert counted(stack, DAMAGED) > before


def test_reports_of_a_damaged_dmr_are_counted_once_it_is_repaired(stack):
    dmr = stack.device("dmr-damaged", "dmr")
    before = steps.code_totals(stack, OTHER).get("2xx", 0)
    steps.expect(send_batch(dmr, "/codes", report(OTHER)), 202)
    steps.await_code_totals(stack, OTHER, {"2xx": before + 1})
    with damaged(stack, "DMR#dmr-damaged", "DMR", "damaged"):
        steps.expect(send_batch(dmr, "/codes", report(OTHER)), 202)
        # A later report of another DMR is counted before.
        steps.expect(send_batch(stack.device("dmr-beside", "dmr"), "/codes", report(OTHER)), 202)
        steps.await_code_totals(stack, OTHER, {"2xx": before + 2})
    steps.await_code_totals(stack, OTHER, {"2xx": before + 3}, 60)
