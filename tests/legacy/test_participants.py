"""Operations for older clients: lists of participants and clients, a chatbot's own state, participants as records."""

import uuid

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from centops_local import devices, steps
from centops_local.authority import Credentials

from api_keys import api_with_key, authorization_header, issue_key
from support import error_pointers, institution_record

LISTS = ("/public/participants", "/participants")
DMR = "dmr-of-participants"
#: Chatbots that are routed when a test starts.
ROUTED = {"opening-hours", "owned", "own-state"}
INSTITUTION = {"id": "participants-institution", "name": "Osalejate asutus", "contact": "it@participants.example"}


def names(response) -> set[str]:
    return {participant["name"] for participant in steps.expect(response, 200).json()}


@pytest.fixture(scope="module")
def institution(stack):
    """The id of a recorded institution. It is deleted after the module."""
    with institution_record(stack, INSTITUTION) as recorded:
        yield recorded


@pytest.fixture
def peers(stack, institution):
    """An active DMR and an active classifier; a disabled DMR is registered too."""
    admin = stack.person("admin")
    registered = {"peer-dmr": ("Dmr", "Active"), "peer-classifier": ("Classifier", None), "peer-off": ("Dmr", "Disabled")}
    for name, (kind, status) in registered.items():
        body = {"name": name, "institutionId": institution, "host": f"https://{name}.example.ee/messages", "type": kind}
        created = steps.expect(admin.post("/admin/participants", body | ({"status": status} if status else {})), 201)
        assert created.json() == {"id": name, **body, "status": status or "Active"}
    yield {name: kind for name, (kind, _) in registered.items() if name != "peer-off"}
    for name in registered:
        steps.expect(admin.call("DELETE", f"/admin/participants/{name}"), 204)


def test_participant_list_has_routed_chatbots_and_active_peers(stack, online, peers):
    poller = api_with_key(stack, DMR, "dmr")
    listed = steps.expect(poller.get("/public/participants"), 200).json()
    by_name = {participant["name"]: participant for participant in listed}
    assert len(by_name) == len(listed)
    assert [participant["name"] for participant in listed] == sorted(by_name)
    assert ROUTED | peers.keys() <= by_name.keys() and "peer-off" not in by_name
    for name, participant in by_name.items():
        assert participant["id"] == name and participant["status"] == "Active"
        # Other tests register DMRs too.
        assert participant["type"] in ({peers[name]} if name in peers else {"Chatbot", "Dmr"})
        assert all(isinstance(value, str) and value for value in participant.values()), participant
    enrolled = stack.member("opening-hours").enrolment()
    assert by_name["opening-hours"]["host"] == enrolled["uri"]
    assert by_name["opening-hours"]["institutionId"] == enrolled["institution"]
    routed = {route["name"] for route in steps.expect(stack.device(DMR, "dmr").get("/routes"), 200).json()["routes"]}
    assert not routed & peers.keys(), "a peer has no route"


def test_type_filter_applies_and_unknown_types_are_ignored(stack, online, peers):
    poller = api_with_key(stack, DMR, "dmr")
    expectations = {
        ("Dmr",): {"peer-dmr"},
        ("Dmr", "Classifier", "Printer"): {"peer-dmr", "peer-classifier"},
    }
    for types, expected in expectations.items():
        assert names(poller.get("/public/participants", type=list(types))) & {*peers, *ROUTED} == expected
    for unknown in ("dmr", "Unknown", "Printer"):
        assert {*peers, *ROUTED} <= names(poller.get("/public/participants", type=unknown))


def test_chatbots_and_proxies_get_the_list(stack, online, peers):
    assert names(api_with_key(stack, "owned", "chatbot").get("/public/participants")) >= ROUTED
    listed = steps.expect(stack.device(DMR, "dmr").get("/participants"), 200).json()
    hosts = {participant["name"]: participant["host"] for participant in listed}
    assert hosts["peer-dmr"] == "peer-dmr.example.ee:443"
    assert hosts.keys() >= ROUTED
    assert not [host for host in hosts.values() if "/" in host]


@pytest.mark.parametrize("path", LISTS)
def test_returns_304_for_an_unchanged_list(stack, online, path):
    poller = api_with_key(stack, DMR, "dmr")
    # No other test changes a participant of this type.
    first = steps.expect(poller.get(path, type="Classifier"), 200)
    again = poller.get(path, {"If-None-Match": first.headers["ETag"]}, type="Classifier")
    assert steps.expect(again, 304).headers["ETag"] == first.headers["ETag"]


def test_chatbot_disables_and_activates_itself(stack, online):
    chatbot, poller = api_with_key(stack, "own-state", "chatbot"), api_with_key(stack, DMR, "dmr")
    path = "/public/participants/my/state"
    for _ in range(2):
        disabled = steps.expect(chatbot.call("PUT", path, '"Disabled"'), 200)
        assert disabled.json() == {"id": "own-state", "status": "Disabled"}
    steps.await_status(stack, "own-state", "Offline", 5)
    assert "own-state" not in names(poller.get("/public/participants"))
    steps.await_routes(stack, absent=["own-state"])
    assert steps.expect(chatbot.call("PUT", path, '"Active"'), 200).json()["status"] == "Active"
    steps.await_online(stack, ["own-state"], probe=True)
    assert "own-state" in names(poller.get("/public/participants"))


def test_chatbot_cannot_change_an_administrators_control(stack, online):
    admin, chatbot = stack.person("admin"), api_with_key(stack, "own-state-held", "chatbot")
    control, path = "/chatbots/own-state-held/control", "/public/participants/my/state"
    steps.expect(admin.call("PUT", control, {"mode": "force-offline", "reason": "maintenance"}), 200)
    try:
        for state in ('"Active"', '"Disabled"'):
            steps.expect(chatbot.call("PUT", path, state), 409)
        assert steps.health(stack, "own-state-held")["control"]["reason"] == "maintenance"
    finally:
        steps.expect(admin.call("DELETE", control), 204)
    steps.await_online(stack, ["own-state-held"], probe=True)


def test_unknown_state_is_refused(stack):
    chatbot, path = api_with_key(stack, "owned", "chatbot"), "/public/participants/my/state"
    deleted = steps.expect(chatbot.call("PUT", path, '"Deleted"'), 400)
    assert deleted.headers["Content-Type"].startswith("text/plain")
    for wrong in ('"active"', '{"status": "Active"}', "Active", "1"):
        steps.expect(chatbot.call("PUT", path, wrong), 400)
    steps.expect(stack.device("owned", "chatbot").call("PUT", path, '"Active"'), 401)
    steps.expect(api_with_key(stack, DMR, "dmr").call("PUT", path, '"Active"'), 403)


def test_chatbot_can_be_created_read_replaced_and_deleted_as_a_participant(stack, online, institution):
    admin, path = stack.person("admin"), "/admin/participants/as-participant"
    body = {
        "name": "as-participant",
        "institutionId": institution,
        "host": stack.member("opening-hours").enrolment()["uri"],
        "type": "Chatbot",
        "status": "Active",
    }
    created = steps.expect(admin.post("/admin/participants", body), 201)
    try:
        assert created.headers["Location"] == path
        assert created.json() == {"id": "as-participant", **body, "status": "Disabled"}, "it is not Online yet"
        steps.expect(admin.post("/admin/participants", body), 409)
        chatbot = steps.expect(admin.get("/chatbots/as-participant"), 200).json()
        assert (chatbot["contact"], chatbot["type"]) == (INSTITUTION["contact"], "institution")
        assert steps.await_online(stack, ["as-participant"], probe=True)
        shown = steps.expect(admin.get(path), 200)
        assert shown.json()["status"] == "Active"
        steps.expect(admin.call("DELETE", f"/admin/institutions/{institution}"), 409)
        # The unchanged body is accepted; changes of fixed fields are refused.
        steps.expect(admin.call("PUT", path, shown.json(), {"If-Match": shown.headers["ETag"]}), 200)
        for change, pointer in [
            ({"name": "renamed"}, "#/name"),
            ({"id": "renamed"}, "#/id"),
            ({"type": "Dmr"}, "#/type"),
            ({"institutionId": "nobody-knows"}, "#/institutionId"),
            ({"host": "ftp://x.ee"}, "#/host"),
        ]:
            assert error_pointers(steps.expect(admin.call("PUT", path, shown.json() | change), 400)) == [pointer]
        # As if the status had changed since it was read.
        steps.expect(admin.call("PUT", path, shown.json() | {"status": "Disabled"}), 409)
        listed = steps.expect(admin.get("/admin/participants", type="Chatbot"), 200).json()
        assert shown.json() in listed and "apiKey" not in shown.json()
        owner = stack.person("owner", [institution])
        assert names(owner.get("/admin/participants")) == {"as-participant"}
    finally:
        steps.expect(admin.call("DELETE", path), 204)
    steps.expect(admin.get(path), 404)


def test_invalid_participant_is_refused_with_its_pointer(stack, institution):
    admin = stack.person("admin")
    body = {
        "name": "refused",
        "institutionId": institution,
        "host": "https://chat.example.ee/messages",
        "type": "Chatbot",
    }
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
        assert error_pointers(steps.expect(admin.post("/admin/participants", body | change), 400)) == [pointer]
    peer = body | {"type": "Dmr", "host": "http://169.254.169.254/latest"}
    assert error_pointers(steps.expect(admin.post("/admin/participants", peer), 400)) == ["#/host"]


def test_name_of_a_peer_is_refused_for_a_chatbot_and_vice_versa(stack, peers, institution):
    admin = stack.person("admin")
    steps.expect(admin.post("/chatbots", {**stack.member("owned").enrolment(), "name": "peer-dmr"}), 409)
    body = {"name": "owned", "institutionId": institution, "host": "https://dmr.example.ee/", "type": "Dmr"}
    steps.expect(admin.post("/admin/participants", body), 409)
    changed = {**body, "name": "peer-dmr", "status": "Disabled"}
    assert steps.expect(admin.call("PUT", "/admin/participants/peer-dmr", changed), 200).json()["status"] == "Disabled"
    without = {name: value for name, value in changed.items() if name != "status"}
    kept = steps.expect(admin.call("PUT", "/admin/participants/peer-dmr", without), 200)
    assert kept.json()["status"] == "Disabled", "the status is kept"
    assert "peer-dmr" not in names(stack.device(DMR, "dmr").get("/participants"))


def test_client_list_has_every_chatbot_with_an_rsa_key_on_one_page(stack, tmp_path):
    admin, key = stack.person("admin"), rsa.generate_private_key(65537, 2048)
    devices.issue(admin, key, "owned", "chatbot")
    dmr, header = stack.device(DMR, "dmr"), authorization_header(issue_key(stack, DMR, "dmr"))
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
    # Chatbots with certificates of other keys only are not listed.
    assert "demo-current" not in [item["name"] for item in pages[0]["items"]]
    steps.expect(stack.device("demo-current", "chatbot").get("/updates"), 200)
    beyond = steps.expect(dmr.get("/integration/clients", header, page=2), 200).json()["response"]
    assert (beyond["items"], beyond["page"]) == ([], 2)
    assert error_pointers(steps.expect(dmr.get("/integration/clients", header, page=0), 400)) == ["#query/page"]


def test_certificate_with_an_rsa_key_is_accepted(stack, tmp_path):
    """The listed certificate is the one that its holder uses."""
    credentials = Credentials(tmp_path / "rsa.pem", tmp_path / "rsa-key.pem")
    key = rsa.generate_private_key(65537, 2048)
    credentials.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    credentials.certificate.write_text(devices.issue(stack.person("admin"), key, "written", "chatbot")["pem"])
    steps.expect(stack.with_certificate(credentials).get("/updates"), 200)


def test_new_dmr_without_status_is_active(stack, institution):
    admin = stack.person("admin")
    body = {"name": "silent-dmr", "institutionId": institution, "host": "https://dmr.example.ee/", "type": "Dmr"}
    assert steps.expect(admin.post("/admin/participants", body), 201).json()["status"] == "Active"
    try:
        assert steps.expect(admin.get("/dmrs/silent-dmr"), 200).json()["status"] == "Active"
    finally:
        steps.expect(admin.call("DELETE", "/admin/participants/silent-dmr"), 204)
