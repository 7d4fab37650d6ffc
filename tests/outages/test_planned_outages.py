"""Planned outages: their life in the API, who may do what, and the calendar."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from centops_local import steps

from centops_local.polling import wait_until

from support import NEW_CHATBOT, error_pointers

INSTITUTION = "planning-institution"


@pytest.fixture
def owner(stack):
    return stack.person("owner", [INSTITUTION])


def start_in(**ahead) -> str:
    """Returns a full minute in UTC, as clocks show it."""
    return (datetime.now(UTC) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:00")


def plan(person, start: str, status: int = 201, institution: str = INSTITUTION, **more) -> requests.Response:
    rule = {"start": start, "zone": "UTC", "minutes": 60}
    body = {"institution": institution, "rule": rule, "reason": "Database upgrade", **more}
    return steps.expect(person.post("/planned-outages", body), status)


def test_outage_of_an_owner_is_confirmed_a_day_ahead_and_else_by_an_operator(stack, owner):
    confirmed = plan(owner, start_in(days=2)).json()
    assert confirmed["state"] == "confirmed"
    assert [one["excluded"] for one in confirmed["occurrences"]] == [True]
    requested = plan(owner, start_in(hours=3))
    path = requested.headers["Location"]
    assert requested.json()["state"] == "requested"
    steps.expect(owner.call("POST", f"{path}/confirmation"), 403)
    later = steps.expect(stack.person("operator").call("POST", f"{path}/confirmation"), 200).json()
    assert later["state"] == "confirmed"
    assert [one["excluded"] for one in later["occurrences"]] == [False]
    steps.expect(stack.person("operator").call("POST", f"{path}/confirmation"), 409)


def test_change_needs_the_current_version_and_cancellation_is_final(owner):
    created = plan(owner, start_in(days=3))
    path = created.headers["Location"]
    changed = owner.call("PATCH", path, {"reason": "Another"}, {"If-Match": created.headers["ETag"]})
    assert steps.expect(changed, 200).json()["reason"] == "Another"
    steps.expect(owner.call("PATCH", path, {"reason": "Third"}, {"If-Match": created.headers["ETag"]}), 412)
    steps.expect(owner.call("PATCH", path, {"until": "2099-01-01T00:00:00Z"}), 409)
    steps.expect(owner.call("POST", f"{path}/completion"), 409)
    steps.expect(owner.call("DELETE", path), 204)
    steps.expect(owner.call("DELETE", path), 204)
    assert steps.expect(owner.get(path), 200).json()["state"] == "cancelled"
    steps.expect(owner.call("PATCH", path, {"reason": "Late"}), 409)


def test_chatbots_are_taken_out_for_the_time_and_released_early(stack, owner):
    """The scheduled function takes the steps: nobody calls it."""
    admin, name = stack.person("admin"), "planned-chatbot"
    chatbot = {**NEW_CHATBOT, "name": name, "institution": INSTITUTION}
    steps.expect(admin.post("/chatbots", chatbot), 201)
    operator = stack.person("operator")
    created = plan(operator, start_in(minutes=2), takeOut=True, chatbots=[name])
    path = created.headers["Location"]
    # All chatbots of the institution instead, at another time.
    rule = {"start": start_in(minutes=1), "zone": "UTC", "minutes": 30}
    steps.expect(operator.call("PATCH", path, {"chatbots": [name]}), 200)
    moved = steps.expect(operator.call("PATCH", path, {"rule": rule}), 200).json()
    assert moved["rule"]["minutes"] == 30

    def is_out(expected: bool) -> bool:
        return ("control" in steps.expect(owner.get(f"/chatbots/{name}/health"), 200).json()) is expected

    wait_until("the chatbot is taken out", lambda: is_out(True), 180)
    assert steps.expect(owner.get(path), 200).json()["state"] == "in-progress"
    assert steps.expect(owner.call("POST", f"{path}/completion"), 200).json()["state"] == "completed"
    wait_until("the chatbot is released", lambda: is_out(False), 120)
    everything = plan(operator, start_in(minutes=1), takeOut=True)
    wait_until("all chatbots are taken out", lambda: is_out(True), 180)
    steps.expect(operator.call("DELETE", everything.headers["Location"]), 204)
    wait_until("the chatbot is released", lambda: is_out(False), 120)
    steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


def test_list_has_the_outages_of_own_institutions(stack, owner):
    created = plan(owner, start_in(days=4)).json()
    listed = steps.expect(owner.get("/planned-outages", state="confirmed"), 200).json()
    assert created["id"] in [one["id"] for one in listed["plannedOutages"]]
    other = stack.person("owner", ["another-institution"])
    assert steps.expect(other.get("/planned-outages"), 200).json()["plannedOutages"] == []
    steps.expect(other.get(f"/planned-outages/{created['id']}"), 403)
    plan(other, start_in(days=4), 403)


def test_request_that_cannot_be_kept_is_refused_at_its_field(owner):
    assert error_pointers(plan(owner, "2020-01-01T10:00:00", 400)) == ["#/rule/start"]
    assert error_pointers(plan(owner, start_in(days=2), 400, chatbots=["no-such-chatbot"])) == ["#/chatbots"]


def test_calendar_is_shown_to_whoever_has_its_link(stack, owner):
    created = plan(owner, start_in(days=5), reason="Work; with, signs").json()
    link = steps.expect(owner.get(f"/institutions/{INSTITUTION}/calendar"), 200).json()["url"]
    nobody, token = stack.bearer(None), parse_qs(urlsplit(link).query)["token"][0]
    anyone = nobody.get("/calendar", token=token)
    assert anyone.status_code == 200, anyone.text
    assert anyone.headers["Content-Type"].startswith("text/calendar")
    assert f"UID:{created['id']}" in anyone.text.replace("\r\n ", "")
    assert "SUMMARY:Work\\; with\\, signs" in anyone.text
    steps.expect(nobody.get("/calendar", token=f"{INSTITUTION}.x"), 404)
