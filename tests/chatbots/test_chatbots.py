"""Enrolment of chatbots: validation, conditional requests and pages."""

import pytest

from centops_local import steps

from network import DELETED
from support import NEW_CHATBOT, error_pointers, while_unchanged

BAD_FIELDS = [
    ("name", "Upper Case"),
    ("name", "a"),
    ("uri", "ftp://chat.example.ee"),
    ("uri", "https://me:secret@chat.example.ee/"),
    ("uri", "https://chat.example.ee/#top"),
    ("uri", "/messages"),
    ("type", "hobby"),
    ("institution", "Õ"),
    ("contact", "nobody"),
    ("versions/intent-engine", {"intent-engine": "1.4"}),
    ("colour", "blue"),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_invalid_field_is_refused_with_its_pointer(stack, field, value):
    admin = stack.person("admin")
    response = steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, field.partition("/")[0]: value}), 400)
    assert error_pointers(response) == [f"#/{field}"]
    assert admin.get(f"/chatbots/{NEW_CHATBOT['name']}").status_code == 404, "a refused chatbot was enrolled"


def test_missing_field_is_refused_with_its_pointer(stack):
    response = steps.expect(stack.person("admin").post("/chatbots", {"name": "never-enrolled"}), 400)
    assert error_pointers(response) == ["#/uri"]


def test_body_that_is_not_json_is_refused(stack):
    steps.expect(stack.person("admin").post("/chatbots", '{"name": '), 400)


def test_chatbot_is_found_only_while_it_is_enrolled(stack):
    admin = stack.person("admin")
    body = stack.member("written").enrolment()
    steps.expect(admin.post("/chatbots", body), 409)
    response = steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": "enrolled-here"}), 201)
    assert response.headers["Location"].endswith("/chatbots/enrolled-here")
    found = steps.expect(admin.get("/chatbots/enrolled-here"), 200)
    assert found.json() == response.json()
    assert found.headers["ETag"] == response.headers["ETag"]
    assert found.json()["status"] == "Unknown"
    steps.expect(admin.call("DELETE", "/chatbots/enrolled-here"), 204)
    for method, path, change in [
        ("GET", "/chatbots/enrolled-here", None),
        ("PATCH", "/chatbots/enrolled-here", {"contact": "a@b.ee"}),
        ("DELETE", "/chatbots/enrolled-here", None),
        ("POST", "/chatbots/enrolled-here/subscriptions", {"protocol": "email", "endpoint": "a@b.ee"}),
    ]:
        steps.expect(admin.call(method, path, change), 404)


def test_stale_etag_is_refused_at_update_and_deletion(stack):
    admin, path = stack.person("admin"), "/chatbots/written"
    read = steps.expect(admin.get(path), 200)
    first = admin.call("PATCH", path, {"contact": "first@example.ee"}, {"If-Match": read.headers["ETag"]})
    assert steps.expect(first, 200).headers["ETag"] != read.headers["ETag"]
    stale = {"If-Match": read.headers["ETag"]}
    steps.expect(admin.call("PATCH", path, {"contact": "second@example.ee"}, stale), 412)
    steps.expect(admin.call("DELETE", path, None, stale), 412)
    assert steps.expect(admin.get(path), 200).json()["contact"] == "first@example.ee"


def test_any_tag_of_a_list_permits_an_update_and_404_precedes_412(stack):
    admin, path, change = stack.person("admin"), "/chatbots/written", {"contact": "listed@example.ee"}
    etag = steps.expect(admin.get(path), 200).headers["ETag"]
    for never in (f"W/{etag}", etag.replace('"', '"0', 1), "17"):
        steps.expect(admin.call("PATCH", path, change, {"If-Match": never}), 412)
        steps.expect(admin.call("PATCH", "/chatbots/never-enrolled", change, {"If-Match": never}), 404)
    steps.expect(admin.call("PATCH", path, change, {"If-Match": f'"1", {etag}'}), 200)


def test_returns_304_for_an_unchanged_chatbot(stack):
    viewer, path = stack.person("viewer"), "/chatbots/event-guide"
    etag = steps.expect(viewer.get(path), 200).headers["ETag"]
    same = viewer.get(path, {"If-None-Match": etag})
    # A probe may have changed it between the two.
    if same.status_code == 200 and same.headers["ETag"] != etag:
        same = viewer.get(path, {"If-None-Match": same.headers["ETag"]})
    steps.expect(same, 304)


def test_pages_list_every_chatbot_once_in_order(stack):
    """Other tests create and delete chatbots at the same time; those of the sample network stay."""
    viewer = stack.person("viewer")
    names, cursor, pages = [], {}, 0
    before = steps.chatbots(viewer)
    while True:
        page = steps.expect(viewer.get("/chatbots", limit=20, **cursor), 200).json()
        assert len(page["chatbots"]) <= 20
        names += [chatbot["name"] for chatbot in page["chatbots"]]
        pages += 1
        if "next" not in page:
            break
        cursor = {"cursor": page["next"]}
    assert pages > 2
    assert names == sorted(set(names))
    after = steps.chatbots(viewer)
    # Of one enrolment: another test may delete a chatbot and enrol one of the same name.
    lasting = {name for name in before.keys() & after.keys() if before[name]["createdAt"] == after[name]["createdAt"]}
    assert {member.name for member in stack.members if member.name not in DELETED} <= lasting
    assert lasting <= set(names)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "#query/limit"),
        ({"cursor": "made-up!"}, "#query/cursor"),
        ({"status": "Gone"}, "#query/status"),
        ({"since": "-1"}, "#query/since"),
        ({"since": str(2**63)}, "#query/since"),
        ({"since": "1", "limit": "50"}, "#query/since"),
    ],
)
def test_invalid_query_is_refused_with_its_pointer(stack, query, pointer):
    response = steps.expect(stack.person("viewer").get("/chatbots", **query), 400)
    assert error_pointers(response) == [pointer]


def test_list_of_an_owner_is_by_institution_and_name_in_pages(stack):
    admin = stack.person("admin")
    for name, institution in (("list-b", "list-one"), ("list-a", "list-two"), ("list-c", "list-one")):
        steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name, "institution": institution}), 201)
    owner = stack.person("owner", ["list-one", "list-two", "list-none"])
    first = steps.expect(owner.get("/chatbots", limit=2), 200).json()
    assert [bot["name"] for bot in first["chatbots"]] == ["list-b", "list-c"]
    second = steps.expect(owner.get("/chatbots", limit=2, cursor=first["next"]), 200).json()
    assert [bot["name"] for bot in second["chatbots"]] == ["list-a"]
    assert "next" not in second
    filtered = steps.expect(admin.get("/chatbots", institution="list-one"), 200).json()
    assert [bot["name"] for bot in filtered["chatbots"]] == ["list-b", "list-c"]
    # The list of all has another order, and its cursors are of that order.
    refused = steps.expect(admin.get("/chatbots", cursor=first["next"]), 400)
    assert error_pointers(refused) == ["#query/cursor"]


def test_unchanged_list_is_answered_with_304(stack):
    viewer, path = stack.person("viewer"), "/chatbots?institution=written-institution"
    first, unchanged = while_unchanged(
        viewer, path, lambda page: viewer.get(path, {"If-None-Match": page.headers["ETag"]})
    )
    assert first.headers["ETag"].startswith('W/"')
    steps.expect(unchanged, 304)
    assert (unchanged.headers["ETag"], unchanged.text) == (first.headers["ETag"], "")
    steps.expect(viewer.get(path, {"If-None-Match": '"1"'}), 200)


@pytest.fixture
def routed(stack):
    """Two routed chatbots of two institutions. They are removed after the test."""
    admin, served = stack.person("admin"), stack.member("opening-hours").enrolment()
    names = ("changes-own", "changes-other")
    for name in names:
        steps.expect(admin.post("/chatbots", {**served, "name": name, "institution": f"{name}-institution"}), 201)
        forced = {"mode": "force-online", "reason": "a test"}
        steps.expect(admin.call("PUT", f"/chatbots/{name}/control", forced), 200)
    yield names
    for name in names:
        admin.call("DELETE", f"/chatbots/{name}")


def names_of(page: dict) -> set[str]:
    return {chatbot["name"] for chatbot in page["chatbots"]}


def test_changes_since_a_revision_are_those_of_the_caller(stack, routed):
    admin, viewer = stack.person("admin"), stack.person("viewer")
    owner = stack.person("owner", ["changes-own-institution"])
    listed = steps.expect(owner.get("/chatbots"), 200).json()
    assert (names_of(listed), "removed" in listed) == ({"changes-own"}, False)
    since = listed["revision"]
    same = steps.expect(owner.get("/chatbots", since=since), 200).json()
    assert (same["since"], same["chatbots"], same["removed"]) == (since, [], [])

    forced = {"mode": "force-offline", "reason": "a test"}
    steps.expect(admin.call("PUT", "/chatbots/changes-own/control", forced), 200)
    steps.expect(admin.call("DELETE", "/chatbots/changes-other"), 204)
    changed = steps.expect(owner.get("/chatbots", since=since), 200)
    body = changed.json()
    assert (names_of(body), body["removed"]) == ({"changes-own"}, [])
    assert (body["chatbots"][0]["status"], body["revision"] > since) == ("Offline", True)
    assert "changes-other" not in changed.text
    network = steps.expect(viewer.get("/chatbots", since=since), 200).json()
    assert "changes-own" in names_of(network) and "changes-other" in network["removed"]
    foreign = steps.expect(owner.get("/chatbots", since=since, institution="changes-other-institution"), 200).json()
    assert (foreign["chatbots"], foreign["removed"]) == ([], [])

    steps.expect(admin.call("DELETE", "/chatbots/changes-own"), 204)
    assert steps.expect(owner.get("/chatbots", since=since), 200).json()["removed"] == ["changes-own"]
    gone = steps.expect(viewer.get("/chatbots", since=body["revision"] + 1_000_000), 410).json()
    assert gone["type"] == "urn:centops:problem:revision-gone"


@pytest.mark.parametrize("name", ["a%0Ab", "a%0D%0Ab", "%5Cab", "a%00b"])
def test_name_that_had_to_be_encoded_is_refused_with_its_pointer(stack, name):
    assert error_pointers(steps.expect(stack.person("admin").get(f"/chatbots/{name}"), 400)) == ["#path/name"]
