"""The audit trail: records by time, by chatbot and by person."""

import datetime

import pytest

from centops_local import steps

from support import NEW_CHATBOT, error_pointers

#: A chatbot and a person for whom no other test creates records.
AUDITED = "audited-here"
AUDITOR = "auditor@example.ee"


def records_of(stack, **query: str) -> list[dict]:
    """Returns the records of all pages of a query."""
    return steps.all_pages(stack.person("admin"), "/audit", "records", **query)


def auditor(stack):
    """Returns the Admin API for a person that no other test uses."""
    return stack.bearer(stack.issuer.token(AUDITOR, ["admin"]))


@pytest.fixture(scope="module")
def done(stack, exclusive) -> dict:
    """Creates, changes, overrides and deletes a chatbot, and changes the policy. Returns the results of the steps."""
    begin = text(datetime.datetime.now(datetime.UTC))
    admin, path = auditor(stack), f"/chatbots/{AUDITED}"
    created = steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": AUDITED}), 201).json()
    changed = steps.expect(admin.call("PATCH", path, {"contact": "new@example.ee"}), 200).json()
    forced = {"mode": "force-offline", "reason": "moves to another server"}
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
    with exclusive("policy"):
        policy = steps.expect(admin.get("/policy"), 200).json()
        other = {**policy, "chatbots": {**policy["chatbots"], AUDITED: {"rate": {"minimum": 7}}}}
        steps.expect(admin.call("PUT", "/policy", other), 200)
        steps.expect(admin.call("PUT", "/policy", policy), 200)
    # Other tests write records all the time; queries by time end here.
    end = text(datetime.datetime.now(datetime.UTC) + datetime.timedelta(milliseconds=1))
    return {
        "begin": begin,
        "end": end,
        "created": created,
        "changed": changed,
        "control": control,
        "last": last,
        "by_role": by_role,
        "by_profile": by_profile,
        "policy": policy,
        "other": other,
    }


def text(time: datetime.datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def operations_of(stack, **query: str) -> list[dict]:
    """Returns the records of operations, without those of logins."""
    return [record for record in records_of(stack, **query) if record["outcome"] != "login"]


def certificates(record: dict) -> list[dict]:
    """Returns the certificates of a record, after the operation: the issued one, or the revoked ones of a holder."""
    after = record.get("after", {})
    return [one for one in (after if isinstance(after, list) else [after]) if "serial" in one]


def without_nulls(value: dict | None) -> dict | None:
    """Returns a recorded item without its empty fields."""
    return value and {name: field for name, field in value.items() if field is not None}


def operations(records: list[dict]) -> list[str]:
    return [record["operation"] for record in records]


def test_every_write_to_a_chatbot_is_recorded_with_before_and_after(done, stack):
    records = records_of(stack, chatbot=AUDITED)
    assert [(record["operation"], record["outcome"]) for record in records] == [
        # The revocation of its certificates is a separate write.
        ("delete-chatbot", "done"),
        ("delete-chatbot", "done"),
        ("get-routes", "refused"),
        ("delete-chatbot", "refused"),
        ("report-versions", "done"),
        ("issue-certificate", "done"),
        ("delete-control", "done"),
        ("set-control", "done"),
        ("update-chatbot", "done"),
        ("create-chatbot", "done"),
    ]
    changes = {
        record["operation"]: (without_nulls(record.get("before")), without_nulls(record.get("after")))
        for record in records
        if record["outcome"] == "done" and not certificates(record)
    }
    reported = [chatbot["versions"] for chatbot in changes.pop("report-versions")]
    assert reported == [NEW_CHATBOT["versions"], {"intent-engine": "2.0.0"}]
    assert changes == {
        "delete-chatbot": (done["last"], None),
        "delete-control": (done["control"], None),
        "set-control": (None, done["control"]),
        "update-chatbot": (done["created"], done["changed"]),
        "create-chatbot": (None, done["created"]),
    }
    issued, revoked = [one for record in reversed(records) for one in certificates(record)]
    assert "revokedAt" not in issued
    assert (revoked["serial"], "revokedAt" in revoked) == (issued["serial"], True)
    owned = [record for record in records if record["operation"] in changes]
    assert {record["institution"] for record in owned if "institution" in record} == {NEW_CHATBOT["institution"]}


def test_refusal_is_recorded_with_caller_reason_and_request(done, stack):
    by_profile, by_role = [record for record in records_of(stack, chatbot=AUDITED) if record["outcome"] == "refused"]
    assert by_role["by"] == {"kind": "person", "name": "viewer@example.ee"}
    assert by_profile["by"] == {"kind": "chatbot", "name": AUDITED}
    assert by_role["reason"] == done["by_role"]["detail"]
    assert done["by_role"]["instance"] == f"urn:centops:request:{by_role['request']}"
    # The authorizer refused, so the gateway responded.
    assert (by_profile["operation"], by_profile["reason"]) == (
        "get-routes",
        "The operation is not for the profile chatbot.",
    )
    for record in (by_role, by_profile):
        assert "before" not in record
        assert "after" not in record


def test_operations_of_a_person_are_found(done, stack):
    records = operations_of(stack, person=AUDITOR, **{"from": done["begin"]})
    assert operations(records) == [
        "put-policy",
        "put-policy",
        "delete-chatbot",
        "delete-chatbot",
        "delete-control",
        "set-control",
        "update-chatbot",
        "create-chatbot",
    ]
    assert {(record["by"]["kind"], record["by"]["name"]) for record in records} == {("person", AUDITOR)}
    restored, changed = records[:2]
    assert (changed["before"], changed["after"]) == (done["policy"], done["other"])
    assert (restored["before"], restored["after"]) == (done["other"], done["policy"])
    both = operations_of(stack, person=AUDITOR, chatbot=AUDITED)
    assert operations(both) == operations(records)[2:]


@pytest.mark.parametrize("limit", ["1", "4", "200"])
def test_records_of_an_interval_are_found_newest_first(done, stack, limit):
    interval = {"from": done["begin"], "to": done["end"]}
    records = records_of(stack, limit=limit, **interval)
    times = [datetime.datetime.fromisoformat(record["at"]) for record in records]
    assert times == sorted(times, reverse=True)
    ids = [record["id"] for record in records]
    assert len(set(ids)) == len(ids)
    expected = records_of(stack, chatbot=AUDITED) + records_of(stack, person=AUDITOR, **interval)
    assert {record["id"] for record in expected} <= set(ids)
    assert not records_of(stack, to=done["begin"], chatbot=AUDITED)


def test_failed_operation_is_not_recorded(done, stack):
    admin = auditor(stack)
    for method, path, body, status in [
        ("POST", "/chatbots", {**NEW_CHATBOT, "name": "written"}, 409),
        ("POST", "/chatbots", {**NEW_CHATBOT, "name": "Upper"}, 400),
        ("DELETE", f"/chatbots/{AUDITED}", None, 404),
    ]:
        before = operations_of(stack, person=AUDITOR)
        steps.expect(admin.call(method, path, body), status)
        assert operations_of(stack, person=AUDITOR) == before


@pytest.mark.parametrize("role", ["operator", "viewer", "owner"])
def test_only_administrators_read_the_audit_trail(stack, role):
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
def test_invalid_query_is_refused_with_its_pointer(stack, query, pointer):
    response = steps.expect(stack.person("admin").get("/audit", **query), 400)
    assert error_pointers(response) == [pointer]


def test_no_role_may_change_or_delete_a_record(stack):
    """Functions may only add records to the audit table and read them."""
    iam, arn = stack.instance.aws("iam"), stack.audit_arn
    statements = []
    for role in (role for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]):
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)
            statements += policy["PolicyDocument"]["Statement"]
    granted = {
        action
        for statement in statements
        if any(resource.startswith(arn) for resource in as_list(statement["Resource"]))
        for action in as_list(statement["Action"])
    }
    assert granted == {"dynamodb:PutItem", "dynamodb:Query"}


def as_list(value: str | list[str]) -> list[str]:
    """Returns a list: IAM permits a string instead of a list of one."""
    return [value] if isinstance(value, str) else value
