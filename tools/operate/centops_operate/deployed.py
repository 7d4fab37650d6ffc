"""A deployed stack, as the commands for its operators use it."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import cached_property

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from centops_local import samconfig
from centops_local.instance import LocalError


#: The seconds that a function may run for.
_LONGEST_RUN = 900


class OperateError(Exception):
    """An error for the person at the terminal: what is wrong and what to do."""


class Deployed:
    """The stack of an environment of samconfig.toml."""

    def __init__(self, environment: str):
        self._settings = samconfig.parameters(environment)
        self.name: str = self._settings["stack_name"]
        self._session = boto3.Session(region_name=self._settings["region"])

    def client(self, service: str) -> BaseClient:
        """Returns a client of a service in the region of the stack."""
        return self._session.client(service)

    def invoke(self, function: str, event: dict) -> dict:
        """Invokes a function once, however long it runs, and returns its answer. Raises `OperateError` if it fails."""
        config = Config(read_timeout=_LONGEST_RUN, retries={"max_attempts": 0})
        lambdas = self._session.client("lambda", config=config)
        answer = lambdas.invoke(FunctionName=f"{self.name}-{function}", Payload=json.dumps(event).encode())
        result = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise OperateError(f"{function} failed: {result.get('errorMessage', result)}")
        return result

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters that samconfig.toml sets."""
        return dict(text.split("=", 1) for text in self._settings.get("parameter_overrides", []))

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the stack."""
        [stack] = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def resources(self, kind: str) -> dict[str, str]:
        """Returns the physical ids of the resources of a type, such as `AWS::SQS::Queue`, by their logical ids."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = (resource for page in pages for resource in page["StackResourceSummaries"])
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found if each["ResourceType"] == kind}


def parser(name: str, text: str | None, shows_first: bool = True) -> ArgumentParser:
    """Returns a parser of the arguments that every command has: `--apply` only if it shows first what it would do."""
    made = ArgumentParser(prog=f"centops_operate.{name}", description=text)
    made.add_argument("environment", help="of samconfig.toml")
    if shows_first:
        made.add_argument("--apply", action="store_true", help="do it; without, the command shows what it would do")
    return made


def run(name: str, command: Callable[[], int]) -> None:
    """Runs a command and ends the process with its exit status. Errors of AWS and expected ones are one line."""
    try:
        sys.exit(command())
    except (OperateError, LocalError, BotoCoreError, ClientError) as error:
        sys.exit(f"{name}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
