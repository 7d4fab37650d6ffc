"""docs/cost.md: the text of contract/cost/page.txt, with the tables and amounts that it asks for.

A line `{{name}}` is a table; within a line `{{usd formula}}` is an amount, and `{{count formula}}` a number.
"""

import re
import textwrap
from collections.abc import Mapping

from .bill import Line, Tariff, assumptions, crossover, money, month, prices, total
from .data import FEES, FOLDER, Row, file, sizes
from .formula import Formula, formula

#: The networks that the page shows, as chatbots and DMRs.
NETWORKS = ((50, 5), (500, 10), (5_000, 20))
#: The servers that run Consul, by their prices.
_SERVERS = ("servers_small", "servers_medium", "servers_recommended")
_PATHS = ("| path | invocations | read units | write units | other |", "|---|---|---|---|---|")
_HEADER = "<!-- Generated from contract/cost/ by `make contract`. Do not edit. -->\n"


class Page:
    """The page of a tariff."""

    def __init__(self, tariff: Tariff):
        self.tariff = tariff
        self.rows = list(tariff.rows.values())
        metered = sum(bool(row.metered) for row in self.rows)
        self.names = {
            **tariff.prices,
            **tariff.counts,
            "rows": len(self.rows),
            "metered": metered,
            "unmetered": len(self.rows) - metered,
        }

    def text(self) -> str:
        """Returns the page."""
        text = re.sub(r"^\{\{(\w+)( \w+)?\}\}$", self._table, (FOLDER / "page.txt").read_text(), flags=re.MULTILINE)
        text = re.sub(r"\{\{(usd|count) ([^}]+)\}\}", self._number, text)
        return _HEADER + "\n\n".join(_filled(block) for block in text.split("\n\n"))

    def _number(self, match: re.Match) -> str:
        value = formula(match[2]).value(self.names)
        return money(value) if match[1] == "usd" else f"{value:,.0f}"

    def _table(self, match: re.Match) -> str:
        lines = {
            "paths": self._paths,
            "sizes": self._sizes,
            "assumptions": self._assumptions,
            "months": self._months,
            "servers": self._servers,
            "prices": self._prices,
            "table": lambda: self._estimate((match[2] or "").strip()),
        }[match[1]]()
        return "\n".join(lines)

    def _paths(self) -> list[str]:
        lines: list[str] = []
        for area in dict.fromkeys(row.area for row in self.rows):
            lines += [f"### {area}", "", *_PATHS]
            lines += [self._path(row) for row in self.rows if row.area == area]
            lines += [""]
        return lines[:-1]

    def _path(self, row: Row) -> str:
        cells = [self._title(row) + (" **m**" if row.metered else ""), self._invocations(row)]
        read, beside, write = (row.units(kind) for kind in ("read", "read_beside", "write"))
        cells += [_shown(read) + (f" + {_shown(beside)} beside" if beside.text != "0" else ""), _shown(write)]
        fees = [f"{_shown(row.units(fee))} {words}" for fee, (_, words) in FEES.items() if fee in row.formulas]
        return _row([*cells, " ".join(part for part in [_sentence(fees), row.note] if part)])

    def _title(self, row: Row) -> str:
        if row.case:
            return f"– {row.text}"
        if row.operation:
            return f"`{row.operation.method} {row.operation.path}`"
        return f"`{row.key}`" + (f": {row.called}" if row.called else "")

    def _invocations(self, row: Row) -> str:
        own = _shown(row.units("invocations"))
        if row.case is None and row.trigger and row.trigger.period:
            return f"{own}; {30 * 86400 // row.trigger.period:,} a month"
        if row.operation and row.operation.tag == "network" and own != "0":
            return f"authorize + {own}"
        return own if own != "0" else "in the above"

    def _sizes(self) -> list[str]:
        return ["| name | it is |", "|---|---|", *(_row([f"`{name}`", text]) for name, text in sizes().items())]

    def _assumptions(self) -> list[str]:
        data = file("month")
        given = [f"| `{name}` | {_plain(value)} | {text} |" for name, (value, text) in assumptions({}).items()]
        derived = [f"| `{name}` | `{text}` | |" for name, text in data["sizes"].items()]
        return ["| name | value | it is |", "|---|---|---|", *given, *derived]

    def _months(self) -> list[str]:
        bills = [month(self.tariff, *network) for network in NETWORKS]
        head = [f"{chatbots:,} chatbots, {dmrs} DMRs" for chatbots, dmrs in NETWORKS]
        lines = [f"| | {' | '.join(head)} |", "|---|---|---|---|"]
        lines += [_amounts(part, [_part(bill, part) for bill in bills]) for part in parts(bills[0])]
        lines += [_amounts("**all, without chatbots' logs**", [total(bill) for bill in bills], "**")]
        for seconds in (60, 10):
            logs = [_part(month(self.tariff, *network, {"logs": seconds}), "chatbots' logs") for network in NETWORKS]
            lines += [_amounts(f"chatbots' logs, a report each {seconds} s", logs)]
        return lines

    def _servers(self) -> list[str]:
        bills = [total(month(self.tariff, *network)) for network in NETWORKS]
        head = [f"{chatbots:,} chatbots, {dmrs} DMRs" for chatbots, dmrs in NETWORKS]
        dearer = [f"CentOps with {dmrs} DMRs is dearer from" for dmrs in (5, 20)]
        lines = [f"| a month | {' | '.join([*head, *dearer])} |", "|---|---|---|---|---|---|"]
        lines += [_amounts("CentOps, without chatbots' logs", bills) + " | |"]
        for name in _SERVERS:
            price = prices()[name]
            limits = [crossover(self.tariff, dmrs, price.price) for dmrs in (5, 20)]
            since = " | ".join(map(_since, limits))
            lines += [_amounts(price.text.removesuffix(", a month"), [price.price] * 3) + f" {since} |"]
        return lines

    def _prices(self) -> list[str]:
        lines = ["| name | USD | for | region | source | read |", "|---|---|---|---|---|---|"]
        for price in prices().values():
            usd = _plain(price.price) + (f" for {price.per:,}" if price.per > 1 else "")
            lines += [_row([f"`{price.name}`", usd, price.text, price.region, price.source, str(price.read)])]
        return lines

    def _estimate(self, name: str) -> list[str]:
        """Returns a table of tables.toml: each row a formula of `n` for each column, or one for each."""
        data = file("tables")[name]
        columns: Mapping[str, float] = data["columns"]
        lines = [_row([data.get("title", ""), *columns]), "|---" * (len(columns) + 1) + "|"]
        sums = [0.0] * len(columns)
        for entry in data["rows"]:
            if "words" in entry:
                lines += [f"| {entry['text']} | {' | '.join(entry['words'])} |"]
                continue
            if entry.get("total"):
                lines += [_amounts(f"**{entry['text']}**", sums, "**")]
                continue
            text, values = self._estimated(entry, list(columns.values()))
            if not entry.get("aside"):
                sums = [sum(pair) for pair in zip(sums, values, strict=True)]
            lines += [_amounts(text, values)]
        return lines

    def _estimated(self, entry: dict, columns: list[float]) -> tuple[str, list[float]]:
        """Returns the text and the amounts of a row: `usd`, and `times` what `of` rows cost in units of the table."""
        usd = entry.get("usd", "0")
        texts = usd if isinstance(usd, list) else [usd] * len(columns)
        values = [formula(text).value(self.names | {"n": n}) for text, n in zip(texts, columns, strict=True)]
        if "of" not in entry:
            return entry["text"], values
        reads, writes = self._units(entry)
        each = reads * self.tariff.prices["read_unit"] + writes * self.tariff.prices["write_unit"]
        times = [formula(entry["times"]).value({"n": n}) for n in columns]
        text = f"{entry['text']} ({reads:g} reads, {writes:g} writes)"
        return text, [value + each * number for value, number in zip(values, times, strict=True)]

    def _units(self, entry: dict) -> tuple[float, float]:
        """Returns the sums of the read and write units of rows, each called as often as `of` says."""
        given = entry.get("with", {})
        rows = [(self.tariff.rows[id], times) for id, times in entry["of"].items()]
        reads = sum(times * row.units("read").value(given) for row, times in rows)
        return reads, sum(times * row.units("write").value(given) for row, times in rows)


def _since(chatbots: int) -> str:
    """Returns where CentOps becomes dearer, unless that is far beyond the networks that the page shows."""
    if chatbots > 2 * NETWORKS[-1][0]:
        return f"more than {2 * NETWORKS[-1][0]:,} chatbots"
    return f"{chatbots:,} chatbots" if chatbots else "the first chatbot"


def _filled(block: str) -> str:
    """Returns a paragraph with lines of equal length, and anything else as it is."""
    if block.startswith(("|", "#", "```")):
        return block
    end = "\n" * block.endswith("\n")
    return textwrap.fill(block, 120, break_long_words=False, break_on_hyphens=False) + end


def parts(lines: list[Line]) -> list[str]:
    """Returns the parts of a bill in their order."""
    return list(dict.fromkeys(line.part for line in lines))


def _part(lines: list[Line], part: str) -> float:
    return sum(line.usd for line in lines if line.part == part)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _amounts(text: str, values: list[float], around: str = "") -> str:
    return _row([text, *(f"{around}{money(value)}{around}" for value in values)])


def _shown(units: Formula) -> str:
    return f"`{units.text}`" if units.names or "(" in units.text else units.text


def _plain(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".") if value < 1 else f"{value:,.2f}".rstrip("0").rstrip(".")


def _sentence(parts: list[str]) -> str:
    return f"{', '.join(parts)}." if parts else ""
