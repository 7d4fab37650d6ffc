"""shared/contract/src/operations.rs: the operations and functions as constants."""

import subprocess

from centops_local.contract import Function, Operation
from centops_local.instance import ROOT

_KEYS = {None: "None", "header": "Some(ApiKeyLocation::Header)", "authorization": "Some(ApiKeyLocation::Authorization)"}
_HEADER = """\
// Generated from contract/ by `make contract`. Do not edit.

//! The operations of the contract, and all functions.

use crate::{Api, ApiKeyLocation, Caller, Function, Operation, PageLimits};
"""


class FormatError(Exception):
    """rustfmt does not take what was generated."""


def text(operations: list[Operation], functions: list[Function]) -> str:
    """Returns the module, formatted."""
    parts = [
        _HEADER,
        *map(_constant, operations),
        "/// Every operation.\npub static ALL: &[&Operation] = &["
        + ", ".join(f"&{_name(operation)}" for operation in operations) + "];",
        f"/// Every Lambda function, those without an operation too.\npub static FUNCTIONS: &[Function] = &["
        + ", ".join(f'Function {{ name: "{each.name}", area: "{each.area}" }}' for each in functions) + "];",
    ]  # fmt: skip
    return formatted("\n\n".join(parts) + "\n")


def _name(operation: Operation) -> str:
    return operation.id.replace("-", "_").upper()


def _constant(operation: Operation) -> str:
    callers = ", ".join(f"Caller::{word.capitalize()}" for word in operation.callers)
    return f"""\
/// `{operation.method} {operation.path}`: {operation.contract["summary"].rstrip(".")}.
pub const {_name(operation)}: Operation = Operation {{
    id: "{operation.id}",
    area: "{operation.area}",
    method: "{operation.method}",
    path: "{operation.path}",
    api: Api::{operation.tag.capitalize()},
    callers: &[{callers}],
    applicant: {"true" if operation.also == "applicant" else "false"},
    api_key: {_KEYS[operation.key]},
    function: "{operation.function}",
    page: {_page(operation.page)},
}};"""


def _page(page: dict[str, int] | None) -> str:
    return f"Some(PageLimits {{ default: {page['default']}, maximum: {page['maximum']} }})" if page else "None"


def formatted(code: str) -> str:
    """Returns the code as rustfmt formats it."""
    command = ["rustfmt", "--edition", "2024", "--config-path", str(ROOT / "rustfmt.toml")]
    done = subprocess.run(command, input=code, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FormatError(done.stderr)
    return done.stdout
