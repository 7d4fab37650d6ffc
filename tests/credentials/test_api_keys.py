"""API keys of older clients, from issue to revocation. A key is valid only with a certificate of its holder."""

from centops_local import steps

from api_keys import authorization_header, issue_key

DMR = "dmr-of-api-keys"


def test_key_is_valid_with_a_certificate_of_its_holder_until_it_is_revoked(stack):
    admin, key = stack.person("admin"), issue_key(stack, DMR, "dmr")
    assert 12 <= len(key) <= 50
    own, other = stack.device(DMR, "dmr"), stack.device("dmr-without-key", "dmr")
    header = {"X-Api-Key": key}
    steps.expect(own.get("/public/participants", header), 200)
    steps.expect(own.get("/integration/clients", authorization_header(key)), 200)
    for response in (
        own.get("/public/participants"),
        own.get("/public/participants", {"X-Api-Key": f"{key[:-1]}{'B' if key[-1] == 'A' else 'A'}"}),
        own.get("/public/participants", {"X-Api-Key": "admin"}),
        other.get("/public/participants", header),
        own.get("/integration/clients", header),
        own.get("/integration/clients", {"Authorization": f"Basic {authorization_header(key)['Authorization']}"}),
        other.get("/integration/clients", authorization_header(key)),
    ):
        steps.expect(response, 401)
    number = key.partition(".")[0]
    path = f"/api-keys/dmr/{DMR}/{number}/revocation"
    revoked = steps.expect(admin.call("PUT", path, {"reason": "the key was lost"}), 200).json()
    steps.expect(own.get("/public/participants", header), 401)
    steps.expect(own.get("/integration/clients", authorization_header(key)), 401)
    assert steps.expect(admin.call("PUT", path, {"reason": "again"}), 200).json() == revoked
    steps.expect(admin.call("PUT", f"/api-keys/dmr/dmr-nobody/{number}/revocation", {"reason": "x"}), 404)


def test_secret_is_returned_once_and_stored_nowhere(stack):
    admin, key = stack.person("admin"), issue_key(stack, "dmr-of-secret", "dmr")
    secret = key.partition(".")[2]
    listed = steps.expect(admin.get("/api-keys", profile="dmr", name="dmr-of-secret"), 200)
    assert [row["id"] for row in listed.json()["keys"]] == [key.partition(".")[0]]
    trail = steps.expect(admin.get("/audit", limit=200), 200)
    stored = str(stack.table.query(
        KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": "API_KEYS"}
    )["Items"])  # fmt: skip
    assert secret not in listed.text + trail.text + stored


def test_keys_are_revoked_when_their_chatbot_is_deleted(stack):
    admin = stack.person("admin")
    new = {**stack.member("opening-hours").enrolment(), "name": "keyed-twice"}
    steps.expect(admin.post("/chatbots", new), 201)
    header = {"X-Api-Key": issue_key(stack, "keyed-twice", "chatbot")}
    steps.expect(stack.device("keyed-twice", "chatbot").get("/public/participants", header), 200)
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
