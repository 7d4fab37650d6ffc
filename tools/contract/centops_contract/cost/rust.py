"""tools/local/table/src/declared.rs: what metered rows declare, for the tests that meter them."""

import re

from ..rust import formatted
from .data import Row

_HEADER = """\
// Generated from contract/cost/ by `make contract`. Do not edit.

//! The read and write units that contract/cost/ declares, for the tests that meter them.

use crate::meter::Units;
"""


def text(rows: list[Row]) -> str:
    """Returns the module, formatted."""
    return formatted("\n".join([_HEADER, *(_item(row, identifier(row, rows)) for row in rows if row.metered)]))


def identifier(row: Row, rows: list[Row]) -> str:
    """Returns the name of a row in Rust: `ADVANCE_OUTAGES_STEP` for `advance-outages:EveryMinute.step`."""
    function, _, event = row.key.partition(":")
    several = len({each.key for each in rows if each.trigger and each.function == function}) > 1
    return re.sub(r"\W", "_", "_".join(filter(None, [function, event if several else "", row.case])))


def _item(row: Row, name: str) -> str:
    read, write = row.units("read"), row.units("write")
    names = sorted(read.names | write.names)
    about = f"/// `{row.id}`: read {read.text}, write {write.text}."
    units = f"({read.rust()}, {write.rust()})"
    if not names:
        return f"{about}\npub const {name.upper()}: Units = {units};\n"
    parameters = ", ".join(f"{each}: f64" for each in names)
    return f"{about}\n#[must_use]\npub fn {name.lower()}({parameters}) -> Units {{\n{units}\n}}\n"
