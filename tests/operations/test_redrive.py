"""The command that shows and redrives dead letters."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from centops_local import steps
from centops_local.clients import now
from centops_operate.dead_letters import NOT_REDRIVEN, DeadLetters, Letter, kebab, letter, report
from centops_operate.deployed import OperateError
from centops_operate.redrive import main, redrive

from operators import act_as_operator, put_letter, queue_url
from support import NEW_CHATBOT
from template import TEMPLATE

QUEUES = TEMPLATE.of_type("AWS::SQS::Queue")
#: A letter that somebody reads is hidden for a moment.
pytestmark = pytest.mark.exclusive("dead-letters")


@pytest.fixture(autouse=True)
def _operator(stack, monkeypatch):
    act_as_operator(stack, monkeypatch)


@pytest.fixture
def chatbot(stack):
    """Enrols a chatbot. Returns its name."""
    admin, name = stack.person("admin"), f"redriven-{uuid.uuid4().hex[:8]}"
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name}), 201)
    yield name
    steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


def attributes(stack, url: str) -> dict[str, str]:
    return stack.instance.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_redriven_letter_is_processed(stack, chatbot, capsys):
    batch = {
        "chatbot": chatbot,
        "observer": "dmr:dmr-redriven",
        "sequence": "18889000000000000000",
        "isUnsettled": True,
        "observations": [{"at": now(), "signal": {"Code": {"result": {"Ok": 200}, "millis": 17}}}],
    }
    put_letter(stack, "ParkedDeadLetters", json.dumps(batch), reason="of a test", group=chatbot)
    assert main(["local", "parked"]) == 0
    shown = capsys.readouterr().out
    assert "1 × of a test" in shown
    assert "moves 1 to ParkedQueue. Nothing was moved" in shown
    assert attributes(stack, queue_url(stack, "ParkedDeadLetters"))["ApproximateNumberOfMessages"] == "1"
    assert steps.code_totals(stack, chatbot).get("2xx", 0) == 0
    assert main(["local", "parked", "--apply"]) == 0
    assert "Moved 1 of parked to ParkedQueue." in capsys.readouterr().out
    steps.await_code_totals(stack, chatbot, {"2xx": 1})
    assert main(["local", "parked"]) == 0
    assert capsys.readouterr().out == "parked: none\n"


def test_every_queue_is_shown_and_its_letters_stay_where_they_are(stack, capsys):
    put_letter(stack, "AnnounceDeadLetters", json.dumps(STREAM_LETTER))
    assert main(["local"]) == 0
    shown = capsys.readouterr().out
    expected = {kebab(name) for name in QUEUES if name.endswith("DeadLetters")}
    assert {line.partition(":")[0] for line in shown.splitlines() if not line.startswith(" ")} == expected
    assert "  1 × RetryAttemptsExhausted, 3 records of 2026-11-26T08:00:00Z to 2026-11-26T08:01:00Z" in shown
    url = queue_url(stack, "AnnounceDeadLetters")
    # It is visible at once.
    [message] = stack.instance.aws("sqs").receive_message(QueueUrl=url)["Messages"]
    stack.instance.aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.parametrize(
    ("queue", "help_"),
    [("announce", "make reannounce"), ("publish-routes", r"GET /routes\?since="), ("topic", "record-undelivered")],
)
def test_letters_of_streams_are_refused_and_the_refusal_says_what_helps(queue, help_):
    with pytest.raises(OperateError, match=f"cannot be redriven.*{help_}"):
        main(["local", queue, "--apply"])


@pytest.mark.parametrize("words", [["local", "unknown"], ["local", "--apply"]])
def test_redrive_of_no_known_queue_is_refused(words):
    with pytest.raises(OperateError, match="codes"):
        main(words)


def test_every_queue_can_be_redriven_or_the_refusal_says_what_helps():
    targets = {
        properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for properties in QUEUES.values()
        if "RedrivePolicy" in properties
    }
    others = {kebab(name) for name in QUEUES if name.endswith("DeadLetters") and name not in targets}
    assert others == NOT_REDRIVEN.keys()


def test_letters_of_several_queues_go_back_to_where_each_came_from(stack):
    sqs, sources = stack.instance.aws("sqs"), {}
    name = f"redriven-{uuid.uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = attributes(stack, url)["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    for number in range(2):
        source = sqs.create_queue(
            QueueName=f"{name}-{number}", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"}
        )["QueueUrl"]
        sources[source] = attributes(stack, source)["QueueArn"]
        sqs.send_message(QueueUrl=source, MessageBody=source)
        # The second delivery does not happen: SQS moves the message.
        assert sqs.receive_message(QueueUrl=source)["Messages"]
        assert "Messages" not in sqs.receive_message(QueueUrl=source)
    queue = DeadLetters(name, url, arn, 2, sources)
    assert redrive(sqs, queue) == 2
    for source in sources:
        [message] = sqs.receive_message(QueueUrl=source)["Messages"]
        assert message["Body"] == source
    sqs.send_message(QueueUrl=url, MessageBody="sent by a program")
    with pytest.raises(OperateError, match="FAILED after 0 letters"):
        redrive(sqs, queue)


#: What Lambda sends for a batch of records of a DynamoDB stream.
STREAM_LETTER = {
    "requestContext": {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 101},
    "DDBStreamBatchInfo": {
        "shardId": "shardId-00000001573689847184-864758bb",
        "approximateArrivalOfFirstRecord": "2026-11-26T08:00:00Z",
        "approximateArrivalOfLastRecord": "2026-11-26T08:01:00Z",
        "batchSize": 3,
    },
}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"MessageAttributes": {"Reason": {"StringValue": "not JSON"}}, "Body": "x"}, "not JSON"),
        ({"Attributes": {"DeadLetterQueueSourceArn": "arn:aws:sqs:a:1:codes.fifo"}, "Body": "x"}, "given up by codes.fifo"),
        ({"Body": "{}"}, "unknown: it was sent by hand"),
        ({"Body": "[1]"}, "unknown: it was sent by hand"),
    ],
)  # fmt: skip
def test_reason_of_a_letter_is_told(message, reason):
    received = message | {"Attributes": {"SentTimestamp": "1795680000000"} | message.get("Attributes", {})}
    assert letter(received) == Letter(datetime.fromtimestamp(1795680000, UTC), reason)


def test_letters_are_grouped_by_reason_and_the_oldest_tells_the_age():
    time = datetime(2026, 11, 26, 12, tzinfo=UTC)
    letters = [
        Letter(time - timedelta(minutes=minutes), reason) for minutes, reason in ((5, "a"), (185, "b"), (9, "b"))
    ]
    queue = DeadLetters("codes", "url", "arn", 5)
    assert list(report(queue, letters, time)) == [
        "codes: 5 in it, the oldest sent 3 h 5 min ago", "  2 × b", "  1 × a", "  2 were not read",
    ]  # fmt: skip
