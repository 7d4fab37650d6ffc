"""What API Gateway imports of the contract: the paths and request models of each API, between markers of template.yaml.

An integration names the role with which the gateway calls the function. With events of SAM, each operation would have a
permission of its own: a fifth of the resources that CloudFormation takes in a stack.

API Gateway validates a body against a model before a function runs. A model is JSON schema draft 4, and must never
refuse a body that the function accepts: only keywords that mean the same in both are kept.
"""

import json
import re

from centops_local.contract import METHODS, Operation

from .blocks import replaced

#: Without `format`: a gateway accepts fewer times, addresses and URIs than the contract.
_KEPT = {
    "type", "enum", "required", "pattern", "multipleOf", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties",
    "maxProperties",
}  # fmt: skip
_SCHEMA = {"items", "additionalProperties"}
#: Left to the functions. The gateway imports no `oneOf`, `anyOf` or `not`.
_DROPPED = {
    "description", "example", "default", "format", "title", "readOnly", "writeOnly", "deprecated", "oneOf", "anyOf",
    "not",
}  # fmt: skip
#: The authorizer of each API in template.yaml, by the tag of the API. SAM takes NONE for an operation without one.
_AUTHORIZERS, _ANYONE = {"admin": "Bearer", "network": "ClientCertificate"}, "NONE"
_URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s}/invocations"
#: A function with an alias: the name of its resource.
_ALIASED = re.compile(r"^  (\w+):\n(?:    .*\n)*?      AutoPublishAlias: ", re.MULTILINE)


class UnknownKeyword(Exception):
    """A schema has a keyword without a meaning in a model: the gateway's behaviour would be unknown."""


def models(contract: dict, tag: str) -> dict[str, dict]:
    """Returns the model of each request body of one API, by its name."""
    found = {}
    for path in contract["paths"].values():
        for method, operation in path.items():
            if method in METHODS and tag in operation["tags"] and has_model(operation):
                name, schema = _body(operation)
                found[name] = _model(contract, schema)
    return dict(sorted(found.items()))


def model_of(operation: dict) -> str | None:
    """Returns the name of the model of an operation's body."""
    return _body(operation)[0] if has_model(operation) else None


def has_model(operation: dict) -> bool:
    """Returns whether the gateway validates the body of an operation: it is JSON and nothing else."""
    return "requestBody" in operation and operation["requestBody"]["content"].keys() == {"application/json"}


def paths(
    contract: dict, operations: list[Operation], tag: str, aliased: frozenset[str] = frozenset()
) -> dict[str, dict[str, str]]:
    """Returns each operation of one API as API Gateway imports it, as a line of YAML, by path and method.

    `aliased` are the functions, by their names in template.yaml, that are called by their alias.
    """
    found: dict[str, dict[str, str]] = {}
    for operation in operations:
        if operation.tag == tag:
            found.setdefault(operation.path, {})[operation.method.lower()] = _operation(contract, operation, aliased)
    return found


def logical_id(function: str) -> str:
    """Returns the name that template.yaml has for a function."""
    return "".join(word.capitalize() for word in function.split("-"))


def written(template: str, contract: dict, operations: list[Operation]) -> str:
    """Returns the template with the operations and the models of the contract."""
    aliased = frozenset(_ALIASED.findall(template))
    for tag in _AUTHORIZERS:
        lines = []
        for path, methods in paths(contract, operations, tag, aliased).items():
            lines += [f"{path}:", *(f"  {method}: {operation}" for method, operation in methods.items())]
        template = replaced(template, f"operations of {tag}", lines)
        named = models(contract, tag).items()
        template = replaced(template, f"models of {tag}", [f"{name}: {json.dumps(model)}" for name, model in named])
    return template


def _operation(contract: dict, operation: Operation, aliased: frozenset[str]) -> str:
    """Returns an operation as YAML in one line. CloudFormation's `!Sub` and `!GetAtt` have no form in JSON of their own."""
    security = {_AUTHORIZERS[operation.tag] if operation.contract["security"] else _ANYONE: []}
    members = {"operationId": operation.id, "security": [security], "responses": {}}
    required, body = headers(contract, operation), model_of(operation.contract)
    parameters = [{"in": "header", "name": name, "required": True, "type": "string"} for name in required]
    if body:
        parameters.append({"in": "body", "name": body, "required": True, "schema": {"$ref": f"#/definitions/{body}"}})
    if parameters:
        members["parameters"] = parameters
        members["x-amazon-apigateway-request-validator"] = "body-and-headers" if required else "body"
    integration = '"type": "aws_proxy", "httpMethod": "POST", "credentials": !GetAtt GatewayRole.Arn'
    function = logical_id(operation.function)
    uri = _URI % f"{function}.{'Alias' if function in aliased else 'Arn'}"
    return f'{json.dumps(members)[:-1]}, "x-amazon-apigateway-integration": {{{integration}, "uri": !Sub "{uri}"}}}}'


def headers(contract: dict, operation: Operation) -> list[str]:
    """Returns the headers that the gateway requires."""
    declared = contract["components"]["parameters"]
    found = [
        declared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in operation.contract["parameters"]
    ]
    return [each["name"] for each in found if each["in"] == "header" and each.get("required", False)]


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
