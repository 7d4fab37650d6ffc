"""Starts the AWS emulator and keeps what it decides: which role used which action on what.

Every request that the emulator authorizes passes one function of it, `enforce`. Here it is wrapped before the emulator
is loaded; nothing else of it is touched. Each answer that a role of a function got is written down once, as a line of
JSON, for `centops_local.privileges`.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: The environment variable that names the file.
FILE = "CENTOPS_DECISIONS"


class Recorder:
    """The file of decisions. It is started anew with the emulator."""

    def __init__(self, file: Path):
        self._lines = file.open("w", buffering=1)
        self._written: set[str] = set()
        self._lock = threading.Lock()

    def note(self, **decision: Any) -> None:
        """Writes a decision, unless the very same one is there."""
        line = json.dumps(decision)
        with self._lock:
            if line not in self._written:
                self._written.add(line)
                self._lines.write(line + "\n")


def recording(enforce: Callable, principal: Callable, account: Callable, recorder: Recorder) -> Callable:
    """`enforce`, with each answer to a role noted. `principal` and `account` say who asks, as `enforce` does."""

    def enforced(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict | None = None,
    ):
        refused = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        asking = principal(access_key_id or "", account())
        # Somebody unknown is nobody's role; the account's owner, who deploys and tests, has no policies.
        if getattr(asking, "type", None) == "AssumedRole":
            recorder.note(who=asking.arn, action=iam_action, resource=resource_arn, allowed=refused is None)
        return refused

    return enforced


def main() -> None:
    """Runs the emulator."""
    from ministack.core import iam_evaluator, responses

    parts = [(iam_evaluator, "enforce"), (iam_evaluator, "resolve_principal"), (responses, "get_account_id")]
    missing = [name for module, name in parts if not callable(getattr(module, name, None))]
    if missing:
        sys.exit(f"This emulator has no {', '.join(missing)}: what functions may do cannot be recorded with it.")
    iam_evaluator.enforce = recording(
        iam_evaluator.enforce,
        iam_evaluator.resolve_principal,
        responses.get_account_id,
        Recorder(Path(os.environ[FILE])),
    )
    from ministack.app import main as emulator

    emulator()


if __name__ == "__main__":
    main()
