"""The command line on the stack: lists, manifests, and certificates over mutual TLS."""

import json
import os
import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from centops_local import invitation_mail, steps
from centops_local.instance import ROOT
from centops_local.polling import wait_until

PROGRAM = ROOT / "target" / "debug" / "centops"
INSTITUTION = "command-line"


@pytest.fixture
def centops(stack, tmp_path):
    """Returns a function that runs the program in a folder of its own, as a person with a token."""

    def command(token: str, *arguments: str, **more: str) -> subprocess.Popen:
        variables = {
            "CENTOPS_ADMIN": stack.admin_url,
            "CENTOPS_NETWORK": stack.instance.url("edge"),
            "CENTOPS_AUTHORITIES": str(stack.authority.certificate),
            "CENTOPS_TOKEN": token,
            **more,
        }
        system = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.Popen(
            [PROGRAM, *arguments], env={**system, **variables}, cwd=tmp_path, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return command


def finish(process: subprocess.Popen, code: int = 0) -> str:
    """Returns what a process wrote, once it has ended with a code."""
    out, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    return out


def manifest(folder: Path, name: str, **spec: str) -> str:
    """Writes the manifest of a chatbot. Returns the name of its file."""
    new = {"uri": f"https://{name}.example.ee/messages", "type": "institution", "institution": INSTITUTION}
    document = {
        "apiVersion": "centops.ee/v1",
        "kind": "Chatbot",
        "metadata": {"name": name},
        "spec": {**new, "contact": "it@example.ee", **spec},
    }
    # JSON is YAML.
    (folder / f"{name}.yaml").write_text(json.dumps(document))
    return f"{name}.yaml"


def age(stack, name: str, certificate: x509.Certificate) -> None:
    """Lets a third of the life of a certificate of a chatbot pass: before that, it is not renewed."""
    then = datetime.now(UTC) - (certificate.not_valid_after_utc - certificate.not_valid_before_utc) / 2
    stack.table.update_item(
        Key={"pk": "CERTIFICATES", "sk": f"chatbot#{name}#{certificate.serial_number:032x}"},
        UpdateExpression="SET issuedAt = :then",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":then": then.isoformat().replace("+00:00", "Z")},
    )


def test_manifest_is_applied_once_and_does_not_differ_then(stack, centops, tmp_path):
    name, token = f"cli-{uuid.uuid4().hex[:8]}", stack.issuer.token("EE39901012239", ["admin"])
    file = manifest(tmp_path, name)
    finish(centops(token, "diff", "-f", file), 2)
    finish(centops(token, "apply", "--yes", "-f", file))
    finish(centops(token, "diff", "-f", file))
    listed = json.loads(finish(centops(token, "get", "chatbots", name, "-o", "json")))
    assert (listed["name"], listed["contact"]) == (name, "it@example.ee")
    manifest(tmp_path, name, contact="helpdesk@example.ee")
    finish(centops(token, "apply", "--yes", "-f", file))
    assert steps.expect(stack.person("viewer").get(f"/chatbots/{name}"), 200).json()["contact"] == "helpdesk@example.ee"
    finish(centops(token, "delete", "--yes", "-f", file))
    assert stack.person("viewer").get(f"/chatbots/{name}").status_code == 404


def test_chatbot_is_enrolled_by_an_invitation_and_its_certificate_renewed_over_mutual_tls(stack, centops, tmp_path):
    name, token = f"cli-{uuid.uuid4().hex[:8]}", stack.issuer.token("EE60001019906", [])
    address = f"it-{uuid.uuid4().hex}@example.ee"
    admin = stack.person("admin")
    steps.expect(admin.post("/invitations", {"institution": INSTITUTION, "email": address}), 201)
    [mail] = invitation_mail.sent_to(stack.instance, address)
    arguments = ["enrol", mail.invitation, "-f", manifest(tmp_path, name), "--interval", "0.5"]
    enrolling = centops(token, *arguments, CENTOPS_INVITATION_CODE=mail.code)

    def applied() -> bool:
        assert enrolling.poll() is None, enrolling.communicate()
        invitation = steps.expect(admin.get(f"/invitations/{mail.invitation}"), 200).json()
        return invitation["status"] == "submitted"

    wait_until("the institution has applied", applied, 30)
    decision = {"decision": "approve"}
    steps.expect(admin.call("PUT", f"/invitations/{mail.invitation}/decision", decision), 200)
    finish(enrolling)
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    first = x509.load_pem_x509_certificate(certificate.read_bytes())
    age(stack, name, first)
    own = {"CENTOPS_CERTIFICATE": str(certificate), "CENTOPS_KEY": str(key)}
    finish(centops(token, "certificate", "renew", "--within", "400d", **own))
    second = x509.load_pem_x509_certificate(certificate.read_bytes())
    assert second.subject == first.subject
    assert second.serial_number != first.serial_number
    assert second.public_key() != first.public_key(), "a new key"
    steps.expect(admin.call("DELETE", f"/chatbots/{name}"), 204)
