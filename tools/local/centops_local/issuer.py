"""A small OpenID Connect issuer: a discovery document, a key set, and tokens for people."""

import argparse
import base64
import datetime
import hashlib
import json
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .instance import Instance
from .json_server import Request, Response, serve

AUDIENCE = "centops"
ROLES = ("admin", "operator", "viewer", "owner")


class Issuer:
    """An issuer with its keys in a folder. It signs with one, which is created if missing, and publishes all."""

    def __init__(self, folder: Path, url: str, key: str = "issuer-key.pem"):
        self.url = url
        self._folder = folder
        file = folder / key
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            # Renamed into place, because the issuer's process reads the folder at each request.
            new = file.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_bytes(_private_pem(rsa.generate_private_key(65537, 2048)))
            new.rename(file)
        self._key = _read(file)
        self.kid = _key_id(self._key)

    def rotated(self) -> "Issuer":
        """Returns the same issuer with a new key. The earlier keys stay published."""
        count = len(list(self._folder.glob("*.pem")))
        return Issuer(self._folder, self.url, f"issuer-key-{count + 1}.pem")

    def token(self, subject: str, roles: list[str], institutions: list[str] = (), minutes: float = 60, **claims) -> str:
        """Returns a signed token of the Admin API for a person. `claims` override the default claims; `None` omits one."""
        body = {"aud": AUDIENCE, "roles": list(roles), "institutions": list(institutions)}
        return self.sign(subject, minutes, **{**body, **claims})

    def sign(self, subject: str, minutes: float, **claims) -> str:
        """Returns a signed token for a person. `claims` are added to the times, or override them; `None` omits one."""
        now = datetime.datetime.now(datetime.UTC)
        end = now + datetime.timedelta(minutes=minutes)
        body = {"iss": self.url, "sub": subject, "iat": now, "nbf": now, "exp": end, **claims}
        payload = {name: value for name, value in body.items() if value is not None}
        return jwt.encode(payload, self._key, algorithm="RS256", headers={"kid": self.kid})

    def key_set(self) -> dict:
        """Returns the public keys as a JSON Web Key Set (RFC 7517)."""
        return {"keys": [_web_key(_read(file)) for file in sorted(self._folder.glob("*.pem"))]}

    def discovery(self) -> dict:
        """Returns the discovery document."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }


def issuer_of(instance: Instance) -> Issuer:
    """Returns the issuer of an instance."""
    return Issuer(instance.home / "issuer", instance.url("issuer"))


def _read(file: Path) -> rsa.RSAPrivateKey:
    return serialization.load_pem_private_key(file.read_bytes(), None)


def _key_id(key: rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(encoding, form)
    return base64.urlsafe_b64encode(hashlib.sha256(public).digest()[:12]).decode()


def _web_key(key: rsa.RSAPrivateKey) -> dict:
    numbers = key.public_key().public_numbers()
    form = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _key_id(key)}
    return {**form, "n": _base64url(numbers.n), "e": _base64url(numbers.e)}


def _private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _respond(issuer: Issuer, request: Request) -> Response:
    documents = {"/.well-known/openid-configuration": issuer.discovery, "/jwks.json": issuer.key_set}
    document = documents.get(request.path)
    if request.method != "GET" or document is None:
        return Response(404, {"message": "Not found. Paths: /.well-known/openid-configuration, /jwks.json."})
    return Response(200, document())


def main() -> None:
    """Serves the discovery document and the key set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="up")
    instance = Instance.saved(parser.parse_args().instance)
    issuer = issuer_of(instance)
    print(json.dumps(issuer.discovery()))
    serve(instance.port("issuer"), lambda request: _respond(issuer, request)).join()


if __name__ == "__main__":
    main()
