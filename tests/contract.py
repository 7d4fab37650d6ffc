"""Checks answers of the APIs against the contract."""

import json
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
import yaml
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from centops_contract import gateway
from centops_local import contract

_DOCUMENT = "urn:openapi"
_METHODS = {"get", "post", "put", "patch", "delete"}

_formats = FormatChecker()


@_formats.checks("date-time", raises=ValueError)
def _is_utc_time(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and bool(datetime.fromisoformat(value)))


@_formats.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


class Contract:
    """The bundled contract."""

    def __init__(self, file: Path):
        self.document = yaml.safe_load(file.read_text())
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(_DOCUMENT, resource)
        self._models = {tag: gateway.models(self.document, tag) for tag in ("admin", "network")}

    def operations(self, tag: str) -> dict[tuple[str, str], str]:
        """Returns the function of each operation of one API, by method and path."""
        return {
            (method.upper(), path): contract.function_of(operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if method in _METHODS and tag in operation["tags"]
        }

    def watch(self, tag: str, path: str, response: requests.Response) -> None:
        """Fails unless the contract declares the answer for its operation."""
        method = response.request.method
        operation = self._operation(tag, method, path)
        if operation is None:
            return
        seen = f"{method} {path} -> {response.status_code} {response.text[:1000]}"
        if "x-amzn-errortype" in response.headers:
            self._gateway_answer(response, seen)
            return
        declared = operation["responses"].get(str(response.status_code))
        assert declared, f"Expected: one of {list(operation['responses'])}. Seen: {seen}"
        if "$ref" in declared:
            declared = self.document["components"]["responses"][declared["$ref"].rpartition("/")[2]]
        headers = [name for name, header in declared.get("headers", {}).items() if header.get("required", True)]
        missing = [name for name in headers if name not in response.headers]
        assert not missing, f"Expected: the headers {missing}. Seen: {seen} {dict(response.headers)}"
        self._body(declared.get("content"), response, seen)
        if response.ok:
            self._model(tag, operation, response)

    def check(self, schema: str, value: object) -> None:
        """Fails unless a value matches a named schema."""
        self._valid({"$ref": f"#/components/schemas/{schema}"}, value, str(value))

    def _operation(self, tag: str, method: str, path: str) -> dict | None:
        for template, methods in self.document["paths"].items():
            operation = methods.get(method.lower())
            if operation and tag in operation["tags"] and _matches(template, path):
                return operation
        return None

    def _body(self, content: dict | None, response: requests.Response, seen: str) -> None:
        if content is None:
            assert not response.content, f"Expected: no body. Seen: {seen}"
            return
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        assert kind in content, f"Expected: one of {list(content)}. Seen: {kind}, {seen}"
        value = response.text if kind.startswith("text/") else response.json()
        self._valid(content[kind]["schema"], value, seen)

    def _model(self, tag: str, operation: dict, response: requests.Response) -> None:
        """Fails unless the gateway's model accepts an accepted body: the emulator does not validate bodies."""
        name = gateway.model_of(operation)
        if name is None:
            return
        body = json.loads(response.request.body)
        validator = Draft4Validator(self._models[tag][name])
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]
        assert not errors, f"Expected: the model {name} accepts the accepted body. Seen: {body}\n" + "\n".join(errors)

    def _gateway_answer(self, response: requests.Response, seen: str) -> None:
        """Fails unless it is an error of the gateway in API Gateway's default format: the emulator and the edge do not
        support `GatewayResponses`."""
        assert response.status_code in (401, 403, 413, 429), f"Expected: a refusal. Seen: {seen}"
        assert list(response.json()) in (["message"], ["Message"]), f"Expected: a message. Seen: {seen}"

    def _valid(self, schema: dict, value: object, seen: str) -> None:
        schema = _absolute(schema)
        validator = Draft202012Validator(schema, registry=self._registry, format_checker=_formats)
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        assert not errors, f"Expected: an answer that matches its schema. Seen: {seen}\n" + "\n".join(errors)


def _matches(template: str, path: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(template)), path))


def _absolute(schema: object) -> object:
    """Returns the schema with references that name the document, for use outside of it."""
    if isinstance(schema, list):
        return [_absolute(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: f"{_DOCUMENT}{value}" if key == "$ref" else _absolute(value) for key, value in schema.items()}
