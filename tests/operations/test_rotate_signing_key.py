"""The command that rotates the signing key. Its steps change a secret of their own: all tests verify by the stack's."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from centops_local import steps
from centops_local.instance import DMR
from centops_operate.deployed import OperateError
from centops_operate.rotate_signing_key import Secret, advance, check, kid, main, new_key, read

from operators import act_as_operator


@pytest.fixture
def secrets(stack):
    return stack.instance.aws("secretsmanager")


@pytest.fixture
def name(secrets):
    """Creates a secret with one key, and deletes it at the end. Returns its name."""
    name = f"rotated-{uuid.uuid4().hex[:8]}"
    secrets.create_secret(Name=name, SecretString=json.dumps({"keys": [new_key()]}))
    yield name
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def test_key_is_published_then_signs_then_the_old_one_is_removed(secrets, name):
    [old] = read(secrets, name).keys
    assert advance(secrets, name, early=False).number == 1
    first, new = read(secrets, name).keys
    assert (first, new != old) == (old, True)
    with pytest.raises(OperateError, match="too early"):
        advance(secrets, name, early=False)
    assert advance(secrets, name, early=True).number == 2
    assert read(secrets, name).keys == [new, old]
    with pytest.raises(OperateError, match="too early"):
        advance(secrets, name, early=False)
    assert read(secrets, name).keys == [new, old], "a step that is refused changes nothing"
    assert advance(secrets, name, early=True).number == 3
    assert read(secrets, name).keys == [new]
    assert read(secrets, name).next.number == 1


def test_secret_that_no_step_left_so_is_refused(secrets, name):
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"keys": [new_key(), new_key()]}))
    with pytest.raises(OperateError, match="no step left so"):
        advance(secrets, name, early=True)


@pytest.mark.parametrize("value", ["x", "{}", '{"keys": []}', '{"keys": ["PRIVATE"]}', '{"keys": 7}', "[]"])
def test_other_secret_is_refused_without_its_text(secrets, name, value):
    secrets.put_secret_value(SecretId=name, SecretString=value)
    with pytest.raises(OperateError) as refused:
        advance(secrets, name, early=True)
    assert "PRIVATE" not in str(refused.value)


@pytest.mark.parametrize(
    ("previous", "hours", "step"), [([], 0, 1), (["a"], 24, 2), (["b", "a"], 72, 3)], ids=["first", "second", "third"]
)
def test_next_step_follows_from_the_secret_and_its_version_before(previous, hours, step):
    keys = ["a"] if step == 1 else ["a", "b"]
    following = Secret(keys, previous, datetime.now(UTC)).next
    assert (following.number, following.wait) == (step, timedelta(hours=hours))


def test_keys_that_are_published_are_compared_with_the_secret(stack, monkeypatch, capsys):
    act_as_operator(stack, monkeypatch)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stack.authority.certificate))
    steps.expect(stack.device(DMR, "dmr").get("/routes"), 200)
    device = stack.credentials(DMR, "dmr")
    words = ["--network", stack.instance.url("edge"), "--cert", str(device.certificate), "--key", str(device.key)]
    assert main(["local", *words]) == 0
    first, checked, following, nothing = capsys.readouterr().out.splitlines()
    [key] = read(stack.instance.aws("secretsmanager"), stack.outputs["RoutesSecret"]).keys
    assert first == f"{kid(key)} signs"
    assert checked == "The Network API signs with the first key and publishes these."
    assert following.startswith("Next is step 1: publish a new key beside the old one, from ")
    assert nothing == "Nothing was changed: repeat it with APPLY=1."
    with pytest.raises(OperateError, match="needs all of"):
        main(["local", *words[:2]])


def test_step_is_refused_before_the_one_before_is_in_use():
    secret = Secret([new_key(), new_key()], [], datetime.now(UTC))
    with pytest.raises(OperateError, match="Repeat it in five minutes"):
        check(secret, [kid(secret.keys[0])])
