"""Rotates the authority that signs client certificates, and shows the next step.

    python -m centops_operate.rotate_authority ENVIRONMENT [--new FILE] [--clients FOLDER] [--apply]

FILE is the secret of the new authority: `{"certificate": PEM, "key": PEM}`. FOLDER is that of `centops_operate.knock`; TOKEN
has a token of a viewer.

1. The truststore gets the new authority beside the old one, and the domain reads it. 2. The new authority signs, once the
domain has let in a client of each. 3. Holders get certificates of it. 4. The truststore keeps it alone, once no valid
certificate is of the old one, and the domain reads that. Before each step the one before is checked.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from .admin import Admin, admin_of
from .deployed import Deployed, OperateError, parser, run
from .knock import clients_in, knock, stale_truststore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

#: The time for which a function keeps the authority that it read.
_KEPT = timedelta(minutes=5)
_FORM = 'is not {"certificate": PEM, "key": PEM} of an authority: docs/runbooks/first-deployment.md'
#: The object of the truststore in its bucket.
TRUSTSTORE = "truststore.pem"


@dataclass(frozen=True)
class State:
    """What is in use."""

    #: The authority that signs, and the time from which on no function signs with the one before.
    signs: x509.Certificate
    since: datetime
    #: The authorities in the newest truststore.
    trusted: list[x509.Certificate]


def certificate_of(secret: str, name: str) -> x509.Certificate:
    """Returns the certificate of an authority's secret. Raises `OperateError` unless the key is of it."""
    try:
        value = json.loads(secret)
        certificate = x509.load_pem_x509_certificate(value["certificate"].encode())
        key = serialization.load_pem_private_key(value["key"].encode(), None)
        is_own = key.public_key() == certificate.public_key()
    except (ValueError, KeyError, TypeError, AttributeError):
        # The error is dropped, because it would contain a part of the secret.
        raise OperateError(f"{name} {_FORM}.") from None
    if not is_own:
        raise OperateError(f"The key of {name} is not that of its certificate.")
    if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise OperateError(f"The certificate of {name} may sign no others.")
    return certificate


def read(secrets: "SecretsManagerClient", secret: str, s3: "S3Client", bucket: str, key: str = TRUSTSTORE) -> State:
    """Returns what is in use."""
    value = secrets.get_secret_value(SecretId=secret)
    bundle = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return State(
        certificate_of(value["SecretString"], "The secret"),
        value["CreatedDate"].astimezone(UTC) + _KEPT,
        x509.load_pem_x509_certificates(bundle),
    )


def trust(s3: "S3Client", bucket: str, authorities: Sequence[x509.Certificate], key: str = TRUSTSTORE) -> str:
    """Uploads a truststore of some authorities. Returns its version."""
    bundle = b"".join(each.public_bytes(serialization.Encoding.PEM) for each in authorities)
    return s3.put_object(Bucket=bucket, Key=key, Body=bundle)["VersionId"]


def old_certificates(admin: Admin, since: datetime, now: datetime) -> list[str]:
    """Returns the holders and serial numbers of valid certificates that were issued before a time."""

    def time(text: str) -> datetime:
        return datetime.fromisoformat(text)

    listed = admin.pages("/certificates", "certificates", limit=100)
    old = (each for each in listed if time(each["issuedAt"]) < since and time(each["notAfter"]) > now and "revokedAt" not in each)
    return [f"{each['profile']} {each['name']} {each['serial']}" for each in old]


def name(certificate: x509.Certificate) -> str:
    """Returns the subject of an authority and the begin of its SHA-256 fingerprint."""
    return f"{certificate.subject.rfc4514_string()} ({certificate.fingerprint(hashes.SHA256()).hex()[:16]})"


def next_step(state: State, new: x509.Certificate | None, old: Sequence[str]) -> tuple[int, str]:
    """Returns the number of the next step, 0 if none is left, and what it does.

    `old` are the valid certificates that the authority before signed.
    """
    if new is not None and new != state.signs:
        if new not in state.trusted:
            return 1, f"trust {name(new)} beside {len(state.trusted)} others"
        return 2, f"sign with {name(new)}"
    if state.signs not in state.trusted:
        raise OperateError(f"The truststore lacks the authority that signs: {name(state.signs)}. Add it by hand, at once.")
    if len(state.trusted) == 1:
        return 0, "Nothing is left to do: NEW=authority.json begins a rotation"
    if old:
        return 3, f"issue {len(old)} certificates anew by hand (docs/runbooks/issue-certificate.md)"
    return 4, f"trust {name(state.signs)} alone"


def show(state: State, old: Sequence[str]) -> None:
    """Prints what is in use."""
    print(f"{name(state.signs)} signs")
    for authority in state.trusted:
        print(f"{name(authority)} is trusted")
    for each in old:
        print(f"still valid: {each}")


def main(words: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("rotate_authority", __doc__)
    arguments.add_argument("--new", type=Path, help="file of the secret of the new authority")
    arguments.add_argument("--clients", type=Path, help="folder with a client of each authority, before the second step")
    options = arguments.parse_args(words)
    stack = Deployed(options.environment)
    secrets, s3 = stack.client("secretsmanager"), stack.client("s3")
    secret, bucket = stack.outputs["AuthoritySecret"], stack.outputs["TruststoreBucket"]
    text = options.new.read_text() if options.new else ""
    new = certificate_of(text, str(options.new)) if text else None
    state = read(secrets, secret, s3, bucket)
    is_signing = len(state.trusted) > 1 and new in (None, state.signs)
    old = old_certificates(admin_of(stack, "viewer"), state.since, datetime.now(UTC)) if is_signing else []
    show(state, old)
    number, does = next_step(state, new, old)
    if number == 0:
        print(f"{does}.")
        return 0
    print(f"Next is step {number}: {does}.")
    if number == 3:
        print("Nothing was changed: repeat it when they are issued.")
        return 0
    problems = domain_problems(stack, state, options.clients, number == 2)
    if not options.apply:
        print(*(f"- first: {problem}" for problem in problems), "Nothing was changed: repeat it with APPLY=1.", sep="\n")
        return 0
    if problems:
        raise OperateError("".join(f"\n- {problem}" for problem in problems))
    if number == 2:
        secrets.put_secret_value(SecretId=secret, SecretString=text)
        print("The new authority signs within five minutes.")
        return 0
    version = trust(s3, bucket, [*state.trusted, new] if new and number == 1 else [state.signs])
    print(f"Set TruststoreVersion={version} in samconfig.toml, then: make deploy, make knock.")
    return 0


def domain_problems(stack: Deployed, state: State, clients: Path | None, must_knock: bool) -> list[str]:
    """Returns why the step may not be done: the domain has not read the truststore, or a client of an authority is refused."""
    if not (domain := stack.parameters.get("NetworkDomain")):
        return []
    problems = stale_truststore(stack.client("apigateway"), stack.client("s3"), domain)
    if must_knock and clients is None:
        problems.append("name a folder with a client of each authority: CLIENTS=…")
    elif must_knock:
        problems += knock(f"https://{domain}", state.trusted, clients_in(clients))
    return problems


if __name__ == "__main__":
    run("rotate-authority", main)
