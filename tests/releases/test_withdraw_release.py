"""`PUT /releases/{component}/{version}/withdrawal` on the deployed stack."""

import pytest

from centops_local import steps

from lambdas import proxied
from support import NEW_CHATBOT, error_pointers

COMPONENT = "withdrawn-releases"
#: A person for whom no other test creates records.
WITHDRAWER = "withdrawer@example.ee"


def publish(stack, version: str, severity: str):
    release = {"component": COMPONENT, "version": version, "severity": severity}
    return steps.expect(stack.person("operator").post("/releases", release), 201)


@pytest.fixture
def updates(stack):
    """Enrols a chatbot that runs 1.0.0. Returns a function that returns its updates."""
    name = "runs-withdrawn"
    steps.expect(stack.person("admin").post("/chatbots", {**NEW_CHATBOT, "name": name}), 201)
    bot = stack.device(name, "chatbot")
    steps.expect(bot.call("PUT", "/versions", {"versions": {COMPONENT: "1.0.0"}}), 200)
    return lambda: steps.expect(bot.get("/updates"), 200).json()["updates"]


def test_withdrawn_release_is_marked_and_no_update_and_not_published_again(stack, updates):
    admin = stack.bearer(stack.issuer.token(WITHDRAWER, ["admin"]))
    publish(stack, "1.1.0", "optional")
    tag = publish(stack, "2.0.0", "critical").headers["ETag"]
    latest = {"component": COMPONENT, "running": "1.0.0", "latest": "2.0.0", "severity": "critical"}
    assert updates() == [latest]
    path, reason = f"/releases/{COMPONENT}/2.0.0/withdrawal", {"reason": "It loses messages."}
    steps.expect(admin.call("PUT", path, reason, headers={"If-Match": '"1"'}), 412)
    withdrawn = steps.expect(admin.call("PUT", path, reason, headers={"If-Match": tag}), 200)
    assert withdrawn.json()["withdrawal"]["reason"] == reason["reason"]
    assert withdrawn.headers["ETag"] != tag
    assert updates() == [{**latest, "latest": "1.1.0", "severity": "optional"}]
    for again in (reason, {"reason": "another"}):
        assert steps.expect(admin.call("PUT", path, again), 200).json() == withdrawn.json(), "the first one is kept"
    listed = steps.expect(admin.get(f"/releases?component={COMPONENT}"), 200).json()["releases"]
    assert [release.get("withdrawal") for release in listed] == [None, withdrawn.json()["withdrawal"]]
    for version in ("2.0.0", "2.0.0+build.2"):
        release = {"component": COMPONENT, "version": version, "severity": "optional"}
        refused = steps.expect(stack.person("operator").post("/releases", release), 409)
        assert reason["reason"] in refused.json()["detail"]
    records = steps.all_pages(stack.person("admin"), "/audit", "records", person=WITHDRAWER)
    done = [record for record in records if record["outcome"] == "done"]
    assert [record["after"]["withdrawal"]["reason"] for record in done] == [reason["reason"]]


def test_unknown_and_invalid_releases_are_refused(stack):
    admin = stack.person("admin")
    steps.expect(admin.call("PUT", f"/releases/{COMPONENT}/9.9.9/withdrawal", {"reason": "none"}), 404)
    for path, pointer in (("A/1.0.0", "#path/component"), (f"{COMPONENT}/v1", "#path/version")):
        refused = steps.expect(admin.call("PUT", f"/releases/{path}/withdrawal", {"reason": "none"}), 400)
        assert error_pointers(refused) == [pointer]


def test_answers_its_sample_event(stack):
    release = {"component": "event-withdrawn", "version": "1.0.0", "severity": "optional"}
    steps.expect(stack.person("operator").post("/releases", release), 201)
    assert proxied(stack, "withdraw-release", 200)["withdrawal"]["reason"] == "it does not start"
