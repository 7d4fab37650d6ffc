"""The commands of the sample network: start, load."""

import argparse
import sys
import time
from pathlib import Path

import requests
from centops_local.deployment import outputs
from centops_local.instance import Instance, LocalError
from centops_local.polling import ExpectationFailed
from centops_local.stack import FunctionFailed, Stack

from . import load, plan, start
from .parts import FOLDER, Network


def main() -> int:
    """Runs a command. Prints expected errors as one message. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="sample_network", description=__doc__)
    parser.add_argument("--instance", default="up", help="name of the instance of the stack")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("start", help="start the network on the running stack").set_defaults(run=_start)
    loads = commands.add_parser("load", help="play a plan of faults under load, and print the ledger")
    loads.add_argument("--plan", type=Path, default=FOLDER / "plan.yaml")
    loads.add_argument("--only", default="", help="names of faults, separated by commas")
    loads.set_defaults(run=_load)
    options = parser.parse_args()
    try:
        instance = Instance.saved(options.instance)
        options.run(Network(Stack(instance, outputs(instance))), options)
    except (LocalError, ExpectationFailed, FunctionFailed, requests.RequestException) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _start(network: Network, options: argparse.Namespace) -> None:
    began = time.monotonic()
    start.start(network, lambda text: print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True))
    print(start.directions(network))


def _load(network: Network, options: argparse.Namespace) -> None:
    if not network.is_running():
        raise LocalError("The sample network does not run. Start it: make network")
    if not load.run(network, plan.read(options.plan).only(options.only), lambda text: print(text, flush=True)):
        raise LocalError("An invariant is broken.")


if __name__ == "__main__":
    sys.exit(main())
