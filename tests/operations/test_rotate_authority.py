"""The command that rotates the authority. Its steps change a truststore and a secret of their own: all tests use the stack's."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from centops_local import steps
from centops_local.authority import Authority
from centops_local.instance import DMR
from centops_operate.admin import Admin
from centops_operate.deployed import OperateError
from centops_operate.rotate_authority import State, certificate_of, main, name, next_step, old_certificates, read, trust

from operators import act_as_operator


@pytest.fixture(scope="module")
def authorities(tmp_path_factory) -> list[Authority]:
    return [Authority(tmp_path_factory.mktemp("authority"), title) for title in ("The authority", "The next authority")]


@pytest.fixture(scope="module")
def certificates(authorities) -> list[x509.Certificate]:
    return [certificate_of(each.secret(), "secret") for each in authorities]


def test_steps_follow_from_what_signs_and_what_is_trusted(certificates):
    old, new = certificates
    now = datetime.now(UTC)

    def step(signs: x509.Certificate, trusted: list[x509.Certificate], given: x509.Certificate | None, left: int) -> int:
        return next_step(State(signs, now, trusted), given, ["dmr tallinn 0a"] * left)[0]

    assert step(old, [old], None, 0) == 0
    assert step(old, [old], new, 0) == 1
    assert step(old, [old, new], new, 0) == 2
    assert step(new, [old, new], new, 3) == step(new, [old, new], None, 3) == 3
    assert step(new, [old, new], None, 0) == 4
    assert step(new, [new], new, 0) == 0
    with pytest.raises(OperateError, match="lacks the authority that signs"):
        step(new, [old], None, 0)


def test_truststore_and_secret_are_read_as_they_are_left(stack, authorities, certificates):
    s3, secrets = stack.instance.aws("s3"), stack.instance.aws("secretsmanager")
    bucket, key, secret = stack.outputs["TruststoreBucket"], f"rotated-{uuid.uuid4().hex[:8]}.pem", f"rotated-{uuid.uuid4().hex[:8]}"
    secrets.create_secret(Name=secret, SecretString=authorities[0].secret())
    try:
        versions = [trust(s3, bucket, trusted, key) for trusted in (certificates[:1], certificates, certificates[1:])]
        assert len(set(versions)) == 3
        assert read(secrets, secret, s3, bucket, key).trusted == certificates[1:]
        assert read(secrets, secret, s3, bucket, key).signs == certificates[0]
        secrets.put_secret_value(SecretId=secret, SecretString=authorities[1].secret())
        state = read(secrets, secret, s3, bucket, key)
        assert state.signs == certificates[1]
        assert timedelta(minutes=4) < state.since - datetime.now(UTC) < timedelta(minutes=6), "functions keep the former one"
    finally:
        secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
        for version in versions:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version)


@pytest.mark.parametrize("value", ["x", "{}", '{"certificate": "PRIVATE", "key": "PRIVATE"}', "[]", '{"certificate": 7}'])
def test_other_secret_is_refused_without_its_text(value):
    with pytest.raises(OperateError, match="is not") as refused:
        certificate_of(value, "authority.json")
    assert "PRIVATE" not in str(refused.value)


def test_key_of_another_authority_is_refused(authorities):
    mixed = json.loads(authorities[0].secret()) | {"key": json.loads(authorities[1].secret())["key"]}
    with pytest.raises(OperateError, match="is not that of its certificate"):
        certificate_of(json.dumps(mixed), "authority.json")


def test_valid_certificates_of_before_are_named(stack):
    steps.expect(stack.device(DMR, "dmr").get("/routes"), 200)
    admin = Admin(stack.admin_url, stack.issuer.token("viewer@example.ee", ["viewer"]))
    now = datetime.now(UTC)
    holders = {each.split()[1] for each in old_certificates(admin, now + timedelta(minutes=1), now)}
    assert DMR in holders
    assert old_certificates(admin, now - timedelta(days=400), now) == []
    assert old_certificates(admin, now + timedelta(minutes=1), now + timedelta(days=400)) == []


def test_command_shows_the_next_step_and_changes_nothing(stack, monkeypatch, capsys, tmp_path, authorities, certificates):
    act_as_operator(stack, monkeypatch)
    signs = certificate_of(stack.authority.secret(), "secret")
    assert main(["local"]) == 0
    nothing = "Nothing is left to do: NEW=authority.json begins a rotation."
    assert capsys.readouterr().out.splitlines() == [f"{name(signs)} signs", f"{name(signs)} is trusted", nothing]
    file = tmp_path / "authority.json"
    file.write_text(authorities[1].secret())
    assert main(["local", "--new", str(file)]) == 0
    shown = capsys.readouterr().out
    assert f"Next is step 1: trust {name(certificates[1])} beside 1 others.\n" in shown
    assert shown.endswith("Nothing was changed: repeat it with APPLY=1.\n")
    assert main(["local"]) == 0
    assert nothing in capsys.readouterr().out
