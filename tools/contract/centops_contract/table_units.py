"""The alarm on a table that takes more units than contract/cost declares for the network and its traffic."""

from dataclasses import dataclass

from .alarm_metrics import answers, expression, stat

#: The units of how many seconds are compared.
_SECONDS = 3600
#: Fewer read units in that time cost nothing worth an alarm: some ten USD a month.
_FEWEST = 100_000


@dataclass(frozen=True)
class Declared:
    """The read units of an hour, of the table: a sum of what there is, each times what it takes. A write unit counts as the
    read units that cost the same."""

    #: Of any network: schedules, the sweep, people at the console.
    network: float
    #: Of a chatbot with a route: its minutes of history, its part of sweeps, five outages a month.
    route: float
    #: Of a request to the Network API, with its authorizer: that of the dearest one.
    request: float
    #: Of a chatbot in a report: its health is read and saved.
    part: float
    #: Of each KB of log entries that are stored.
    kilobyte: float
    #: The read units that cost as much as a write unit.
    write: float


def lines(declared: Declared, namespace: str) -> list[str]:
    """Returns the lines that watch how many times the declared units the table takes; 0 if it takes few."""
    table = "{Name: TableName, Value: !Ref Table}"
    stats = {
        "read": stat("AWS/DynamoDB", "ConsumedReadCapacityUnits", "Sum", table, _SECONDS),
        "written": stat("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum", table, _SECONDS),
        "routes": stat(f"!Sub '{namespace}'", "Routes", "Maximum", "", _SECONDS),
        "requests": answers("network", "Count", _SECONDS),
        "parts": stat(f"!Sub '{namespace}'", "PartsRead", "Sum", "", _SECONDS),
        "kilobytes": stat(f"!Sub '{namespace}'", "LogKilobytes", "Sum", "", _SECONDS),
    }
    taken = f"(read + {declared.write:g} * written)"
    of_network = f"{declared.network:g} + {declared.route:g} * routes"
    of_traffic = f"{declared.request:g} * requests + {declared.part:g} * parts + {declared.kilobyte:g} * kilobytes"
    return expression(f"IF({taken} > {_FEWEST}, {taken} / ({of_network} + {of_traffic}), 0)", stats)
