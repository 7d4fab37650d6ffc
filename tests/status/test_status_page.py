"""The public status page in two languages, as JSON and as a feed. It needs no credentials."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
import requests

from centops_local import steps
from centops_local.polling import wait_until

from support import NEW_CHATBOT

ATOM = "{http://www.w3.org/2005/Atom}"
#: What each form of the page is.
FORMS = {
    "/status": "text/html; charset=utf-8",
    "/status/": "text/html; charset=utf-8",
    "/status/en": "text/html; charset=utf-8",
    "/status/et.atom": "application/atom+xml; charset=utf-8",
    "/status/en.atom": "application/atom+xml; charset=utf-8",
    "/status/status.json": "application/json",
}


def read(stack, path: str) -> requests.Response:
    """Returns a form of the page, read without credentials."""
    return steps.expect(requests.get(stack.instance.url("console") + path, timeout=30), 200)


@pytest.fixture(scope="module")
def published(stack) -> dict:
    """Publishes the page. Returns it."""
    stack.invoke("publish-status", {})
    return read(stack, "/status/status.json").json()


@pytest.mark.parametrize(("path", "media_type"), FORMS.items())
def test_page_is_readable_by_anybody_in_each_form(stack, published, path, media_type):
    answer = read(stack, path)
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Cache-Control"] == "public, max-age=20, stale-if-error=86400"
    assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text and "<style" not in answer.text


def test_pages_are_in_their_language(stack, published):
    assert '<html lang="et">' in read(stack, "/status").text
    assert '<html lang="en">' in read(stack, "/status/en").text


def test_page_has_the_institutions_of_routed_chatbots_and_nothing_internal(stack, published):
    institutions = {institution["id"] for institution in published["institutions"]}
    assert {member.institution for member in stack.members} <= institutions
    members = {member.name for member in stack.members}
    text = "".join(read(stack, path).text for path in FORMS)
    chatbots = steps.expect(stack.person("admin").get("/chatbots?limit=1000"), 200).json()["chatbots"]
    for chatbot in chatbots:
        if chatbot["name"] in members:
            assert chatbot["uri"] not in text and chatbot["contact"] not in text
    for dmr in ("dmr-tallinn", "dmr-tartu"):
        assert dmr not in text


def test_feed_is_well_formed(stack, published):
    feed = ElementTree.fromstring(read(stack, "/status/en.atom").content)
    assert feed.tag == f"{ATOM}feed"
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert len(ids) == len(published["incidents"]) + len(published["plannedOutages"])


def test_planned_outage_and_a_chatbot_that_is_taken_out_are_on_the_page(stack):
    admin = stack.person("admin")
    name, institution = "status-chatbot", "status-institution"
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name, "institution": institution}), 201)
    forced = {"mode": "force-offline", "reason": "canary-reason"}
    steps.expect(admin.call("PUT", f"/chatbots/{name}/control", forced), 200)
    start = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:00")
    rule = {"start": start, "zone": "UTC", "minutes": 60}
    plan = {"institution": institution, "reason": "canary-reason", "rule": rule}
    outage = steps.expect(admin.post("/planned-outages", plan), 201)
    stack.invoke("publish-status", {})
    page = read(stack, "/status/status.json").json()
    assert [planned["institution"] for planned in page["plannedOutages"] if planned["institution"] == institution]
    [shown] = [one for one in page["institutions"] if one["id"] == institution]
    assert (shown["state"], [one["name"] for one in shown["unavailable"]]) == ("down", [name])
    assert "canary-reason" not in read(stack, "/status/en").text

    steps.expect(admin.call("DELETE", outage.headers["Location"]), 204)
    steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)
    stack.invoke("publish-status", {})
    assert institution not in read(stack, "/status/en").text


def test_page_is_published_each_minute(stack, published):
    def made() -> str:
        return read(stack, "/status/status.json").json()["madeAt"]

    before = made()
    wait_until("the next page is there", lambda: made() > before, 90)
