"""Enrolment and its manners: names, fields, versions of items, pages."""

import json

import pytest

from centops_local import steps

NEW = {
    "name": "never-enrolled",
    "uri": "https://chat.example.ee/messages",
    "type": "institution",
    "institution": "written-institution",
    "contact": "it@example.ee",
    "versions": {"intent-engine": "1.4.0"},
}

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


def pointers(response) -> list[str]:
    assert response.headers["Content-Type"].startswith("application/problem+json"), response.headers
    return [error["pointer"] for error in response.json()["errors"]]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_a_bad_field_is_refused_by_its_name(stack, field, value):
    admin = stack.person("admin")
    response = steps.expect(admin.post("/chatbots", {**NEW, field.partition("/")[0]: value}), 400)
    assert pointers(response) == [f"#/{field}"]
    assert admin.get(f"/chatbots/{NEW['name']}").status_code == 404, "a refused chatbot was enrolled"


def test_a_missing_field_is_named(stack):
    response = steps.expect(stack.person("admin").post("/chatbots", {"name": "never-enrolled"}), 400)
    assert pointers(response) == ["#/uri"]


def test_a_body_that_is_no_json_is_refused(stack):
    steps.expect(stack.person("admin").post("/chatbots", '{"name": '), 400)


def test_a_name_is_enrolled_once_and_found_only_then(stack):
    admin = stack.person("admin")
    body = stack.member("written").enrolment()
    steps.expect(admin.post("/chatbots", body), 409)
    response = steps.expect(admin.post("/chatbots", {**NEW, "name": "enrolled-here"}), 201)
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


def test_two_administrators_never_overwrite_each_other(stack):
    admin, path = stack.person("admin"), "/chatbots/written"
    read = steps.expect(admin.get(path), 200)
    first = admin.call("PATCH", path, {"contact": "first@example.ee"}, {"If-Match": read.headers["ETag"]})
    assert steps.expect(first, 200).headers["ETag"] != read.headers["ETag"]
    stale = {"If-Match": read.headers["ETag"]}
    steps.expect(admin.call("PATCH", path, {"contact": "second@example.ee"}, stale), 412)
    steps.expect(admin.call("DELETE", path, None, stale), 412)
    assert steps.expect(admin.get(path), 200).json()["contact"] == "first@example.ee"


def test_an_unchanged_chatbot_is_not_sent_again(stack):
    viewer, path = stack.person("viewer"), "/chatbots/event-guide"
    etag = steps.expect(viewer.get(path), 200).headers["ETag"]
    same = viewer.get(path, {"If-None-Match": etag})
    # A probe may have changed it between the two.
    if same.status_code == 200 and same.headers["ETag"] != etag:
        same = viewer.get(path, {"If-None-Match": same.headers["ETag"]})
    steps.expect(same, 304)


def test_pages_hold_every_chatbot_once_in_order(stack):
    viewer = stack.person("viewer")
    names, cursor, pages = [], {}, 0
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
    assert set(names) == steps.chatbots(viewer).keys()


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "0"}, "#query/limit"),
        ({"cursor": "made-up!"}, "#query/cursor"),
        ({"status": "Gone"}, "#query/status"),
    ],
)
def test_a_bad_query_is_refused_by_its_name(stack, query, pointer):
    response = steps.expect(stack.person("viewer").get("/chatbots", **query), 400)
    assert pointers(response) == [pointer]


def test_a_release_is_published_once(stack):
    release = {"component": "published-once", "version": "1.0.0-rc.1", "severity": "optional", "notes": "Õ"}
    operator = stack.person("operator")
    published = steps.expect(operator.post("/releases", release), 201).json()
    assert {**published, **release} == published
    steps.expect(operator.post("/releases", release), 409)
    bad = steps.expect(operator.post("/releases", {**release, "version": "v1"}), 400)
    assert pointers(bad) == ["#/version"]


def test_one_address_hears_of_several_chatbots(stack):
    """SNS takes one subscription an address: the second chatbot widens the first one's filter."""
    operator, queue = stack.person("operator"), "arn:aws:sqs:eu-north-1:000000000000:of-several"
    destination = {"protocol": "sqs", "endpoint": queue}
    seen = [
        steps.expect(operator.post(f"/chatbots/{name}/subscriptions", destination), 201).json()
        for name in ("written", "owned", "written")
    ]
    assert len({subscription["id"] for subscription in seen}) == 1
    attributes = stack.instance.aws("sns").get_subscription_attributes(SubscriptionArn=seen[0]["id"])["Attributes"]
    assert json.loads(attributes["FilterPolicy"]) == {"chatbot": ["owned", "written"]}


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [("email", "nobody"), ("sms", "5551234"), ("https", "http://example.ee/"), ("sqs", "queue")],
)
def test_an_address_must_fit_its_protocol(stack, protocol, endpoint):
    destination = {"protocol": protocol, "endpoint": endpoint}
    response = steps.expect(stack.person("operator").post("/chatbots/written/subscriptions", destination), 400)
    assert pointers(response) == ["#/endpoint"]
