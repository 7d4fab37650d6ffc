"""The plan of faults: YAML, checked."""

from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from centops_local.instance import LocalError

from .parts import INSTITUTIONS

#: Faults of one bot; its control port knows them.
BOT_FAULTS = ("refuse", "hang", "error", "slow", "cut", "flap")
#: Faults of other parts.
OTHER_FAULTS = ("rotate", "nginx-test", "kill-agent", "partition", "centops-away")
#: Of these, the ones that need nginx.
NGINX_FAULTS = ("rotate", "nginx-test", "kill-agent", "partition")
#: How long visitors come before the first and after the last fault of a part of the plan.
_BEFORE, _AFTER = 10, 75


@dataclass(frozen=True)
class Fault:
    """One fault of the plan. Times are in seconds since the start."""

    name: str
    at: float
    seconds: float
    bot: str | None = None


@dataclass(frozen=True)
class Plan:
    """Visitors and faults."""

    seed: int
    seconds: int
    rate: float
    faults: list[Fault]

    def only(self, names: str) -> "Plan":
        """Returns the plan with these faults alone, separated by commas, shortened to them."""
        wanted = {name for name in names.split(",") if name}
        if unknown := wanted - {fault.name for fault in self.faults}:
            raise LocalError(f"The plan has no fault {', '.join(sorted(unknown))}.")
        if not wanted:
            return self
        faults = [fault for fault in self.faults if fault.name in wanted]
        shift = faults[0].at - _BEFORE
        faults = [replace(fault, at=fault.at - shift) for fault in faults]
        end = max(fault.at + fault.seconds for fault in faults)
        return replace(self, faults=faults, seconds=int(end + _AFTER))


def read(path: Path) -> Plan:
    """Reads a plan. Raises `LocalError` if it is wrong."""
    try:
        stored = yaml.safe_load(path.read_text())
        faults = sorted((Fault(**fault) for fault in stored.pop("faults")), key=lambda fault: fault.at)
        plan = Plan(faults=faults, **stored)
    except (OSError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        raise LocalError(f"{path} is no plan: {error}") from None
    for fault in plan.faults:
        if fault.name not in BOT_FAULTS + OTHER_FAULTS:
            raise LocalError(f"{path}: there is no fault {fault.name}.")
        if (fault.bot in INSTITUTIONS) != (fault.name in BOT_FAULTS):
            raise LocalError(f"{path}: {fault.name}: name a bot for faults of a bot, and none for others.")
    return plan
