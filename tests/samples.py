"""Requests that are well formed, made from the contract: its examples, else the least that its schemas ask for."""

import datetime
from typing import Any

from centops_local.contract import Operation


class NoSample(Exception):
    """What the contract asks for cannot be made from it; the text says what helps."""


class Samples:
    """Samples of one contract. `names` are what stands for schemas that name something, by the schema's name; `fields`
    what stands for fields that no schema describes, by the field's."""

    def __init__(self, document: dict, names: dict[str, str], fields: dict[str, str], paths: dict[str, str]):
        self._document = document
        self._names = names
        self._fields = fields
        self._paths = paths

    def path(self, operation: Operation) -> str:
        """The path with a value for each of its parameters."""
        path = operation.path
        for parameter in self._parameters(operation, "path"):
            name = parameter["name"]
            if name not in self._paths:
                raise NoSample(f"{operation}: tests/test_matrix.py needs a sample of the path parameter {name}")
            path = path.replace(f"{{{name}}}", self._paths[name])
        return path

    def headers(self, operation: Operation) -> dict[str, str]:
        """The headers that are required."""
        return self._required(operation, "header")

    def query(self, operation: Operation) -> dict[str, str]:
        """The query that is required."""
        return self._required(operation, "query")

    def body(self, operation: Operation) -> Any:
        """The least body; none where the operation takes none."""
        if "requestBody" not in operation.contract:
            return None
        content = operation.contract["requestBody"]["content"]["application/json"]
        if "example" in content:
            return content["example"]
        return self.value(content["schema"], str(operation))

    def value(self, schema: dict, where: str) -> Any:
        """The least value of a schema."""
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
        raise NoSample(f"{where}: no value can be made of {schema}; give it an example")

    def resolved(self, part: dict) -> dict:
        """What a reference refers to."""
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
        wanted = [*schema.get("required", []), *schema.get("oneOf", [{}])[0].get("required", [])]
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
        raise NoSample(f"{where}: no text can be made of {schema}; give it an example")
    return "sample".ljust(schema.get("minLength", 0), "-")[: schema.get("maxLength")]
