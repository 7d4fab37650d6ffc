"""Compares the counts of the network with its chatbots, and corrects them.

    python -m centops_operate.recount ENVIRONMENT [--apply --by SUBJECT]

The subject is of the audit record. The exit status is 1 while the counts are wrong.
"""

from .deployed import Deployed, OperateError, parser, run

#: The counts of a type of chatbots.
_COUNTS = ("unknown", "online", "offline", "ejected")


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
    found = stack.invoke("recount-chatbots", {})
    print("\n".join(lines(found)))
    if found["drift"] == 0:
        print("The counts are right.")
        return 0
    if not options.apply:
        print("Nothing was changed: repeat it with APPLY=1 BY=<your subject>.")
        return 1
    corrected = stack.invoke("recount-chatbots", {"apply": True, "by": options.by})["corrected"]
    left = stack.invoke("recount-chatbots", {})
    print("Corrected." if corrected else "Meanwhile the counts became right.", *lines(left), sep="\n")
    return 1 if left["drift"] else 0


if __name__ == "__main__":
    run("recount", main)
