"""A truststore that was replaced, and a domain that does not read it."""

import socket
import uuid
from collections.abc import Callable, Iterator

import pytest
from cryptography import x509

from centops_local import edge, processes
from centops_local.authority import Authority
from centops_local.instance import REGION
from centops_operate.deployed import OperateError
from centops_operate.knock import Client, clients_in, knock, stale_truststore


@pytest.fixture(scope="module")
def successor(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("successor"), "The next authority")


@pytest.fixture(scope="module")
def clients(stack, successor) -> list[Client]:
    """Returns a client of each authority. CentOps has no record of them."""
    issued = [authority.client("knocking", "dmr") for authority in (stack.authority, successor)]
    return [Client(each.certificate, each.key) for each in issued]


@pytest.fixture(scope="module")
def truststore(stack, successor) -> Iterator[tuple[str, list[str]]]:
    """Returns the address of a truststore, and its versions: the authority alone, then both authorities."""
    s3, bucket, key = stack.instance.aws("s3"), stack.outputs["TruststoreBucket"], f"truststore-{uuid.uuid4().hex[:8]}.pem"
    alone = stack.authority.certificate.read_bytes()
    bodies = [alone, alone + successor.certificate.read_bytes()]
    versions = [s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for body in bodies]
    yield f"s3://{bucket}/{key}", versions
    for version in versions:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version)


@pytest.fixture
def domain(stack, truststore) -> Iterator[Callable[[str | None], str]]:
    """Returns a function that makes a custom domain which names a version of the truststore, or none."""
    gateway, made = stack.instance.aws("apigateway"), []

    def make(version: str | None) -> str:
        name = f"{uuid.uuid4().hex[:8]}.example.ee"
        trust = {"truststoreUri": truststore[0]} | ({"truststoreVersion": version} if version else {})
        certificate = f"arn:aws:acm:{REGION}:000000000000:certificate/local"
        gateway.create_domain_name(domainName=name, regionalCertificateArn=certificate, mutualTlsAuthentication=trust)
        made.append(name)
        return name

    yield make
    for name in made:
        gateway.delete_domain_name(domainName=name)


def knocked(stack, successor: Authority, clients: list[Client], domain: str) -> list[str]:
    """Knocks at an edge that trusts what `domain` trusts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    name, authority = f"edge-{port}", stack.authority
    edge.start_as(stack.instance, stack.outputs, authority, name, port, edge.trusted(stack.instance, domain))
    try:
        authorities = [
            x509.load_pem_x509_certificate(each.certificate.read_bytes()) for each in (authority, successor)
        ]
        return knock(f"https://127.0.0.1:{port}", authorities, clients, str(authority.certificate))
    finally:
        processes.stop(stack.instance, name)


def test_domain_without_the_new_version_refuses_clients_of_the_new_authority(stack, successor, clients, truststore, domain):
    gateway, s3 = stack.instance.aws("apigateway"), stack.instance.aws("s3")
    for version in (None, truststore[1][0]):
        name = domain(version)
        [stale] = stale_truststore(gateway, s3, name)
        assert truststore[1][1] in stale
        [problem] = knocked(stack, successor, clients, name)
        assert "The next authority" in problem
        assert "no connection" in problem


def test_domain_with_the_new_version_lets_in_clients_of_both(stack, successor, clients, truststore, domain):
    name = domain(truststore[1][1])
    assert stale_truststore(stack.instance.aws("apigateway"), stack.instance.aws("s3"), name) == []
    assert knocked(stack, successor, clients, name) == []


def test_file_that_is_no_certificate_is_named(stack, tmp_path):
    (tmp_path / "client.pem").write_text("no certificate")
    authorities = [x509.load_pem_x509_certificate(stack.authority.certificate.read_bytes())]
    with pytest.raises(OperateError, match="client.pem is no certificate"):
        knock("https://127.0.0.1:1", authorities, clients_in(tmp_path))


def test_authority_without_a_client_is_not_taken_for_one_that_works(stack, successor, clients, truststore, domain):
    [problem] = knocked(stack, successor, clients[:1], domain(truststore[1][1]))
    assert problem.startswith("no client of the authority")
