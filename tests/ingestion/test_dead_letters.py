"""A message that cannot be read becomes a dead letter at once, and a redrive of parked batches counts them once."""

import json
import uuid

import pytest
from centops_local import steps
from centops_local.clients import now, send_batch
from centops_local.polling import wait_until


def test_poison_message_becomes_a_dead_letter_and_later_messages_are_counted(stack):
    send_poison(stack, "Codes", "dmr:dmr-poisoned")
    codes = [{"chatbot": "behind-poison", "at": now(), "status": status} for status in (200, 500)]
    steps.expect(send_batch(stack.device("dmr-poisoned", "dmr"), "/codes", {"codes": codes}), 202)
    steps.await_code_totals(stack, "behind-poison", {"2xx": 1, "5xx": 1})


@pytest.mark.parametrize(
    ("queue", "group"), [("Codes", "dmr:dmr-poisoned"), ("Logs", "chatbot:behind-poison"), ("Parked", "behind-poison")]
)
def test_message_that_cannot_be_read_is_a_dead_letter_of_its_queue(stack, queue, group):
    poison = send_poison(stack, queue, group)
    wait_until("the poison is a dead letter", lambda: is_dead_letter(stack, queue, poison), 20)


def test_parked_batch_counts_once_however_often_it_is_sent(stack):
    sqs, queue = stack.instance.aws("sqs"), stack.outputs["ParkedQueue"]
    observation = {"at": now(), "signal": {"Code": {"result": {"Ok": 200}, "millis": 17}}}
    batch = {
        "chatbot": "behind-poison",
        "observer": "dmr:dmr-parked",
        "sequence": "18889000000000000000",
        "isUnsettled": True,
        "observations": [observation],
    }
    before = steps.code_totals(stack, "behind-poison").get("2xx", 0)
    for sequence in ("18889000000000000000", "18889000000000000000", "18889000000000000512"):
        sqs.send_message(
            QueueUrl=queue,
            MessageBody=json.dumps(batch | {"sequence": sequence}),
            MessageGroupId="behind-poison",
            MessageDeduplicationId=uuid.uuid4().hex,
        )
    counted = lambda: steps.code_totals(stack, "behind-poison").get("2xx", 0) - before
    wait_until("both batches are counted", lambda: counted() == 2, 20)


def send_poison(stack, queue: str, group: str) -> str:
    """Sends a message that cannot be read, and returns its body."""
    poison = f"poison {uuid.uuid4().hex}"
    stack.instance.aws("sqs").send_message(
        QueueUrl=stack.outputs[f"{queue}Queue"],
        MessageBody=poison,
        MessageGroupId=group,
        MessageDeduplicationId=uuid.uuid4().hex,
    )
    return poison


def is_dead_letter(stack, queue: str, body: str) -> bool:
    response = stack.instance.aws("sqs").receive_message(
        QueueUrl=stack.outputs[f"{queue}DeadLetters"], MaxNumberOfMessages=10, VisibilityTimeout=1
    )
    return any(message["Body"] == body for message in response.get("Messages", []))
