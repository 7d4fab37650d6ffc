"""Compares the grants of the deployed functions' roles with their use.

Grants are read from the deployed roles, uses from the authorization decisions that the emulator recorded. The record
does not contain the actions of Lambda itself (logs, queues, streams). For those, a role must have exactly the managed
policies and statements that the function's triggers need; they are derived here.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from . import emulator
from .instance import STACK, Instance

#: Prefix of the policies that AWS manages for services.
MANAGED = "arn:aws:iam::aws:policy/service-role/"
#: Every function writes a log.
_LOGS = f"{MANAGED}AWSLambdaBasicExecutionRole"
#: The policy that Lambda needs to read an event source, by the source's service.
_SOURCES = {
    "sqs": f"{MANAGED}AWSLambdaSQSQueueExecutionRole",
    "dynamodb": f"{MANAGED}AWSLambdaDynamoDBExecutionRole",
}
#: The functions that may run in a network of the deployment. SAM attaches the policy wherever the template has the
#: property, also if its parameters leave it out.
_IN_NETWORK = {"finish-login"}
_NETWORK = f"{MANAGED}AWSLambdaVPCAccessExecutionRole"
#: Actions that may be granted on `*`. Those on subscriptions have no resource in IAM. The emulator does not resolve the
#: resource of the last (on AWS it is granted on the sender's identity, a parameter of the template).
WITHOUT_RESOURCE = {"sns:GetSubscriptionAttributes", "sns:Unsubscribe", "ses:SendEmail"}


@dataclass(frozen=True, order=True)
class Grant:
    """An allowed action on a resource. `resource` may be a pattern."""

    function: str
    action: str
    resource: str

    def covers(self, use: "Use") -> bool:
        """Returns true if this grant allows the use."""
        same = (self.function, self.action.lower()) == (use.function, use.action.lower())
        return same and fnmatchcase(use.resource, self.resource)


@dataclass(frozen=True, order=True)
class Use:
    """An action on a resource that a function requested."""

    function: str
    action: str
    resource: str
    allowed: bool = True


@dataclass(frozen=True)
class Role:
    """A role: its inline statements and its managed policies."""

    name: str
    statements: list[dict]
    managed: frozenset[str]


def roles(instance: Instance) -> dict[str, Role]:
    """Returns the role of each deployed function, by the function's name."""
    found = {}
    for page in instance.aws("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["FunctionName"].startswith(f"{STACK}-"):
                name = function["FunctionName"].removeprefix(f"{STACK}-")
                found[name] = role(instance, function["Role"].rpartition("/")[2])
    return found


def role(instance: Instance, name: str) -> Role:
    """Reads a role of the account."""
    iam = instance.aws("iam")
    statements = []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        statements += _list(document["Statement"])
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return Role(name, statements, frozenset(policy["PolicyArn"] for policy in attached))


def grants(function: str, statements: list[dict]) -> set[Grant]:
    """Returns the grants of a function's statements. Raises `ValueError` for denials and exclusions."""
    found = set()
    for statement in statements:
        if statement["Effect"] != "Allow" or "NotAction" in statement or "NotResource" in statement:
            raise ValueError(f"the role of {function} has a statement that is not a plain Allow: {statement}")
        for action in _list(statement["Action"]):
            found |= {Grant(function, action, resource) for resource in _list(statement["Resource"])}
    return found


def needed_by_triggers(instance: Instance) -> tuple[dict[str, set[str]], set[Grant]]:
    """Returns the managed policies and the single grants that the functions' triggers need."""
    managed = {name: {_LOGS, _NETWORK} if name in _IN_NETWORK else {_LOGS} for name in roles(instance)}
    single = set()
    for mapping in instance.aws("lambda").list_event_source_mappings()["EventSourceMappings"]:
        # arn:aws:lambda:<region>:<account>:function:<function>, and perhaps an alias.
        function = mapping["FunctionArn"].split(":")[6].removeprefix(f"{STACK}-")
        managed[function].add(_SOURCES[mapping["EventSourceArn"].split(":")[2]])
        failed = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if failed:
            single.add(Grant(function, "sqs:SendMessage", failed))
    return managed, single


def uses(instance: Instance) -> set[Use]:
    """Returns every action that the functions requested since the instance was started, allowed or not."""
    found = set()
    for line in emulator.decisions(instance).read_text().splitlines():
        decision = json.loads(line)
        # arn:aws:sts::<account>:assumed-role/<role>/<function>
        function = decision["principal"].rpartition("/")[2].removeprefix(f"{STACK}-")
        found.add(Use(function, decision["action"], decision["resource"], decision["allowed"]))
    return found


def unused(granted: Iterable[Grant], used: Iterable[Use]) -> list[Grant]:
    """Returns the grants that were not used."""
    used = [use for use in used if use.allowed]
    return sorted(grant for grant in granted if not any(grant.covers(use) for use in used))


def ungranted(granted: Iterable[Grant], used: Iterable[Use]) -> list[Use]:
    """Returns the requested actions that are not granted."""
    granted = list(granted)
    return sorted(use for use in used if not use.allowed or not any(grant.covers(use) for grant in granted))


def _list(value: object) -> list:
    return value if isinstance(value, list) else [value]
