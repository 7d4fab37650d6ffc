"""The authorization matrix: every operation of the contract, asked by every kind of caller, answers as it declares.

A row is `x-centops-callers` (and `x-centops-foreign`) of an operation; the columns are below. An operation without a
row fails here and in `make lint`. A caller who is let in gets neither a refusal nor a complaint about the request.
"""

import base64
import copy
import dataclasses
import datetime
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from centops_local import declared, steps
from centops_local.authority import Credentials
from centops_local.clients import Api, admin_api, network_api
from centops_local.declared import Operation
from samples import Samples

DOCUMENT = declared.read()
OPERATIONS = declared.operations(DOCUMENT)

#: The chatbot that requests are about, and its institution.
OWN = "matrix"
FOREIGN = "matrix-of-others"
DMR = "dmr-of-matrix"
#: Nothing has this name: an allowed removal aims at it.
ABSENT = "matrix-absent"

#: What a path names, and what it names where the thing itself is removed. Who is let in may find nothing.
PATHS = {
    "name": (OWN, ABSENT),
    "profile": ("chatbot", "chatbot"),
    "holder": (ABSENT, ABSENT),
    "serial": ("0" * 32, "0" * 32),
    "key": ("a" * 6, "a" * 6),
    "institution": (OWN, ABSENT),
    "id": ("019aa5d0-0000-7000-8000-000000000000", "019aa5d0-0000-7000-8000-000000000000"),
}
#: What stands for a name in bodies.
NAMES = {"Name": OWN, "ParticipantName": OWN, "InstitutionName": "The matrix"}

#: What a caller gets. A refusal in the handshake has no status.
LET_IN, UNKNOWN, REFUSED, NO_HANDSHAKE, FILTERED = "let in", "401", "403", "no handshake", "filtered"

STAFF = ("admin", "operator", "viewer")


@dataclasses.dataclass(frozen=True)
class Column:
    """One kind of caller: how it asks, and what an operation's row means for it."""

    name: str
    #: Makes the client. Each cell has one of its own, so that cells may be asked side by side.
    client: Callable[["Callers"], Api]
    expected: Callable[[Operation], str]
    #: Whose API key it sends, where an operation wants one.
    key: str | None = "dmr"


class Callers:
    """What callers of a deployed stack show of themselves."""

    def __init__(self, stack):
        self.stack = stack
        self._stranger = rsa.generate_private_key(65537, 2048)
        self._revoked: Credentials | None = None
        self._keys: dict[str, str] = {}

    def issue_keys(self) -> None:
        """Has API keys issued to the DMR and the chatbot of the matrix."""
        for profile, name in (("dmr", DMR), ("chatbot", OWN)):
            answer = self.stack.person("admin").post("/api-keys", {"profile": profile, "name": name})
            self._keys[profile] = steps.expect(answer, 201).json()["apiKey"]

    def key(self, operation: Operation, holder: str | None) -> dict[str, str]:
        """The header with a holder's API key, where the operation wants one."""
        if operation.key is None or holder is None:
            return {}
        key = self._keys[holder]
        if operation.key == "header":
            return {"X-Api-Key": key}
        return {"Authorization": base64.b64encode(key.replace(".", ":", 1).encode()).decode()}

    def token(self, roles: list[str] = (), institutions: list[str] = (), **claims) -> str:
        """A token of the issuer that the stack trusts."""
        return self.stack.issuer.token("matrix@example.ee", roles, institutions, **claims)

    def admin(self, **claims) -> str:
        """An administrator's, but for `claims`."""
        return self.token(["admin"], **claims)

    def signed_by_a_stranger(self) -> str:
        """One with the issuer's key id, and another key."""
        claims = jwt.decode(self.admin(), options={"verify_signature": False})
        return jwt.encode(claims, self._stranger, algorithm="RS256", headers={"kid": self.stack.issuer.kid})

    def with_the_public_key_as_secret(self) -> str:
        """One that says HS256, with the public key, which anybody has, as the secret."""
        key = jwt.PyJWK(self.stack.issuer.key_set()["keys"][0]).key
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return self._forged("HS256", lambda text: hmac.digest(pem, text, "sha256"))

    def without_algorithm(self) -> str:
        """One that says it needs no signature."""
        return self._forged("none", lambda _: b"")

    def _forged(self, algorithm: str, sign: Callable[[bytes], bytes]) -> str:
        header = {"alg": algorithm, "typ": "JWT", "kid": self.stack.issuer.kid}
        claims = self.admin().split(".")[1]
        text = f"{_base64url(json.dumps(header).encode())}.{claims}"
        return f"{text}.{_base64url(sign(text.encode()))}"

    def bearer(self, token: str | None, headers: dict[str, str] | None = None) -> Api:
        """The Admin API, with a token or none, and more headers."""
        return _with(self.stack.bearer(token), headers)

    def device(self, name: str, profile: str, headers: dict[str, str] | None = None) -> Api:
        """The Network API, with a certificate of CentOps's authority."""
        return _with(self.stack.device(name, profile), headers)

    def holder(self, credentials, headers: dict[str, str] | None = None) -> Api:
        """The Network API, with any certificate or none."""
        stack = self.stack
        api = network_api(stack.instance.url("edge"), credentials, str(stack.authority.certificate), stack.watchers)
        return _with(api, headers)

    def revoke(self) -> None:
        """Has a certificate issued and revoked, by an administrator, for the column of revoked ones."""
        certificate, key = self.stack.device(f"{DMR}-revoked", "dmr").session.cert
        self._revoked = Credentials(Path(certificate), Path(key))
        serial = x509.load_pem_x509_certificate(Path(certificate).read_bytes()).serial_number
        path = f"/certificates/dmr/{DMR}-revoked/{serial:032x}/revocation"
        steps.expect(self.stack.person("admin").call("PUT", path, {"reason": "the matrix revokes it"}), 200)

    def revoked(self) -> Api:
        """The Network API, with the certificate that was revoked."""
        return self.holder(self._revoked)

    def past_the_edge(self, token: str | None = None, headers: dict[str, str] | None = None) -> Api:
        """The Network API at the address that has no mutual TLS, which is switched off on AWS."""
        api, stage = self.stack.outputs["NetworkApiId"], self.stack.outputs["Stage"]
        base = f"{self.stack.instance.url('emulator')}/restapis/{api}/{stage}/_user_request_"
        return _with(admin_api(base, token), headers)

    def shown(self) -> dict[str, str]:
        """A DMR's certificate in the headers that gateways and proxies use for one."""
        pem = self.stack.authority.client(DMR, "dmr").certificate.read_text()
        subject = f"CN={DMR},OU=dmr,O=Buerokratt"
        line = base64.b64encode(pem.encode()).decode()
        names = ("X-Amzn-Mtls-Clientcert", "X-Client-Cert", "X-Forwarded-Client-Cert", "Client-Cert")
        return {**dict.fromkeys(names, line), "X-Amzn-Mtls-Clientcert-Subject": subject}


def _with(api: Api, headers: dict[str, str] | None) -> Api:
    api.session.headers.update(headers or {})
    return api


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _always(answer: str) -> Callable[[Operation], str]:
    return lambda operation: answer


def _person(role: str) -> Callable[[Operation], str]:
    return lambda operation: LET_IN if {role, "person"} & set(operation.callers) else REFUSED


def _foreign(operation: Operation) -> str:
    if "owner" in operation.callers:
        return FILTERED if operation.foreign == "filter" else REFUSED
    return _person("owner")(operation)


def _device(profile: str) -> Callable[[Operation], str]:
    return lambda operation: LET_IN if profile in operation.callers else REFUSED


def _with_another_key(profile: str) -> Callable[[Operation], str]:
    return lambda operation: UNKNOWN if operation.key and profile in operation.callers else _device(profile)(operation)


#: Who asks the Admin API.
ADMIN = [
    *(Column(role, lambda c, role=role: c.bearer(c.token([role])), _person(role)) for role in STAFF),
    Column("owner", lambda c: c.bearer(c.token(["owner"], [OWN])), _person("owner")),
    Column("owner of another institution", lambda c: c.bearer(c.token(["owner"], [FOREIGN])), _foreign),
    Column("owner of none", lambda c: c.bearer(c.token(["owner"])), _foreign),
    Column("a person without a role", lambda c: c.bearer(c.token([], [OWN])), _person("nobody")),
    Column("a person with an unknown role", lambda c: c.bearer(c.token(["root"], [OWN])), _person("nobody")),
    Column("no token", lambda c: c.bearer(None), _always(UNKNOWN)),
    Column("garbage", lambda c: c.bearer("garbage"), _always(UNKNOWN)),
    Column("expired", lambda c: c.bearer(c.admin(minutes=-10)), _always(UNKNOWN)),
    Column("not yet valid", lambda c: c.bearer(c.admin(nbf=4_000_000_000)), _always(UNKNOWN)),
    Column("another audience", lambda c: c.bearer(c.admin(aud="other")), _always(UNKNOWN)),
    Column("another issuer", lambda c: c.bearer(c.admin(iss="https://other.example")), _always(UNKNOWN)),
    Column("another key", lambda c: c.bearer(c.signed_by_a_stranger()), _always(UNKNOWN)),
    Column("HS256 with the public key", lambda c: c.bearer(c.with_the_public_key_as_secret()), _always(UNKNOWN)),
    Column("alg none", lambda c: c.bearer(c.without_algorithm()), _always(UNKNOWN)),
    Column("a certificate in headers", lambda c: c.bearer(None, c.shown()), _always(UNKNOWN)),
]  # fmt: skip

_PAST = datetime.timedelta(days=-2)
_FUTURE = datetime.timedelta(days=2)


def _trusted(c: Callers):
    return c.stack.authority


#: Who asks the Network API. A caller is let in to each operation of its profile, and to none of the other.
NETWORK = [
    Column("dmr", lambda c: c.device(DMR, "dmr"), _device("dmr")),
    Column("chatbot", lambda c: c.device(OWN, "chatbot"), _device("chatbot"), "chatbot"),
    Column("dmr without an API key", lambda c: c.device(DMR, "dmr"), _with_another_key("dmr"), None),
    Column("dmr with a chatbot's API key", lambda c: c.device(DMR, "dmr"), _with_another_key("dmr"), "chatbot"),
    Column("chatbot with a dmr's API key", lambda c: c.device(OWN, "chatbot"), _with_another_key("chatbot")),
    Column("a chatbot with an administrator's token",
           lambda c: c.device(OWN, "chatbot", {"Authorization": f"Bearer {c.admin()}"}), _device("chatbot"), "chatbot"),
    Column("a dmr with an administrator's token",
           lambda c: c.device(DMR, "dmr", {"Authorization": f"Bearer {c.admin()}"}), _device("dmr")),
    Column("a chatbot with a dmr's certificate in headers",
           lambda c: c.device(OWN, "chatbot", c.shown()), _device("chatbot"), "chatbot"),
    Column("an unknown profile", lambda c: c.holder(_trusted(c).client(OWN, "printer")), _always(UNKNOWN)),
    Column("no certificate", lambda c: c.holder(None), _always(NO_HANDSHAKE)),
    Column("no certificate, an administrator's token",
           lambda c: c.holder(None, {"Authorization": f"Bearer {c.admin()}"}), _always(NO_HANDSHAKE)),
    Column("another authority's", lambda c: c.holder(c.stack.foreign_authority.client(DMR, "dmr")), _always(NO_HANDSHAKE)),
    Column("expired", lambda c: c.holder(_trusted(c).outdated(DMR, "dmr", _PAST)), _always(NO_HANDSHAKE)),
    Column("not yet valid", lambda c: c.holder(_trusted(c).outdated(DMR, "dmr", _FUTURE)), _always(NO_HANDSHAKE)),
    Column("past the edge: nobody", lambda c: c.past_the_edge(), _always(UNKNOWN)),
    Column("past the edge: a certificate in headers", lambda c: c.past_the_edge(None, c.shown()), _always(UNKNOWN)),
    Column("past the edge: an administrator's token", lambda c: c.past_the_edge(c.admin()), _always(UNKNOWN)),
]  # fmt: skip

#: Whether CentOps keeps a record of each certificate. Where it does, one without is nobody's.
RECORDED = any(operation.id == "issue-certificate" for operation in OPERATIONS)
if RECORDED:
    NETWORK += [
        Column("unknown to CentOps", lambda c: c.holder(_trusted(c).client(f"{DMR}-unknown", "dmr")), _always(UNKNOWN)),
        Column("revoked", Callers.revoked, _always(UNKNOWN)),
    ]

COLUMNS = {"admin": ADMIN, "network": NETWORK}


@pytest.fixture(scope="module")
def callers(stack):
    """The callers, and the chatbot that their requests are about. What they make is removed."""
    admin = stack.person("admin")
    body = {
        "name": OWN,
        "uri": "https://chat.example.ee/messages",
        "type": "institution",
        "institution": OWN,
        "contact": "it@example.ee",
    }
    institution = {"id": OWN, "name": NAMES["InstitutionName"], "contact": "it@example.ee"}
    steps.expect(admin.post("/admin/institutions", institution), 201)
    steps.expect(admin.post("/chatbots", body), 201)
    callers = Callers(stack)
    callers.issue_keys()
    if RECORDED:
        callers.revoke()
    yield callers
    steps.expect(admin.call("DELETE", f"/chatbots/{OWN}"), 204)
    steps.expect(admin.call("DELETE", f"/admin/institutions/{OWN}"), 204)


@pytest.fixture(scope="module", autouse=True)
def figures(figure):
    cells = sum(len(COLUMNS[operation.tag]) for operation in OPERATIONS)
    figure(f"authorization matrix: {len(OPERATIONS)} operations, {cells} cells")


def certificate_request(name: str) -> str:
    """A request for a certificate, signed by a key that nobody keeps."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


#: What stands for fields that no schema describes.
FIELDS = {"csr": certificate_request(OWN)}
NAMES["CertificateRequest"] = FIELDS["csr"]


def samples(operation: Operation) -> Samples:
    """Requests about the chatbot, or about nothing where they would remove it."""
    removes = operation.method == "DELETE" and operation.path.endswith("}")
    assert not (removes and "owner" in operation.callers), f"{operation}: an owner's removal needs a thing of its own"
    return Samples(DOCUMENT, NAMES, FIELDS, {name: values[removes] for name, values in PATHS.items()})


def body_of(operation: Operation, made: Samples, path: str, stack) -> object:
    """What is sent: where it can be read, what is there, so that it stays; else a sample."""
    item = DOCUMENT["paths"][operation.path]
    if operation.method == "PUT" and "get" in item:
        return steps.expect(stack.person("admin").get(path), 200).json()
    body = made.body(operation)
    # A text that is a whole body is sent as JSON too.
    return json.dumps(body) if isinstance(body, str) else body


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_caller_gets_what_the_operation_declares(callers, operation):
    made = samples(operation)
    path, headers, query = made.path(operation), made.headers(operation), made.query(operation)
    body = body_of(operation, made, path, callers.stack)

    def ask(column: Column) -> str | None:
        """What is wrong with a cell."""
        api = column.client(callers)
        try:
            sent = {**headers, **callers.key(operation, column.key)}
            response = api.call(operation.method, path, copy.deepcopy(body), sent, **query)
        except requests.ConnectionError as error:
            seen, answer = _handshake(error), None
        else:
            seen, answer = _kind(response), response.text
        expected = column.expected(operation)
        if expected == FILTERED and seen == LET_IN:
            seen = f"sees {OWN}" if f'"{OWN}"' in answer else FILTERED
        return None if seen == expected else f"{column.name}: expected {expected}, got {seen} {(answer or '')[:300]}"

    with ThreadPoolExecutor(4) as pool:
        wrong = [cell for cell in pool.map(ask, COLUMNS[operation.tag]) if cell]
    assert not wrong, f"{operation.method} {path}\n" + "\n".join(wrong)


def _kind(response: requests.Response) -> str:
    """Which answer it is. A request that was let in was also understood."""
    if response.status_code in (401, 403):
        return str(response.status_code)
    return LET_IN if response.status_code < 400 or response.status_code in (404, 409) else f"{response.status_code}"


def _handshake(error: requests.ConnectionError) -> str:
    """A refusal of the certificate; anything else that went wrong stays what it is.

    Where the request is on its way before the alert has come, the client sees the connection end instead."""
    text = str(error).lower()
    signs = ("alert", "eof occurred in violation of protocol", "reset by peer", "broken pipe")
    return NO_HANDSHAKE if any(sign in text for sign in signs) else text


def test_an_owner_finds_its_own_where_others_find_nothing(callers):
    """A filtered list is one that has the chatbot for its owner."""
    filtered = [operation for operation in OPERATIONS if operation.foreign == "filter"]
    assert filtered
    for operation in filtered:
        owner = callers.bearer(callers.token(["owner"], [OWN]))
        assert f'"{OWN}"' in steps.expect(owner.get(samples(operation).path(operation)), 200).text, operation


def test_every_operation_declares_its_row():
    assert declared.problems(DOCUMENT) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x-centops-callers": None}, "does not declare who may call it"),
        ({"x-centops-callers": []}, "does not declare who may call it"),
        ({"x-centops-callers": ["admin", "root"]}, "has ['root']"),
        ({"x-centops-callers": ["dmr"]}, "has ['dmr']"),
        ({"x-centops-callers": ["admin", "admin"]}, "the same twice"),
        ({"x-centops-callers": ["admin", "person"]}, "the same twice"),
        ({"x-centops-callers": ["admin", "owner"]}, "x-centops-foreign is one of"),
        ({"x-centops-callers": ["owner"], "x-centops-foreign": "hide"}, "not hide"),
        ({"x-centops-foreign": "refuse"}, "has no x-centops-foreign"),
        ({"x-centops-callers": ["owner"], "x-centops-foreign": "filter"}, "is for lists"),
        ({"tags": ["public"]}, "its tags are"),
        ({"security": []}, "its security is not"),
        ({"operationId": None}, "no operationId"),
        ({"x-centops-key": "header"}, "x-centops-key is header"),
        ({"x-centops-alias-of": "enrol"}, "x-centops-alias-of is enrol"),
    ],
)
def test_a_row_that_is_missing_or_cannot_be_read_fails(change, says):
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/chatbots"]["post"].update(change)
    found = declared.problems(document)
    assert [problem for problem in found if problem.startswith("POST /chatbots:") and says in problem], found
    with pytest.raises(declared.Undeclared):
        declared.operations(document)
