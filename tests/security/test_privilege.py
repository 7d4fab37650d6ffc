"""Each role grants what its function used in the whole run, and nothing else. conftest.py has this file last.

A part of the tests uses a part of the grants, so this runs with the whole suite only.
"""

import pytest

from centops_local import privileges
from centops_local.instance import STACK
from centops_local.privileges import WITHOUT_RESOURCE, Grant, Use


@pytest.fixture(scope="module")
def roles(stack):
    return privileges.roles(stack.instance)


@pytest.fixture(scope="module")
def granted(stack, roles) -> set[Grant]:
    """What the roles grant themselves, without what Lambda needs for the functions' triggers."""
    own = set().union(*(privileges.grants(name, role.statements) for name, role in roles.items()))
    _, by_triggers = privileges.needed_by_triggers(stack.instance)
    assert by_triggers <= own, f"not granted, though a trigger needs it: {by_triggers - own}"
    return own - by_triggers


@pytest.fixture(scope="module")
def used(stack, granted, whole_run) -> set[Use]:
    """What the functions did; enough to know that the emulator wrote it down."""
    seen = privileges.uses(stack.instance)
    assert len(seen) >= len({grant.function for grant in granted}), f"only {len(seen)} decisions were recorded"
    return seen


def test_each_function_has_a_role_of_its_own(roles):
    names = [role.name for role in roles.values()]
    assert len(names) == len(set(names))


def test_roles_name_actions_and_resources(roles):
    """No wildcard among actions, and none that stands for every resource where IAM knows one."""
    for name, role in roles.items():
        for grant in privileges.grants(name, role.statements):
            assert "*" not in grant.action, grant
            assert grant.resource != "*" or grant.action in WITHOUT_RESOURCE, grant


def test_managed_policies_are_those_that_triggers_need(stack, roles):
    needed, _ = privileges.needed_by_triggers(stack.instance)
    assert {name: set(role.managed) for name, role in roles.items()} == needed


def test_schedules_start_their_function_and_nothing_else(stack):
    scheduler = stack.instance.aws("scheduler")
    listed = scheduler.list_schedules()["Schedules"]
    schedules = [schedule for schedule in listed if f":function:{STACK}-" in schedule["Target"]["Arn"]]
    assert schedules
    for schedule in schedules:
        target = scheduler.get_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])["Target"]
        role = privileges.role(stack.instance, target["RoleArn"].rpartition("/")[2])
        assert not role.managed
        assert privileges.grants("", role.statements) == {Grant("", "lambda:InvokeFunction", target["Arn"])}


def test_every_other_role_is_a_schedules_or_the_gateways(stack, roles):
    """What is neither a function's nor a schedule's role lets API Gateway write its log."""
    pages = stack.instance.aws("iam").get_paginator("list_roles").paginate()
    names = {role["RoleName"] for page in pages for role in page["Roles"] if role["RoleName"].startswith(f"{STACK}-")}
    scheduler = stack.instance.aws("scheduler")
    for schedule in scheduler.list_schedules()["Schedules"]:
        target = scheduler.get_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])["Target"]
        names.discard(target["RoleArn"].rpartition("/")[2])
    for name in names - {role.name for role in roles.values()}:
        assert name.startswith(f"{STACK}-GatewayLogRole-"), f"whose role is {name}?"
        role = privileges.role(stack.instance, name)
        assert role.managed == {f"{privileges.MANAGED}AmazonAPIGatewayPushToCloudWatchLogs"}
        assert role.statements == []


def test_nothing_is_granted_that_was_not_used(granted, used):
    assert not (found := privileges.unused(granted, used)), "\n".join(map(str, found))


def test_nothing_was_used_that_is_not_granted(granted, used):
    assert not (found := privileges.ungranted(granted, used)), "\n".join(map(str, found))


def test_a_difference_shows():
    """What is compared above can differ, in both directions and in each part."""
    grant = Grant("get-route", "dynamodb:GetItem", "arn:table/t")
    use = Use("get-route", "dynamodb:GetItem", "arn:table/t")
    assert privileges.unused([grant], [use]) == privileges.ungranted([grant], [use]) == []
    others = [
        Use("get-routes", use.action, use.resource),
        Use(use.function, "dynamodb:Query", use.resource),
        Use(use.function, use.action, "arn:table/t/index/due"),
        Use(use.function, use.action, use.resource, allowed=False),
    ]
    for other in others:
        assert privileges.unused([grant], [other]) == [grant]
        assert privileges.ungranted([grant], [other]) == [other]
