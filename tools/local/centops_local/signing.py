"""The key that signs the route table, which is put into the stack; and what a DMR does with a signature."""

import base64
import json
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .authority import new_key

_HALF = 32


class NotSigned(Exception):
    """A body without a signature that counts; the text says why."""


class SigningKey:
    """A key in a folder. It is made when the folder holds none."""

    def __init__(self, folder: Path):
        self._file = folder / "routes-key.pem"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            new_key(self._file)

    def secret(self) -> str:
        """What the stack's secret holds."""
        return json.dumps({"keys": [self._file.read_text()]})


def verify(signature: str, body: bytes, key_set: dict) -> str:
    """Checks a detached JWS (RFC 7515, RFC 7797) over a body by the published keys, and returns the key's id."""
    parts = signature.split(".")
    if len(parts) != 3 or parts[1]:
        raise NotSigned(f"not a detached JWS: {signature}")
    protected, _, raw = parts
    header = json.loads(_decoded(protected))
    if (header.get("alg"), header.get("b64"), header.get("crit")) != ("ES256", False, ["b64"]):
        raise NotSigned(f"signed otherwise: {header}")
    known = {key["kid"]: key for key in key_set["keys"]}
    if header.get("kid") not in known:
        raise NotSigned(f"by a key that is not published: {header}")
    key, halves = known[header["kid"]], _decoded(raw)
    if len(halves) != 2 * _HALF:
        raise NotSigned("a signature of ES256 has 64 bytes")
    x, y = (int.from_bytes(_decoded(key[name])) for name in ("x", "y"))
    r, s = (int.from_bytes(half) for half in (halves[:_HALF], halves[_HALF:]))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    try:
        public.verify(encode_dss_signature(r, s), protected.encode() + b"." + body, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise NotSigned("the signature is another body's") from None
    return header["kid"]


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
