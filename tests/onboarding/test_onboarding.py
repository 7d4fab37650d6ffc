"""Onboarding: from the invitation to the chatbot that is routed, and every wrong path."""

import json
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from centops_local import devices, letters, logs, steps
from centops_local.authority import Credentials, new_key

WRONG_CODE = "A" * 43
REASON = {"decision": "reject", "reason": "The address is not the institution's."}


def application(code: str, name: str, key: ec.EllipticCurvePrivateKey | None = None, **chatbot) -> dict:
    """What an institution sends."""
    new = {"name": name, "uri": "https://chat.example.ee/", "type": "institution", "contact": "it@example.ee"}
    return {"code": code, "chatbot": {**new, **chatbot}, "csr": devices.request(key or ec.generate_private_key(ec.SECP256R1()))}


def applicant(stack, subject: str = "EE60001019906"):
    """A person without any role."""
    return stack.bearer(stack.issuer.token(subject, []))


def invite(stack, **more) -> letters.Letter:
    """The letter of a new invitation."""
    address = f"it-{uuid.uuid4().hex}@example.ee"
    body = {"institution": "invited-institution", "email": address, **more}
    invited = steps.expect(stack.person("admin").post("/invitations", body), 201)
    [letter] = letters.to(stack.instance, address)
    assert invited.headers["Location"].endswith(f"/invitations/{letter.invitation}")
    assert invited.json()["status"] == "invited"
    assert letter.code not in invited.text
    return letter


def apply(stack, letter: letters.Letter, name: str, person=None, **chatbot):
    """An institution applies."""
    path = f"/invitations/{letter.invitation}/application"
    return (person or applicant(stack)).call("PUT", path, application(letter.code, name, **chatbot))


def decide(stack, letter: letters.Letter, decision: dict, headers: dict | None = None):
    """An administrator decides."""
    return stack.person("admin").call("PUT", f"/invitations/{letter.invitation}/decision", decision, headers)


def read(stack, letter: letters.Letter) -> dict:
    """The invitation as staff sees it."""
    return steps.expect(stack.person("viewer").get(f"/invitations/{letter.invitation}"), 200).json()


def statuses(invitation: dict) -> list[str]:
    return [step["status"] for step in invitation["history"]]


def refusal(response) -> dict:
    """A problem but for the id of its request."""
    return {key: value for key, value in response.json().items() if key != "instance"}


def test_from_the_letter_to_the_first_probe(stack, tmp_path):
    """The closed loop: nothing is handed over but the letter's text and what the API shows the applicant."""
    letter = invite(stack, days=3)
    assert letter.sender == letters.SENDER
    credentials = Credentials(tmp_path / "onboarded.pem", tmp_path / "onboarded-key.pem")
    key, me = new_key(credentials.key), applicant(stack)
    path = f"/invitations/{letter.invitation}"
    served = stack.member("opening-hours").enrolment()["uri"]
    body = application(letter.code, "onboarded", key, uri=served)
    submitted = steps.expect(me.call("PUT", f"{path}/application", body), 200)
    assert submitted.json()["status"] == "submitted"
    steps.expect(stack.person("viewer").get("/chatbots/onboarded"), 404)

    approved = steps.expect(decide(stack, letter, {"decision": "approve", "days": 30}), 200).json()
    assert statuses(approved) == ["invited", "submitted", "approved"]
    enrolled = steps.expect(stack.person("viewer").get("/chatbots/onboarded"), 200).json()
    assert (enrolled["uri"], enrolled["institution"]) == (served, "invited-institution")

    mine = steps.expect(me.get(path), 200).json()
    assert mine["status"] == "approved"
    assert not [step for step in mine["history"] if "by" in step], "who decided is not the applicant's to know"
    certificate = x509.load_pem_x509_certificate(mine["certificate"]["pem"].encode())
    assert certificate.public_key() == key.public_key()
    assert f"{certificate.serial_number:032x}" == mine["certificate"]["serial"]
    credentials.certificate.write_text(mine["certificate"]["pem"])
    chatbot = stack.holder(credentials)
    versions = {"versions": {"story-engine": "1.4.0"}}
    steps.expect(chatbot.call("PUT", "/versions", versions), 200)
    steps.expect(chatbot.get("/routes"), 403)
    steps.await_status(stack, "onboarded", "Online", steps.ONLINE_SECONDS)
    steps.expect(stack.person("admin").call("DELETE", "/chatbots/onboarded"), 204)

    # The code is in the letter and nowhere else.
    assert not [line for line in logs.lines(stack.instance) if letter.code in line]
    for reader in (stack.person("admin"), me):
        assert letter.code not in reader.get(path).text


def test_a_lost_answer_is_given_again_and_nothing_else_is_taken(stack):
    letter = invite(stack)
    me, path = applicant(stack), f"/invitations/{letter.invitation}/application"
    body = application(letter.code, "applied-twice")
    first = steps.expect(me.call("PUT", path, body), 200)
    again = steps.expect(me.call("PUT", path, body), 200)
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])
    other = applicant(stack, "EE60001017869")
    steps.expect(other.call("PUT", path, body), 404)
    steps.expect(apply(stack, letter, "applied-otherwise"), 404)
    rejected = steps.expect(decide(stack, letter, REASON), 200).json()
    assert steps.expect(decide(stack, letter, REASON), 200).json() == rejected
    assert statuses(rejected) == ["invited", "submitted", "rejected"]
    assert steps.expect(me.get(f"/invitations/{letter.invitation}"), 200).json()["history"][-1]["reason"] == REASON["reason"]
    steps.expect(decide(stack, letter, {"decision": "approve"}), 409)
    steps.expect(stack.person("viewer").get("/chatbots/applied-twice"), 404)


def test_outsiders_learn_nothing(stack):
    """A wrong code, a wrong id, a used and an expired invitation, and one that was withdrawn: one answer."""
    open_one, used, expired, withdrawn = invite(stack), invite(stack), invite(stack), invite(stack)
    steps.expect(apply(stack, used, "outsiders-used"), 200)
    steps.expect(decide(stack, withdrawn, REASON), 200)
    expire(stack, expired)
    me = applicant(stack, "EE60001017869")

    def tried(invitation: str, code: str):
        return me.call("PUT", f"/invitations/{invitation}/application", application(code, "outsiders"))

    answers = [
        tried(open_one.invitation, WRONG_CODE),
        tried(str(uuid.uuid4()), open_one.code),
        tried(used.invitation, used.code),
        tried(expired.invitation, expired.code),
        tried(withdrawn.invitation, withdrawn.code),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert [refusal(answer) for answer in answers] == [refusal(answers[0])] * 5

    answers = [me.get(f"/invitations/{one}") for one in (open_one.invitation, used.invitation, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert [refusal(answer) for answer in answers] == [refusal(answers[0])] * 3
    steps.expect(decide(stack, used, REASON), 200)


def expire(stack, letter: letters.Letter) -> None:
    """Lets the time of an invitation run out: its end is moved, the only thing that no test can await."""
    key = {"pk": "INVITATIONS", "sk": letter.invitation}
    item = stack.table.get_item(Key=key)["Item"]
    document = json.loads(item["document"]) | {"until": "2026-01-01T00:00:00Z"}
    stack.table.put_item(Item=item | {"document": json.dumps(document), "until": 1_767_225_600_000})


def test_what_has_expired_is_listed_so_and_not_decided(stack):
    letter = invite(stack)
    expire(stack, letter)
    assert read(stack, letter)["status"] == "expired"
    steps.expect(decide(stack, letter, REASON), 409)
    viewer = stack.person("viewer")
    listed = {
        status: [one["id"] for one in pages(viewer, status)] for status in ("expired", "invited")
    }
    assert letter.invitation in listed["expired"] and letter.invitation not in listed["invited"]


def pages(viewer, status: str) -> list[dict]:
    """All invitations of a status, page by page."""
    found, cursor = [], {}
    while True:
        page = steps.expect(viewer.get("/invitations", status=status, limit=2, **cursor), 200).json()
        found += page["invitations"]
        if "next" not in page:
            ids = [one["id"] for one in found]
            assert ids == sorted(ids, reverse=True), "the newest come first"
            return found
        cursor = {"cursor": page["next"]}


def test_ten_wrong_codes_withdraw_the_invitation(stack):
    letter = invite(stack)
    guesser, path = applicant(stack, "EE60001017869"), f"/invitations/{letter.invitation}/application"
    for _ in range(10):
        assert read(stack, letter)["status"] == "invited"
        steps.expect(guesser.call("PUT", path, application(WRONG_CODE, "guessed")), 404)
    withdrawn = read(stack, letter)
    assert (withdrawn["status"], statuses(withdrawn)) == ("withdrawn", ["invited", "withdrawn"])
    assert "by" not in withdrawn["history"][-1]
    steps.expect(apply(stack, letter, "guessed"), 404)


def test_nobody_is_approved_who_did_not_apply(stack):
    letter = invite(stack)
    steps.expect(decide(stack, letter, {"decision": "approve"}), 409)
    assert steps.expect(decide(stack, letter, REASON), 200).json()["status"] == "withdrawn"
    steps.expect(decide(stack, letter, {"decision": "approve"}), 409)


def test_a_name_that_is_taken(stack):
    """Before: apply with another. Meanwhile: the application waits."""
    letter, admin = invite(stack), stack.person("admin")
    steps.expect(apply(stack, letter, "written"), 409)
    steps.expect(apply(stack, letter, "taken-meanwhile"), 200)
    taken = {**application("", "taken-meanwhile")["chatbot"], "institution": "another-institution"}
    steps.expect(admin.post("/chatbots", taken), 201)
    steps.expect(decide(stack, letter, {"decision": "approve"}), 409)
    assert read(stack, letter)["status"] == "submitted"
    steps.expect(admin.call("DELETE", "/chatbots/taken-meanwhile"), 204)
    steps.expect(decide(stack, letter, {"decision": "approve"}), 200)
    steps.expect(admin.call("DELETE", "/chatbots/taken-meanwhile"), 204)


def test_a_decision_can_depend_on_what_was_read(stack):
    letter = invite(stack)
    etag = stack.person("admin").get(f"/invitations/{letter.invitation}").headers["ETag"]
    steps.expect(apply(stack, letter, "read-before"), 200)
    steps.expect(decide(stack, letter, REASON, {"If-Match": etag}), 412)
    steps.expect(decide(stack, letter, REASON), 200)


def test_a_letter_that_cannot_be_sent_withdraws_the_invitation(stack):
    ses, address = stack.instance.aws("sesv2"), f"it-{uuid.uuid4().hex}@example.ee"
    ses.delete_email_identity(EmailIdentity=letters.SENDER)
    try:
        body = {"institution": "unreached-institution", "email": address}
        steps.expect(stack.person("admin").post("/invitations", body), 503)
    finally:
        letters.verify_sender(stack.instance)
    [unsent] = [one for one in pages(stack.person("viewer"), "withdrawn") if one["email"] == address]
    assert statuses(unsent) == ["invited", "withdrawn"]
    assert letters.to(stack.instance, address) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"csr": "no request"}, "#/csr"),
        ({"csr": "x" * 8193}, "#/csr"),
        ({"code": "short"}, "#/code"),
        ({"institution": "chosen-by-myself"}, "#/institution"),
        ({"chatbot": {"name": "Upper"}}, "#/chatbot/name"),
    ],
)
def test_a_bad_application_is_refused_by_its_field(stack, change, pointer):
    path = f"/invitations/{uuid.uuid4()}/application"
    response = steps.expect(applicant(stack).call("PUT", path, {**application(WRONG_CODE, "bad"), **change}), 400)
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"decision": "reject"}, "#/reason"),
        ({"decision": "reject", "reason": " "}, "#/reason"),
        ({"decision": "reject", "reason": "no", "days": 3}, "#/days"),
        ({"decision": "approve", "days": 398}, "#/days"),
        ({"decision": "maybe"}, "#/decision"),
    ],
)
def test_a_bad_decision_is_refused_by_its_field(stack, body, pointer):
    response = steps.expect(stack.person("admin").call("PUT", f"/invitations/{uuid.uuid4()}/decision", body), 400)
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(("field", "value"), [("days", 0), ("days", 61), ("email", "nobody"), ("institution", "Õ")])
def test_a_bad_invitation_is_refused_by_its_field(stack, field, value):
    body = {"institution": "invited-institution", "email": "it@example.ee", field: value}
    response = steps.expect(stack.person("admin").post("/invitations", body), 400)
    assert [error["pointer"] for error in response.json()["errors"]] == [f"#/{field}"]


def test_every_step_is_an_event_and_one_of_them_is_told(stack):
    """An administrator is to decide: of that they hear. No event has anybody's address."""
    letter = invite(stack)
    steps.expect(apply(stack, letter, "heard-of"), 200)
    steps.expect(decide(stack, letter, REASON), 200)
    events = stack.table.query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": f"EVENTS#{letter.invitation}"}
    )["Items"]
    told = sorted((json.loads(item["event"]) for item in events), key=lambda event: event["at"])
    assert [(event["type"], event.get("quiet", False)) for event in told] == [
        ("invitation-sent", True),
        ("application-submitted", False),
        ("application-rejected", True),
    ]
    assert "@" not in json.dumps(told)
