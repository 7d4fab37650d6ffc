"""Reports of observers are counted exactly once, even if they are delivered twice."""

import json
import uuid

from centops_local import logs, steps, stored_data
from centops_local.clients import now, send_batch
from centops_local.polling import wait_until

from lambdas import event_of
from support import error_pointers


def codes(chatbot: str, *statuses: int) -> dict:
    return {"codes": [{"chatbot": chatbot, "at": now(), "status": status} for status in statuses]}


def test_batch_repeated_with_its_idempotency_key_counts_once(stack):
    chatbot, dmr = "counted-once", stack.device("dmr-retries", "dmr")
    key, batch = uuid.uuid4().hex, codes("counted-once", 200, 200, 404)
    # A quoted string, the form of the IETF draft, is the same key.
    for form in (key, f'"{key}"', key):
        receipt = steps.expect(send_batch(dmr, "/codes", batch, form), 202).json()
        assert receipt["accepted"] == 3
    # A later batch of the same sender is counted after the repetitions.
    steps.expect(send_batch(dmr, "/codes", codes(chatbot, 301)), 202)
    steps.await_code_totals(stack, chatbot, {"2xx": 2, "3xx": 1, "4xx": 1})


def test_key_that_comes_again_with_another_body_is_refused(stack):
    chatbot, dmr, key = "counted-once", stack.device("dmr-reuses", "dmr"), uuid.uuid4().hex
    batch = codes(chatbot, 200)
    receipt = steps.expect(send_batch(dmr, "/codes", batch, key), 202).json()
    assert steps.expect(send_batch(dmr, "/codes", batch, key), 202).json() == receipt
    problem = steps.expect(send_batch(dmr, "/codes", codes(chatbot, 404), key), 422).json()
    assert problem["type"] == "urn:centops:problem:key-reused"
    assert [error["pointer"] for error in problem["errors"]] == ["#header/Idempotency-Key"]


def test_heartbeat_is_accepted_and_stored(stack):
    heartbeat = {"codes": [], "tableRevision": 7, "clientVersion": "1.2.0"}
    receipt = steps.expect(send_batch(stack.device("dmr-at-night", "dmr"), "/codes", heartbeat), 202).json()
    assert receipt["accepted"] == 0
    wait_until("the heartbeat is stored", lambda: '"client_version":"1.2.0"' in stored_dmr(stack, "dmr-at-night"), 20)


def stored_dmr(stack, name: str) -> str:
    key = {"pk": {"S": f"DMR#{name}"}, "sk": {"S": "DMR"}}
    item = stack.instance.aws("dynamodb").get_item(TableName=stack.outputs["Table"], Key=key).get("Item", {})
    return item.get("state", {}).get("S", "")


def test_redelivered_message_counts_once(stack):
    chatbot = "counted-twice-invoked"
    event = event_of("ingest-codes", replace={"event-guide": chatbot})
    for _ in range(2):
        assert stack.invoke("ingest-codes", event) == {"batchItemFailures": []}
    assert steps.code_totals(stack, chatbot) == {"2xx": 1, "4xx": 1, "timeout": 1}
    newer = event["Records"][0]["attributes"]
    newer["SequenceNumber"] = str(int(newer["SequenceNumber"]) + 1)
    stack.invoke("ingest-codes", event)
    assert steps.code_totals(stack, chatbot) == {"2xx": 2, "4xx": 2, "timeout": 2}


def test_own_logs_are_counted_by_level_and_their_personal_data_is_stored_nowhere(stack):
    chatbot = stack.device("own-logs", "chatbot")
    levels = ["info", "info", "warning", "debug"]
    secret = "Mari küsib, isikukood 38001085718"
    entries = [{"at": now(), "level": level, "message": secret} for level in levels]
    steps.expect(send_batch(chatbot, "/logs", {"logs": entries}), 202)
    wait_until(
        "the levels are counted",
        lambda: steps.log_levels(stack, "own-logs") == {"info": 2, "warning": 1, "debug": 1},
        20,
    )
    assert not [line for line in logs.lines(stack.instance) if "38001085718" in line]
    assert not [item for item in stored_data.tables(stack.instance) if "38001085718" in item.text]


def test_entries_without_their_text_are_counted_and_not_listed(stack):
    chatbot = stack.device("own-counts", "chatbot")
    counts = [{"at": now(), "level": "info", "count": 30}, {"at": now(), "level": "warning", "count": 2}]
    receipt = steps.expect(send_batch(chatbot, "/logs", {"counts": counts}), 202).json()
    assert receipt["accepted"] == 32
    levels = {"info": 30, "warning": 2}
    wait_until("the levels are counted", lambda: steps.log_levels(stack, "own-counts") == levels, 20)
    listed = steps.expect(stack.person("viewer").get("/chatbots/own-counts/logs"), 200).json()
    assert listed["entries"] == []
    many = {"counts": [counts[0] | {"count": 10_000}, counts[1]]}
    for refused, pointer in (({}, "#"), (many, "#/counts")):
        problem = steps.expect(send_batch(chatbot, "/logs", refused), 400)
        assert error_pointers(problem) == [pointer]


def test_invalid_batch_is_refused_with_the_pointer_of_its_error(stack):
    dmr = stack.device("dmr-retries", "dmr")
    batch = codes("counted-once", 200, 200)
    batch["codes"][1]["status"] = 99
    problem = steps.expect(send_batch(dmr, "/codes", batch), 400).json()
    assert [error["pointer"] for error in problem["errors"]] == ["#/codes/1/status"], json.dumps(problem)
