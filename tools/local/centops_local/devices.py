"""The keys and certificates of DMRs and chatbots, as on AWS: each key and its request are made here, CentOps signs."""

import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .authority import Credentials, new_key
from .clients import Api
from .instance import Instance, LocalError


#: One at a time: key and certificate are two files.
_ENROLLING = threading.Lock()


def request(key, name: str = "device") -> str:
    """A certificate signing request that `key` signs. Its subject counts for nothing."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def kept(instance: Instance, name: str, profile: str) -> Credentials:
    """Where the certificate of a `dmr` or a `chatbot` of one copy is, and its key."""
    folder = instance.home / "devices" / profile
    return Credentials(folder / f"{name}.pem", folder / f"{name}-key.pem")


def enrol(instance: Instance, admin: Api, name: str, profile: str) -> Credentials:
    """The same, signed by CentOps at an administrator's word where there is none yet."""
    credentials = kept(instance, name, profile)
    with _ENROLLING:
        if not credentials.certificate.exists():
            credentials.key.parent.mkdir(parents=True, exist_ok=True)
            key = new_key(credentials.key)
            credentials.certificate.write_text(issue(admin, key, name, profile)["pem"])
    return credentials


def issue(admin: Api, key: ec.EllipticCurvePrivateKey, name: str, profile: str, **more) -> dict:
    """What CentOps answers to an administrator who asks for a certificate for that key."""
    body = {"profile": profile, "name": name, "csr": request(key), **more}
    response = admin.post("/certificates", body)
    if response.status_code != 201:
        raise LocalError(f"No certificate for {profile} {name}: {response.status_code} {response.text}")
    return response.json()
