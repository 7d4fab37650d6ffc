"""Redrives of dead letters in the AWS emulator, which lacks them: `StartMessageMoveTask` and `ListMessageMoveTasks` of SQS.

As on AWS, a task without a destination moves each letter to the queue from which SQS took it, and fails at a letter that a
program sent itself. A moved letter is a new message. A task is finished when its start returns.
"""

import json
import time
import uuid
from collections.abc import Callable
from types import ModuleType

#: The tasks of each queue, newest first.
Tasks = dict[str, list[dict]]


def handlers(sqs: ModuleType) -> dict[str, Callable[[dict, str], dict]]:
    """Returns the handlers of the two actions, by name, for the emulator's module `sqs`."""
    tasks: Tasks = {}

    def start(data: dict, _url: str) -> dict:
        source = _dead_letters(sqs, data["SourceArn"])
        destination = data.get("DestinationArn")
        if destination and sqs._queue_by_arn(destination) is None:
            raise sqs._Err("ResourceNotFoundException", "The destination of a message move task does not exist.", 404)
        moved, failure = _move(sqs, source, destination)
        task = {
            "Status": "FAILED" if failure else "COMPLETED",
            "SourceArn": data["SourceArn"],
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved + len(source["messages"]),
            "StartedTimestamp": int(time.time() * 1000),
        }
        task |= {"DestinationArn": destination} if destination else {}
        task |= {"FailureReason": failure} if failure else {}
        tasks.setdefault(data["SourceArn"], []).insert(0, task)
        return {"TaskHandle": uuid.uuid4().hex}

    def list_tasks(data: dict, _url: str) -> dict:
        _dead_letters(sqs, data["SourceArn"])
        return {"Results": tasks.get(data["SourceArn"], [])[: int(data.get("MaxResults", 1))]}

    return {"StartMessageMoveTask": start, "ListMessageMoveTasks": list_tasks}


def _dead_letters(sqs: ModuleType, arn: str) -> dict:
    """Returns the queue of dead letters. Raises an error, as SQS does, if it is not that of another queue."""
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        raise sqs._Err("ResourceNotFoundException", "The source of a message move task does not exist.", 404)
    policies = (each["attributes"].get("RedrivePolicy") for each in sqs._queues.values())
    if not any(json.loads(policy).get("deadLetterTargetArn") == arn for policy in policies if policy):
        text = "Source queue must be configured as a Dead Letter Queue."
        raise sqs._Err("InvalidParameterValue", text, 400)
    return queue


def _move(sqs: ModuleType, source: dict, destination: str | None) -> tuple[int, str | None]:
    """Moves the letters that nobody is reading. Returns their number, and why it stopped."""
    moved = 0
    for letter in [each for each in source["messages"] if each["visible_at"] <= time.time()]:
        goal = sqs._queue_by_arn(destination or letter["sys"].get("DeadLetterQueueSourceArn", ""))
        if goal is None:
            return moved, "CouldNotDetermineMessageSource"
        source["messages"].remove(letter)
        goal["messages"].append(_renewed(letter, goal))
        moved += 1
    sqs.esm_wake.set()
    return moved, None


def _renewed(letter: dict, goal: dict) -> dict:
    """Returns the message of `goal` that a letter becomes: another id and time, and no deliveries yet."""
    now = time.time()
    message = {key: value for key, value in letter.items() if key != "enqueued_at"} | {
        "id": str(uuid.uuid4()),
        "sent_at": now,
        "visible_at": now,
        "receive_count": 0,
        "first_receive_at": None,
        "receipt_handle": None,
        "sys": {"SenderId": letter["sys"]["SenderId"], "SentTimestamp": str(int(now * 1000))},
    }
    if goal["is_fifo"]:
        goal["fifo_seq"] += 1
        message["seq"] = str(goal["fifo_seq"]).zfill(20)
    return message
