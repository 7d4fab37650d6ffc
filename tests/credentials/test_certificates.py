"""Certificates, from the request to the refusal: who is let in is on CentOps's own list."""

import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from centops_local import devices, steps
from centops_local.authority import Credentials, new_key
from centops_local.clients import send_batch

from test_registry import NEW, pointers

LOST = {"reason": "the key was lost"}


def enrolled(stack, folder, name: str, profile: str, **more) -> tuple[dict, Credentials]:
    """A new certificate, whatever others the holder has."""
    credentials = Credentials(folder / "device.pem", folder / "device-key.pem")
    key = new_key(credentials.key)
    issued = devices.issue(stack.person("admin"), key, name, profile, **more)
    credentials.certificate.write_text(issued["pem"])
    return issued, credentials


def revoke(stack, issued: dict, body=None):
    path = f"/certificates/{issued['profile']}/{issued['name']}/{issued['serial']}/revocation"
    return stack.person("admin").call("PUT", path, body or LOST)


def test_a_certificate_is_issued_listed_used_and_revoked(stack, tmp_path):
    issued, credentials = enrolled(stack, tmp_path, "dmr-revoked", "dmr", days=7)
    certificate = x509.load_pem_x509_certificate(issued["pem"].encode())
    assert certificate.subject.rfc4514_string() == "CN=dmr-revoked,OU=dmr,O=Buerokratt"
    assert f"{certificate.serial_number:032x}" == issued["serial"]
    assert 6 < (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds() / 86400 < 8
    listed = stack.person("viewer").get("/certificates", profile="dmr", name="dmr-revoked")
    assert [row["serial"] for row in steps.expect(listed, 200).json()["certificates"]] == [issued["serial"]]

    device = stack.holder(credentials)
    steps.expect(device.get("/routes"), 200)
    revoked = steps.expect(revoke(stack, issued), 200).json()
    began = time.monotonic()
    steps.expect(device.get("/routes"), 401)
    assert time.monotonic() - began < 5
    assert revoked["revocationReason"] == LOST["reason"]
    # Once more changes nothing.
    assert steps.expect(revoke(stack, issued, {"reason": "again"}), 200).json() == revoked
    # Another certificate of the same holder is not concerned.
    (tmp_path / "new").mkdir()
    _, renewed = enrolled(stack, tmp_path / "new", "dmr-revoked", "dmr")
    steps.expect(stack.holder(renewed).get("/routes"), 200)


def test_the_next_holder_of_a_name_inherits_no_certificate(stack, tmp_path):
    admin, new = stack.person("admin"), {**NEW, "name": "certified-twice"}
    steps.expect(admin.post("/chatbots", new), 201)
    _, credentials = enrolled(stack, tmp_path, new["name"], "chatbot")
    first = stack.holder(credentials)
    steps.expect(first.get("/updates"), 200)
    steps.expect(admin.call("DELETE", f"/chatbots/{new['name']}"), 204)
    steps.expect(first.get("/updates"), 401)
    steps.expect(admin.post("/chatbots", new), 201)
    try:
        steps.expect(first.get("/updates"), 401)
        (tmp_path / "second").mkdir()
        _, credentials = enrolled(stack, tmp_path / "second", new["name"], "chatbot")
        steps.expect(stack.holder(credentials).get("/updates"), 200)
    finally:
        steps.expect(admin.call("DELETE", f"/chatbots/{new['name']}"), 204)


def tampered() -> str:
    """A request that was changed after it was signed."""
    request = x509.load_pem_x509_csr(devices.request(ec.generate_private_key(ec.SECP256R1()), "honest").encode())
    changed = request.public_bytes(serialization.Encoding.DER).replace(b"honest", b"forged")
    return x509.load_der_x509_csr(changed).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("csr", "told"),
    [
        (lambda: "no request", "PKCS#10"),
        (tampered, "signature"),
        (lambda: devices.request(rsa.generate_private_key(65537, 1024)), "RSA of 2048"),
        (lambda: devices.request(ec.generate_private_key(ec.SECP521R1())), "EC P-256"),
    ],
)
def test_a_bad_request_is_refused_by_its_name(stack, csr, told):
    body = {"profile": "dmr", "name": "dmr-refused", "csr": csr()}
    answer = steps.expect(stack.person("admin").post("/certificates", body), 400)
    assert pointers(answer) == ["#/csr"]
    assert told in answer.json()["detail"]
    listed = stack.person("admin").get("/certificates", profile="dmr", name="dmr-refused")
    assert steps.expect(listed, 200).json() == {"certificates": []}


@pytest.mark.parametrize(("field", "value"), [("profile", "printer"), ("days", 398), ("days", 0), ("name", "A"), ("key", "x")])
def test_a_bad_field_is_refused_by_its_name(stack, field, value):
    csr = devices.request(ec.generate_private_key(ec.SECP256R1()))
    body = {"profile": "dmr", "name": "dmr-refused", "csr": csr, field: value}
    assert pointers(steps.expect(stack.person("admin").post("/certificates", body), 400)) == [f"#/{field}"]


def test_only_administrators_issue_and_revoke(stack):
    for role in ("operator", "viewer", "owner"):
        person = stack.person(role)
        steps.expect(person.post("/certificates", {}), 403)
        steps.expect(person.call("PUT", f"/certificates/dmr/dmr-nobody/{'0' * 32}/revocation", LOST), 403)
        steps.expect(person.get("/certificates"), 403 if role == "owner" else 200)
    nobody = stack.person("admin").call("PUT", f"/certificates/dmr/dmr-nobody/{'0' * 32}/revocation", LOST)
    steps.expect(nobody, 404)


def test_a_list_goes_page_by_page(stack, tmp_path):
    serials = set()
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        serials.add(enrolled(stack, tmp_path / str(number), "dmr-paged", "dmr")[0]["serial"])
    viewer, seen, cursor = stack.person("viewer"), [], {}
    while True:
        page = viewer.get("/certificates", profile="dmr", name="dmr-paged", limit=2, **cursor)
        page = steps.expect(page, 200).json()
        seen += [row["serial"] for row in page["certificates"]]
        if "next" not in page:
            break
        cursor = {"cursor": page["next"]}
    assert (len(seen), set(seen)) == (3, serials)
    elsewhere = viewer.get("/certificates", profile="chatbot", **cursor)
    assert pointers(steps.expect(elsewhere, 400)) == ["#query/cursor"]


def test_what_the_authority_signed_past_centops_is_nobodys(stack, tmp_path):
    """A key that leaked from the authority is not enough, nor is a number that was issued for another."""
    issued, _ = enrolled(stack, tmp_path, "dmr-known", "dmr")
    number = int(issued["serial"], 16)
    steps.expect(stack.holder(stack.authority.client("dmr-known", "dmr")).get("/routes"), 401)
    steps.expect(stack.holder(stack.authority.client("dmr-other", "dmr", serial=number)).get("/routes"), 401)
    steps.expect(stack.holder(stack.authority.client("dmr-known", "chatbot", serial=number)).get("/updates"), 401)
    steps.expect(stack.holder(stack.authority.client("dmr-known", "printer", serial=number)).get("/routes"), 401)


def test_a_body_that_names_another_sender_is_refused_and_not_queued(stack):
    chatbot, dmr = stack.device("owned", "chatbot"), stack.device("dmr-honest", "dmr")
    at = "2026-01-01T00:00:00Z"
    logs = {"logs": [{"at": at, "level": "info", "message": "m"}]}
    codes = {"codes": [{"chatbot": "owned", "at": at, "status": 200}]}
    for answer in (
        send_batch(chatbot, "/logs", {"chatbot": "written", **logs}),
        send_batch(dmr, "/codes", {"dmr": "dmr-tallinn", **codes}),
        chatbot.call("PUT", "/versions", {"chatbot": "written", "versions": {}}),
    ):
        assert "the body names" in steps.expect(answer, 403).json()["detail"]
    steps.expect(send_batch(chatbot, "/logs", {"chatbot": "owned", **logs}), 202)
    steps.expect(send_batch(dmr, "/codes", {"dmr": "dmr-honest", **codes}), 202)
    versions = stack.person("viewer").get("/chatbots/owned").json()["versions"]
    steps.expect(chatbot.call("PUT", "/versions", {"chatbot": "owned", "versions": versions}), 200)
