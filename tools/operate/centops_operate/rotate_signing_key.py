"""Rotates the key that signs the route table, in three steps, and shows the next one.

    python -m centops_operate.rotate_signing_key ENVIRONMENT [--network URL --cert FILE --key FILE] [--apply [--now]]

1. A new key is published beside the old one. 2. The new key signs, a day later at the earliest: every DMR has fetched it.
3. The old key is removed, 72 hours later at the earliest: nobody keeps a table that it signed. With the address of the
Network API and the certificate of a DMR, it checks that the keys of the secret are published and that the first one signs:
no step is done before.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import requests
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .deployed import Deployed, OperateError, parser, run

_TIMEOUT = 30
_FORM = 'The secret is not {"keys": [PEM, …]} with P-256 keys: docs/runbooks/rotate-signing-key.md.'


@dataclass(frozen=True)
class Step:
    """A step of a rotation: what it does, and the time since the step before."""

    number: int
    text: str
    wait: timedelta


STEPS = (
    Step(1, "publish a new key beside the old one", timedelta()),
    Step(2, "sign with the new key", timedelta(days=1)),
    Step(3, "remove the old key", timedelta(hours=72)),
)


@dataclass(frozen=True)
class Secret:
    """The keys of the secret, as PEM, those of its version before, and the time of the present version."""

    keys: list[str]
    previous: list[str]
    since: datetime

    @property
    def next(self) -> Step:
        """The next step. Raises `OperateError` if the secret was changed in another way."""
        if len(self.keys) == 1:
            return STEPS[0]
        if len(self.keys) == 2 and self.previous == self.keys[:1]:
            return STEPS[1]
        if len(self.keys) == 2 and self.previous == self.keys[::-1]:
            return STEPS[2]
        raise OperateError(f"The secret has {len(self.keys)} keys that no step left so. Change it by hand.")

    def after(self, step: Step) -> list[str]:
        """Returns the keys after a step."""
        if step.number == 1:
            return [*self.keys, new_key()]
        return self.keys[::-1] if step.number == 2 else self.keys[:1]


def read(secrets: BaseClient, secret: str) -> Secret:
    """Returns the keys of a secret."""
    value = secrets.get_secret_value(SecretId=secret)
    try:
        previous = keys_of(secrets.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS"))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        previous = []
    except OperateError:
        # What was generated before the first key is none.
        previous = []
    return Secret(keys_of(value), previous, value["CreatedDate"].astimezone(UTC))


def keys_of(value: dict) -> list[str]:
    """Returns the keys of a version of the secret. Raises `OperateError` if it has none, or others."""
    try:
        keys = json.loads(value["SecretString"])["keys"]
        if not keys or not all(kid(key) for key in keys):
            raise OperateError(_FORM)
    except (ValueError, KeyError, TypeError, AttributeError):
        # The error is dropped, because it would contain a part of the secret.
        raise OperateError(_FORM) from None
    return keys


def kid(pem: str) -> str:
    """Returns the id of a key: the thumbprint of its public key (RFC 7638)."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("not a P-256 key")
    numbers = key.public_key().public_numbers()
    x, y = (_encoded(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return _encoded(hashlib.sha256(canonical.encode()).digest())


def new_key() -> str:
    """Returns a new key as PKCS#8 in PEM. It is written to no file."""
    key = ec.generate_private_key(ec.SECP256R1())
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(kind, form, serialization.NoEncryption()).decode()


def published(network: str, certificate: tuple[str, str]) -> list[str]:
    """Returns the ids of the published keys, that of the key that signs the route table first."""
    try:
        keys = requests.get(f"{network.rstrip('/')}/keys", cert=certificate, timeout=_TIMEOUT)
        routes = requests.get(f"{network.rstrip('/')}/routes", cert=certificate, timeout=_TIMEOUT)
        keys.raise_for_status()
        routes.raise_for_status()
    except (requests.RequestException, OSError) as error:
        raise OperateError(f"The Network API does not answer: {error}") from error
    protected = routes.headers["centops-signature"].partition(".")[0]
    signer = json.loads(base64.urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))["kid"]
    return [signer, *(key["kid"] for key in keys.json()["keys"] if key["kid"] != signer)]


def advance(secrets: BaseClient, name: str, early: bool) -> Step:
    """Does the next step. Raises `OperateError` before its time, unless `early` is true."""
    secret = read(secrets, name)
    step = secret.next
    if secret.since + step.wait > datetime.now(UTC) and not early:
        raise OperateError("It is too early. NOW=1 does not wait for it.")
    keys = secret.after(step)
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({"keys": keys}))
    if read(secrets, name).keys != keys:
        raise OperateError("Somebody else changed the secret at the same time. Look at it by hand.")
    return step


def check(secret: Secret, found: list[str]) -> None:
    """Raises `OperateError` unless the keys of the secret, and no others, are published and the first one signs."""
    wanted = [kid(key) for key in secret.keys]
    if found != wanted:
        raise OperateError(f"The Network API signs with and publishes {', '.join(found)}. Repeat it in five minutes.")
    print("The Network API signs with the first key and publishes these.")


def main(words: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("rotate_signing_key", __doc__)
    arguments.add_argument("--network", help="address of the Network API, to check what is published")
    arguments.add_argument("--cert", help="file of the certificate of a DMR")
    arguments.add_argument("--key", help="file of its key")
    arguments.add_argument("--now", action="store_true", help="do not wait for the time between steps")
    options = arguments.parse_args(words)
    if len({bool(options.network), bool(options.cert), bool(options.key)}) > 1:
        raise OperateError("A check needs all of NETWORK, CERT and KEY.")
    stack = Deployed(options.environment)
    secrets, name = stack.client("secretsmanager"), stack.outputs["RoutesSecret"]
    secret = read(secrets, name)
    for number, key in enumerate(secret.keys):
        print(f"{kid(key)} {'is published' if number else 'signs'}")
    if options.network:
        check(secret, published(options.network, (options.cert, options.key)))
    step = secret.next
    print(f"Next is step {step.number}: {step.text}, from {secret.since + step.wait:%Y-%m-%dT%H:%M:%SZ} on.")
    if not options.apply:
        print("Nothing was changed: repeat it with APPLY=1.")
        return 0
    done = advance(secrets, name, options.now)
    print(f"Step {done.number} is done, and in use within five minutes. Then check it with NETWORK, CERT and KEY.")
    return 0


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


if __name__ == "__main__":
    run("rotate-signing-key", main)
