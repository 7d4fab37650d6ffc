"""Starts the mutual-TLS edge of an instance, which replaces API Gateway's custom domain on the local stack."""

from urllib.parse import urlsplit

from . import processes
from .authority import Authority
from .instance import DOMAIN, REGION, ROOT, STACK, Instance

BINARY = ROOT / "target" / "debug" / "centops-edge"
TRUSTSTORE_KEY = "truststore.pem"


def start(instance: Instance, outputs: dict[str, str], authority: Authority) -> None:
    """Starts the edge with the truststore of the deployed custom domain."""
    start_as(instance, outputs, authority, "edge", instance.port("edge"), trusted(instance, DOMAIN))


def start_as(
    instance: Instance, outputs: dict[str, str], authority: Authority, name: str, port: int, authorities: bytes
) -> None:
    """Starts an edge that trusts these authorities, as the process `name`."""
    truststore = instance.home / f"{name}-truststore.pem"
    truststore.write_bytes(authorities)
    own = authority.server("edge")
    options = {
        "listen": f"127.0.0.1:{port}",
        "certificate": own.certificate,
        "key": own.key,
        "truststore": truststore,
        "function-prefix": f"{STACK}-",
        "api-id": outputs["NetworkApiId"],
        "stage": outputs["Stage"],
        "domain": DOMAIN,
        "endpoint": instance.url("emulator"),
        "region": REGION,
    }
    command = [str(BINARY)]
    for option, value in options.items():
        command += [f"--{option}", str(value)]
    processes.start(instance, name, command, lambda: processes.is_listening(port))


def trusted(instance: Instance, name: str) -> bytes:
    """Returns the authorities that the custom domain `name` trusts.

    API Gateway reads the truststore when a domain gets a version of it, and never again. A domain without a version keeps
    the one that it read first.
    """
    mutual_tls = instance.aws("apigateway").get_domain_name(domainName=name)["mutualTlsAuthentication"]
    address = urlsplit(mutual_tls["truststoreUri"])
    bucket, key, s3 = address.netloc, address.path.lstrip("/"), instance.aws("s3")
    version = mutual_tls.get("truststoreVersion")
    if not version:
        # Newest first.
        version = s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"][-1]["VersionId"]
    return s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"].read()


def upload_truststore(instance: Instance, outputs: dict[str, str], authority: Authority) -> None:
    """Uploads the certificate of CentOps's authority to the custom domain's truststore."""
    instance.aws("s3").upload_file(str(authority.certificate), outputs["TruststoreBucket"], TRUSTSTORE_KEY)
