"""CentOps's certificate authority. The stack signs with its key.

CentOps has no record of certificates that are signed here; tests use them as invalid or unknown callers.
"""

import datetime
import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ORGANISATION = "Buerokratt"
_LIFE = datetime.timedelta(days=2000)

#: Start and end of a certificate's validity.
Validity = tuple[datetime.datetime, datetime.datetime]


@dataclass(frozen=True)
class Credentials:
    """The files of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """An authority in a folder. It is created if the folder has none."""

    def __init__(self, folder: Path, name: str):
        self.folder = folder
        self.name = name
        self.certificate = folder / "authority.pem"
        self._key_file = folder / "authority-key.pem"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._key_file.exists():
            self._create()
        self._key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)
        self._certificate = x509.load_pem_x509_certificate(self.certificate.read_bytes())

    def server(self, name: str) -> Credentials:
        """Issues a server certificate for this machine."""
        names = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        subject = _subject(name)
        return self._issue(name, subject, ExtendedKeyUsageOID.SERVER_AUTH, names)

    def client(self, name: str, profile: str, serial: int | None = None) -> Credentials:
        """Issues a client certificate without CentOps, for any profile and serial number.

        The edge accepts it; CentOps has no record of it.
        """
        file = f"unrecorded/{profile}-{name}" + (f"-{serial:x}" if serial else "")
        return self._issue(file, _subject(name, profile), ExtendedKeyUsageOID.CLIENT_AUTH, None, serial)

    def secret(self) -> str:
        """Returns the value of the stack's secret."""
        return json.dumps({"certificate": self.certificate.read_text(), "key": self._key_file.read_text()})

    def outdated(self, name: str, profile: str, begins: datetime.timedelta) -> Credentials:
        """Issues a client certificate that is valid for one day, from `begins` after now: expired, or not yet valid."""
        begin = datetime.datetime.now(datetime.UTC) + begins
        valid = (begin, begin + datetime.timedelta(days=1))
        file = f"unrecorded/{profile}-{name}{begins.total_seconds():+.0f}"
        return self._issue(file, _subject(name, profile), ExtendedKeyUsageOID.CLIENT_AUTH, None, valid=valid)

    def _create(self) -> None:
        key = new_key(self._key_file)
        subject = _subject(self.name)
        builder = _builder(subject, subject, key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
        self.certificate.write_bytes(_pem(builder.sign(key, hashes.SHA256())))

    def _issue(
        self, file: str, subject: x509.Name, use, names, serial: int | None = None, valid: Validity | None = None
    ) -> Credentials:
        credentials = Credentials(self.folder / f"{file}.pem", self.folder / f"{file}-key.pem")
        if credentials.certificate.exists():
            return credentials
        credentials.key.parent.mkdir(exist_ok=True)
        key = new_key(credentials.key)
        builder = _builder(subject, self._certificate.subject, key.public_key(), serial, valid)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        if names:
            builder = builder.add_extension(names, critical=False)
        credentials.certificate.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        return credentials


def _subject(name: str, profile: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION)]
    if profile:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, profile))
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    return x509.Name(parts)


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key, serial: int | None = None, valid: Validity | None = None
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    begin, end = valid or (now - datetime.timedelta(minutes=5), now + _LIFE)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _key_usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def new_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Creates a key in a file that only the current user can read."""
    key = ec.generate_private_key(ec.SECP256R1())
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return key
