"""Each role grants exactly what its function used in the whole run. `scheduling.LAST` has this file last.

A part of the tests uses a part of the grants, so the comparison runs with the whole suite only.
"""

import pytest

from centops_local import privileges
from centops_local.instance import REGION, STACK
from centops_local.privileges import WITHOUT_RESOURCE, Grant, Use


@pytest.fixture(scope="module")
def roles(stack):
    return privileges.roles(stack.instance)


@pytest.fixture(scope="module")
def granted(stack, roles) -> set[Grant]:
    """Returns the grants of the roles, without those that Lambda needs for the functions' triggers."""
    own = set().union(*(privileges.grants(name, role.statements) for name, role in roles.items()))
    _, by_triggers = privileges.needed_by_triggers(stack.instance)
    assert by_triggers <= own, f"not granted, but needed by a trigger: {by_triggers - own}"
    return own - by_triggers


@pytest.fixture(scope="module")
def used(stack, granted, whole_run) -> set[Use]:
    """Returns the actions of the functions. Fails if there are too few, as without a record of the emulator."""
    recorded = privileges.uses(stack.instance)
    count = len({grant.function for grant in granted})
    assert len(recorded) >= count, f"only {len(recorded)} decisions were recorded"
    return recorded


def test_every_function_has_its_own_role(roles):
    names = [role.name for role in roles.values()]
    assert len(names) == len(set(names))


def test_roles_have_no_wildcards(roles):
    """Actions have no wildcards. The resource is `*` only where IAM has no resource for the action."""
    for name, role in roles.items():
        for grant in privileges.grants(name, role.statements):
            assert "*" not in grant.action, grant
            assert grant.resource != "*" or grant.action in WITHOUT_RESOURCE, grant


def test_managed_policies_are_exactly_those_that_triggers_need(stack, roles):
    needed, _ = privileges.needed_by_triggers(stack.instance)
    assert {name: set(role.managed) for name, role in roles.items()} == needed


@pytest.fixture
def schedule_targets(stack) -> list[dict]:
    """Returns the target of each schedule of the stack."""
    scheduler = stack.instance.aws("scheduler")
    listed = scheduler.list_schedules()["Schedules"]
    return [
        scheduler.get_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])["Target"]
        for schedule in listed
        if f":function:{STACK}-" in schedule["Target"]["Arn"]
    ]


def test_role_of_schedules_may_only_invoke_their_functions(stack, schedule_targets):
    [arn] = {target["RoleArn"] for target in schedule_targets}
    role = privileges.role(stack.instance, arn.rpartition("/")[2])
    assert not role.managed
    invoked = {Grant("", "lambda:InvokeFunction", target["Arn"]) for target in schedule_targets}
    assert privileges.grants("", role.statements) == invoked


def test_every_other_role_is_that_of_schedules_or_of_the_gateway(stack, roles, schedule_targets):
    """The gateway has a role for its log and one for the functions, because a policy is too short for all their names."""
    pages = stack.instance.aws("iam").get_paginator("list_roles").paginate()
    names = {role["RoleName"] for page in pages for role in page["Roles"] if role["RoleName"].startswith(f"{STACK}-")}
    others = names - {role.name for role in roles.values()}
    others -= {target["RoleArn"].rpartition("/")[2] for target in schedule_targets}
    found = {name.removeprefix(f"{STACK}-").partition("-")[0]: privileges.role(stack.instance, name) for name in others}
    assert found.keys() == {"GatewayLogRole", "GatewayRole"}
    log, calls = found["GatewayLogRole"], found["GatewayRole"]
    assert log.managed == {f"{privileges.MANAGED}AmazonAPIGatewayPushToCloudWatchLogs"}
    assert log.statements == []
    functions = f"arn:aws:lambda:{REGION}:000000000000:function:{STACK}-*"
    assert not calls.managed
    assert privileges.grants("", calls.statements) == {Grant("", "lambda:InvokeFunction", functions)}


def test_every_grant_was_used(granted, used):
    assert not (found := privileges.unused(granted, used)), "\n".join(map(str, found))


def test_every_use_was_granted(granted, used):
    assert not (found := privileges.ungranted(granted, used)), "\n".join(map(str, found))


def test_comparison_detects_every_difference():
    """Grants and uses may differ in both directions, and in each part."""
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
