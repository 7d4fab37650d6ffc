"""What each path costs: the rows of contract/cost/, docs/cost.md, what meters compare with, and the bill of a month."""

from pathlib import Path

from centops_local.contract import Function, Operation
from centops_local.instance import ROOT

from . import rust
from .bill import Tariff
from .data import InvalidCost, read, template, triggers
from .declared import Declared, declared
from .page import Page

__all__ = ["Declared", "InvalidCost", "declared", "generated", "tariff"]


def tariff(operations: list[Operation], functions: list[Function]) -> Tariff:
    """Returns the tariff of the rows and prices in the working tree. Raises `InvalidCost`."""
    source = template()
    found = triggers(source, functions)
    return Tariff(read(operations, functions, found), source, found)


def generated(operations: list[Operation], functions: list[Function]) -> dict[Path, str]:
    """Returns the content of each file that is generated from contract/cost/. Raises `InvalidCost`."""
    found = tariff(operations, functions)
    return {
        ROOT / "docs/cost.md": Page(found).text(),
        ROOT / "tools/local/table/src/declared.rs": rust.text(list(found.rows.values())),
    }
