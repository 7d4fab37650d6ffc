"""Prints the bill of a month of a network.

    python -m centops_contract.cost 500 10 [poll=10 logs=60]
"""

import argparse
import sys
from datetime import date

from centops_local import contract

from . import InvalidCost, tariff
from .bill import Line, assumptions, money, month, outdated, total
from .page import parts


def table(lines: list[Line]) -> str:
    """Returns a bill as text."""
    rows = []
    for part in parts(lines):
        own = [line for line in lines if line.part == part]
        rows.append((part, "", sum(line.usd for line in own)))
        rows += [(f"  {line.text}", f"{line.times:,.0f} × {line.row}" if line.row else "", line.usd) for line in own]
    rows.append(("all", "", total(lines)))
    wide, path = (max(len(row[at]) for row in rows) for at in (0, 1))
    return "\n".join(f"{text:{wide}}  {calls:{path}}  {money(usd):>10}" for text, calls, usd in rows)


def main() -> int:
    """Prints the bill, its assumptions, and prices that should be read again."""
    parser = argparse.ArgumentParser(prog="make cost", description="Prints the bill of a month, in USD.")
    parser.add_argument("chatbots", type=int, help="CHATBOTS=")
    parser.add_argument("dmrs", type=int, help="DMRS=")
    parser.add_argument("assumptions", nargs="*", metavar="NAME=NUMBER", help="ARGS=: replaces an assumption")
    given = parser.parse_args()
    try:
        replaced = {name: float(value) for name, _, value in (text.partition("=") for text in given.assumptions)}
        document = contract.read()
        found = tariff(contract.operations(document), contract.functions(document))
        lines = month(found, given.chatbots, given.dmrs, replaced)
        assumed = assumptions(replaced)
    except (InvalidCost, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    network = f"{given.chatbots:,} chatbots and {given.dmrs:,} DMRs"
    print(f"A month with {network}, in USD at the prices of contract/cost/prices.toml.")
    print("\n" + table(lines) + "\n\nAssumed:")
    print("\n".join(f"  {name} = {value:g}: {text}" for name, (value, text) in assumed.items()))
    for warning in outdated(date.today()):
        print(f"warning: price {warning}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
