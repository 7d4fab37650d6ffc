"""Events can be read: all by staff, those of their chatbots by owners."""

import datetime

import pytest

from centops_local import steps
from centops_local.polling import wait_until

from lambdas import proxied
from support import NEW_CHATBOT, error_pointers

#: A chatbot, its institution and a component that no other test uses.
LISTED = "listed-events"
INSTITUTION = "listed-institution"
COMPONENT = "listed-component"
#: The `sub` of the administrator, which owners must not see.
ADMINISTRATOR = "listed-admin@example.ee"


def administrator(stack):
    """Returns the Admin API for an administrator that no other test uses."""
    return stack.bearer(stack.issuer.token(ADMINISTRATOR, ["admin"]))


def owner(stack, institution: str = INSTITUTION):
    """Returns the Admin API for an owner."""
    return stack.person("owner", [institution])


def enrol(stack) -> None:
    body = {**NEW_CHATBOT, "name": LISTED, "institution": INSTITUTION}
    steps.expect(administrator(stack).post("/chatbots", body), 201)


def override(stack, reason: str) -> None:
    """Freezes the chatbot, and ends that: two events."""
    admin, path = administrator(stack), f"/chatbots/{LISTED}/control"
    steps.expect(admin.call("PUT", path, {"mode": "hold", "reason": reason}), 200)
    steps.expect(admin.call("DELETE", path), 204)


def remove(stack) -> None:
    steps.expect(administrator(stack).call("DELETE", f"/chatbots/{LISTED}"), 204)


def events_of(api, path: str = "/events", **query) -> list[dict]:
    """Returns the events of all pages of a query."""
    return steps.all_pages(api, path, "events", **query)


def await_events(api, count: int, path: str = "/events", **query) -> list[dict]:
    """Waits until the list has `count` events, and returns them. The index lags behind the table by a moment."""

    def all_there() -> list[dict]:
        found = events_of(api, path, **query)
        return found if len(found) >= count else []

    found = wait_until(f"{path} has {count} events", all_there, 20)
    assert len(found) == count, found
    return found


@pytest.fixture(scope="module")
def begin(stack):
    """Enrols the chatbot and overrides it twice. Yields the time before; deletes the chatbot."""
    begin = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    enrol(stack)
    override(stack, "first")
    override(stack, "second")
    yield begin
    remove(stack)


def reasons(events: list[dict]) -> list[str | None]:
    return [event.get("control", {}).get("reason") for event in events]


def test_events_of_a_chatbot_are_listed_newest_first_in_pages(stack, begin):
    path = f"/chatbots/{LISTED}/events"
    events = await_events(owner(stack), 4, path)
    assert [event["type"] for event in events] == ["control-ended", "control-set"] * 2
    assert reasons(events) == [None, "second", None, "first"]
    assert {event["chatbot"] for event in events} == {LISTED}
    assert {event["quiet"] for event in events} == {True}
    assert [event["at"] for event in events] == sorted((event["at"] for event in events), reverse=True)
    assert events_of(owner(stack), path, limit="1") == events
    assert events_of(owner(stack), path, limit="3") == events
    assert events_of(owner(stack), path, kind="control-set") == events[1::2]
    assert events_of(owner(stack), path, kind=["control-set", "control-ended"]) == events
    assert events_of(owner(stack), path, kind="chatbot-offline") == []
    assert events_of(owner(stack), path, to=begin) == []
    assert events_of(owner(stack), path, **{"from": begin, "to": events[1]["at"]}) == events[2:]


def test_owner_lists_the_events_of_the_own_chatbots_without_their_authors(stack, begin):
    seen = await_events(owner(stack), 4)
    assert {event["chatbot"] for event in seen} == {LISTED}
    assert not [event for event in seen if "by" in event.get("control", {})]
    assert seen == events_of(owner(stack), f"/chatbots/{LISTED}/events")
    assert seen == events_of(owner(stack), limit="3")
    assert events_of(stack.person("owner", ["institution-without-chatbots"])) == []
    for role in ("admin", "operator", "viewer"):
        own = [event for event in events_of(stack.person(role), **{"from": begin}) if event.get("chatbot") == LISTED]
        assert [event["id"] for event in own] == [event["id"] for event in seen], role
        assert [event["control"]["by"] for event in own[1::2]] == [ADMINISTRATOR] * 2, role


def test_events_about_releases_are_for_staff(stack, begin):
    release = {"component": COMPONENT, "version": "1.0.0", "severity": "optional"}
    published = steps.expect(administrator(stack).post("/releases", release), 201).json()

    def release_events() -> list[dict]:
        listed = events_of(stack.person("viewer"), kind="release-published", **{"from": begin}, limit="2")
        return [event for event in listed if event["release"]["component"] == COMPONENT]

    [event] = wait_until("the release is listed", release_events, 20)
    assert event["release"] == published
    assert events_of(owner(stack), kind="release-published") == []


def test_former_enrolment_is_listed_to_staff_only(stack, begin):
    former = await_events(owner(stack), 4)
    remove(stack)
    assert events_of(owner(stack)) == []
    enrol(stack)
    override(stack, "third")
    assert reasons(await_events(owner(stack), 2)) == [None, "third"]
    assert len(events_of(owner(stack), f"/chatbots/{LISTED}/events")) == 2
    ids = [event["id"] for event in events_of(stack.person("viewer"), **{"from": begin})]
    assert [event["id"] for event in former if event["id"] in ids] == [event["id"] for event in former]


def test_events_of_a_chatbot_are_refused_to_owners_of_others(stack, begin):
    path = f"/chatbots/{LISTED}/events"
    for role in ("admin", "operator", "viewer"):
        steps.expect(stack.person(role).get(path), 200)
    steps.expect(owner(stack, "owned-institution").get(path), 403)
    steps.expect(stack.person("viewer").get("/chatbots/never-enrolled/events"), 404)


@pytest.mark.parametrize("path", ["/events", "/chatbots/written/events"])
@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": "101"}, "#query/limit"),
        ({"from": "yesterday"}, "#query/from"),
        ({"from": "2026-11-21T09:00:00Z", "to": "2026-11-21T09:00:00Z"}, "#query/to"),
        ({"kind": "outage"}, "#query/kind"),
        ({"kind": ["control-set", "outage"]}, "#query/kind"),
        ({"cursor": "made-up!"}, "#query/cursor"),
    ],
)
def test_invalid_query_of_events_is_refused_with_its_pointer(stack, path, query, pointer):
    response = steps.expect(stack.person("viewer").get(path, **query), 400)
    assert error_pointers(response) == [pointer]


def test_functions_answer_their_sample_events(stack):
    listed = proxied(stack, "list-events", 200)["events"]
    assert {event["type"] for event in listed} <= {"chatbot-offline", "chatbot-online"}
    assert proxied(stack, "list-chatbot-events", 200)["events"] is not None
