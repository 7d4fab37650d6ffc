"""People and their grants, which hold for sessions that are open."""

import pytest

from centops_local import steps
from centops_local.polling import wait_until

from browser import KATI, MARY, Browser
from lambdas import proxied
from support import error_pointers

SAMPLE = "01a0c450-6c00-7303-8303-060606060606"


@pytest.fixture
def admin(stack) -> Browser:
    browser = Browser(stack.instance)
    browser.sign_in(MARY)
    return browser


@pytest.fixture
def person(admin) -> dict:
    """Returns the record of Kati, who may be known from another test."""
    admin.send("POST", "/api/people", {"subject": KATI, "name": "Kati Kask"})
    people = steps.expect(admin.get("/api/people"), 200).json()["people"]
    return next(one for one in people if one["subject"] == KATI)


def test_grant_holds_for_an_open_session_until_it_ends(stack, admin, person):
    kati = Browser(stack.instance)
    kati.sign_in(KATI)
    path = f"/api/people/{person['id']}/grants"
    grant = {"reason": "Duty officer", "institutions": ["grant-institution"]}
    assert error_pointers(steps.expect(admin.send("PUT", f"{path}/viewer", grant), 400)) == ["#/institutions"]
    steps.expect(admin.send("PUT", f"{path}/owner", grant), 200)
    changed = steps.expect(admin.send("PUT", f"{path}/viewer", {"reason": "Duty officer"}), 200)
    assert set(changed.json()["grants"]) >= {"owner", "viewer"}
    assert changed.json()["grants"]["viewer"]["by"] == MARY
    steps.expect(admin.send("PUT", f"{path}/viewer", {"reason": "Again"}, **{"If-Match": '"1"'}), 412)

    def session() -> dict:
        return steps.expect(kati.session(), 200).json()

    # The gateway may answer from its cache for a minute.
    wait_until("the grants hold", lambda: "viewer" in session()["roles"], 90)
    assert session()["institutions"] == ["grant-institution"]
    steps.expect(kati.get("/api/chatbots"), 200)
    steps.expect(kati.get("/api/people"), 403)

    for role in ("viewer", "owner"):
        steps.expect(admin.send("DELETE", f"{path}/{role}"), 200)
    steps.expect(admin.send("DELETE", f"{path}/viewer"), 404)
    wait_until("the grants are withdrawn", lambda: session()["roles"] == [], 90)
    assert kati.get("/api/chatbots").status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"subject": "38001085718", "name": "Kati"}, "#/subject"),
        ({"subject": "ee38001085718", "name": "Kati"}, "#/subject"),
        ({"subject": KATI, "name": " "}, "#/name"),
    ],
)
def test_wrong_person_is_refused_with_its_pointer(admin, body, pointer):
    assert error_pointers(steps.expect(admin.send("POST", "/api/people", body), 400)) == [pointer]


def test_known_person_is_not_added_twice(admin, person):
    steps.expect(admin.send("POST", "/api/people", {"subject": KATI, "name": "Kati Kask"}), 409)


def test_functions_answer_their_sample_events(stack, person):
    ids = {SAMPLE: person["id"]}
    assert any(one["id"] == person["id"] for one in proxied(stack, "list-people", 200)["people"])
    assert "operator" in proxied(stack, "put-grant", 200, ids)["grants"]
    assert "operator" not in proxied(stack, "end-grant", 200, ids)["grants"]
    assert proxied(stack, "add-person", 201)["grants"] == {}
    assert proxied(stack, "get-session", 200)["roles"] == ["admin"]
    assert proxied(stack, "renew-session", 409)["title"]
    assert proxied(stack, "end-session", 204) is None
    assert proxied(stack, "start-login", 302) is None
    assert proxied(stack, "finish-login", 302) is None
