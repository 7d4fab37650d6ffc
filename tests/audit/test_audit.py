"""The audit trail: who did what, found by time, by chatbot and by person."""

import datetime

import pytest

from centops_local import steps

from test_registry import NEW, pointers

#: A chatbot and a person of which no other test has records.
AUDITED = "audited-here"
AUDITOR = "auditor@example.ee"


def records_of(stack, **query: str) -> list[dict]:
    """The records of all pages of a query."""
    admin, found, cursor = stack.person("admin"), [], {}
    while True:
        page = steps.expect(admin.get("/audit", **query, **cursor), 200).json()
        found += page["records"]
        if "next" not in page:
            return found
        cursor = {"cursor": page["next"]}


def by_hand(stack):
    """The Admin API as a person who does nothing else."""
    return stack.bearer(stack.issuer.token(AUDITOR, ["admin"]))


@pytest.fixture(scope="module")
def done(stack) -> dict:
    """Enrols, changes, forces, refuses and removes a chatbot, and changes the policy. What each step gave."""
    begin = datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
    admin, path = by_hand(stack), f"/chatbots/{AUDITED}"
    created = steps.expect(admin.post("/chatbots", {**NEW, "name": AUDITED}), 201).json()
    changed = steps.expect(admin.call("PATCH", path, {"contact": "new@example.ee"}), 200).json()
    forced = {"mode": "force-offline", "reason": "moves to another house"}
    steps.expect(admin.call("PUT", f"{path}/control", forced), 200)
    control = steps.expect(admin.get(f"{path}/health"), 200).json()["control"]
    steps.expect(admin.call("DELETE", f"{path}/control"), 204)
    device = stack.device(AUDITED, "chatbot")
    versions = {"versions": {"intent-engine": "2.0.0"}}
    steps.expect(device.call("PUT", "/versions", versions), 200)
    steps.expect(device.call("PUT", "/versions", versions), 200)
    by_role = steps.expect(stack.person("viewer").call("DELETE", path), 403).json()
    by_profile = steps.expect(device.get("/routes"), 403).json()
    last = steps.expect(admin.get(path), 200).json()
    steps.expect(admin.call("DELETE", path), 204)
    policy = steps.expect(admin.get("/policy"), 200).json()
    other = {**policy, "chatbots": {**policy["chatbots"], AUDITED: {"rate": {"minimum": 7}}}}
    steps.expect(admin.call("PUT", "/policy", other), 200)
    steps.expect(admin.call("PUT", "/policy", policy), 200)
    return {
        "begin": begin,
        "created": created,
        "changed": changed,
        "control": control,
        "last": last,
        "by_role": by_role,
        "by_profile": by_profile,
        "policy": policy,
        "other": other,
    }


def acts_of(stack, **query: str) -> list[dict]:
    """What was done or refused: a token that comes in is a record too."""
    return [record for record in records_of(stack, **query) if record["outcome"] != "login"]


def certificates(record: dict) -> list[dict]:
    """The certificates that it is about, as they are since: one was issued, or all of a holder's were revoked."""
    after = record.get("after", {})
    return [one for one in (after if isinstance(after, list) else [after]) if "serial" in one]


def given(value: dict | None) -> dict | None:
    """What a record has of a thing, without the fields that are empty: a control has no end."""
    return value and {name: field for name, field in value.items() if field is not None}


def operations(records: list[dict]) -> list[str]:
    return [record["operation"] for record in records]


def test_each_write_to_a_chatbot_is_found_with_before_and_after(done, stack):
    records = records_of(stack, chatbot=AUDITED)
    assert [(record["operation"], record["outcome"]) for record in records] == [
        # Its certificate is revoked with it, which is a write of its own.
        ("delete-chatbot", "done"),
        ("delete-chatbot", "done"),
        ("get-routes", "refused"),
        ("delete-chatbot", "refused"),
        ("report-versions", "done"),
        ("issue-certificate", "done"),
        ("end-control", "done"),
        ("set-control", "done"),
        ("update-chatbot", "done"),
        ("create-chatbot", "done"),
    ]
    changes = {
        record["operation"]: (given(record.get("before")), given(record.get("after")))
        for record in records
        if record["outcome"] == "done" and not certificates(record)
    }
    reported = [chatbot["versions"] for chatbot in changes.pop("report-versions")]
    assert reported == [NEW["versions"], {"intent-engine": "2.0.0"}]
    assert changes == {
        "delete-chatbot": (done["last"], None),
        "end-control": (done["control"], None),
        "set-control": (None, done["control"]),
        "update-chatbot": (done["created"], done["changed"]),
        "create-chatbot": (None, done["created"]),
    }
    issued, revoked = [one for record in reversed(records) for one in certificates(record)]
    assert "revokedAt" not in issued
    assert (revoked["serial"], "revokedAt" in revoked) == (issued["serial"], True)
    owned = [record for record in records if record["operation"] in changes]
    assert {record["institution"] for record in owned if "institution" in record} == {NEW["institution"]}


def test_a_refusal_says_who_why_and_which_request(done, stack):
    by_profile, by_role = [record for record in records_of(stack, chatbot=AUDITED) if record["outcome"] == "refused"]
    assert by_role["by"] == {"kind": "person", "name": "viewer@example.ee"}
    assert by_profile["by"] == {"kind": "chatbot", "name": AUDITED}
    assert by_role["reason"] == done["by_role"]["detail"]
    assert done["by_role"]["instance"] == f"urn:centops:request:{by_role['request']}"
    # The authorizer refused, so the gateway answered.
    assert (by_profile["operation"], by_profile["reason"]) == (
        "get-routes",
        "The operation is not for the profile chatbot.",
    )
    for record in (by_role, by_profile):
        assert "before" not in record
        assert "after" not in record


def test_what_a_person_did_is_found(done, stack):
    records = acts_of(stack, person=AUDITOR, **{"from": done["begin"]})
    assert operations(records) == [
        "put-policy",
        "put-policy",
        "delete-chatbot",
        "delete-chatbot",
        "end-control",
        "set-control",
        "update-chatbot",
        "create-chatbot",
    ]
    assert {(record["by"]["kind"], record["by"]["name"]) for record in records} == {("person", AUDITOR)}
    back, there = records[:2]
    assert (there["before"], there["after"]) == (done["policy"], done["other"])
    assert (back["before"], back["after"]) == (done["other"], done["policy"])
    both = acts_of(stack, person=AUDITOR, chatbot=AUDITED)
    assert operations(both) == operations(records)[2:]


@pytest.mark.parametrize("limit", ["1", "4", "200"])
def test_everything_is_found_by_time_newest_first(done, stack, limit):
    records = records_of(stack, limit=limit, **{"from": done["begin"]})
    times = [datetime.datetime.fromisoformat(record["at"]) for record in records]
    assert times == sorted(times, reverse=True)
    ids = [record["id"] for record in records]
    assert len(set(ids)) == len(ids)
    expected = records_of(stack, chatbot=AUDITED) + records_of(stack, person=AUDITOR, **{"from": done["begin"]})
    assert {record["id"] for record in expected} <= set(ids)
    assert not records_of(stack, to=done["begin"], chatbot=AUDITED)


def test_what_fails_leaves_no_record(done, stack):
    admin = by_hand(stack)
    for method, path, body, status in [
        ("POST", "/chatbots", {**NEW, "name": "written"}, 409),
        ("POST", "/chatbots", {**NEW, "name": "Upper"}, 400),
        ("DELETE", f"/chatbots/{AUDITED}", None, 404),
    ]:
        before = acts_of(stack, person=AUDITOR)
        steps.expect(admin.call(method, path, body), status)
        assert acts_of(stack, person=AUDITOR) == before


@pytest.mark.parametrize("role", ["operator", "viewer", "owner"])
def test_only_administrators_read_the_trail(stack, role):
    steps.expect(stack.person(role, ["owned-institution"]).get("/audit"), 403)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "201"}, "#query/limit"),
        ({"from": "yesterday"}, "#query/from"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "#query/from"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "#query/to"),
        ({"chatbot": "Upper"}, "#query/chatbot"),
        ({"person": "x" * 256}, "#query/person"),
        ({"cursor": "made-up!"}, "#query/cursor"),
    ],
)
def test_a_bad_query_of_the_trail_is_refused_by_its_name(stack, query, pointer):
    response = steps.expect(stack.person("admin").get("/audit", **query), 400)
    assert pointers(response) == [pointer]


def test_no_role_may_change_or_remove_a_record(stack):
    """Of the actions on the audit table, functions have those that add and those that read."""
    iam, arn = stack.instance.aws("iam"), stack.audit_arn
    statements = []
    for role in (role for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]):
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)
            statements += policy["PolicyDocument"]["Statement"]
    granted = {
        action
        for statement in statements
        if any(resource.startswith(arn) for resource in several(statement["Resource"]))
        for action in several(statement["Action"])
    }
    assert granted == {"dynamodb:PutItem", "dynamodb:Query"}


def several(value: str | list[str]) -> list[str]:
    """IAM takes one text for a list of one."""
    return [value] if isinstance(value, str) else value
