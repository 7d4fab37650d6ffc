"""Onboarding: from the invitation to the routed chatbot, and every refusal."""

import json
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from centops_local import devices, invitation_mail, logs, steps
from centops_local.authority import Credentials, new_key
from centops_local.invitation_mail import InvitationMail

WRONG_CODE = "A" * 43
REJECTION = {"decision": "reject", "reason": "The address is not the institution's."}


def application(code: str, name: str, key: ec.EllipticCurvePrivateKey | None = None, **chatbot) -> dict:
    """Returns the body of an application."""
    new = {"name": name, "uri": "https://chat.example.ee/", "type": "institution", "contact": "it@example.ee"}
    return {
        "code": code,
        "chatbot": {**new, **chatbot},
        "csr": devices.request(key or ec.generate_private_key(ec.SECP256R1())),
    }


def applicant(stack, subject: str = "EE60001019906"):
    """Returns the Admin API for a person without a role."""
    return stack.bearer(stack.issuer.token(subject, []))


def invite(stack, **more) -> InvitationMail:
    """Creates an invitation. Returns its e-mail."""
    address = f"it-{uuid.uuid4().hex}@example.ee"
    body = {"institution": "invited-institution", "email": address, **more}
    invited = steps.expect(stack.person("admin").post("/invitations", body), 201)
    [mail] = invitation_mail.sent_to(stack.instance, address)
    assert invited.headers["Location"].endswith(f"/invitations/{mail.invitation}")
    assert invited.json()["status"] == "invited"
    assert mail.code not in invited.text
    return mail


def submit(stack, mail: InvitationMail, name: str, person=None, **chatbot):
    """Submits an application, as an institution."""
    path = f"/invitations/{mail.invitation}/application"
    return (person or applicant(stack)).call("PUT", path, application(mail.code, name, **chatbot))


def decide(stack, mail: InvitationMail, decision: dict, headers: dict | None = None):
    """Decides on an application, as an administrator."""
    return stack.person("admin").call("PUT", f"/invitations/{mail.invitation}/decision", decision, headers)


def read(stack, mail: InvitationMail) -> dict:
    """Returns the invitation as staff sees it."""
    return steps.expect(stack.person("viewer").get(f"/invitations/{mail.invitation}"), 200).json()


def statuses(invitation: dict) -> list[str]:
    return [step["status"] for step in invitation["history"]]


def problem_without_id(response) -> dict:
    """Returns a problem without the id of its request."""
    return {key: value for key, value in response.json().items() if key != "instance"}


def test_invited_institution_gets_its_chatbot_certified_and_routed(stack, online, tmp_path):
    """The whole flow: the applicant uses only the text of the e-mail and the responses of the API."""
    mail = invite(stack, days=3)
    assert mail.sender == invitation_mail.SENDER
    credentials = Credentials(tmp_path / "onboarded.pem", tmp_path / "onboarded-key.pem")
    key, me = new_key(credentials.key), applicant(stack)
    path = f"/invitations/{mail.invitation}"
    served = stack.member("opening-hours").enrolment()["uri"]
    body = application(mail.code, "onboarded", key, uri=served)
    submitted = steps.expect(me.call("PUT", f"{path}/application", body), 200)
    assert submitted.json()["status"] == "submitted"
    steps.expect(stack.person("viewer").get("/chatbots/onboarded"), 404)

    approved = steps.expect(decide(stack, mail, {"decision": "approve", "days": 30}), 200).json()
    assert statuses(approved) == ["invited", "submitted", "approved"]
    enrolled = steps.expect(stack.person("viewer").get("/chatbots/onboarded"), 200).json()
    assert (enrolled["uri"], enrolled["institution"]) == (served, "invited-institution")

    mine = steps.expect(me.get(path), 200).json()
    assert mine["status"] == "approved"
    assert not [step for step in mine["history"] if "by" in step], "the applicant does not see who decided"
    certificate = x509.load_pem_x509_certificate(mine["certificate"]["pem"].encode())
    assert certificate.public_key() == key.public_key()
    assert f"{certificate.serial_number:032x}" == mine["certificate"]["serial"]
    credentials.certificate.write_text(mine["certificate"]["pem"])
    chatbot = stack.with_certificate(credentials)
    versions = {"versions": {"onboarded-engine": "1.4.0"}}
    steps.expect(chatbot.call("PUT", "/versions", versions), 200)
    steps.expect(chatbot.get("/routes"), 403)
    steps.await_status(stack, "onboarded", "Online", steps.ONLINE_SECONDS, probe=True)
    steps.expect(stack.person("admin").call("DELETE", "/chatbots/onboarded"), 204)

    # The code is in the e-mail and nowhere else.
    assert not [line for line in logs.lines(stack.instance) if mail.code in line]
    for reader in (stack.person("admin"), me):
        assert mail.code not in reader.get(path).text


def test_repeated_application_and_decision_return_the_first_result(stack):
    mail = invite(stack)
    me, path = applicant(stack), f"/invitations/{mail.invitation}/application"
    body = application(mail.code, "applied-twice")
    first = steps.expect(me.call("PUT", path, body), 200)
    again = steps.expect(me.call("PUT", path, body), 200)
    assert (again.json(), again.headers["ETag"]) == (first.json(), first.headers["ETag"])
    other = applicant(stack, "EE60001017869")
    steps.expect(other.call("PUT", path, body), 404)
    steps.expect(submit(stack, mail, "applied-differently"), 404)
    rejected = steps.expect(decide(stack, mail, REJECTION), 200).json()
    assert steps.expect(decide(stack, mail, REJECTION), 200).json() == rejected
    assert statuses(rejected) == ["invited", "submitted", "rejected"]
    assert (
        steps.expect(me.get(f"/invitations/{mail.invitation}"), 200).json()["history"][-1]["reason"]
        == REJECTION["reason"]
    )
    steps.expect(decide(stack, mail, {"decision": "approve"}), 409)
    steps.expect(stack.person("viewer").get("/chatbots/applied-twice"), 404)


def test_applicant_lists_own_invitations_with_the_next_step(stack):
    """A person who applied nowhere else: the list is exactly these."""
    me, other = applicant(stack, "lists-own@example.ee"), applicant(stack, "lists-other@example.ee")
    first, second, foreign = invite(stack), invite(stack), invite(stack)
    steps.expect(submit(stack, first, "own-first", me), 200)
    steps.expect(submit(stack, second, "own-second", me), 200)
    steps.expect(submit(stack, foreign, "own-foreign", other), 200)

    def listed(person, **query) -> list[dict]:
        return steps.expect(person.get("/own-invitations", **query), 200).json()["invitations"]

    def summary(one: dict) -> tuple:
        return one["id"], one["chatbot"], one["status"], one["nextStep"]

    waiting = ("submitted", "await-decision")
    newest_first = [(second.invitation, "own-second", *waiting), (first.invitation, "own-first", *waiting)]
    assert [summary(one) for one in listed(me)] == newest_first
    assert [one["id"] for one in listed(other)] == [foreign.invitation]
    assert listed(applicant(stack, "lists-none@example.ee")) == []
    page = steps.expect(me.get("/own-invitations", limit=1), 200).json()
    assert [one["id"] for one in page["invitations"]] == [second.invitation]
    assert [one["id"] for one in listed(me, cursor=page["next"])] == [first.invitation]
    steps.expect(me.get("/own-invitations", limit=0), 400)

    steps.expect(decide(stack, first, {"decision": "approve"}), 200)
    steps.expect(decide(stack, second, REJECTION), 200)
    rejected, approved = listed(me)
    assert (approved["status"], approved["nextStep"]) == ("approved", "install-certificate")
    assert (rejected["status"], rejected["nextStep"]) == ("rejected", "request-invitation")
    assert rejected["reason"] == REJECTION["reason"]
    assert rejected["decidedAt"] > rejected["submittedAt"]
    assert "email" not in rejected and "by" not in rejected
    steps.expect(decide(stack, foreign, REJECTION), 200)
    # Its address does not exist, so it is deleted.
    steps.expect(stack.person("admin").call("DELETE", "/chatbots/own-first"), 204)


def test_outsiders_get_the_same_response_for_every_invitation(stack):
    """The response does not reveal if the code or the id is wrong, or the invitation used, expired or withdrawn."""
    open_one, used, expired, withdrawn = invite(stack), invite(stack), invite(stack), invite(stack)
    steps.expect(submit(stack, used, "outsiders-used"), 200)
    steps.expect(decide(stack, withdrawn, REJECTION), 200)
    expire(stack, expired)
    me = applicant(stack, "EE60001017869")

    def attempt(invitation: str, code: str):
        return me.call("PUT", f"/invitations/{invitation}/application", application(code, "outsiders"))

    responses = [
        attempt(open_one.invitation, WRONG_CODE),
        attempt(str(uuid.uuid4()), open_one.code),
        attempt(used.invitation, used.code),
        attempt(expired.invitation, expired.code),
        attempt(withdrawn.invitation, withdrawn.code),
    ]
    assert [response.status_code for response in responses] == [404] * 5
    assert [problem_without_id(response) for response in responses] == [problem_without_id(responses[0])] * 5

    responses = [me.get(f"/invitations/{one}") for one in (open_one.invitation, used.invitation, uuid.uuid4())]
    assert [response.status_code for response in responses] == [403] * 3
    assert [problem_without_id(response) for response in responses] == [problem_without_id(responses[0])] * 3
    steps.expect(decide(stack, used, REJECTION), 200)


def expire(stack, mail: InvitationMail) -> None:
    """Expires an invitation: its end is changed in the table, because a test cannot wait for it."""
    key = {"pk": "INVITATIONS", "sk": mail.invitation}
    item = stack.table.get_item(Key=key)["Item"]
    document = json.loads(item["document"]) | {"until": "2026-01-01T00:00:00Z"}
    stack.table.put_item(Item=item | {"document": json.dumps(document), "until": 1_767_225_600_000})


def test_expired_invitation_is_listed_as_expired_and_cannot_be_decided(stack):
    mail = invite(stack)
    expire(stack, mail)
    assert read(stack, mail)["status"] == "expired"
    steps.expect(decide(stack, mail, REJECTION), 409)
    viewer = stack.person("viewer")
    listed = {status: [one["id"] for one in invitations(viewer, status)] for status in ("expired", "invited")}
    assert mail.invitation in listed["expired"] and mail.invitation not in listed["invited"]


def invitations(viewer, status: str) -> list[dict]:
    """Returns all invitations of a status."""
    found = steps.all_pages(viewer, "/invitations", "invitations", status=status, limit=2)
    ids = [invitation["id"] for invitation in found]
    assert ids == sorted(ids, reverse=True), "the newest come first"
    return found


def test_ten_wrong_codes_withdraw_the_invitation(stack):
    mail = invite(stack)
    guesser, path = applicant(stack, "EE60001017869"), f"/invitations/{mail.invitation}/application"
    for _ in range(10):
        assert read(stack, mail)["status"] == "invited"
        steps.expect(guesser.call("PUT", path, application(WRONG_CODE, "guessed")), 404)
    withdrawn = read(stack, mail)
    assert (withdrawn["status"], statuses(withdrawn)) == ("withdrawn", ["invited", "withdrawn"])
    assert "by" not in withdrawn["history"][-1]
    steps.expect(submit(stack, mail, "guessed"), 404)


def test_approval_without_an_application_is_refused(stack):
    mail = invite(stack)
    steps.expect(decide(stack, mail, {"decision": "approve"}), 409)
    assert steps.expect(decide(stack, mail, REJECTION), 200).json()["status"] == "withdrawn"
    steps.expect(decide(stack, mail, {"decision": "approve"}), 409)


def test_taken_name_is_refused_at_application_and_at_approval(stack):
    """A name that is taken after the application leaves it submitted; it can be approved later."""
    mail, admin = invite(stack), stack.person("admin")
    steps.expect(submit(stack, mail, "written"), 409)
    steps.expect(submit(stack, mail, "taken-meanwhile"), 200)
    taken = {**application("", "taken-meanwhile")["chatbot"], "institution": "another-institution"}
    steps.expect(admin.post("/chatbots", taken), 201)
    steps.expect(decide(stack, mail, {"decision": "approve"}), 409)
    assert read(stack, mail)["status"] == "submitted"
    steps.expect(admin.call("DELETE", "/chatbots/taken-meanwhile"), 204)
    steps.expect(decide(stack, mail, {"decision": "approve"}), 200)
    steps.expect(admin.call("DELETE", "/chatbots/taken-meanwhile"), 204)


def test_stale_etag_is_refused_at_decision(stack):
    mail = invite(stack)
    etag = stack.person("admin").get(f"/invitations/{mail.invitation}").headers["ETag"]
    steps.expect(submit(stack, mail, "read-before"), 200)
    steps.expect(decide(stack, mail, REJECTION, {"If-Match": etag}), 412)
    steps.expect(decide(stack, mail, REJECTION), 200)


@pytest.mark.exclusive("mail")
def test_unsendable_mail_withdraws_the_invitation(stack):
    ses, address = stack.instance.aws("sesv2"), f"it-{uuid.uuid4().hex}@example.ee"
    ses.delete_email_identity(EmailIdentity=invitation_mail.SENDER)
    try:
        body = {"institution": "unreached-institution", "email": address}
        steps.expect(stack.person("admin").post("/invitations", body), 503)
    finally:
        invitation_mail.verify_sender(stack.instance)
    [unsent] = [one for one in invitations(stack.person("viewer"), "withdrawn") if one["email"] == address]
    assert statuses(unsent) == ["invited", "withdrawn"]
    assert invitation_mail.sent_to(stack.instance, address) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"csr": "x" * 8193}, "#/csr"),
        ({"code": "short"}, "#/code"),
        ({"institution": "chosen-by-applicant"}, "#/institution"),
        ({"chatbot": {"name": "Upper"}}, "#/chatbot/name"),
    ],
)
def test_invalid_application_is_refused_with_its_pointer(stack, change, pointer):
    path = f"/invitations/{uuid.uuid4()}/application"
    response = steps.expect(applicant(stack).call("PUT", path, {**application(WRONG_CODE, "bad"), **change}), 400)
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_code_is_checked_before_the_application(stack):
    """Without the code, nobody has a name resolved or a request verified."""
    mail = invite(stack)
    path = f"/invitations/{mail.invitation}/application"
    for code, status in ((WRONG_CODE, 404), (mail.code, 400)):
        body = {**application(code, "checked-late"), "csr": "no request"}
        refused = steps.expect(applicant(stack).call("PUT", path, body), status).json()
    assert [error["pointer"] for error in refused["errors"]] == ["#/csr"]


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
def test_invalid_decision_is_refused_with_its_pointer(stack, body, pointer):
    response = steps.expect(stack.person("admin").call("PUT", f"/invitations/{uuid.uuid4()}/decision", body), 400)
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


def test_internationalised_domain_is_sent_to_in_punycode(stack):
    local = f"it-{uuid.uuid4().hex}"
    body = {"institution": "idn-institution", "email": f"{local}@jõgeva.ee"}
    invited = steps.expect(stack.person("admin").post("/invitations", body), 201).json()
    assert invited["email"] == body["email"]
    assert len(invitation_mail.sent_to(stack.instance, f"{local}@xn--jgeva-dua.ee")) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("days", 0), ("days", 61), ("email", "nobody"), ("email", "jüri@example.ee"), ("institution", "Õ")],
)
def test_invalid_invitation_is_refused_with_its_pointer(stack, field, value):
    body = {"institution": "invited-institution", "email": "it@example.ee", field: value}
    response = steps.expect(stack.person("admin").post("/invitations", body), 400)
    assert [error["pointer"] for error in response.json()["errors"]] == [f"#/{field}"]


def test_every_step_is_an_event_and_only_the_application_notifies(stack):
    """Administrators are notified of the application, on which they decide. No event contains an e-mail address."""
    mail = invite(stack)
    steps.expect(submit(stack, mail, "announced"), 200)
    steps.expect(decide(stack, mail, REJECTION), 200)
    events = stack.table.query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": f"EVENTS#{mail.invitation}"}
    )["Items"]
    raised = sorted((json.loads(item["event"]) for item in events), key=lambda event: event["at"])
    assert [(event["type"], event.get("quiet", False)) for event in raised] == [
        ("invitation-sent", True),
        ("application-submitted", False),
        ("application-rejected", True),
    ]
    assert "@" not in json.dumps(raised)
