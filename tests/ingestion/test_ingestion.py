"""What observers report is counted once, whatever is delivered twice, and nothing is lost behind a bad message."""

import json
import uuid

from centops_local import logs, steps
from centops_local.clients import now, send_batch
from centops_local.waiting import until
from lambdas import event_of, invoke


def codes(chatbot: str, *statuses: int) -> dict:
    return {"codes": [{"chatbot": chatbot, "at": now(), "status": status} for status in statuses]}


def test_a_batch_sent_again_under_its_key_counts_once(stack):
    chatbot, dmr = "counted-once", stack.device("dmr-retries", "dmr")
    key, batch = uuid.uuid4().hex, codes("counted-once", 200, 200, 404)
    for _ in range(3):
        receipt = steps.expect(send_batch(dmr, "/codes", batch, key), 202).json()
        assert receipt["accepted"] == 3
    # A later batch of the same sender is counted after whatever came of the repetitions.
    steps.expect(send_batch(dmr, "/codes", codes(chatbot, 301)), 202)
    steps.await_code_totals(stack, chatbot, {"2xx": 2, "3xx": 1, "4xx": 1})


def test_a_redelivered_message_counts_once(stack):
    chatbot = "counted-twice-invoked"
    event = event_of("ingest-codes", replace={"event-guide": chatbot})
    for _ in range(2):
        assert invoke(stack, "ingest-codes", event) == {"batchItemFailures": []}
    assert steps.code_totals(stack, chatbot) == {"2xx": 1, "4xx": 1, "timeout": 1}
    newer = event["Records"][0]["attributes"]
    newer["SequenceNumber"] = str(int(newer["SequenceNumber"]) + 1)
    invoke(stack, "ingest-codes", event)
    assert steps.code_totals(stack, chatbot) == {"2xx": 2, "4xx": 2, "timeout": 2}


def test_a_chatbots_own_logs_are_counted_by_level_and_personal_data_in_them_is_kept_nowhere(stack):
    chatbot = stack.device("own-logs", "chatbot")
    levels = ["info", "info", "warning", "debug"]
    secret = "Mari küsib, isikukood 38001085718"
    entries = [{"at": now(), "level": level, "message": secret} for level in levels]
    steps.expect(send_batch(chatbot, "/logs", {"logs": entries}), 202)
    until(
        "the levels are counted",
        lambda: steps.log_levels(stack, "own-logs") == {"info": 2, "warning": 1, "debug": 1},
        20,
    )
    assert not [line for line in logs.lines(stack.instance) if "38001085718" in line]
    assert "38001085718" not in json.dumps(stack.table.scan()["Items"], default=repr)


def test_a_poison_message_ends_in_the_dead_letter_queue_and_what_is_behind_it_counts(stack):
    sqs, queue = stack.instance.aws("sqs"), stack.outputs["CodesQueue"]
    attribute = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
    # Redelivery after a second, not after minutes.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    try:
        poison = f"poison {uuid.uuid4().hex}"
        sqs.send_message(
            QueueUrl=queue,
            MessageBody=poison,
            MessageGroupId="dmr:dmr-poisoned",
            MessageDeduplicationId=uuid.uuid4().hex,
        )
        dmr = stack.device("dmr-poisoned", "dmr")
        steps.expect(send_batch(dmr, "/codes", codes("behind-poison", 200, 500)), 202)
        assert until("the poison is a dead letter", lambda: dead_letter(sqs, stack.outputs, poison), 45)
        steps.await_code_totals(stack, "behind-poison", {"2xx": 1, "5xx": 1})
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=attribute)


def dead_letter(sqs, outputs: dict[str, str], body: str) -> bool:
    got = sqs.receive_message(QueueUrl=outputs["CodesDeadLetters"], MaxNumberOfMessages=10, VisibilityTimeout=1)
    return any(message["Body"] == body for message in got.get("Messages", []))


def test_a_batch_beyond_the_contract_is_refused_at_once_with_its_place(stack):
    dmr = stack.device("dmr-retries", "dmr")
    batch = codes("counted-once", 200, 200)
    batch["codes"][1]["status"] = 99
    problem = steps.expect(send_batch(dmr, "/codes", batch), 400).json()
    assert [error["pointer"] for error in problem["errors"]] == ["#/codes/1/status"], json.dumps(problem)
