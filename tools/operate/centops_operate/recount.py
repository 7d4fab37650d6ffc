"""Compares the counts of the network with its chatbots, and corrects them.

    python -m centops_operate.recount ENVIRONMENT [--apply --by SUBJECT]

The subject is of the audit record. The exit status is 1 while the counts are wrong.
"""

import json

from botocore.client import BaseClient

from .deployed import Deployed, OperateError, parser, run

#: The counts of a type of chatbots.
_COUNTS = ("unknown", "online", "offline", "ejected")


def recount(lambdas: BaseClient, function: str, event: dict) -> dict:
    """Invokes the function and returns its answer."""
    answer = lambdas.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    result = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        raise OperateError(f"{function} failed: {result.get('errorMessage', result)}")
    return result


def lines(answer: dict) -> list[str]:
    """Returns the lines that say what was found."""
    said = [
        f"{kind}: {count} {stored[count]} stored, {actual[count]} counted"
        for kind, stored in answer["stored"]["types"].items()
        for actual in [answer["actual"]["types"][kind]]
        for count in _COUNTS
        if stored[count] != actual[count]
    ]
    return [*said, f"drift {answer['drift']}"]


def main(words: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("recount", __doc__)
    arguments.add_argument("--by", help="your subject, for the audit record")
    options = arguments.parse_args(words)
    if options.apply and not options.by:
        raise OperateError("The audit record names who corrected the counts: BY=EE60001019906.")
    stack = Deployed(options.environment)
    lambdas, function = stack.client("lambda"), f"{stack.name}-recount-chatbots"
    found = recount(lambdas, function, {})
    print("\n".join(lines(found)))
    if found["drift"] == 0:
        print("The counts are right.")
        return 0
    if not options.apply:
        print("Nothing was changed: repeat it with APPLY=1 BY=<your subject>.")
        return 1
    corrected = recount(lambdas, function, {"apply": True, "by": options.by})["corrected"]
    left = recount(lambdas, function, {})
    print("Corrected." if corrected else "Meanwhile the counts became right.", *lines(left), sep="\n")
    return 1 if left["drift"] else 0


if __name__ == "__main__":
    run("recount", main)
