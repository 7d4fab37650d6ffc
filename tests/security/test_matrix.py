"""The authorization matrix: every operation of the contract, called by every kind of caller, answers as declared.

A row is `x-centops-callers` (and `x-centops-foreign`) of an operation; the columns are below. An operation without a
row fails here and in `make lint`. A permitted caller gets neither a refusal nor an error about its request.
"""

import base64
import copy
import dataclasses
import datetime
import hashlib
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

from centops_local import contract, devices, steps
from centops_local.authority import Credentials
from centops_local.clients import Api, admin_api, network_api
from centops_local.contract import Operation
from centops_local.instance import ROOT
from samples import Samples
from support import open_incident

DOCUMENT = contract.read()
OPERATIONS = contract.operations(DOCUMENT)

#: Name of the chatbot in requests, and of its institution.
OWN = "matrix"
FOREIGN = "matrix-of-others"
DMR = "dmr-of-matrix"
#: A name that does not exist: the target of permitted deletions.
ABSENT = "matrix-absent"

#: Address of the subscription of the matrix, and its id: of institution, channel and address.
QUEUE = "arn:aws:sqs:eu-north-1:000000000000:matrix"
SUBSCRIPTION = hashlib.sha256(f"{OWN} sqs {QUEUE}".encode()).hexdigest()[:32]
#: Deletions that owners may call. They end what the fixture made, again and again.
ENDED = ("delete-subscription", "cancel-planned-outage")
#: Bodies of operations whose smallest body is not for every caller.
BODIES = {
    "create-subscription": {"channel": "sqs", "address": f"{QUEUE}-2", "institution": OWN},
    "create-planned-outage": {
        "institution": OWN,
        "rule": {"start": "2099-03-01T03:30", "zone": "UTC", "minutes": 90},
        "reason": "The matrix",
    },
    # A span without events: nobody is notified.
    "update-planned-outage": {"reason": "the matrix"},
    "put-grant": {"reason": "the matrix"},
    "receive-webhook": {"action": "release", "chatbot": OWN},
    "reannounce-events": {"from": "2098-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"},
}

#: Values of path parameters: in general, and for deletions. A permitted caller may get 404.
PATHS = {
    "name": (OWN, ABSENT),
    "profile": ("chatbot", "chatbot"),
    "holder": (ABSENT, ABSENT),
    "serial": ("0" * 32, "0" * 32),
    "key": ("a" * 6, "a" * 6),
    "component": (ABSENT, ABSENT),
    "version": ("1.0.0", "1.0.0"),
    "institution": (OWN, ABSENT),
    "id": ("019aa5d0-0000-7000-8000-000000000000", "019aa5d0-0000-7000-8000-000000000000"),
    # The id is derived, so the fixture's subscription has it.
    "subscription": (SUBSCRIPTION, SUBSCRIPTION),
    "message": ("019aa5d0-0000-7000-8000-000000000000", "019aa5d0-0000-7000-8000-000000000000"),
    "role": ("viewer", "viewer"),
    "room": ("mattermost", "mattermost"),
    # The fixture replaces them by those that it makes.
    "person": ("019aa5d0-0000-7000-8000-000000000000", "019aa5d0-0000-7000-8000-000000000000"),
    "outage": ("019aa5d0-0000-7000-8000-000000000000", "019aa5d0-0000-7000-8000-000000000000"),
    "incident": ("019aa5d0-0000-7000-8000-000000000000", "019aa5d0-0000-7000-8000-000000000000"),
}
#: Values of named schemas in bodies.
NAMES = {
    "Name": OWN,
    "ParticipantName": OWN,
    "InstitutionName": "The matrix",
    "IncidentId": "019aa5d0-0000-7000-8000-000000000000",
}

#: Results of a call. A refusal in the TLS handshake has no status.
PERMITTED, UNAUTHENTICATED, FORBIDDEN, NO_HANDSHAKE, FILTERED = "permitted", "401", "403", "no handshake", "filtered"

STAFF = ("admin", "operator", "viewer")


@dataclasses.dataclass(frozen=True)
class Column:
    """A kind of caller: its client, and the result that an operation's row means for it."""

    name: str
    #: Creates the client, one for each cell, so that cells can run in parallel.
    client: Callable[["Callers"], Api]
    expected: Callable[[Operation], str]
    #: Holder of the API key that it sends to operations that need one.
    key: str | None = "dmr"


class Callers:
    """Credentials of the callers of a deployed stack."""

    def __init__(self, stack):
        self.stack = stack
        self._other_key = rsa.generate_private_key(65537, 2048)
        self._revoked: Credentials | None = None
        self._keys: dict[str, str] = {}

    def issue_keys(self) -> None:
        """Issues API keys to the DMR and the chatbot of the matrix."""
        devices.register(self.stack.person("admin"), DMR)
        for profile, name in (("dmr", DMR), ("chatbot", OWN)):
            answer = self.stack.person("admin").post("/api-keys", {"profile": profile, "name": name})
            self._keys[profile] = steps.expect(answer, 201).json()["apiKey"]

    def key(self, operation: Operation, holder: str | None) -> dict[str, str]:
        """Returns the header with a holder's API key, if the operation needs one."""
        if operation.key is None or holder is None:
            return {}
        key = self._keys[holder]
        if operation.key == "header":
            return {"X-Api-Key": key}
        return {"Authorization": base64.b64encode(key.replace(".", ":", 1).encode()).decode()}

    def token(self, roles: list[str] = (), institutions: list[str] = (), **claims) -> str:
        """Returns a token of the trusted issuer."""
        return self.stack.issuer.token("matrix@example.ee", roles, institutions, **claims)

    def admin(self, **claims) -> str:
        """Returns an administrator's token with `claims` replaced."""
        return self.token(["admin"], **claims)

    def signed_by_another_key(self) -> str:
        """Returns a token with the issuer's key id, signed by another key."""
        claims = jwt.decode(self.admin(), options={"verify_signature": False})
        return jwt.encode(claims, self._other_key, algorithm="RS256", headers={"kid": self.stack.issuer.kid})

    def with_public_key_as_secret(self) -> str:
        """Returns a token with HS256 and the public key as the secret."""
        key = jwt.PyJWK(self.stack.issuer.key_set()["keys"][0]).key
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return self._forged("HS256", lambda text: hmac.digest(pem, text, "sha256"))

    def without_algorithm(self) -> str:
        """Returns a token with the algorithm `none`."""
        return self._forged("none", lambda _: b"")

    def _forged(self, algorithm: str, sign: Callable[[bytes], bytes]) -> str:
        header = {"alg": algorithm, "typ": "JWT", "kid": self.stack.issuer.kid}
        claims = self.admin().split(".")[1]
        text = f"{_base64url(json.dumps(header).encode())}.{claims}"
        return f"{text}.{_base64url(sign(text.encode()))}"

    def bearer(self, token: str | None, headers: dict[str, str] | None = None) -> Api:
        """Returns a client of the Admin API, with a token or none, and more headers."""
        return _with(self.stack.bearer(token), headers)

    def device(self, name: str, profile: str, headers: dict[str, str] | None = None) -> Api:
        """Returns a client of the Network API, with a certificate of the trusted authority."""
        return _with(self.stack.device(name, profile), headers)

    def holder(self, credentials, headers: dict[str, str] | None = None) -> Api:
        """Returns a client of the Network API, with any certificate or none."""
        stack = self.stack
        api = network_api(stack.instance.url("edge"), credentials, str(stack.authority.certificate), stack.watchers)
        return _with(api, headers)

    def revoke(self) -> None:
        """Issues and revokes a certificate, for the column of revoked certificates."""
        certificate, key = self.stack.device(f"{DMR}-revoked", "dmr").session.cert
        self._revoked = Credentials(Path(certificate), Path(key))
        serial = x509.load_pem_x509_certificate(Path(certificate).read_bytes()).serial_number
        path = f"/certificates/dmr/{DMR}-revoked/{serial:032x}/revocation"
        steps.expect(self.stack.person("admin").call("PUT", path, {"reason": "the matrix revokes it"}), 200)

    def revoked(self) -> Api:
        """Returns a client of the Network API, with the revoked certificate."""
        return self.holder(self._revoked)

    def bypassing_the_edge(self, token: str | None = None, headers: dict[str, str] | None = None) -> Api:
        """Returns a client of the Network API's default endpoint, without mutual TLS. AWS disables it."""
        api, stage = self.stack.outputs["NetworkApiId"], self.stack.outputs["Stage"]
        base = f"{self.stack.instance.url('emulator')}/restapis/{api}/{stage}/_user_request_"
        return _with(admin_api(base, token), headers)

    def certificate_headers(self) -> dict[str, str]:
        """Returns a DMR's certificate in the headers that gateways and proxies use for it."""
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


def _admin(column: Column) -> Column:
    """Returns the column, whose callers may also call what anyone may, unless the body has to be signed."""
    expected = column.expected

    def of(operation: Operation) -> str:
        if "anyone" not in operation.callers:
            return expected(operation)
        declared = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
        return UNAUTHENTICATED if "401" in declared else PERMITTED

    return dataclasses.replace(column, expected=of)


def _always(answer: str) -> Callable[[Operation], str]:
    return lambda operation: answer


def _person(role: str) -> Callable[[Operation], str]:
    return lambda operation: PERMITTED if {role, "person"} & set(operation.callers) else FORBIDDEN


def _foreign(operation: Operation) -> str:
    if "owner" in operation.callers:
        return FILTERED if operation.foreign == "filter" else FORBIDDEN
    return _person("owner")(operation)


def _device(profile: str) -> Callable[[Operation], str]:
    return lambda operation: PERMITTED if profile in operation.callers else FORBIDDEN


def _with_another_key(profile: str) -> Callable[[Operation], str]:
    def expected(operation: Operation) -> str:
        return UNAUTHENTICATED if operation.key and profile in operation.callers else _device(profile)(operation)

    return expected


#: Callers of the Admin API.
ADMIN = [
    *(Column(role, lambda c, role=role: c.bearer(c.token([role])), _person(role)) for role in STAFF),
    Column("owner", lambda c: c.bearer(c.token(["owner"], [OWN])), _person("owner")),
    Column("owner of another institution", lambda c: c.bearer(c.token(["owner"], [FOREIGN])), _foreign),
    Column("owner of none", lambda c: c.bearer(c.token(["owner"])), _foreign),
    Column("a person without a role", lambda c: c.bearer(c.token([], [OWN])), _person("nobody")),
    Column("a person with an unknown role", lambda c: c.bearer(c.token(["root"], [OWN])), _person("nobody")),
    Column("no token", lambda c: c.bearer(None), _always(UNAUTHENTICATED)),
    Column("garbage", lambda c: c.bearer("garbage"), _always(UNAUTHENTICATED)),
    Column("expired", lambda c: c.bearer(c.admin(minutes=-10)), _always(UNAUTHENTICATED)),
    Column("not yet valid", lambda c: c.bearer(c.admin(nbf=4_000_000_000)), _always(UNAUTHENTICATED)),
    Column("another audience", lambda c: c.bearer(c.admin(aud="other")), _always(UNAUTHENTICATED)),
    Column("another issuer", lambda c: c.bearer(c.admin(iss="https://other.example")), _always(UNAUTHENTICATED)),
    Column("another key", lambda c: c.bearer(c.signed_by_another_key()), _always(UNAUTHENTICATED)),
    Column("HS256 with the public key", lambda c: c.bearer(c.with_public_key_as_secret()), _always(UNAUTHENTICATED)),
    Column("alg none", lambda c: c.bearer(c.without_algorithm()), _always(UNAUTHENTICATED)),
    Column("a certificate in headers", lambda c: c.bearer(None, c.certificate_headers()), _always(UNAUTHENTICATED)),
]  # fmt: skip

_PAST = datetime.timedelta(days=-2)
_FUTURE = datetime.timedelta(days=2)


def _trusted(c: Callers):
    return c.stack.authority


#: Callers of the Network API. Each may call every operation of its profile, and no other.
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
           lambda c: c.device(OWN, "chatbot", c.certificate_headers()), _device("chatbot"), "chatbot"),
    Column("an unknown profile", lambda c: c.holder(_trusted(c).client(OWN, "printer")), _always(UNAUTHENTICATED)),
    Column("no certificate", lambda c: c.holder(None), _always(NO_HANDSHAKE)),
    Column("no certificate, an administrator's token",
           lambda c: c.holder(None, {"Authorization": f"Bearer {c.admin()}"}), _always(NO_HANDSHAKE)),
    Column("another authority's", lambda c: c.holder(c.stack.foreign_authority.client(DMR, "dmr")),
           _always(NO_HANDSHAKE)),
    Column("expired", lambda c: c.holder(_trusted(c).outdated(DMR, "dmr", _PAST)), _always(NO_HANDSHAKE)),
    Column("not yet valid", lambda c: c.holder(_trusted(c).outdated(DMR, "dmr", _FUTURE)), _always(NO_HANDSHAKE)),
    Column("bypassing the edge: no credentials", lambda c: c.bypassing_the_edge(), _always(UNAUTHENTICATED)),
    Column("bypassing the edge: a certificate in headers",
           lambda c: c.bypassing_the_edge(None, c.certificate_headers()), _always(UNAUTHENTICATED)),
    Column("bypassing the edge: an administrator's token",
           lambda c: c.bypassing_the_edge(c.admin()), _always(UNAUTHENTICATED)),
]  # fmt: skip

#: Whether certificates are recorded. If so, one without a record is refused.
RECORDED = any(operation.id == "issue-certificate" for operation in OPERATIONS)
if RECORDED:
    NETWORK += [
        Column("unknown to CentOps", lambda c: c.holder(_trusted(c).client(f"{DMR}-unknown", "dmr")),
               _always(UNAUTHENTICATED)),
        Column("revoked", Callers.revoked, _always(UNAUTHENTICATED)),
    ]  # fmt: skip

COLUMNS = {"admin": [_admin(column) for column in ADMIN], "network": NETWORK}


@pytest.fixture(scope="module")
def callers(stack):
    """Yields the callers, after creating the chatbot of their requests; deletes what they create."""
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
    # An incident, and with it events for their lists.
    incident = open_incident(stack, OWN)["id"]
    PATHS["incident"] = (incident, incident)
    plan = {"institution": OWN, "rule": {"start": "2098-01-01T00:00", "minutes": 60}, "reason": "the matrix"}
    outage = steps.expect(admin.post("/planned-outages", plan), 201).json()["id"]
    PATHS["outage"] = (outage, outage)
    person = steps.expect(admin.post("/people", {"subject": "EE50001029996", "name": "The Matrix"}), 201).json()["id"]
    PATHS["person"] = (person, person)
    subscription = {"channel": "sqs", "address": QUEUE, "institution": OWN}
    assert steps.expect(admin.post("/subscriptions", subscription), 201).json()["id"] == SUBSCRIPTION
    callers = Callers(stack)
    callers.issue_keys()
    if RECORDED:
        callers.revoke()
    yield callers
    steps.expect(admin.call("DELETE", f"/chatbots/{OWN}"), 204)
    steps.expect(admin.call("DELETE", f"/admin/institutions/{OWN}"), 204)


#: How many calls of operations are compared with the contract.
CELLS = sum(len(COLUMNS[operation.tag]) for operation in OPERATIONS)


@pytest.fixture(scope="module", autouse=True)
def figures(figure):
    figure(f"authorization matrix: {len(OPERATIONS)} operations, {CELLS} cells")


def test_documentation_has_the_figures_of_the_matrix():
    text = (ROOT / "docs/proof.md").read_text()
    assert f"| {CELLS:,} of {CELLS:,} ({len(OPERATIONS)} operations) |" in text


def certificate_request(name: str) -> str:
    """Returns a certificate request, signed by a discarded key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


#: Values of fields without a named schema.
FIELDS = {"csr": certificate_request(OWN)}
NAMES["CertificateRequest"] = NAMES["Csr"] = FIELDS["csr"]


def samples(operation: Operation) -> Samples:
    """Returns sample requests about the chatbot, or about an absent one if they would delete it."""
    removes = operation.method == "DELETE" and operation.path.endswith("}")
    needs_object = removes and "owner" in operation.callers and operation.id not in ENDED
    assert not needs_object, f"{operation}: needs an object that an owner may delete"
    return Samples(DOCUMENT, NAMES, FIELDS, {name: values[removes] for name, values in PATHS.items()})


def body_of(operation: Operation, made: Samples, path: str, stack) -> object:
    """Returns the body: the current state if it can be read, so that it does not change; else a sample."""
    item = DOCUMENT["paths"][operation.path]
    if operation.method == "PUT" and "get" in item:
        return steps.expect(stack.person("admin").get(path), 200).json()
    body = BODIES.get(operation.id) or made.body(operation)
    # A body that is a bare string is sent as JSON.
    return json.dumps(body) if isinstance(body, str) else body


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_caller_gets_the_declared_result(callers, operation):
    made = samples(operation)
    path, headers, query = made.path(operation), made.headers(operation), made.query(operation)
    body = body_of(operation, made, path, callers.stack)

    def check(column: Column) -> str | None:
        """Returns the mistake of a cell, if any."""
        api = column.client(callers)
        try:
            sent = {**headers, **callers.key(operation, column.key)}
            response = api.call(operation.method, path, copy.deepcopy(body), sent, **query)
        except requests.ConnectionError as error:
            seen, answer = _handshake(error), None
        else:
            seen, answer = _kind(response), response.text
        expected = column.expected(operation)
        if expected == FILTERED and seen == PERMITTED:
            seen = f"sees {OWN}" if f'"{OWN}"' in answer else FILTERED
        return None if seen == expected else f"{column.name}: expected {expected}, got {seen} {(answer or '')[:300]}"

    with ThreadPoolExecutor(4) as pool:
        wrong = [cell for cell in pool.map(check, COLUMNS[operation.tag]) if cell]
    assert not wrong, f"{operation.method} {path}\n" + "\n".join(wrong)


def _kind(response: requests.Response) -> str:
    """Returns the result of a call. A permitted request must also be valid."""
    if response.status_code in (401, 403):
        return str(response.status_code)
    return PERMITTED if response.status_code < 400 or response.status_code in (404, 409) else f"{response.status_code}"


def _handshake(error: requests.ConnectionError) -> str:
    """Returns `NO_HANDSHAKE` if the certificate was refused, else the error.

    If the request is sent before the TLS alert arrives, the client sees a closed connection instead."""
    text = str(error).lower()
    signs = ("alert", "eof occurred in violation of protocol", "reset by peer", "broken pipe")
    return NO_HANDSHAKE if any(sign in text for sign in signs) else text


def test_filtered_lists_contain_the_chatbot_for_its_owner(callers):
    filtered = [operation for operation in OPERATIONS if operation.foreign == "filter"]
    assert filtered
    for operation in filtered:
        owner = callers.bearer(callers.token(["owner"], [OWN]))
        assert f'"{OWN}"' in steps.expect(owner.get(samples(operation).path(operation)), 200).text, operation


def test_contract_declares_a_row_for_every_operation():
    assert contract.problems(DOCUMENT) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"x-centops-callers": None}, "x-centops-callers is missing"),
        ({"x-centops-callers": []}, "x-centops-callers is missing"),
        ({"x-centops-callers": ["admin", "root"]}, "has ['root']"),
        ({"x-centops-callers": ["dmr"]}, "has ['dmr']"),
        ({"x-centops-callers": ["admin", "admin"]}, "repeats itself"),
        ({"x-centops-callers": ["admin", "person"]}, "repeats itself"),
        ({"x-centops-callers": ["admin", "anyone"]}, "repeats itself"),
        ({"x-centops-callers": ["anyone"]}, "its security is not []"),
        ({"x-centops-callers": ["admin", "owner"]}, "x-centops-foreign is one of"),
        ({"x-centops-callers": ["owner"], "x-centops-foreign": "hide"}, "not hide"),
        ({"x-centops-foreign": "refuse"}, "has no x-centops-foreign"),
        ({"x-centops-callers": ["owner"], "x-centops-foreign": "filter"}, "is for lists"),
        ({"tags": ["public"]}, "its tags are"),
        ({"security": []}, "its security is not"),
        ({"operationId": None}, "operationId is missing"),
        ({"x-centops-key": "header"}, "x-centops-key is header"),
        ({"x-centops-alias-of": "enrol"}, "x-centops-alias-of is enrol"),
        ({"x-centops-alias-of": "list-chatbots"}, "declared for an alias"),
        ({"x-centops-grants": None}, "x-centops-grants is missing"),
        ({"x-centops-also": "applicants"}, "x-centops-also is applicants"),
        ({"x-centops-area": None}, "x-centops-area is missing"),
        ({"summary": ""}, "summary is missing"),
    ],
)
def test_missing_or_invalid_rows_are_refused(change, says):
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/chatbots"]["post"].update(change)
    found = contract.problems(document)
    assert [problem for problem in found if problem.startswith("POST /chatbots:") and says in problem], found
    with pytest.raises(contract.InvalidContract):
        contract.operations(document)
