"""Checks after a deployment that the Network API lets in clients of each authority that it should trust, and nobody else.

    python -m centops_operate.knock ENVIRONMENT --clients FOLDER

FOLDER has a client certificate and its key for each authority: `<any name>.pem` and `<any name>.key`. CentOps need have no record
of them: it answers 401 then, and the handshake was accepted. API Gateway goes on with the truststore that it read before if a
deployment names no new version, and only a client notices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from .deployed import Deployed, OperateError, parser, run

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_s3 import S3Client

_TIMEOUT = 10
_PATH = "/keys"
#: The statuses of a caller that the domain has let in. CentOps answers 401 to a certificate of which it has no record.
_LET_IN = (200, 401)


@dataclass(frozen=True)
class Client:
    """The files of a client."""

    certificate: Path
    key: Path


def clients_in(folder: Path) -> list[Client]:
    """Returns the clients in a folder, by name."""
    return [Client(file, file.with_suffix(".key")) for file in sorted(folder.glob("*.pem"))]


def stale_truststore(gateway: "APIGatewayClient", s3: "S3Client", domain: str) -> list[str]:
    """Returns what is wrong with the truststore that a domain has read; nothing if it has the newest version."""
    described = gateway.get_domain_name(domainName=domain)
    mutual_tls = described.get("mutualTlsAuthentication", {})
    problems = list(mutual_tls.get("truststoreWarnings", []))
    if described.get("domainNameStatus", "AVAILABLE") != "AVAILABLE":
        problems.append(f"the domain is {described['domainNameStatus']}: try again in a few minutes")
    address = urlsplit(mutual_tls["truststoreUri"])
    newest = s3.head_object(Bucket=address.netloc, Key=address.path.lstrip("/")).get("VersionId")
    read = mutual_tls.get("truststoreVersion")
    if read != newest:
        problems.append(f"the domain has version {read or 'that it read first'}, the newest is {newest}: set TruststoreVersion")
    return problems


def knock(url: str, authorities: Sequence[x509.Certificate], clients: Sequence[Client], verify: str | bool = True) -> list[str]:
    """Calls the Network API as each client and as none. Returns what is wrong; nothing if each authority's client got in."""
    problems = []
    for authority in authorities:
        name = authority.subject.rfc4514_string()
        own = [client for client in clients if _issued(client, authority)]
        if not own:
            problems.append(f"no client of the authority {name}: its clients were not tried")
        problems += [f"{client.certificate.name} of {name}: {refused}" for client in own if (refused := _call(url, client, verify))]
    if not _call(url, None, verify):
        problems.append("a caller without a certificate got in")
    return problems


def _issued(client: Client, authority: x509.Certificate) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(client.certificate.read_bytes())
    except ValueError:
        raise OperateError(f"{client.certificate} is no certificate in PEM.") from None
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _call(url: str, client: Client | None, verify: str | bool) -> str | None:
    """Returns why the domain refused a caller; none if it let it in."""
    pair = (str(client.certificate), str(client.key)) if client else None
    with requests.Session() as session:
        session.trust_env = False
        try:
            response = session.get(f"{url}{_PATH}", cert=pair, verify=verify, timeout=_TIMEOUT)
        except (requests.RequestException, OSError) as error:
            return f"no connection ({type(error).__name__})"
    return None if response.status_code in _LET_IN else f"{response.status_code} {response.text[:200]}"


def main() -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("knock", __doc__, shows_first=False)
    arguments.add_argument("--clients", type=Path, required=True, help="a folder with a certificate and a key of each authority")
    options = arguments.parse_args()
    stack = Deployed(options.environment)
    if not (domain := stack.parameters.get("NetworkDomain")):
        raise OperateError(f"The environment {options.environment} has no NetworkDomain in samconfig.toml.")
    gateway, s3 = stack.client("apigateway"), stack.client("s3")
    address = urlsplit(gateway.get_domain_name(domainName=domain)["mutualTlsAuthentication"]["truststoreUri"])
    newest = s3.get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))["Body"].read()
    authorities = x509.load_pem_x509_certificates(newest)
    problems = stale_truststore(gateway, s3, domain) + knock(f"https://{domain}", authorities, clients_in(options.clients))
    if problems:
        raise OperateError("".join(f"\n- {problem}" for problem in problems))
    print(f"{domain} lets in clients of each of its {len(authorities)} authorities, and nobody without a certificate.")
    return 0


if __name__ == "__main__":
    run("knock", main)
