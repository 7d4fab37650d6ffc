"""template.yaml and alarms.yaml for tests: as written, and as CloudFormation gets them from SAM."""

from functools import cached_property
from pathlib import Path

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template
from samtranslator.yaml_helper import yaml_parse

from centops_local.instance import ROOT

_METHODS = {"get", "post", "put", "patch", "delete", "options", "head", "x-amazon-apigateway-any-method"}


class Template:
    """A SAM template."""

    def __init__(self, file: Path):
        self.text = file.read_text()
        self.source = yaml_parse(self.text)

    @property
    def resources(self) -> dict[str, dict]:
        """Returns the resources as written."""
        return self.source["Resources"]

    def of_type(self, kind: str) -> dict[str, dict]:
        """Returns the properties of each resource of a type, by its name."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    @cached_property
    def deployed(self) -> dict[str, dict]:
        """Returns the resources as CloudFormation gets them."""
        return self.deployed_with()

    def deployed_with(self, **parameters: str) -> dict[str, dict]:
        """Returns the resources as CloudFormation gets them when these parameters are not the default."""
        return _translated(yaml_parse(self.text), parameters)["Resources"]

    def api(self, name: str) -> dict:
        """Returns the OpenAPI document that API Gateway imports for one API."""
        return self.deployed[name]["Properties"]["Body"]

    def stage(self, name: str) -> dict:
        """Returns the stage of one API."""
        stages = [
            resource["Properties"]
            for resource in self.deployed.values()
            if resource["Type"] == "AWS::ApiGateway::Stage" and resource["Properties"]["RestApiId"] == {"Ref": name}
        ]
        assert len(stages) == 1, f"{name} should have one stage, has {len(stages)}"
        return stages[0]

    def operations(self, name: str) -> dict[tuple[str, str], dict]:
        """Returns the operations of one API, by method and path."""
        return {
            (method.upper(), path): operation
            for path, item in self.api(name)["paths"].items()
            for method, operation in item.items()
            if method in _METHODS
        }


def _translated(source: dict, given: dict[str, str]) -> dict:
    """Returns the template as `sam deploy` has it translated, with uploaded bootstraps."""
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/bootstrap"
    values = {name: parameter.get("Default", "given") for name, parameter in source["Parameters"].items()}
    values |= given
    to_py27_compatible_template(source, values)
    translator = Translator(None, Parser(), boto_session=boto3.Session(region_name="eu-north-1"))
    translated = translator.translate(source, parameter_values=values, get_managed_policy_map=dict)
    return undo_mark_unicode_str_in_template(translated)


def as_list(value: object) -> list:
    """Returns a value as a list, if it is not one."""
    return value if isinstance(value, list) else [value]


TEMPLATE = Template(ROOT / "template.yaml")
#: The nested stack.
ALARM_STACK = Template(ROOT / "alarms.yaml")
#: Tag of the contract for each API of the template.
APIS = {"AdminApi": "admin", "NetworkApi": "network"}
