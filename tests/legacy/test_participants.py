"""Clients of earlier generations: what they ask, with the keys and shapes that they have, and what CentOps answers."""

import base64
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import serialization

from centops_local import devices, steps
from centops_local.authority import Credentials
from centops_local.clients import Api

from test_registry import pointers

LISTS = ("/public/participants", "/participants")
DMR = "dmr-of-participants"
#: Chatbots that no test before these takes out of routing.
ROUTED = {"opening-hours", "owned", "own-state"}
INSTITUTION = {"id": "participants-institution", "name": "Osalejate asutus", "contact": "it@participants.example"}


def issue(stack, name: str, profile: str) -> str:
    """A new API key, as its holder sends it."""
    answer = stack.person("admin").post("/api-keys", {"profile": profile, "name": name})
    return steps.expect(answer, 201).json()["apiKey"]


def keyed(stack, name: str, profile: str) -> Api:
    """The Network API with a certificate, and an API key of the same holder in each request."""
    api = stack.device(name, profile)
    api.session.headers["X-Api-Key"] = issue(stack, name, profile)
    return api


def basic(key: str) -> dict[str, str]:
    """An API key as clients of the third generation send it: without a scheme."""
    return {"Authorization": base64.b64encode(key.replace(".", ":", 1).encode()).decode()}


def names(response) -> set[str]:
    return {participant["name"] for participant in steps.expect(response, 200).json()}


@pytest.fixture(scope="module")
def institution(stack):
    """An institution with a record, removed when nothing names it any more."""
    admin, path = stack.person("admin"), f"/admin/institutions/{INSTITUTION['id']}"
    steps.expect(admin.post("/admin/institutions", INSTITUTION), 201)
    yield INSTITUTION["id"]
    steps.expect(admin.call("DELETE", path), 204)


@pytest.fixture
def peers(stack, institution):
    """A DMR and a classifier that take part, and a DMR that does not."""
    admin = stack.person("admin")
    registered = [("peer-dmr", "Dmr", "Active"), ("peer-classifier", "Classifier", "Active"), ("peer-off", "Dmr", None)]
    for name, kind, status in registered:
        body = {"name": name, "institutionId": institution, "host": f"https://{name}.example.ee/messages", "type": kind}
        answer = steps.expect(admin.post("/admin/participants", body | ({"status": status} if status else {})), 201)
        assert answer.json() == {"id": name, **body, "status": status or "Disabled"}
    yield {name: kind for name, kind, status in registered if status}
    for name, _, _ in registered:
        steps.expect(admin.call("DELETE", f"/admin/participants/{name}"), 204)


# ---------------------------------------------------------------- the first generation's list


def test_a_poller_of_the_first_generation_gets_all_that_take_part(stack, online, peers):
    poller = keyed(stack, DMR, "dmr")
    listed = steps.expect(poller.get("/public/participants"), 200).json()
    by_name = {participant["name"]: participant for participant in listed}
    assert len(by_name) == len(listed)
    assert [participant["name"] for participant in listed] == sorted(by_name)
    assert ROUTED | peers.keys() <= by_name.keys() and "peer-off" not in by_name
    for name, participant in by_name.items():
        assert participant["id"] == name and participant["status"] == "Active"
        assert participant["type"] == peers.get(name, "Chatbot")
        assert all(isinstance(value, str) and value for value in participant.values()), participant
    enrolled = stack.member("opening-hours").enrolment()
    assert by_name["opening-hours"]["host"] == enrolled["uri"]
    assert by_name["opening-hours"]["institutionId"] == enrolled["institution"]
    routed = {route["name"] for route in steps.expect(stack.device(DMR, "dmr").get("/routes"), 200).json()["routes"]}
    assert not routed & peers.keys(), "a peer is no route"


def test_a_list_has_the_types_that_are_asked_for_and_unknown_ones_are_none(stack, online, peers):
    poller = keyed(stack, DMR, "dmr")
    asked = {
        ("Dmr",): {"peer-dmr"},
        ("Dmr", "Classifier", "Printer"): {"peer-dmr", "peer-classifier"},
    }
    for types, expected in asked.items():
        assert names(poller.get("/public/participants", type=list(types))) & {*peers, *ROUTED} == expected
    for unknown in ("dmr", "Unknown", "Printer"):
        assert {*peers, *ROUTED} <= names(poller.get("/public/participants", type=unknown))


def test_a_chatbot_polls_too_and_a_proxy_needs_no_key(stack, online, peers):
    assert ROUTED <= names(keyed(stack, "owned", "chatbot").get("/public/participants"))
    listed = steps.expect(stack.device(DMR, "dmr").get("/participants"), 200).json()
    hosts = {participant["name"]: participant["host"] for participant in listed}
    assert hosts["peer-dmr"] == "peer-dmr.example.ee:443"
    assert ROUTED <= hosts.keys()
    assert not [host for host in hosts.values() if "/" in host]


@pytest.mark.parametrize("path", LISTS)
def test_an_unchanged_list_is_not_sent_again(stack, online, path):
    poller = keyed(stack, DMR, "dmr")
    # One type that nobody changes meanwhile.
    first = steps.expect(poller.get(path, type="Classifier"), 200)
    again = poller.get(path, {"If-None-Match": first.headers["ETag"]}, type="Classifier")
    assert steps.expect(again, 304).headers["ETag"] == first.headers["ETag"]


# ---------------------------------------------------------------- API keys


def test_a_key_counts_with_a_certificate_of_its_holder_until_it_is_revoked(stack):
    admin, key = stack.person("admin"), issue(stack, DMR, "dmr")
    assert 12 <= len(key) <= 50
    own, other = stack.device(DMR, "dmr"), stack.device("dmr-without-key", "dmr")
    shown = {"X-Api-Key": key}
    steps.expect(own.get("/public/participants", shown), 200)
    steps.expect(own.get("/integration/clients", basic(key)), 200)
    for answer in (
        own.get("/public/participants"),
        own.get("/public/participants", {"X-Api-Key": f"{key[:-1]}{'B' if key[-1] == 'A' else 'A'}"}),
        own.get("/public/participants", {"X-Api-Key": "admin"}),
        other.get("/public/participants", shown),
        own.get("/integration/clients", shown),
        own.get("/integration/clients", {"Authorization": f"Basic {basic(key)['Authorization']}"}),
        other.get("/integration/clients", basic(key)),
    ):
        steps.expect(answer, 401)
    number = key.partition(".")[0]
    path = f"/api-keys/dmr/{DMR}/{number}/revocation"
    revoked = steps.expect(admin.call("PUT", path, {"reason": "the key was lost"}), 200).json()
    steps.expect(own.get("/public/participants", shown), 401)
    steps.expect(own.get("/integration/clients", basic(key)), 401)
    assert steps.expect(admin.call("PUT", path, {"reason": "again"}), 200).json() == revoked
    steps.expect(admin.call("PUT", f"/api-keys/dmr/dmr-nobody/{number}/revocation", {"reason": "x"}), 404)


def test_a_secret_is_shown_once_and_kept_nowhere(stack):
    admin, key = stack.person("admin"), issue(stack, "dmr-of-secret", "dmr")
    secret = key.partition(".")[2]
    listed = steps.expect(admin.get("/api-keys", profile="dmr", name="dmr-of-secret"), 200)
    assert [row["id"] for row in listed.json()["keys"]] == [key.partition(".")[0]]
    trail = steps.expect(admin.get("/audit", limit=200), 200)
    kept = str(stack.table.query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": "API_KEYS"}
    )["Items"])  # fmt: skip
    assert secret not in listed.text + trail.text + kept


def test_the_next_holder_of_a_name_inherits_no_key(stack):
    admin = stack.person("admin")
    new = {**stack.member("opening-hours").enrolment(), "name": "keyed-twice"}
    steps.expect(admin.post("/chatbots", new), 201)
    shown = {"X-Api-Key": issue(stack, "keyed-twice", "chatbot")}
    steps.expect(stack.device("keyed-twice", "chatbot").get("/public/participants", shown), 200)
    steps.expect(admin.call("DELETE", "/chatbots/keyed-twice"), 204)
    steps.expect(admin.post("/chatbots", new), 201)
    try:
        rows = admin.get("/api-keys", profile="chatbot", name="keyed-twice")
        assert all("revokedAt" in row for row in steps.expect(rows, 200).json()["keys"])
    finally:
        steps.expect(admin.call("DELETE", "/chatbots/keyed-twice"), 204)


def test_only_administrators_issue_and_revoke_keys(stack):
    for role in ("operator", "viewer", "owner"):
        person = stack.person(role)
        steps.expect(person.post("/api-keys", {"profile": "dmr", "name": DMR}), 403)
        steps.expect(person.call("PUT", f"/api-keys/dmr/{DMR}/aaaaaa/revocation", {"reason": "x"}), 403)
        steps.expect(person.get("/api-keys"), 403 if role == "owner" else 200)


# ---------------------------------------------------------------- a chatbot's own state


def test_a_chatbot_takes_itself_out_of_routing_and_back(stack, online):
    chatbot, poller = keyed(stack, "own-state", "chatbot"), keyed(stack, DMR, "dmr")
    path = "/public/participants/my/state"
    for _ in range(2):
        answer = steps.expect(chatbot.call("PUT", path, '"Disabled"'), 200)
        assert answer.json() == {"id": "own-state", "status": "Disabled"}
    steps.await_status(stack, "own-state", "Offline", 5)
    assert "own-state" not in names(poller.get("/public/participants"))
    steps.await_routes(stack, absent=["own-state"])
    assert steps.expect(chatbot.call("PUT", path, '"Active"'), 200).json()["status"] == "Active"
    steps.await_online(stack, ["own-state"])
    assert "own-state" in names(poller.get("/public/participants"))


def test_a_chatbot_neither_ends_nor_replaces_an_administrators_control(stack, online):
    admin, chatbot = stack.person("admin"), keyed(stack, "own-state-held", "chatbot")
    control, path = "/chatbots/own-state-held/control", "/public/participants/my/state"
    steps.expect(admin.call("PUT", control, {"mode": "force-offline", "reason": "maintenance"}), 200)
    try:
        for state in ('"Active"', '"Disabled"'):
            steps.expect(chatbot.call("PUT", path, state), 409)
        assert steps.health(stack, "own-state-held")["control"]["reason"] == "maintenance"
    finally:
        steps.expect(admin.call("DELETE", control), 204)
    steps.await_online(stack, ["own-state-held"])


def test_a_state_is_one_of_two_words(stack):
    chatbot, path = keyed(stack, "owned", "chatbot"), "/public/participants/my/state"
    deleted = steps.expect(chatbot.call("PUT", path, '"Deleted"'), 400)
    assert deleted.headers["Content-Type"].startswith("text/plain")
    for wrong in ('"active"', '{"status": "Active"}', "Active", "1"):
        steps.expect(chatbot.call("PUT", path, wrong), 400)
    steps.expect(stack.device("owned", "chatbot").call("PUT", path, '"Active"'), 401)
    steps.expect(keyed(stack, DMR, "dmr").call("PUT", path, '"Active"'), 403)


# ---------------------------------------------------------------- administrators' paths of the first generation


def test_an_institution_is_recorded_read_replaced_and_removed(stack):
    admin = stack.person("admin")
    created = steps.expect(admin.post("/admin/institutions", {"name": "Rändav Mõõdukoda", "status": "Active"}), 201)
    path = "/admin/institutions/randav-moodukoda"
    assert created.headers["Location"] == path
    assert created.json() == {"id": "randav-moodukoda", "name": "Rändav Mõõdukoda", "status": "Active"}
    steps.expect(admin.post("/admin/institutions", {"name": "Rändav Mõõdukoda"}), 409)
    steps.expect(admin.post("/admin/institutions", {"id": "randav-moodukoda", "name": "Another"}), 409)
    first = steps.expect(admin.get(path), 200)
    steps.expect(admin.get(path, {"If-None-Match": first.headers["ETag"]}), 304)
    renamed = steps.expect(admin.call("PUT", path, {"name": "Paikne Mõõdukoda"}, {"If-Match": first.headers["ETag"]}), 200)
    assert renamed.json() == {"id": "randav-moodukoda", "name": "Paikne Mõõdukoda", "status": "Unknown"}
    steps.expect(admin.call("PUT", path, {"name": "Again"}, {"If-Match": first.headers["ETag"]}), 412)
    other = {"id": "moodukoda-2", "name": "Rändav Mõõdukoda"}
    steps.expect(admin.post("/admin/institutions", other), 201)
    steps.expect(admin.call("PUT", path, {"name": other["name"]}), 409)
    assert renamed.json() in steps.expect(stack.person("viewer").get("/admin/institutions"), 200).json()
    owner = stack.person("owner", ["moodukoda-2"])
    own = steps.expect(owner.get("/admin/institutions"), 200).json()
    assert [institution["id"] for institution in own] == ["moodukoda-2"]
    steps.expect(owner.get(path), 403)
    for left in (path, "/admin/institutions/moodukoda-2"):
        steps.expect(admin.call("DELETE", left), 204)
        steps.expect(admin.get(left), 404)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "abc"}, "#/name"),
        ({"name": "x" * 51}, "#/name"),
        ({"name": "Mõõdukoda", "status": "Deleted"}, "#/status"),
        ({"name": "Mõõdukoda", "contact": "nobody"}, "#/contact"),
        ({"name": "警察警察"}, "#/id"),
        ({"status": "Active"}, "#/name"),
    ],
)
def test_a_bad_institution_is_refused_by_its_field(stack, body, pointer):
    assert pointers(steps.expect(stack.person("admin").post("/admin/institutions", body), 400)) == [pointer]


def test_only_administrators_change_institutions(stack, institution):
    path = f"/admin/institutions/{institution}"
    for role in ("operator", "viewer", "owner"):
        person = stack.person(role, [institution])
        steps.expect(person.get(path), 200)
        steps.expect(person.post("/admin/institutions", INSTITUTION), 403)
        steps.expect(person.call("PUT", path, INSTITUTION), 403)
        steps.expect(person.call("DELETE", path), 403)


def test_a_chatbot_is_enrolled_read_changed_and_removed_as_a_participant(stack, institution):
    admin, path = stack.person("admin"), "/admin/participants/as-participant"
    body = {"name": "as-participant", "institutionId": institution, "host": stack.member("opening-hours").enrolment()["uri"],
            "type": "Chatbot", "status": "Active"}  # fmt: skip
    created = steps.expect(admin.post("/admin/participants", body), 201)
    try:
        assert created.headers["Location"] == path
        assert created.json() == {"id": "as-participant", **body, "status": "Disabled"}, "it is not Online yet"
        steps.expect(admin.post("/admin/participants", body), 409)
        chatbot = steps.expect(admin.get("/chatbots/as-participant"), 200).json()
        assert (chatbot["contact"], chatbot["type"]) == (INSTITUTION["contact"], "institution")
        assert steps.await_online(stack, ["as-participant"])
        shown = steps.expect(admin.get(path), 200)
        assert shown.json()["status"] == "Active"
        steps.expect(admin.call("DELETE", f"/admin/institutions/{institution}"), 409)
        # What was read can be sent back, but for what cannot change.
        steps.expect(admin.call("PUT", path, shown.json(), {"If-Match": shown.headers["ETag"]}), 200)
        for change, pointer in [
            ({"name": "renamed"}, "#/name"),
            ({"id": "renamed"}, "#/id"),
            ({"type": "Dmr"}, "#/type"),
            ({"status": "Disabled"}, "#/status"),
            ({"institutionId": "nobody-knows"}, "#/institutionId"),
            ({"host": "ftp://x.ee"}, "#/host"),
        ]:
            assert pointers(steps.expect(admin.call("PUT", path, shown.json() | change), 400)) == [pointer]
        listed = steps.expect(admin.get("/admin/participants", type="Chatbot"), 200).json()
        assert shown.json() in listed and "apiKey" not in shown.json()
        owner = stack.person("owner", [institution])
        assert names(owner.get("/admin/participants")) == {"as-participant"}
    finally:
        steps.expect(admin.call("DELETE", path), 204)
    steps.expect(admin.get(path), 404)


def test_what_no_participant_can_be_is_refused_by_its_field(stack, institution):
    admin = stack.person("admin")
    body = {"name": "refused", "institutionId": institution, "host": "https://chat.example.ee/messages", "type": "Chatbot"}
    for change, pointer in [
        ({"name": "abc"}, "#/name"),
        ({"institutionId": "nobody-knows"}, "#/institutionId"),
        ({"host": "chat.example.ee"}, "#/host"),
        ({"host": "http://169.254.169.254/latest"}, "#/host"),
        ({"type": "Printer"}, "#/type"),
        ({"status": "Deleted"}, "#/status"),
        ({"status": "Disabled"}, "#/status"),
        ({"apiKey": "123456789012"}, "#/apiKey"),
    ]:
        assert pointers(steps.expect(admin.post("/admin/participants", body | change), 400)) == [pointer]


def test_a_name_is_a_chatbots_or_a_peers(stack, peers, institution):
    admin = stack.person("admin")
    steps.expect(admin.post("/chatbots", {**stack.member("owned").enrolment(), "name": "peer-dmr"}), 409)
    body = {"name": "owned", "institutionId": institution, "host": "https://dmr.example.ee/", "type": "Dmr"}
    steps.expect(admin.post("/admin/participants", body), 409)
    changed = {**body, "name": "peer-dmr", "status": "Disabled"}
    steps.expect(admin.call("PUT", "/admin/participants/peer-dmr", changed), 200)
    assert "peer-dmr" not in names(stack.device(DMR, "dmr").get("/participants"))


# ---------------------------------------------------------------- the third generation's list


def test_a_client_is_every_chatbot_with_an_rsa_key_on_the_one_page(stack, tmp_path):
    admin, key = stack.person("admin"), rsa.generate_private_key(65537, 2048)
    devices.issue(admin, key, "owned", "chatbot")
    dmr, header = stack.device(DMR, "dmr"), basic(issue(stack, DMR, "dmr"))
    pages = [
        steps.expect(dmr.get("/integration/clients", header, **query), 200).json()["response"]
        for query in ({}, {"page": 1, "pageSize": 1}, {"page": 1, "pageSize": 100})
    ]
    assert pages[0]["items"] == pages[1]["items"] == pages[2]["items"]
    assert [page["totalPages"] for page in pages] == [1, 1, 1]
    [client] = [item for item in pages[0]["items"] if item["name"] == "owned"]
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert client["authenticationCertificate"] == public.decode()
    for item in pages[0]["items"]:
        assert uuid.UUID(item["clientId"]).version == 5
        assert all(isinstance(value, str) and value for value in item.values()), item
    # Its certificates of other keys have no part in it.
    assert "patient" not in [item["name"] for item in pages[0]["items"]]
    steps.expect(stack.device("patient", "chatbot").get("/updates"), 200)
    beyond = steps.expect(dmr.get("/integration/clients", header, page=2), 200).json()["response"]
    assert (beyond["items"], beyond["page"]) == ([], 2)
    assert pointers(steps.expect(dmr.get("/integration/clients", header, page=0), 400)) == ["#query/page"]


def test_the_certificate_of_a_client_opens_the_network_too(stack, tmp_path):
    """An RSA key is as good as another: what is listed is what the holder calls with."""
    credentials = Credentials(tmp_path / "rsa.pem", tmp_path / "rsa-key.pem")
    key = rsa.generate_private_key(65537, 2048)
    credentials.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    credentials.certificate.write_text(devices.issue(stack.person("admin"), key, "written", "chatbot")["pem"])
    steps.expect(stack.holder(credentials).get("/updates"), 200)
