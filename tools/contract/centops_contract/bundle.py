"""The bundled contract, openapi.yaml: contract/ in one document, with the defaults of every operation added.

Redocly's bundler resolves the references between files. The defaults (`x-centops-defaults` of contract/openapi.yaml),
the area (the name of an operation's file), `x-centops-problems` and `x-centops-page` are expanded here.
"""

import copy
import json
import subprocess

import yaml

from centops_local import contract
from centops_local.contract import METHODS
from centops_local.instance import ROOT

CONTRACT = ROOT / "contract"
_HEADER = "# Generated from contract/ by `make contract`. Do not edit.\n"


class BundleError(Exception):
    """The contract cannot be bundled."""


def bundle() -> dict:
    """Returns the bundled contract."""
    document = _bundled()
    areas = _areas()
    defaults = document.pop("x-centops-defaults")
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                item[method] = _complete(item[method], areas[path], defaults)
    return document


def text(document: dict) -> str:
    """Returns the document as YAML. Raises `BundleError` when Redocly's linter refuses it."""
    written = _HEADER + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118)
    _run("node", "lint.mjs", given=written)
    return written


def _complete(operation: dict, area: str, defaults: dict) -> dict:
    """Returns the operation with everything that is not written for each."""
    try:
        security = contract.security_of(operation, defaults["security"])
    except (KeyError, IndexError) as error:
        name, known = operation.get("operationId"), ", ".join(defaults["security"])
        raise BundleError(f"{name}: its tag is not one of {known}") from error
    answers = {**defaults["responses"], **(defaults["body"] if "requestBody" in operation else {})}
    if not security:
        # The gateway asks for no credentials.
        answers = {status: name for status, name in answers.items() if status not in defaults["authenticated"]}
    answers |= {str(status): "Problem" for status in operation.get("x-centops-problems", [])}
    responses = {status: {"$ref": f"#/components/responses/{name}"} for status, name in answers.items()}
    page = operation.get("x-centops-page")
    parameters = operation.get("parameters", []) + (_paging(page, defaults["page"]) if page else [])
    complete = {
        "operationId": operation["operationId"],
        "x-centops-area": area,
        **{key: value for key, value in operation.items() if key != "x-centops-problems"},
        "security": copy.deepcopy(security),
        "responses": dict(sorted((responses | operation["responses"]).items())),
    }
    return {**complete, "parameters": parameters} if parameters else complete


def _paging(page: dict, parameters: list[dict]) -> list[dict]:
    """Returns the parameters of a list that comes in pages."""
    limit, cursor = copy.deepcopy(parameters)
    limit["schema"] |= {"maximum": page["maximum"], "default": page["default"]}
    return [limit, cursor]


def _areas() -> dict[str, str]:
    """Returns the area of each path: the name of its file."""
    root = yaml.safe_load((CONTRACT / "openapi.yaml").read_text())
    return {path: item["$ref"].partition(".yaml#")[0] for path, item in root["paths"].items()}


def _bundled() -> dict:
    lock, installed = CONTRACT / "package-lock.json", CONTRACT / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _run("npm", "ci", "--silent")
    return json.loads(_run("node", "bundle.mjs", "openapi.yaml"))


def _run(*command: str, given: str | None = None) -> str:
    try:
        done = subprocess.run(command, cwd=CONTRACT, input=given, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BundleError(f"{command[0]} is missing: install Node.js 20 or newer") from error
    if done.returncode != 0:
        raise BundleError(f"{' '.join(command)} failed in contract/:\n{done.stderr}")
    return done.stdout


class _Dumper(yaml.SafeDumper):
    """Writes short lists and objects on one line, and shares nothing by anchors."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_sequence(self, tag, sequence, flow_style=None):
        flat = all(isinstance(item, str | int | float) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=flat)

    def represent_mapping(self, tag, mapping, flow_style=None):
        flat = all(isinstance(item, str | int | float) for item in mapping.values())
        return super().represent_mapping(tag, mapping, flow_style=flat and len(json.dumps(mapping)) < 80)
