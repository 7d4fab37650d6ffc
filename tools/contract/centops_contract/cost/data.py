"""Reads contract/cost/: a row for each operation of the contract and for each trigger of template.yaml."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from centops_local.contract import Function, Operation
from centops_local.instance import ROOT

from ..gateway import logical_id
from .formula import Formula, InvalidFormula, formula

FOLDER = ROOT / "contract/cost"
#: Files of contract/cost that have no rows.
OTHERS = ("sizes", "prices", "month", "tables")
#: What is paid beside Lambda and the table, with its price and its words.
FEES = {
    "sqs": ("sqs_request", "SQS"),
    "fifo": ("sqs_fifo_request", "SQS FIFO"),
    "sns": ("sns_request", "SNS"),
    "secrets": ("secret_read", "Secrets Manager"),
    "s3": ("s3_put", "S3 `PUT`"),
    "mails": ("mail", "e-mail"),
    "bytes": ("transfer_byte", "bytes"),
}
_FORMULAS = ("invocations", "read", "read_beside", "write", "millis", *FEES)
_TEXTS = ("text", "called", "note", "metered")
_DEFAULTS = {"invocations": "1", "millis": "5"}


class InvalidCost(Exception):
    """contract/cost has a mistake."""


@dataclass(frozen=True)
class Trigger:
    """What starts a function, other than an operation: an event of template.yaml, or the authorizer."""

    function: str
    event: str | None
    #: `schedule`, `queue`, `stream` or `authorizer`.
    kind: str
    #: Seconds between two runs of a schedule.
    period: int | None = None

    @property
    def key(self) -> str:
        """Returns the name of its row."""
        return f"{self.function}:{self.event}" if self.event else self.function


@dataclass(frozen=True)
class Row:
    """The cost of a path, or of a case of it."""

    key: str
    case: str | None
    area: str
    function: str
    #: The operation, of a path that one names.
    operation: Operation | None
    trigger: Trigger | None
    formulas: dict[str, Formula] = field(repr=False)
    text: str = ""
    called: str = ""
    note: str = ""
    #: The test that holds the units: `file::test`.
    metered: str = ""

    @property
    def id(self) -> str:
        """Returns the name that other files of contract/cost call it by."""
        return f"{self.key}.{self.case}" if self.case else self.key

    def units(self, kind: str) -> Formula:
        """Returns the formula of `kind`."""
        return self.formulas.get(kind) or formula(_DEFAULTS.get(kind, "0"))


def triggers(template: dict, functions: list[Function]) -> list[Trigger]:
    """Returns the triggers of template.yaml, the authorizer, and functions that CodeDeploy and operators invoke."""
    found = []
    for function in functions:
        if function.trigger in ("authorizer", "deployment", "operator"):
            found.append(Trigger(function.name, None, function.trigger))
        resource = template["Resources"][logical_id(function.name)]
        for name, event in resource["Properties"].get("Events", {}).items():
            kind = {"ScheduleV2": "schedule", "SQS": "queue", "DynamoDB": "stream", "SNS": "topic"}.get(event["Type"])
            if kind is None:
                raise InvalidCost(f"{function.name}: unknown event {event['Type']}")
            expression = event["Properties"].get("ScheduleExpression", "")
            found.append(Trigger(function.name, name, kind, _period(expression) if kind == "schedule" else None))
    return found


def _period(expression: str) -> int:
    """Returns the seconds between two runs."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate is None:
        raise InvalidCost(f"unknown schedule {expression}")
    return int(rate[1]) * {"minute": 60, "hour": 3600, "day": 86400}[rate[2]]


class _Loader(yaml.SafeLoader):
    """Reads a template; what CloudFormation's functions return is not known."""


_Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def template() -> dict:
    """Returns template.yaml, without the values of functions of CloudFormation."""
    return yaml.load((ROOT / "template.yaml").read_text(), Loader=_Loader)


def read(
    operations: list[Operation], functions: list[Function], found: list[Trigger], folder: Path = FOLDER
) -> list[Row]:
    """Returns all rows, by area. Raises `InvalidCost`."""
    by_operation = {operation.id: operation for operation in operations}
    by_trigger = {trigger.key: trigger for trigger in found}
    areas = {function.name: function.area for function in functions}
    rows, seen = [], set()
    for source in sorted(folder.glob("*.toml")):
        if source.stem in OTHERS:
            continue
        for key, entry in tomllib.loads(source.read_text()).items():
            operation, trigger = by_operation.get(key), by_trigger.get(key)
            if operation is None and trigger is None:
                raise InvalidCost(f"{source.name}: {key} is neither an operation nor a trigger")
            function = operation.function if operation else key.partition(":")[0]
            area = operation.area if operation else areas[function]
            if area != source.stem:
                raise InvalidCost(f"{source.name}: {key} is of the area {area}")
            seen.add(key)
            rows += _rows(key, entry, area, function, operation, trigger)
    missing = sorted((by_operation.keys() | by_trigger.keys()) - seen)
    if missing:
        raise InvalidCost(f"no row in contract/cost: {', '.join(missing)}")
    order = {area: at for at, area in enumerate(dict.fromkeys(areas.values()))}
    return sorted(rows, key=lambda row: order[row.area])


def _rows(key: str, entry: dict, area: str, function: str, operation, trigger) -> list[Row]:
    own = {name: value for name, value in entry.items() if not isinstance(value, dict)}
    cases = {name: value for name, value in entry.items() if isinstance(value, dict)}
    rows = [Row(key, None, area, function, operation, trigger, **_fields(key, own))]
    for case, values in cases.items():
        if not values.get("text"):
            raise InvalidCost(f"{key}.{case}: text is missing")
        rows.append(Row(key, case, area, function, operation, trigger, **_fields(f"{key}.{case}", values)))
    return rows


def _fields(row: str, entry: dict) -> dict:
    unknown = entry.keys() - {*_FORMULAS, *_TEXTS}
    if unknown:
        raise InvalidCost(f"{row}: unknown words {', '.join(sorted(unknown))}")
    try:
        formulas = {name: formula(entry[name]) for name in _FORMULAS if name in entry}
    except InvalidFormula as error:
        raise InvalidCost(f"{row}: {error}") from error
    names = frozenset().union(*(each.names for each in formulas.values()))
    strange = names - sizes().keys()
    if strange:
        raise InvalidCost(f"{row}: {', '.join(sorted(strange))} is not in sizes.toml")
    return {"formulas": formulas, **{name: entry[name] for name in _TEXTS if name in entry}}


def sizes() -> dict[str, str]:
    """Returns the names of formulas with what they mean."""
    return file("sizes")


def file(name: str) -> dict:
    """Returns the content of a file of contract/cost."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())
