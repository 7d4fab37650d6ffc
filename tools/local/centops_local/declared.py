"""Who may call each operation, as openapi.yaml declares it: `x-centops-callers`, and `x-centops-foreign` where owners may;
and where an API key is needed too, `x-centops-key`.

`python -m centops_local.declared` fails when an operation declares nothing, or what this does not know.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .instance import ROOT

#: The words for who may call, by the tag of the API. `person` is anybody with a valid token, whatever the roles.
WORDS = {"admin": ("admin", "operator", "viewer", "owner", "person"), "network": ("dmr", "chatbot")}
#: What an owner of another institution gets: a 403, or an answer without what is not theirs.
FOREIGN = ("refuse", "filter")
#: Where an operation may want an API key.
KEYS = ("header", "authorization")
#: What proves who calls, by the tag of the API.
SECURITY = {"admin": [{"bearer": []}], "network": [{"clientCertificate": []}]}

_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@dataclass(frozen=True)
class Operation:
    """An operation with its row of the authorization matrix."""

    id: str
    method: str
    path: str
    tag: str
    callers: tuple[str, ...]
    foreign: str | None
    #: Where it wants an API key: `x-centops-key`.
    key: str | None
    #: The function that answers it.
    function: str
    #: Its own part of the document; parameters of its path are among its parameters.
    contract: dict

    def __str__(self) -> str:
        return self.id


class Undeclared(Exception):
    """Operations whose rows are missing or cannot be read, a sentence each."""


def read(file: Path = ROOT / "openapi.yaml") -> dict:
    """The contract."""
    return yaml.safe_load(file.read_text())


def operations(document: dict) -> list[Operation]:
    """Every operation with its row. Raises `Undeclared` unless each has one."""
    mistakes = problems(document)
    if mistakes:
        raise Undeclared("\n".join(mistakes))
    return [
        Operation(
            operation["operationId"],
            method.upper(),
            path,
            operation["tags"][0],
            tuple(operation["x-centops-callers"]),
            operation.get("x-centops-foreign"),
            operation.get("x-centops-key"),
            function_of(operation),
            operation,
        )
        for path, method, operation in _all(document)
    ]


def function_of(operation: dict) -> str:
    """The function that answers an operation: that of its own name, or of the operation that it is an alias of."""
    return operation.get("x-centops-alias-of") or operation["operationId"]


def problems(document: dict) -> list[str]:
    """What is wrong with the rows, a sentence each."""
    own = {operation.get("operationId") for _, _, operation in _all(document) if "x-centops-alias-of" not in operation}
    return [
        f"{method.upper()} {path}: {problem}"
        for path, method, operation in _all(document)
        for problem in [*_wrong(method, operation), *_wrong_alias(operation, own)]
    ]


def _wrong_alias(operation: dict, own: set[str]) -> Iterator[str]:
    alias = operation.get("x-centops-alias-of")
    if alias is not None and alias not in own:
        yield f"x-centops-alias-of is {alias}, which no operation of its own has as operationId"


def _all(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, item in document["paths"].items():
        for method in item.keys() & _METHODS:
            operation = item[method]
            yield path, method, {**operation, "parameters": item.get("parameters", []) + operation.get("parameters", [])}


def _wrong(method: str, operation: dict) -> Iterator[str]:
    if not operation.get("operationId"):
        yield "it has no operationId"
    tags = operation.get("tags", [])
    if len(tags) != 1 or tags[0] not in WORDS:
        yield f"its tags are {tags}, not one of {', '.join(WORDS)}"
        return
    words, callers = WORDS[tags[0]], operation.get("x-centops-callers")
    if operation.get("security") != SECURITY[tags[0]]:
        yield f"its security is not {SECURITY[tags[0]]}"
    if not isinstance(callers, list) or not callers:
        yield f"it does not declare who may call it: x-centops-callers, of {', '.join(words)}"
        return
    unknown = [word for word in callers if word not in words]
    if unknown:
        yield f"x-centops-callers has {unknown}; known are {', '.join(words)}"
    if len(callers) != len({str(word) for word in callers}) or ("person" in callers and len(callers) > 1):
        yield f"x-centops-callers says the same twice: {callers}"
    key = operation.get("x-centops-key")
    if key is not None and (key not in KEYS or tags != ["network"]):
        yield f"x-centops-key is {key}; an operation of the Network API may have one of {', '.join(KEYS)}"
    foreign = operation.get("x-centops-foreign")
    if "owner" in callers and foreign not in FOREIGN:
        yield f"owners may call it, so x-centops-foreign is one of {', '.join(FOREIGN)}, not {foreign}"
    if "owner" not in callers and foreign is not None:
        yield "owners may not call it, so it has no x-centops-foreign"
    if foreign == "filter" and method != "get":
        yield "x-centops-foreign: filter is for lists"


def main() -> None:
    """Says what is wrong, and fails when something is."""
    mistakes = problems(read())
    if mistakes:
        sys.exit("openapi.yaml does not declare who may call what.\n  " + "\n  ".join(mistakes))


if __name__ == "__main__":
    main()
