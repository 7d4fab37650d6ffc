"""A message that cannot be processed becomes a dead letter. Runs alone: it changes how the queue redelivers."""

import uuid

from centops_local import steps
from centops_local.clients import now, send_batch
from centops_local.polling import wait_until


def test_poison_message_becomes_a_dead_letter_and_later_messages_are_counted(stack):
    sqs, queue = stack.instance.aws("sqs"), stack.outputs["CodesQueue"]
    attribute = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    # Redelivery after a second instead of minutes.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    try:
        poison = f"poison {uuid.uuid4().hex}"
        sqs.send_message(
            QueueUrl=queue,
            MessageBody=poison,
            MessageGroupId="dmr:dmr-poisoned",
            MessageDeduplicationId=uuid.uuid4().hex,
        )
        codes = [{"chatbot": "behind-poison", "at": now(), "status": status} for status in (200, 500)]
        steps.expect(send_batch(stack.device("dmr-poisoned", "dmr"), "/codes", {"codes": codes}), 202)
        assert wait_until("the poison is a dead letter", lambda: is_dead_letter(sqs, stack.outputs, poison), 45)
        steps.await_code_totals(stack, "behind-poison", {"2xx": 1, "5xx": 1})
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=attribute)


def is_dead_letter(sqs, outputs: dict[str, str], body: str) -> bool:
    response = sqs.receive_message(QueueUrl=outputs["CodesDeadLetters"], MaxNumberOfMessages=10, VisibilityTimeout=1)
    return any(message["Body"] == body for message in response.get("Messages", []))
