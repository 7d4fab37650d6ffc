"""A stand-in for TARA, the state's authentication service: it enforces TARA's rules, and authenticates nobody.

https://e-gov.github.io/TARA-Doku/TechnicalSpecification. Whoever opens its page chooses who to be. A code is good once,
for 30 seconds, with the client's secret. What a client does wrong is refused with the reason, in the log too.
"""

import argparse
import base64
import datetime
import html
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from .instance import Instance
from .issuer import Issuer

CLIENT = "centops-console"
#: The seconds for which a code is good.
CODE_SECONDS = 30
#: The seconds for which an identity token is good.
TOKEN_SECONDS = 40
LEVELS = ("low", "substantial", "high")
#: The longest `state` that TARA passes through.
MAX_STATE = 256
#: People of the local stack: test codes of the state's own test environment.
PEOPLE = {
    "EE60001019906": ("MARY ÄNN", "O’CONNEŽ-ŠUSLIK TESTNUMBER"),
    "EE30303039914": ("KATI", "KASK"),
    "EE39901012239": ("MATI", "MAASIKAS"),
}


class Refused(Exception):
    """A request that breaks a rule."""


@dataclass(frozen=True)
class Request:
    """A valid request for authentication."""

    state: str
    nonce: str
    level: str
    language: str

    @classmethod
    def parse(cls, query: dict[str, list[str]], callback: str) -> "Request":
        """Returns the request. `callback` is the registered address. Raises `Refused` for what TARA refuses."""
        repeated = [name for name, values in query.items() if len(values) > 1]
        if repeated:
            raise Refused(f"repeated parameters: {', '.join(repeated)}")
        one = {name: values[0] for name, values in query.items()}
        if one.get("client_id") != CLIENT:
            raise Refused("unknown client_id")
        if one.get("redirect_uri") != callback:
            raise Refused("redirect_uri is not the registered one")
        if one.get("response_type") != "code":
            raise Refused("response_type must be code")
        if "openid" not in one.get("scope", "").split(" "):
            raise Refused("scope must contain openid")
        if not 8 <= len(one.get("state", "")) <= MAX_STATE:
            raise Refused(f"state must have 8 to {MAX_STATE} characters")
        if one.get("acr_values", "low") not in LEVELS:
            raise Refused("acr_values is not a level of assurance")
        if one.get("ui_locales", "et") not in ("et", "en", "ru"):
            raise Refused("ui_locales must be et, en or ru")
        return cls(one["state"], one.get("nonce", ""), one.get("acr_values", "low"), one.get("ui_locales", "et"))


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    request: Request
    subject: str
    issued: float


@dataclass
class Provider:
    """The provider: its keys, the client's secret, and the codes that nobody has redeemed."""

    issuer: Issuer
    secret: str
    #: The address that people come back to, as the client registered it.
    callback: str
    clock: callable = time.monotonic
    _codes: dict[str, Grant] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self, query: dict[str, list[str]]) -> str:
        """Returns the page on which somebody chooses who to be."""
        Request.parse(query, self.callback)
        fields = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(values[0])}">'
            for name, values in query.items()
        )
        buttons = "".join(
            f'<button name="subject" value="{subject}">{html.escape(" ".join(names))}</button>'
            for subject, names in PEOPLE.items()
        )
        return (
            '<!doctype html><html lang="et"><meta charset="utf-8"><title>TARA (local)</title>'
            f'<h1>Who are you?</h1><form method="get" action="/choose">{fields}{buttons}'
            '<button name="subject" value="">Cancel</button></form></html>'
        )

    def choose(self, query: dict[str, list[str]]) -> str:
        """Returns the address at which the chosen person goes on."""
        subject = query.pop("subject", [""])[0]
        request = Request.parse(query, self.callback)
        if not subject:
            answer = {"error": "user_cancel", "error_description": "The person cancelled.", "state": request.state}
            return f"{self.callback}?{urlencode(answer)}"
        if subject not in PEOPLE:
            raise Refused("unknown person")
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Grant(request, subject, self.clock())
        return f"{self.callback}?{urlencode({'code': code, 'state': request.state})}"

    def redeem(self, authorization: str, form: dict[str, list[str]]) -> dict:
        """Returns the answer with the identity token of a code, which is used up. Raises `Refused`."""
        if not secrets.compare_digest(_credentials(authorization), f"{CLIENT}:{self.secret}"):
            raise PermissionError("the client's credentials are wrong")
        one = {name: values[0] for name, values in form.items() if len(values) == 1}
        with self._lock:
            grant = self._codes.pop(one.get("code", ""), None)
        if grant is None:
            raise Refused("the code is unknown or used")
        if self.clock() - grant.issued > CODE_SECONDS:
            raise Refused("the code is too old")
        if one.get("grant_type") != "authorization_code" or one.get("redirect_uri") != self.callback:
            raise Refused("grant_type or redirect_uri is wrong")
        return {"access_token": secrets.token_urlsafe(32), "token_type": "bearer", "id_token": self.token(grant)}

    def token(self, grant: Grant, **claims) -> str:
        """Returns the identity token. `claims` override its claims; `None` omits one."""
        given, family = PEOPLE[grant.subject]
        born = datetime.date(1990, 1, 1).isoformat()
        body = {
            "aud": [CLIENT],
            "nonce": grant.request.nonce or None,
            "state": grant.request.state,
            "acr": "high",
            "amr": ["mID"],
            "jti": secrets.token_hex(16),
            "profile_attributes": {"given_name": given, "family_name": family, "date_of_birth": born},
            **claims,
        }
        return self.issuer.sign(grant.subject, TOKEN_SECONDS / 60, **body)


def provider_of(instance: Instance) -> Provider:
    """Returns the identity provider of an instance."""
    folder = instance.home / "identity"
    callback = f"{instance.url('console')}/api/session/callback"
    return Provider(Issuer(folder, instance.url("identity")), client_secret(folder), callback)


def client_secret(folder: Path) -> str:
    """Returns the secret of the console at the provider, which is made if it is missing."""
    file = folder / "client-secret"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def _credentials(authorization: str) -> str:
    scheme, _, encoded = authorization.partition(" ")
    if scheme != "Basic":
        raise PermissionError("HTTP Basic is required")
    user, _, password = base64.b64decode(encoded).decode().partition(":")
    return f"{unquote(user)}:{unquote(password)}"


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = parse_qs(address.query, keep_blank_values=True)
            match address.path:
                case "/oidc/authorize":
                    self._answer(lambda: (200, {"Content-Type": "text/html; charset=utf-8"}, provider.page(query)))
                case "/choose":
                    self._answer(lambda: (302, {"Location": provider.choose(query)}, ""))
                case "/oidc/jwks":
                    self._json(200, provider.issuer.key_set())
                case _:
                    self._json(404, {"error": "not_found"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if self.path != "/oidc/token":
                self._json(404, {"error": "not_found"})
                return
            try:
                answer = provider.redeem(self.headers.get("Authorization") or "", parse_qs(body))
            except PermissionError as error:
                self._json(401, {"error": "invalid_client", "error_description": str(error)})
            except Refused as error:
                self._json(400, {"error": "invalid_grant", "error_description": str(error)})
            else:
                self._json(200, answer)

        def _answer(self, make) -> None:
            try:
                status, headers, body = make()
            except Refused as error:
                self._json(400, {"error": "invalid_request", "error_description": str(error)})
                return
            self._send(status, headers, body.encode())

        def _json(self, status: int, body: dict) -> None:
            if status >= 400:
                self.log_message("%s %s refused: %s", self.command, urlsplit(self.path).path, body)
            self._send(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_) -> None:
            """Suppresses the log line of each request: an address may have a code."""

    return Handler


def main() -> None:
    """Serves the provider of an instance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instance", default="up")
    instance = Instance.saved(parser.parse_args().instance)
    address = ("127.0.0.1", instance.port("identity"))
    ThreadingHTTPServer(address, _handler(provider_of(instance))).serve_forever()


if __name__ == "__main__":
    main()
