"""The request models of template.yaml, written from openapi.yaml.

API Gateway validates a body against a model before a function runs. A model is JSON schema draft 4, and must
never refuse what the function would take: only keywords that mean the same in both are kept.

    python -m centops_local.models            writes them between the markers of template.yaml
    python -m centops_local.models --check    fails when they are not what openapi.yaml says
"""

import argparse
import json
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "openapi.yaml"
TEMPLATE = ROOT / "template.yaml"

_METHODS = {"get", "post", "put", "patch", "delete"}
#: `format` is not among them: what a gateway takes for a time, an address or a URI is narrower than the contract.
_KEPT = {
    "type", "enum", "required", "pattern", "multipleOf", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties",
    "maxProperties",
}  # fmt: skip
_SCHEMA = {"items", "additionalProperties"}
#: The rest is left to the functions. The gateway imports no `oneOf`, `anyOf` or `not`.
_DROPPED = {
    "description", "example", "default", "format", "title", "readOnly", "writeOnly", "deprecated", "oneOf", "anyOf",
    "not",
}  # fmt: skip
_BLOCK = r"(?P<indent> +)# models of {tag}: written by `make models`\n(?P<models>.*?)(?P<end> +# end of models\n)"


class UnknownKeyword(Exception):
    """A schema says what no model can say, so nobody knows what the gateway would do."""


def models(contract: dict, tag: str) -> dict[str, dict]:
    """The model of each body that an operation of one API takes, by its name."""
    found = {}
    for path in contract["paths"].values():
        for method, operation in path.items():
            if method in _METHODS and tag in operation["tags"] and "requestBody" in operation:
                name, schema = _body(operation)
                found[name] = _model(contract, schema)
    return dict(sorted(found.items()))


def model_of(operation: dict) -> str | None:
    """The name of the model of an operation's body."""
    return _body(operation)[0] if "requestBody" in operation else None


def written(template: str, contract: dict) -> str:
    """The template with its models as the contract says."""
    for tag in ("admin", "network"):
        block = re.search(_BLOCK.format(tag=tag), template, re.DOTALL)
        if block is None:
            raise LookupError(f"template.yaml has no place for the models of {tag}")
        lines = (f"{block['indent']}{name}: {json.dumps(model)}\n" for name, model in models(contract, tag).items())
        start, end = block.span("models")
        template = template[:start] + "".join(lines) + template[end:]
    return template


def _body(operation: dict) -> tuple[str, dict]:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" not in schema:
        raise UnknownKeyword(f"the body of {operation['operationId']} has no name: put it into components/schemas")
    return schema["$ref"].rpartition("/")[2], schema


def _model(contract: dict, schema: dict) -> dict:
    if "$ref" in schema:
        target = contract
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _model(contract, target)
    model = {}
    for key, value in schema.items():
        if key in _KEPT:
            model[key] = value
        elif key in _SCHEMA:
            model[key] = _model(contract, value) if isinstance(value, dict) else value
        elif key == "properties":
            model[key] = {name: _model(contract, part) for name, part in value.items()}
        elif key not in _DROPPED and not key.startswith("x-"):
            raise UnknownKeyword(f"`{key}` has no meaning in a model: {schema}")
    return model


def main() -> int:
    """Writes the models, or checks them."""
    parser = argparse.ArgumentParser(prog="centops_local.models", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something would change")
    check = parser.parse_args().check
    before = TEMPLATE.read_text()
    after = written(before, yaml.safe_load(CONTRACT.read_text()))
    if before == after:
        return 0
    if check:
        print("The models of template.yaml are not those of openapi.yaml. `make models` writes them.", file=sys.stderr)
        return 1
    TEMPLATE.write_text(after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
