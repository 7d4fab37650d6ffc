"""Certificates, from issue to revocation: CentOps accepts only certificates that it has a record of."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from centops_local import devices, steps
from centops_local.authority import Credentials, new_key
from centops_local.clients import send_batch

from support import NEW_CHATBOT, error_pointers

KEY_LOST = {"reason": "the key was lost"}


def issue(stack, folder, name: str, profile: str, **more) -> tuple[dict, Credentials]:
    """Issues a certificate. Returns the response's body, and the files of certificate and key."""
    credentials = Credentials(folder / "device.pem", folder / "device-key.pem")
    key = new_key(credentials.key)
    issued = devices.issue(stack.person("admin"), key, name, profile, **more)
    credentials.certificate.write_text(issued["pem"])
    return issued, credentials


def revoke(stack, issued: dict, body=None):
    path = f"/certificates/{issued['profile']}/{issued['name']}/{issued['serial']}/revocation"
    return stack.person("admin").call("PUT", path, body or KEY_LOST)


def test_certificate_is_accepted_until_it_is_revoked(stack, tmp_path):
    issued, credentials = issue(stack, tmp_path, "dmr-revoked", "dmr", days=7)
    certificate = x509.load_pem_x509_certificate(issued["pem"].encode())
    assert certificate.subject.rfc4514_string() == "CN=dmr-revoked,OU=dmr,O=Buerokratt"
    assert f"{certificate.serial_number:032x}" == issued["serial"]
    assert 6 < (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds() / 86400 < 8
    listed = stack.person("viewer").get("/certificates", profile="dmr", name="dmr-revoked")
    assert [row["serial"] for row in steps.expect(listed, 200).json()["certificates"]] == [issued["serial"]]

    device = stack.with_certificate(credentials)
    steps.expect(device.get("/routes"), 200)
    revoked = steps.expect(revoke(stack, issued), 200).json()
    began = time.monotonic()
    steps.expect(device.get("/routes"), 401)
    assert time.monotonic() - began < 5
    assert revoked["revocationReason"] == KEY_LOST["reason"]
    # A second revocation changes nothing.
    assert steps.expect(revoke(stack, issued, {"reason": "again"}), 200).json() == revoked
    # Another certificate of the same holder stays valid.
    (tmp_path / "new").mkdir()
    _, renewed = issue(stack, tmp_path / "new", "dmr-revoked", "dmr")
    steps.expect(stack.with_certificate(renewed).get("/routes"), 200)


def test_certificate_is_refused_after_its_name_is_enrolled_again(stack, tmp_path):
    admin, new = stack.person("admin"), {**NEW_CHATBOT, "name": "certified-twice"}
    steps.expect(admin.post("/chatbots", new), 201)
    _, credentials = issue(stack, tmp_path, new["name"], "chatbot")
    first = stack.with_certificate(credentials)
    steps.expect(first.get("/updates"), 200)
    steps.expect(admin.call("DELETE", f"/chatbots/{new['name']}"), 204)
    steps.expect(first.get("/updates"), 401)
    steps.expect(admin.post("/chatbots", new), 201)
    try:
        steps.expect(first.get("/updates"), 401)
        (tmp_path / "second").mkdir()
        _, credentials = issue(stack, tmp_path / "second", new["name"], "chatbot")
        steps.expect(stack.with_certificate(credentials).get("/updates"), 200)
    finally:
        steps.expect(admin.call("DELETE", f"/chatbots/{new['name']}"), 204)


def tampered() -> str:
    """Returns a signing request that was changed after it was signed."""
    request = x509.load_pem_x509_csr(devices.request(ec.generate_private_key(ec.SECP256R1()), "honest").encode())
    changed = request.public_bytes(serialization.Encoding.DER).replace(b"honest", b"forged")
    return x509.load_der_x509_csr(changed).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("csr", "detail"),
    [
        (lambda: "no request", "PKCS#10"),
        (tampered, "signature"),
        (lambda: devices.request(rsa.generate_private_key(65537, 1024)), "RSA of 2048"),
        (lambda: devices.request(ec.generate_private_key(ec.SECP521R1())), "EC P-256"),
    ],
)
def test_invalid_signing_request_is_refused_with_its_reason(stack, csr, detail):
    devices.register(stack.person("admin"), "dmr-refused")
    body = {"profile": "dmr", "name": "dmr-refused", "csr": csr()}
    response = steps.expect(stack.person("admin").post("/certificates", body), 400)
    assert error_pointers(response) == ["#/csr"]
    assert detail in response.json()["detail"]
    listed = stack.person("admin").get("/certificates", profile="dmr", name="dmr-refused")
    assert steps.expect(listed, 200).json() == {"certificates": []}


@pytest.mark.parametrize(
    ("field", "value"), [("profile", "printer"), ("days", 398), ("days", 0), ("name", "A"), ("key", "x")]
)
def test_invalid_field_is_refused_with_its_pointer(stack, field, value):
    csr = devices.request(ec.generate_private_key(ec.SECP256R1()))
    body = {"profile": "dmr", "name": "dmr-refused", "csr": csr, field: value}
    assert error_pointers(steps.expect(stack.person("admin").post("/certificates", body), 400)) == [f"#/{field}"]


@pytest.mark.parametrize(("profile", "name"), [("dmr", "dmr-unregistered"), ("chatbot", "never-enrolled")])
def test_holder_who_is_not_enrolled_gets_no_credential(stack, profile, name):
    admin, csr = stack.person("admin"), devices.request(ec.generate_private_key(ec.SECP256R1()))
    refused = steps.expect(admin.post("/certificates", {"profile": profile, "name": name, "csr": csr}), 404)
    assert "is registered" in refused.json()["detail"] or "is enrolled" in refused.json()["detail"]
    steps.expect(admin.post("/api-keys", {"profile": profile, "name": name}), 404)


def test_holder_renews_its_certificate_after_a_third_of_its_life(stack, tmp_path):
    issued, credentials = issue(stack, tmp_path, "dmr-renewing", "dmr", days=7)
    device, viewer = stack.with_certificate(credentials), stack.person("viewer")
    renewal = {"csr": devices.request(ec.generate_private_key(ec.SECP256R1()))}
    for bad in ("x" * 8193, "no request"):
        refused = steps.expect(device.post("/certificate-renewals", {"csr": bad}), 400)
        assert error_pointers(refused) == ["#/csr"], "also while it is too early"
    early = steps.expect(device.post("/certificate-renewals", renewal), 409)
    assert "Too early" in early.json()["detail"]
    # A third of its life passes.
    then = datetime.now(UTC) - timedelta(days=5)
    stack.table.update_item(
        Key={"pk": "CERTIFICATES", "sk": f"dmr#dmr-renewing#{issued['serial']}"},
        UpdateExpression="SET issuedAt = :then",
        ExpressionAttributeValues={":then": then.isoformat().replace("+00:00", "Z")},
    )
    assert error_pointers(steps.expect(device.post("/certificate-renewals", {"csr": "no request"}), 400)) == ["#/csr"]
    renewed = steps.expect(device.post("/certificate-renewals", renewal), 201).json()
    assert (renewed["profile"], renewed["name"]) == ("dmr", "dmr-renewing")
    certificate = x509.load_pem_x509_certificate(renewed["pem"].encode())
    assert certificate.subject.rfc4514_string() == "CN=dmr-renewing,OU=dmr,O=Buerokratt"
    rows = steps.expect(viewer.get("/certificates", profile="dmr", name="dmr-renewing"), 200).json()["certificates"]
    assert {row["serial"] for row in rows} == {issued["serial"], renewed["serial"]}
    assert len({row["enrolledAt"] for row in rows}) == 1
    # Both are valid, and the new one is too new to be renewed.
    steps.expect(device.get("/routes"), 200)
    steps.expect(device.post("/certificate-renewals", renewal), 409)


def test_only_administrators_issue_and_revoke_certificates(stack):
    for role in ("operator", "viewer", "owner"):
        person = stack.person(role)
        steps.expect(person.post("/certificates", {}), 403)
        steps.expect(person.call("PUT", f"/certificates/dmr/dmr-nobody/{'0' * 32}/revocation", KEY_LOST), 403)
        steps.expect(person.get("/certificates"), 403 if role == "owner" else 200)
    unknown = stack.person("admin").call("PUT", f"/certificates/dmr/dmr-nobody/{'0' * 32}/revocation", KEY_LOST)
    steps.expect(unknown, 404)


def test_pages_list_every_certificate_once(stack, tmp_path):
    serials = set()
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        serials.add(issue(stack, tmp_path / str(number), "dmr-paged", "dmr")[0]["serial"])
    viewer, query = stack.person("viewer"), {"profile": "dmr", "name": "dmr-paged", "limit": 2}
    listed = [row["serial"] for row in steps.all_pages(viewer, "/certificates", "certificates", **query)]
    assert (len(listed), set(listed)) == (3, serials)
    cursor = steps.expect(viewer.get("/certificates", **query), 200).json()["next"]
    elsewhere = viewer.get("/certificates", profile="chatbot", cursor=cursor)
    assert error_pointers(steps.expect(elsewhere, 400)) == ["#query/cursor"]


def test_certificate_without_a_matching_record_is_refused(stack, tmp_path):
    """The authority's key alone is not sufficient, nor is the serial number of another certificate."""
    issued, _ = issue(stack, tmp_path, "dmr-known", "dmr")
    number = int(issued["serial"], 16)
    steps.expect(stack.with_certificate(stack.authority.client("dmr-known", "dmr")).get("/routes"), 401)
    steps.expect(stack.with_certificate(stack.authority.client("dmr-other", "dmr", serial=number)).get("/routes"), 401)
    steps.expect(
        stack.with_certificate(stack.authority.client("dmr-known", "chatbot", serial=number)).get("/updates"), 401
    )
    steps.expect(
        stack.with_certificate(stack.authority.client("dmr-known", "printer", serial=number)).get("/routes"), 401
    )


def test_body_with_another_sender_is_refused(stack):
    chatbot, dmr = stack.device("owned", "chatbot"), stack.device("dmr-honest", "dmr")
    at = "2026-01-01T00:00:00Z"
    logs = {"logs": [{"at": at, "level": "info", "message": "m"}]}
    codes = {"codes": [{"chatbot": "owned", "at": at, "status": 200}]}
    for response in (
        send_batch(chatbot, "/logs", {"chatbot": "written", **logs}),
        send_batch(dmr, "/codes", {"dmr": "dmr-tallinn", **codes}),
        chatbot.call("PUT", "/versions", {"chatbot": "written", "versions": {}}),
    ):
        assert "the body names" in steps.expect(response, 403).json()["detail"]
    steps.expect(send_batch(chatbot, "/logs", {"chatbot": "owned", **logs}), 202)
    steps.expect(send_batch(dmr, "/codes", {"dmr": "dmr-honest", **codes}), 202)
    versions = stack.person("viewer").get("/chatbots/owned").json()["versions"]
    steps.expect(chatbot.call("PUT", "/versions", {"chatbot": "owned", "versions": versions}), 200)
