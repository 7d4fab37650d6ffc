"""Generates valid requests from the contract: its examples, otherwise the smallest values of its schemas."""

import datetime
from typing import Any

from centops_local.contract import Operation


class NoSample(Exception):
    """No sample can be generated from the contract; the text says what to add."""


class Samples:
    """Samples of one contract.

    `names` has values by the name of their schema, `fields` by the name of their field, `paths` by path parameter.
    """

    def __init__(self, document: dict, names: dict[str, str], fields: dict[str, str], paths: dict[str, str]):
        self._document = document
        self._names = names
        self._fields = fields
        self._paths = paths

    def path(self, operation: Operation) -> str:
        """Returns the path with a value for each of its parameters."""
        path = operation.path
        for parameter in self._parameters(operation, "path"):
            name = parameter["name"]
            if name not in self._paths:
                raise NoSample(f"{operation}: tests/security/test_matrix.py needs a sample of the path parameter {name}")
            path = path.replace(f"{{{name}}}", self._paths[name])
        return path

    def headers(self, operation: Operation) -> dict[str, str]:
        """Returns the required headers."""
        return self._required(operation, "header")

    def query(self, operation: Operation) -> dict[str, str]:
        """Returns the required query parameters."""
        return self._required(operation, "query")

    def body(self, operation: Operation) -> Any:
        """Returns the smallest valid body; `None` if the operation has no body."""
        if "requestBody" not in operation.contract:
            return None
        content = operation.contract["requestBody"]["content"]["application/json"]
        if "example" in content:
            return content["example"]
        return self.value(content["schema"], str(operation))

    def value(self, schema: dict, where: str) -> Any:
        """Returns the smallest valid value of a schema."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._names[name] if name in self._names else self.value(self.resolved(schema), f"{where} {name}")
        for given in ("example", "default", "const"):
            if given in schema:
                return schema[given]
        if "enum" in schema:
            return schema["enum"][0]
        if "allOf" in schema:
            return self.value(schema["allOf"][0], where)
        make = {"object": self._object, "array": self._array, "string": _string}.get(schema.get("type"))
        if make:
            return make(schema, where)
        if schema.get("type") in ("integer", "number"):
            return schema.get("minimum", 1)
        if schema.get("type") == "boolean":
            return False
        raise NoSample(f"{where}: no value can be generated from {schema}; add an example")

    def resolved(self, part: dict) -> dict:
        """Resolves a reference."""
        while "$ref" in part:
            found: Any = self._document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def _parameters(self, operation: Operation, place: str) -> list[dict]:
        parameters = [self.resolved(parameter) for parameter in operation.contract["parameters"]]
        return [parameter for parameter in parameters if parameter["in"] == place]

    def _required(self, operation: Operation, place: str) -> dict[str, str]:
        required = [parameter for parameter in self._parameters(operation, place) if parameter.get("required")]
        return {
            parameter["name"]: str(parameter.get("example") or self.value(parameter["schema"], parameter["name"]))
            for parameter in required
        }

    def _object(self, schema: dict, where: str) -> dict:
        properties = schema.get("properties", {})
        wanted = list(schema.get("required", []))
        for choice in ("oneOf", "anyOf"):
            wanted += schema.get(choice, [{}])[0].get("required", [])
        more = [name for name in properties if name not in wanted]
        wanted += more[: max(0, schema.get("minProperties", 0) - len(wanted))]
        return {name: self._fields.get(name) or self.value(properties[name], f"{where}.{name}") for name in wanted}

    def _array(self, schema: dict, where: str) -> list:
        return [self.value(schema["items"], f"{where}[]") for _ in range(schema.get("minItems", 0))]


def _string(schema: dict, where: str) -> str:
    formats = {"uri": "https://chat.example.ee/messages", "email": "it@example.ee"}
    if schema.get("format") == "date-time":
        return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if schema.get("format") in formats:
        return formats[schema["format"]]
    if "pattern" in schema or "format" in schema:
        raise NoSample(f"{where}: no text can be generated from {schema}; add an example")
    return "sample".ljust(schema.get("minLength", 0), "-")[: schema.get("maxLength")]
