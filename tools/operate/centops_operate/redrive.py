"""Shows the dead letters of a stack, and moves those of one queue back to where they came from.

    python -m centops_operate.redrive ENVIRONMENT [QUEUE] [--apply]

Without a queue it shows every dead-letter queue: how many letters, since when, and why. With one it shows what a redrive
would move; with `--apply` it moves the letters and waits until they are moved.
"""

import time
from datetime import UTC, datetime

from botocore.client import BaseClient

from .dead_letters import DeadLetters, chosen, queues, read, report
from .deployed import Deployed, OperateError, parser, run

#: The seconds between two looks at a task of SQS.
_EVERY = 2


def redrive(sqs: BaseClient, queue: DeadLetters) -> int:
    """Moves the letters of a queue and waits until they are moved. Returns their number."""
    to = {"DestinationArn": queue.destination} if queue.destination else {}
    sqs.start_message_move_task(SourceArn=queue.arn, **to)
    while True:
        [task] = sqs.list_message_move_tasks(SourceArn=queue.arn, MaxResults=1)["Results"]
        moved, planned = task["ApproximateNumberOfMessagesMoved"], task.get("ApproximateNumberOfMessagesToMove", "?")
        if task["Status"] == "COMPLETED":
            return moved
        if task["Status"] != "RUNNING":
            reason = task.get("FailureReason", "it was cancelled")
            raise OperateError(f"The redrive of {queue.name} ended as {task['Status']} after {moved} letters: {reason}")
        print(f"{moved} of {planned} moved …", flush=True)
        time.sleep(_EVERY)


def main(words: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("redrive", __doc__)
    arguments.add_argument("queue", nargs="?", help="such as codes or publish-routes; all are shown without it")
    options = arguments.parse_args(words)
    stack = Deployed(options.environment)
    sqs = stack.client("sqs")
    found = queues(stack, sqs)
    shown = [chosen(found, options.queue)] if options.queue else found
    if options.apply and not options.queue:
        raise OperateError("Name the queue to redrive: QUEUE=codes.")
    for each in shown:
        print("\n".join(report(each, read(sqs, each) if each.count else [], datetime.now(UTC))))
    if not options.queue or not shown[0].count:
        return 0
    queue = shown[0]
    goal = " or ".join(sorted(queue.sources)) + (", whichever each came from" if len(queue.sources) > 1 else "")
    if not options.apply:
        print(f"A redrive moves {queue.count} to {goal}. Nothing was moved: repeat it with APPLY=1.")
        return 0
    print(f"Moved {redrive(sqs, queue)} of {queue.name} to {goal}.")
    return 0


if __name__ == "__main__":
    run("redrive", main)
