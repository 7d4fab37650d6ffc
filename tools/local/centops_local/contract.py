"""The parser of the contract: operations and functions, as openapi.yaml and contract/functions.yaml declare them.

contract/README.md explains the `x-centops` words. `python -m centops_contract` writes openapi.yaml from contract/.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .instance import ROOT

#: Permitted words of `x-centops-callers`, by the tag of the API. `person` is any valid token, regardless of its roles;
#: `anyone` needs no token.
CALLERS = {"admin": ("admin", "operator", "viewer", "owner", "person", "anyone"), "network": ("dmr", "chatbot")}
#: What an owner of another institution gets: a 403, or an answer without the items of other institutions.
FOREIGN = ("refuse", "filter")
#: Places of an API key.
KEYS = ("header", "authorization")
#: Callers permitted in addition to the roles.
ALSO = ("applicant",)
#: Credentials of callers, by the tag of the API.
SECURITY = {"admin": [{"bearer": []}], "network": [{"clientCertificate": []}]}
#: Triggers of functions that no operation names.
TRIGGERS = ("authorizer", "deployment", "operator", "queue", "schedule", "stream", "topic")

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Operation:
    """An operation with its row of the authorization matrix."""

    id: str
    area: str
    method: str
    path: str
    tag: str
    callers: tuple[str, ...]
    foreign: str | None
    #: Additional permitted caller: `x-centops-also`.
    also: str | None
    #: Place of the API key that it needs: `x-centops-key`.
    key: str | None
    #: Name of the function that answers it.
    function: str
    #: Default and maximum of `limit`, of a list that comes in pages: `x-centops-page`.
    page: dict[str, int] | None
    #: Its part of the document; the parameters of its path are among its parameters.
    contract: dict

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Function:
    """A Lambda function. Its trigger is `api` when operations name it."""

    name: str
    area: str
    trigger: str
    summary: str
    #: Permitted actions by resource of template.yaml: `x-centops-grants`. `Table/index/due` is an index of `Table`.
    grants: dict[str, list[str]]


class InvalidContract(Exception):
    """The contract has mistakes, one a line."""


def read(file: Path = ROOT / "openapi.yaml") -> dict:
    """Returns the bundled contract."""
    return yaml.safe_load(file.read_text())


def operations(document: dict) -> list[Operation]:
    """Returns every operation. Raises `InvalidContract` when one is not fully declared."""
    _check(document)
    return [
        Operation(
            operation["operationId"],
            operation["x-centops-area"],
            method.upper(),
            path,
            operation["tags"][0],
            tuple(operation["x-centops-callers"]),
            operation.get("x-centops-foreign"),
            operation.get("x-centops-also"),
            operation.get("x-centops-key"),
            function_of(operation),
            operation.get("x-centops-page"),
            operation,
        )
        for path, method, operation in _all(document)
    ]


def functions(document: dict, file: Path = ROOT / "contract/functions.yaml") -> list[Function]:
    """Returns every function: first those of operations, then those that other triggers start."""
    called = [
        Function(each.id, each.area, "api", each.contract["summary"], each.contract["x-centops-grants"])
        for each in operations(document)
        if each.function == each.id
    ]
    others = yaml.safe_load(file.read_text())["functions"]
    triggers = {name: entry["trigger"] for name, entry in others.items()}
    unknown = [f"{name}: unknown trigger {word}" for name, word in triggers.items() if word not in TRIGGERS]
    if unknown:
        raise InvalidContract("\n".join(unknown))
    return called + [Function(name, **entry) for name, entry in others.items()]


def function_of(operation: dict) -> str:
    """Returns the name of the function that answers an operation: its own, or that of `x-centops-alias-of`."""
    return operation.get("x-centops-alias-of") or operation["operationId"]


def security_of(operation: dict, by_tag: dict[str, list]) -> list:
    """Returns the credentials that an operation needs: those of its API, or none if anyone may call it."""
    return [] if operation.get("x-centops-callers") == ["anyone"] else by_tag[operation["tags"][0]]


def problems(document: dict) -> list[str]:
    """Returns the mistakes of the declarations, a sentence each."""
    own = {operation.get("operationId") for _, _, operation in _all(document) if "x-centops-alias-of" not in operation}
    return [
        f"{method.upper()} {path}: {problem}"
        for path, method, operation in _all(document)
        for problem in [*_mistakes(method, operation), *_function_mistakes(operation, own)]
    ]


def _check(document: dict) -> None:
    mistakes = problems(document)
    if mistakes:
        raise InvalidContract("\n".join(mistakes))


def _all(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                parameters = item.get("parameters", []) + operation.get("parameters", [])
                yield path, method, {**operation, "parameters": parameters}


def _function_mistakes(operation: dict, own: set[str]) -> Iterator[str]:
    alias, grants = operation.get("x-centops-alias-of"), operation.get("x-centops-grants")
    if alias is not None and alias not in own:
        yield f"x-centops-alias-of is {alias}, which no operation of its own has as operationId"
    if (alias is None) != isinstance(grants, dict):
        yield "x-centops-grants is missing, or declared for an alias"


def _mistakes(method: str, operation: dict) -> Iterator[str]:
    if not operation.get("operationId"):
        yield "operationId is missing"
    if not operation.get("x-centops-area"):
        yield "x-centops-area is missing"
    if not operation.get("summary"):
        yield "summary is missing"
    tags = operation.get("tags", [])
    if len(tags) != 1 or tags[0] not in CALLERS:
        yield f"its tags are {tags}, not one of {', '.join(CALLERS)}"
        return
    security = security_of(operation, SECURITY)
    if operation.get("security") != security:
        yield f"its security is not {security}"
    yield from _caller_mistakes(method, tags[0], operation)


def _caller_mistakes(method: str, tag: str, operation: dict) -> Iterator[str]:
    words, callers = CALLERS[tag], operation.get("x-centops-callers")
    if not isinstance(callers, list) or not callers:
        yield f"x-centops-callers is missing; it lists some of {', '.join(words)}"
        return
    unknown = [word for word in callers if word not in words]
    if unknown:
        yield f"x-centops-callers has {unknown}; known are {', '.join(words)}"
    if len(callers) != len({str(word) for word in callers}) or ({"person", "anyone"} & set(callers) and len(callers) > 1):
        yield f"x-centops-callers repeats itself: {callers}"
    key, also, foreign = (operation.get(f"x-centops-{word}") for word in ("key", "also", "foreign"))
    if key is not None and (key not in KEYS or tag != "network"):
        yield f"x-centops-key is {key}; an operation of the Network API may have one of {', '.join(KEYS)}"
    if also is not None and (also not in ALSO or tag != "admin"):
        yield f"x-centops-also is {also}; an operation of the Admin API may have one of {', '.join(ALSO)}"
    if "owner" in callers and foreign not in FOREIGN:
        yield f"owners may call it, so x-centops-foreign is one of {', '.join(FOREIGN)}, not {foreign}"
    if "owner" not in callers and foreign is not None:
        yield "owners may not call it, so it has no x-centops-foreign"
    if foreign == "filter" and method != "get":
        yield "x-centops-foreign: filter is for lists"
