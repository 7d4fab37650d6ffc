"""Writes the files of a new operation, for `make operation`.

    python -m centops_contract.scaffold releases list-releases get /releases

It adds the operation to contract/, template.yaml and the area's crate, and writes a handler, a binary, a sample event
and a test. Then fill in each TODO and run `make contract`. The texts are in templates.py.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from centops_local.instance import ROOT

from . import rust, templates
from .gateway import logical_id

_METHODS = ("get", "put", "post", "patch", "delete")
#: Sample events that new ones are made from, by tag.
_EVENTS = {"admin": "chatbots/get-chatbot", "network": "routes/get-route"}
_LIST_ACTIONS = ("dynamodb:GetItem", "dynamodb:Query")
_CALLERS = {"admin": "admin", "network": "dmr"}
#: Rust type of the caller, imports of `centops_api`, import of `centops_domain`.
_TYPES = {
    "admin": ("Person", "NoBody", "use centops_domain::callers::Person;\n"),
    "network": ("Dmr", "Dmr, NoBody", ""),
}


class ScaffoldError(Exception):
    """The operation cannot be added."""


@dataclass(frozen=True)
class New:
    """A new operation."""

    area: str
    operation: str
    method: str
    path: str
    tag: str

    @property
    def module(self) -> str:
        """Name of its Rust module."""
        return self.operation.replace("-", "_")

    def fill(self, template: templates.Template, **more: str) -> str:
        """Returns the text of a template for it."""
        caller, imports, domain = _TYPES[self.tag]
        return template.substitute(
            area=self.area, operation=self.operation, module=self.module,
            Caller=caller, caller_imports=imports, domain_import=domain,
            Operation=logical_id(self.operation), CONSTANT=self.module.upper(),
            method=self.method, METHOD=self.method.upper(), path=self.path, tag=self.tag, caller=_CALLERS[self.tag],
            # A list is a query; every function reads a fixed key at its start.
            table_actions=", ".join(_LIST_ACTIONS if self.operation.startswith("list-") else _LIST_ACTIONS[:1]),
            pointer=self.path.replace("/", "~1"), **more,
        )  # fmt: skip


def changes(new: New, root: Path = ROOT) -> dict[Path, str]:
    """Returns the content of each file that changes or is new."""
    _check(new, root)
    crate = root / "functions" / new.area
    files = {
        **_contract(new, root),
        **_cost(new, root),
        root / "template.yaml": _template(new, (root / "template.yaml").read_text()),
        crate / "src" / f"{new.module}.rs": new.fill(templates.HANDLER),
        crate / "src/bin" / f"{new.operation}.rs": new.fill(templates.BINARY),
        crate / "src/lib.rs": _library(new, crate / "src/lib.rs"),
        root / "events" / new.area / f"{new.operation}.json": _event(new, root),
        root / "tests" / new.area / f"test_{new.module}.py": new.fill(templates.TEST),
    }
    return files if (crate / "Cargo.toml").exists() else files | _crate(new, root)


def _crate(new: New, root: Path) -> dict[Path, str]:
    """Returns the files that make the crate of a new area known."""
    workspace, linked, multi_call = (
        root / file for file in ("Cargo.toml", "tools/local/functions/Cargo.toml", "tools/local/functions/src/main.rs")
    )
    areas = _sorted_in(multi_call.read_text(), r"^    functions_\w+::FUNCTIONS,\n", new.fill(templates.MULTI_CALL))
    count = len(re.findall(r"^    functions_\w+::FUNCTIONS,\n", areas, re.MULTILINE))
    return {
        root / "functions" / new.area / "Cargo.toml": new.fill(templates.CARGO),
        workspace: _sorted_in(workspace.read_text(), r"^functions-\w+ = .*\n", new.fill(templates.WORKSPACE)),
        linked: _sorted_in(linked.read_text(), r"^functions-\w+\.workspace.*\n", new.fill(templates.LINKED)),
        multi_call: re.sub(r"(const AREAS: \[&\[Function\]; )\d+", rf"\g<1>{count}", areas),
    }


def _check(new: New, root: Path) -> None:
    for pattern, value in ((r"[a-z]+", new.area), (r"[a-z]+(-[a-z]+)*", new.operation), (r"(/[\w{}.-]+)+", new.path)):
        if not re.fullmatch(pattern, value):
            raise ScaffoldError(f"{value} does not match {pattern}")
    for file in (root / "contract").glob("*.yaml"):
        if re.search(rf"operationId: {new.operation}$|^  {new.operation}:$", file.read_text(), re.MULTILINE):
            raise ScaffoldError(f"{new.operation} is already declared in contract/{file.name}")


def _contract(new: New, root: Path) -> dict[Path, str]:
    file, main = root / "contract" / f"{new.area}.yaml", root / "contract/openapi.yaml"
    text = file.read_text() if file.exists() else new.fill(templates.AREA_CONTRACT)
    paths = yaml.safe_load(text)["paths"] or {}
    if new.method in paths.get(new.path, {}):
        raise ScaffoldError(f"{new.method} {new.path} is already declared in contract/{file.name}")
    entry = new.fill(templates.CONTRACT)
    if new.path in paths:
        return {file: _insert(text, rf"^  {re.escape(new.path)}:\n(?:    .*\n)+", entry)}
    parameters = re.findall(r"{(\w+)}", new.path)
    header = f"  {new.path}:\n" + ("    parameters:\n" if parameters else "")
    block = header + "".join(new.fill(templates.PATH_PARAMETER, name=name) for name in parameters) + entry
    text = _insert(text, r"^paths:\n(?:(?: .*)?\n)*(?: .*\n)|^paths:\n", ("\n" if paths else "") + block)
    root_text, row = main.read_text(), new.fill(templates.ROOT_PATH)
    own = rf"^  /\S*: {{\$ref: '{new.area}\.yaml#.*\n(?!  /\S*: {{\$ref: '{new.area}\.yaml#)"
    last = own if re.search(own, root_text, re.MULTILINE) else r"^paths:\n(?:  .*\n)+"
    return {file: text, main: _insert(root_text, last, row)}


def _cost(new: New, root: Path) -> dict[Path, str]:
    file = root / "contract/cost" / f"{new.area}.toml"
    text = file.read_text() if file.exists() else new.fill(templates.AREA_COST)
    return {file: text + new.fill(templates.COST)}


def _template(new: New, text: str) -> str:
    """Returns the template with the function at the end of the area's section."""
    section = re.search(rf"^  # -+ {new.area}\n(?:(?!  # -{{9}}).*\n)*?(?=  # -{{9}}|Outputs:)", text, re.MULTILINE)
    if section is None:
        alarms = re.search(r"^  # -+ alarms\n", text, re.MULTILINE)
        heading = f"  # {'-' * 64} {new.area}\n"
        return text[: alarms.start()] + heading + new.fill(templates.FUNCTION) + text[alarms.start() :]
    return text[: section.end()] + new.fill(templates.FUNCTION) + text[section.end() :]


def _library(new: New, file: Path) -> str:
    """Returns the area's lib.rs with the module and the entry of `FUNCTIONS`, not formatted."""
    text = file.read_text() if file.exists() else new.fill(templates.LIBRARY)
    row = f"pub mod {new.module};\n"
    if re.search(r"^pub mod ", text, re.MULTILINE):
        text = _sorted_in(text, r"^pub mod \w+;\n", row)
    else:
        text = text.replace("\nuse ", f"\n{row}\nuse ", 1)
    if "run_operation" not in text:
        text = text.replace("use centops_api::{Function, ", "use centops_api::{Function, run_operation, ")
    # rustfmt breaks the line before the bracket where the list has one entry.
    found = re.search(r"(pub const FUNCTIONS: &\[Function\] =\s*&\[)(.*?)\];", text, re.DOTALL)
    if found is None:
        raise ScaffoldError(f"{file} has no FUNCTIONS")
    body = found[2].strip().rstrip(",")
    listed = f"{body}, {new.fill(templates.ENTRY)}" if body else new.fill(templates.ENTRY)
    return text[: found.start()] + found[1] + listed + "];" + text[found.end() :]


def _sorted_in(text: str, pattern: str, row: str) -> str:
    """Returns the text with `row` among the rows of the pattern, in order."""
    rows = list(re.finditer(pattern, text, re.MULTILINE))
    if not rows:
        raise ScaffoldError(f"no place found: {pattern}")
    place = max((each.end() for each in rows if each[0] < row), default=rows[0].start())
    return text[:place] + row + text[place:]


def _event(new: New, root: Path) -> str:
    event = json.loads((root / "events" / f"{_EVENTS[new.tag]}.json").read_text())
    parameters = {name: "event-guide" for name in re.findall(r"{(\w+)}", new.path)}
    path = new.path.format(**parameters)
    event |= {"resource": new.path, "path": path, "httpMethod": new.method.upper()}
    event |= {"pathParameters": parameters or None}
    event |= {"queryStringParameters": None, "multiValueQueryStringParameters": None}
    event["requestContext"] |= {
        "resourcePath": new.path,
        "operationName": new.operation,
        "httpMethod": new.method.upper(),
        "path": f"/v1{path}",
    }
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"


def _insert(text: str, pattern: str, new: str) -> str:
    """Returns the text with `new` after the last match."""
    matches = list(re.finditer(pattern, text, re.MULTILINE))
    if not matches:
        raise ScaffoldError(f"no place found: {pattern}")
    end = matches[-1].end()
    return text[:end] + new + text[end:]


def main() -> int:
    """Writes the files of a new operation."""
    parser = argparse.ArgumentParser(prog="centops_contract.scaffold", description=__doc__.split("\n")[0])
    parser.add_argument("area", help="such as releases")
    parser.add_argument("operation", help="such as list-releases")
    parser.add_argument("method", type=str.lower, choices=_METHODS)
    parser.add_argument("path", help="path template, such as /releases")
    parser.add_argument("--api", choices=_CALLERS, default="admin", help="the API that has it (default: admin)")
    given = parser.parse_args()
    try:
        files = changes(New(given.area, given.operation, given.method, given.path, given.api))
    except ScaffoldError as error:
        print(error, file=sys.stderr)
        return 1
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        print(f"{'changed' if file.exists() else 'new':8}{file.relative_to(ROOT)}")
        file.write_text(rust.formatted(text) if file.suffix == ".rs" else text)
    print("Fill in each TODO, then run `make contract`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
