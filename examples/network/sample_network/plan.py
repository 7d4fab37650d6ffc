"""The plan of faults: YAML, checked."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from centops_local.instance import LocalError

from .parts import INSTITUTIONS

#: Faults that the control port of a bot sets.
BOT_FAULTS = ("refuse", "hang", "error", "slow", "cut", "flap")
#: Faults of one bot: the plan names it.
CHATBOT_FAULTS = (*BOT_FAULTS, "wrong-dns")
#: Faults of other parts.
OTHER_FAULTS = ("rotate", "nginx-test", "kill-agent", "partition", "centops-away", "clock-ahead", "clock-behind")
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
    #: The limit of the time from its beginning until CentOps has the bot Offline. `None`: no limit.
    offline_within: float | None = None

    @property
    def end(self) -> float:
        """When it ends."""
        return self.at + self.seconds


@dataclass(frozen=True)
class Plan:
    """Visitors and faults."""

    seed: int
    seconds: int
    rate: float
    faults: list[Fault]

    def only(self, names: str) -> "Plan":
        """Returns the plan with these faults alone, separated by commas, shortened to them."""
        wanted = {name.strip() for name in names.split(",") if name.strip()}
        if unknown := wanted - {fault.name for fault in self.faults}:
            raise LocalError(f"The plan has no fault {', '.join(sorted(unknown))}.")
        if not wanted:
            return self
        faults = [fault for fault in self.faults if fault.name in wanted]
        shift = faults[0].at - _BEFORE
        faults = [replace(fault, at=fault.at - shift) for fault in faults]
        return replace(self, faults=faults, seconds=int(max(fault.end for fault in faults) + _AFTER))

    def most_faults_of_a_bot(self) -> int:
        """Returns how often the bot that fails most often fails."""
        counts = Counter(fault.bot for fault in self.faults if fault.bot)
        return max(counts.values(), default=0)


def read(path: Path) -> Plan:
    """Reads a plan. Raises `LocalError` if it is wrong."""
    try:
        return parse(path.read_text())
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {error.strerror}.") from None
    except (TypeError, KeyError, AttributeError, ValueError, yaml.YAMLError) as error:
        raise LocalError(f"{path} is no plan: {error}") from None


def parse(text: str) -> Plan:
    """Parses a plan. Raises `ValueError`, or another error of a wrong form, if it is wrong."""
    stored = yaml.safe_load(text)
    faults = [Fault(**fault) for fault in stored.pop("faults")]
    plan = Plan(faults=faults, **stored)
    _require_numbers("the plan", {"seconds": plan.seconds, "rate": plan.rate})
    if not isinstance(plan.seed, int):
        raise ValueError("seed must be an integer")
    for fault in faults:
        _check(fault, plan.seconds)
    if repeated := [name for name, count in Counter(fault.name for fault in faults).items() if count > 1]:
        raise ValueError(f"{', '.join(repeated)} is there twice; a plan has a fault once")
    return replace(plan, faults=sorted(faults, key=lambda fault: fault.at))


def _check(fault: Fault, seconds: float) -> None:
    if fault.name not in CHATBOT_FAULTS + OTHER_FAULTS:
        raise ValueError(f"there is no fault {fault.name}")
    _require_numbers(fault.name, {"at": fault.at, "seconds": fault.seconds})
    if fault.end > seconds:
        raise ValueError(f"{fault.name} ends after the plan")
    if (fault.bot in INSTITUTIONS) != (fault.name in CHATBOT_FAULTS):
        raise ValueError(f"{fault.name}: name a bot for faults of a bot, and none for others")
    if fault.offline_within is not None:
        _require_numbers(fault.name, {"offline_within": fault.offline_within})
        if fault.name not in CHATBOT_FAULTS:
            raise ValueError(f"{fault.name}: offline_within is for faults of a bot")


def _require_numbers(owner: str, values: dict[str, object]) -> None:
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise ValueError(f"{owner}: {name} must be a positive number")
