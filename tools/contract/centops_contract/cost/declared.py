"""The units of the table that a network declares, for the alarm on a table that takes more."""

from ..table_units import Declared
from .bill import Tariff, calls, month_sizes

#: What a table takes by itself is measured with a network of so many chatbots.
_CHATBOTS = 1000


def declared(tariff: Tariff) -> Declared:
    """Returns what the rows of contract/cost declare."""
    logs = tariff.rows["ingest-logs:Queue"]
    empty, network = _hour(tariff, 0), _hour(tariff, _CHATBOTS)
    minutes = 60 * tariff.units(tariff.rows["ingest-codes:Queue.minute"], {})
    return Declared(
        network=round(empty),
        route=round((network - empty) / _CHATBOTS + minutes),
        request=round(tariff.units(tariff.rows["submit-codes"], {})),
        part=round(tariff.units(tariff.rows["ingest-codes:Queue"], {"chatbots": 1})),
        kilobyte=round(tariff.units(logs, {"kb": 1}) - tariff.units(logs, {"kb": 0})),
        write=round(tariff.write_weight),
    )


def _hour(tariff: Tariff, chatbots: int) -> float:
    """Returns the units of an hour of a network without DMRs."""
    sizes = month_sizes(tariff, chatbots, 0)
    return sum(each.times * tariff.units(each.row, each.sizes) for each in calls(tariff, sizes)) / (sizes["seconds"] / 3600)
