"""The command that shows what is kept about a person."""

import json
import uuid

import pytest

from centops_local import steps
from centops_local.polling import wait_until
from centops_operate.deployed import OperateError
from centops_operate.person import main

from operators import act_as_operator
from support import NEW_CHATBOT


@pytest.fixture(autouse=True)
def _administrator(stack, monkeypatch):
    act_as_operator(stack, monkeypatch)
    monkeypatch.setenv("TOKEN", stack.issuer.token("data-protection@example.ee", ["admin"]))


def shown(capsys: pytest.CaptureFixture, *words: str) -> tuple[dict, str]:
    """Runs the command. Returns what is kept, and what was done."""
    assert main(["local", *words]) == 0
    output = capsys.readouterr()
    return json.loads(output.out)["kept"], output.err


@pytest.mark.exclusive("mail")
def test_everything_about_a_person_is_shown_and_what_may_end_ends(stack, capsys):
    suffix = uuid.uuid4().hex[:8]
    subject, email, name = f"EE6{int(suffix, 16):010d}", f"kept-{suffix}@example.ee", f"kept-{suffix}"
    admin = stack.person("admin")
    person = steps.expect(admin.post("/people", {"subject": subject, "name": "Kati Kask"}), 201).json()
    grant = {"reason": "Duty officer"}
    steps.expect(admin.call("PUT", f"/people/{person['id']}/grants/viewer", grant), 200)
    subscribed = steps.expect(admin.post("/subscriptions", {"channel": "mail", "address": email}), 201).json()
    steps.expect(admin.post("/chatbots", {**NEW_CHATBOT, "name": name, "contact": email}), 201)
    try:
        kept, done = shown(capsys, "--subject", subject, "--email", email.upper())
        assert [each["id"] for each in kept["grants"]] == [person["id"]]
        assert [each["id"] for each in kept["subscriptions"]] == [subscribed["id"]]
        assert kept["contacts"] == [{"chatbot": name}]
        assert done == "", "nothing ends unless it is applied"
        _, done = shown(capsys, "--subject", subject, "--email", email, "--apply")
        assert done.splitlines() == ["The grant of viewer ended.", f"The subscription {subscribed['id']} ended."]
        kept, done = shown(capsys, "--subject", subject, "--email", email, "--apply")
        assert kept["grants"][0]["grants"] == {}
        assert kept["subscriptions"][0]["state"]["name"] == "ended"
        assert done == "There was nothing to end.\n"
    finally:
        steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)


def test_audit_records_of_a_person_are_shown(stack, capsys):
    subject = f"auditor-{uuid.uuid4().hex[:8]}@example.ee"
    steps.expect(stack.bearer(stack.issuer.token(subject, ["viewer"])).get("/health"), 200)

    def operations() -> list[str]:
        kept, _ = shown(capsys, "--subject", subject)
        return [record["operation"] for record in kept["audit"]]

    # The index of persons lags behind the trail for a moment.
    wait_until("the login is in the audit trail", lambda: operations() == ["get-health"], 10)


def test_nobody_is_an_error(capsys):
    with pytest.raises(OperateError, match="Name a person"):
        main(["local"])
