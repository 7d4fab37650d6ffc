"""The signing key of the route table, and the verification of its signatures as a DMR does it."""

import base64
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .authority import new_key

_HALF = 32


class InvalidRouteSignature(Exception):
    """The signature of a body is not valid; the text gives the reason."""


class SigningKey:
    """A key in a folder. It is created if the folder has none."""

    def __init__(self, folder: Path):
        self._file = folder / "routes-key.pem"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            new_key(self._file)

    def secret(self) -> str:
        """Returns the value of the stack's secret."""
        return json.dumps({"keys": [self._file.read_text()]})


def verify(signature: str, body: bytes, key_set: dict) -> str:
    """Verifies a detached JWS (RFC 7515, RFC 7797) over a body by the published keys. Returns the key's id."""
    parts = signature.split(".")
    if len(parts) != 3 or parts[1]:
        raise InvalidRouteSignature(f"not a detached JWS: {signature}")
    protected, _, raw = parts
    header = json.loads(_decoded(protected))
    if (header.get("alg"), header.get("b64"), header.get("crit")) != ("ES256", False, ["b64"]):
        raise InvalidRouteSignature(f"unexpected algorithm or options: {header}")
    known = {key["kid"]: key for key in key_set["keys"]}
    if header.get("kid") not in known:
        raise InvalidRouteSignature(f"the key is not published: {header}")
    key, halves = known[header["kid"]], _decoded(raw)
    if len(halves) != 2 * _HALF:
        raise InvalidRouteSignature("a signature of ES256 has 64 bytes")
    x, y = (int.from_bytes(_decoded(key[name])) for name in ("x", "y"))
    r, s = (int.from_bytes(half) for half in (halves[:_HALF], halves[_HALF:]))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    try:
        public.verify(encode_dss_signature(r, s), protected.encode() + b"." + body, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise InvalidRouteSignature("the signature does not match the body") from None
    return header["kid"]


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
