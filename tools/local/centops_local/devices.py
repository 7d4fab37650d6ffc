"""Keys and certificates of DMRs and chatbots. Keys and signing requests are created here, CentOps signs, as on AWS."""

import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .authority import Credentials, new_key
from .clients import Api
from .instance import Instance, LocalError
from .locks import file_lock

#: The institution that runs the DMRs.
OPERATOR = {"id": "dmr-operator", "name": "Operator of the DMRs", "contact": "dmr@example.ee"}

#: Guards the two files of key and certificate.
_OBTAINING = threading.Lock()


def request(key, name: str = "device") -> str:
    """Returns a certificate signing request, signed by `key`. CentOps ignores its subject."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def stored(instance: Instance, name: str, profile: str) -> Credentials:
    """Returns the files of the certificate and key of a `dmr` or a `chatbot`."""
    folder = instance.home / "devices" / profile
    return Credentials(folder / f"{name}.pem", folder / f"{name}-key.pem")


def obtain(instance: Instance, admin: Api, name: str, profile: str) -> Credentials:
    """Like `stored`, but has CentOps issue the certificate if there is none yet.

    Threads and processes of one instance may call it at the same time.
    """
    credentials = stored(instance, name, profile)
    if credentials.certificate.exists():
        return credentials
    credentials.key.parent.mkdir(parents=True, exist_ok=True)
    with _OBTAINING, file_lock(credentials.key.with_suffix(".lock")):
        if not credentials.certificate.exists():
            key = new_key(credentials.key)
            # Renamed into place: it exists only once it is complete.
            new = credentials.certificate.with_suffix(".new")
            new.write_text(issue(admin, key, name, profile)["pem"])
            new.rename(credentials.certificate)
    return credentials


def register(admin: Api, name: str, operator: dict = OPERATOR) -> None:
    """Registers a DMR, unless it is registered, and the institution `operator` that runs it."""
    if admin.get(f"/dmrs/{name}").status_code == 200:
        return
    new = {"name": name, "uri": f"https://{name}.example.ee/messages", "institution": operator["id"]}
    for path, body in (("/admin/institutions", operator), ("/dmrs", new)):
        response = admin.post(path, body)
        if response.status_code not in (201, 409):
            raise LocalError(f"DMR {name} was not registered: {path} {response.status_code} {response.text}")


def issue(admin: Api, key: ec.EllipticCurvePrivateKey, name: str, profile: str, **more) -> dict:
    """Has CentOps issue a certificate for the key, after registering a DMR. Returns the response's body."""
    if profile == "dmr":
        register(admin, name)
    body = {"profile": profile, "name": name, "csr": request(key), **more}
    response = admin.post("/certificates", body)
    if response.status_code != 201:
        raise LocalError(f"CentOps issued no certificate for {profile} {name}: {response.status_code} {response.text}")
    return response.json()
