"""A message that cannot be read becomes a dead letter at once, and a redrive of parked batches counts them once."""

import json
import uuid

from centops_local import steps
from centops_local.clients import now, send_batch
from centops_local.polling import wait_until


def test_poison_message_becomes_a_dead_letter_and_later_messages_are_counted(stack):
    sqs, queue = stack.instance.aws("sqs"), stack.outputs["CodesQueue"]
    poison = f"poison {uuid.uuid4().hex}"
    sqs.send_message(
        QueueUrl=queue,
        MessageBody=poison,
        MessageGroupId="dmr:dmr-poisoned",
        MessageDeduplicationId=uuid.uuid4().hex,
    )
    codes = [{"chatbot": "behind-poison", "at": now(), "status": status} for status in (200, 500)]
    steps.expect(send_batch(stack.device("dmr-poisoned", "dmr"), "/codes", {"codes": codes}), 202)
    steps.await_code_totals(stack, "behind-poison", {"2xx": 1, "5xx": 1})
    wait_until("the poison is a dead letter", lambda: is_dead_letter(sqs, stack.outputs, poison), 20)


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


def is_dead_letter(sqs, outputs: dict[str, str], body: str) -> bool:
    response = sqs.receive_message(QueueUrl=outputs["CodesDeadLetters"], MaxNumberOfMessages=10, VisibilityTimeout=1)
    return any(message["Body"] == body for message in response.get("Messages", []))
