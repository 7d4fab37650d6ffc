"""Starts the mutual-TLS edge of an instance, which replaces API Gateway's custom domain on the local stack."""

from urllib.parse import urlsplit

from . import processes
from .authority import Authority
from .instance import DOMAIN, REGION, ROOT, STACK, Instance

BINARY = ROOT / "target" / "debug" / "centops-edge"
TRUSTSTORE_KEY = "truststore.pem"


def start(instance: Instance, outputs: dict[str, str], authority: Authority) -> None:
    """Starts the edge with the truststore of the deployed custom domain."""
    truststore = instance.home / "edge-truststore.pem"
    domain = instance.aws("apigateway").get_domain_name(domainName=DOMAIN)
    address = urlsplit(domain["mutualTlsAuthentication"]["truststoreUri"])
    instance.aws("s3").download_file(address.netloc, address.path.lstrip("/"), str(truststore))
    own = authority.server("edge")
    port = instance.port("edge")
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
    processes.start(instance, "edge", command, lambda: processes.is_listening(port))


def upload_truststore(instance: Instance, outputs: dict[str, str], authority: Authority) -> None:
    """Uploads the certificate of CentOps's authority to the custom domain's truststore."""
    instance.aws("s3").upload_file(str(authority.certificate), outputs["TruststoreBucket"], TRUSTSTORE_KEY)
