"""What a path costs in USD, and the bill of a month."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from .. import objectives, watching
from .data import FEES, InvalidCost, Row, Trigger, file
from .formula import InvalidFormula, formula

#: A price that was read longer ago than this should be read again.
_DAYS = 180
#: What a row has beside fees.
_OF_LAMBDA_AND_TABLE = ("invocations", "millis", "read", "read_beside", "write")
#: The values of names in formulas.
Sizes = dict[str, float]


@dataclass(frozen=True)
class Price:
    """A price of AWS."""

    name: str
    text: str
    price: float
    per: int
    region: str
    source: str
    read: date

    @property
    def each(self) -> float:
        """Returns the price of one."""
        return self.price / self.per


@dataclass(frozen=True)
class Line:
    """A line of the bill."""

    part: str
    text: str
    usd: float
    #: The path, and how often a month; none for what is paid by the month.
    row: str = ""
    times: float = 0


def prices() -> dict[str, Price]:
    """Returns every price by its name."""
    try:
        return {name: Price(name, **entry) for name, entry in file("prices").items()}
    except TypeError as error:
        raise InvalidCost(f"prices.toml: {error}") from error


def outdated(today: date) -> list[str]:
    """Returns what should be looked up again, a sentence each."""
    return [
        f"{price.name}: read on {price.read}, {(today - price.read).days} days ago ({price.source})"
        for price in prices().values()
        if (today - price.read).days > _DAYS
    ]


def counts(template: dict, triggers: list[Trigger]) -> Sizes:
    """Returns how many secrets, queues and metrics the template has."""
    watched = watching.read()
    resources = template["Resources"].values()
    queues = [trigger for trigger in triggers if trigger.kind == "queue"]
    fifo = [each for each in queues if each.function.startswith("ingest-")]
    return {
        "secrets": sum(resource["Type"] == "AWS::SecretsManager::Secret" for resource in resources),
        "queues": len(queues) - len(fifo),
        "fifo_queues": len(fifo),
        "alarms": len(watched.alarms) + sum(objectives.alarms(each) for each in watched.objectives),
        "alarm_metrics": sum(_watched(alarm) for alarm in watched.alarms)
        + sum(objectives.alarms(each) * (2 if each.api else 1) for each in watched.objectives),
        "composite_alarms": len(watched.objectives),
        "own_metrics": len(watched.metrics),
        "schedules": sum(trigger.kind == "schedule" for trigger in triggers),
    }


def _watched(alarm: watching.Alarm) -> int:
    """Returns the metrics that an alarm is paid for."""
    return len(alarm.errors) or (6 if alarm.dearer else 2 if alarm.api or alarm.refuses else 1)


class Tariff:
    """Turns rows into USD."""

    def __init__(self, rows: list[Row], template: dict, triggers: list[Trigger]):
        self.rows = {row.id: row for row in rows}
        self.triggers = triggers
        self.prices = {name: price.each for name, price in prices().items()}
        self.counts = counts(template, triggers)
        default = template["Globals"]["Function"]["MemorySize"]
        resources = template["Resources"].values()
        functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::Function"]
        # The source of a function ends with its name.
        self._memory = {each["CodeUri"].split("/")[-2]: each.get("MemorySize", default) for each in functions}

    def usd(self, row: Row, sizes: Mapping[str, float], request_log_gb: float) -> float:
        """Returns what one call of a path costs, with its authorizer."""
        value = {name: row.units(name).value(sizes) for name in _OF_LAMBDA_AND_TABLE}
        seconds = value["invocations"] * value["millis"] / 1000
        usd = (
            (value["read"] + value["read_beside"]) * self.prices["read_unit"]
            + value["write"] * self.prices["write_unit"]
            + value["invocations"] * self.prices["lambda_request"]
            + seconds * self._memory[row.function] / 1024 * self.prices["lambda_gb_second"]
        )
        usd += sum(row.units(fee).value(sizes) * self.prices[price] for fee, (price, _) in FEES.items())
        if row.operation is not None and value["invocations"]:
            usd += self.prices["rest_request"] + self.prices["waf_request"] + request_log_gb * self.prices["logs_gb"]
            if row.operation.tag == "network":
                usd += self.usd(self.rows["authorize.key" if row.operation.key else "authorize"], sizes, request_log_gb)
        return usd

    def units(self, row: Row, sizes: Mapping[str, float]) -> float:
        """Returns what one call of a path takes of the table, with its authorizer, in read units. A write unit counts as the
        read units that cost the same."""
        read = row.units("read").value(sizes) + row.units("read_beside").value(sizes)
        own = read + row.units("write").value(sizes) * self.write_weight
        if row.operation is None or row.operation.tag != "network" or not row.units("invocations").value(sizes):
            return own
        return own + self.units(self.rows["authorize.key" if row.operation.key else "authorize"], sizes)

    @property
    def write_weight(self) -> float:
        """Returns the read units that cost as much as a write unit."""
        return self.prices["write_unit"] / self.prices["read_unit"]


@dataclass(frozen=True)
class Calls:
    """The calls of a path in a month, and the sizes of each."""

    part: str
    text: str
    row: Row
    times: float
    sizes: Sizes = field(repr=False)


def assumptions(given: Mapping[str, float]) -> dict[str, tuple[float, str]]:
    """Returns the assumptions, replaced by those that are given. Raises `InvalidCost` for an unknown one."""
    known = {name: (value, text) for name, (value, text) in file("month")["assumptions"].items()}
    strange = given.keys() - known.keys()
    if strange:
        raise InvalidCost(f"unknown assumptions {', '.join(sorted(strange))}; known are {', '.join(known)}")
    return {name: (given.get(name, value), text) for name, (value, text) in known.items()}


def month(tariff: Tariff, chatbots: float, dmrs: float, given: Mapping[str, float] | None = None) -> list[Line]:
    """Returns the bill of a month of a network."""
    sizes = month_sizes(tariff, chatbots, dmrs, given)
    with _month():
        lines = [_line(tariff, entry, sizes) for entry in _entries(sizes)]
        return lines + [_priced(tariff, each) for each in _scheduled(tariff, sizes)]


@contextmanager
def _month() -> Iterator[None]:
    """Names the file in the error of a mistake in month.toml. Raises `InvalidCost`."""
    try:
        yield
    except (InvalidFormula, KeyError) as error:
        raise InvalidCost(f"month.toml: {error}") from error


def month_sizes(tariff: Tariff, chatbots: float, dmrs: float, given: Mapping[str, float] | None = None) -> Sizes:
    """Returns the values of the names that month.toml uses. Raises `InvalidCost`."""
    sizes: Sizes = {name: value for name, (value, _) in assumptions(given or {}).items()}
    sizes |= {"chatbots": chatbots, "dmrs": dmrs, **tariff.prices, **tariff.counts}
    with _month():
        for name, text in file("month")["sizes"].items():
            sizes[name] = formula(text).value(sizes)
    return sizes


def calls(tariff: Tariff, sizes: Sizes) -> list[Calls]:
    """Returns the calls of each path in a month of `sizes`. Raises `InvalidCost`."""
    with _month():
        paths = [_calls(tariff, entry, sizes) for entry in _entries(sizes) if "row" in entry]
        return paths + _scheduled(tariff, sizes)


def _entries(sizes: Sizes) -> list[dict]:
    """Returns the lines of month.toml, without those of what there is none of."""
    return [entry for entry in file("month")["lines"] if sizes.get(entry.get("every", ""), 1)]


def _line(tariff: Tariff, entry: dict, sizes: Sizes) -> Line:
    if "usd" in entry:
        return Line(entry["part"], entry["text"], formula(entry["usd"]).value(sizes))
    return _priced(tariff, _calls(tariff, entry, sizes))


def _calls(tariff: Tariff, entry: dict, sizes: Sizes) -> Calls:
    own = sizes | {name: formula(value).value(sizes) for name, value in entry.get("with", {}).items()}
    times = formula(entry["times"]).value(sizes)
    return Calls(entry["part"], entry["text"], tariff.rows[entry["row"]], times, own)


def _scheduled(tariff: Tariff, sizes: Sizes) -> list[Calls]:
    own = sizes | {name: formula(text).value(sizes) for name, text in file("month")["schedules"].items()}
    return [
        Calls("schedules", each.function, tariff.rows[each.key], sizes["seconds"] / each.period, own)
        for each in tariff.triggers
        if each.period
    ]


def _priced(tariff: Tariff, each: Calls) -> Line:
    usd = each.times * tariff.usd(each.row, each.sizes, each.sizes["request_log_gb"])
    return Line(each.part, each.text, usd, each.row.id, each.times)


def total(lines: list[Line]) -> float:
    """Returns the sum of a bill."""
    return sum(line.usd for line in lines)


def crossover(tariff: Tariff, dmrs: float, usd: float) -> int:
    """Returns the fewest chatbots of a network that costs more than `usd` a month, up to a million."""
    low, high = 0, 1_000_000
    while low < high:
        middle = (low + high) // 2
        if total(month(tariff, middle, dmrs)) > usd:
            high = middle
        else:
            low = middle + 1
    return low


def money(usd: float) -> str:
    """Returns an amount: cents, or whole dollars from a hundred on."""
    if 0 < usd < 0.005:
        return f"{usd:.4f}"
    return f"{usd:,.2f}" if usd < 100 else f"{usd:,.0f}"
