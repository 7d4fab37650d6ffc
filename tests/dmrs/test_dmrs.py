"""The registry of DMRs: who is registered may have credentials, and a removal ends all of them."""

import pytest
from cryptography import x509

from centops_local import devices, steps
from centops_local.clients import now
from centops_local.route_queue import RouteQueue

from api_keys import issue_key
from lambdas import event_of
from support import error_pointers

pytestmark = pytest.mark.exclusive("route-topic")


def new_dmr(name: str, **more) -> dict:
    return {"name": name, "uri": "https://dmr.example.ee/messages", "institution": devices.OPERATOR["id"], **more}


@pytest.fixture
def admin(stack):
    """Returns an administrator, after recording the institution of the DMRs."""
    devices.register(stack.person("admin"), "dmr-beside")
    return stack.person("admin")


def forget(stack, name: str) -> None:
    """Deletes the local files of a DMR's certificate, so that another one is issued."""
    devices.stored(stack.instance, name, "dmr").certificate.unlink()


def test_dmr_is_registered_changed_listed_and_removed(stack, admin):
    path = "/dmrs/dmr-registered"
    created = steps.expect(admin.post("/dmrs", new_dmr("dmr-registered")), 201)
    assert (created.headers["Location"], created.json()["status"]) == (path, "Active")
    steps.expect(admin.post("/dmrs", new_dmr("dmr-registered")), 409)
    steps.expect(admin.post("/dmrs", new_dmr("owned")), 409)
    read = steps.expect(stack.person("viewer").get(path), 200)
    assert read.json() == created.json()
    steps.expect(admin.get(path, {"If-None-Match": read.headers["ETag"]}), 304)
    change = {"uri": "https://other.example.ee/messages"}
    changed = steps.expect(admin.call("PATCH", path, change, {"If-Match": read.headers["ETag"]}), 200)
    assert changed.json() == read.json() | change | {"updatedAt": changed.json()["updatedAt"]}
    steps.expect(admin.call("PATCH", path, change, {"If-Match": read.headers["ETag"]}), 412)
    assert changed.json() in steps.expect(admin.get("/dmrs"), 200).json()["dmrs"]
    # One registry: it is a participant of the first generation too.
    participant = steps.expect(admin.get("/admin/participants/dmr-registered"), 200).json()
    assert (participant["type"], participant["host"], participant["status"]) == ("Dmr", change["uri"], "Active")
    steps.expect(admin.call("DELETE", path, None, {"If-Match": read.headers["ETag"]}), 412)
    steps.expect(admin.call("DELETE", path), 204)
    steps.expect(admin.call("DELETE", path), 404)
    steps.expect(admin.get(path), 404)


def test_invalid_dmr_is_refused_with_its_pointer(admin):
    for change, pointer in [
        ({"name": "A"}, "#/name"),
        ({"uri": "http://169.254.169.254/latest"}, "#/uri"),
        ({"institution": "nobody-knows"}, "#/institution"),
        ({"key": "x"}, "#/key"),
    ]:
        assert error_pointers(steps.expect(admin.post("/dmrs", new_dmr("dmr-invalid") | change), 400)) == [pointer]


def test_disabled_dmr_is_refused_from_the_next_request_on_and_accepted_again(stack, admin):
    dmr, path = stack.device("dmr-disabled", "dmr"), "/dmrs/dmr-disabled"
    steps.expect(dmr.get("/routes"), 200)
    steps.expect(admin.call("PATCH", path, {"status": "Disabled"}), 200)
    steps.expect(dmr.get("/routes"), 401)
    rows = steps.expect(admin.get("/certificates", profile="dmr", name="dmr-disabled"), 200).json()["certificates"]
    assert not any("revokedAt" in row for row in rows)
    steps.expect(admin.call("PATCH", path, {"status": "Active"}), 200)
    steps.expect(dmr.get("/routes"), 200)


@pytest.mark.parametrize("registry", ["/dmrs", "/admin/participants"])
def test_removal_ends_credentials_and_frees_the_queue_for_a_successor(stack, admin, registry):
    name = f"dmr-former-in-{registry.rpartition('/')[2]}"
    former, successor = stack.device(name, "dmr"), stack.device("dmr-successor", "dmr")
    key, queue = issue_key(stack, name, "dmr"), RouteQueue.new(stack)
    body = {"queue": queue.arn}
    steps.expect(former.call("PUT", "/route-subscription", body), 200)
    steps.expect(successor.call("PUT", "/route-subscription", body), 409)
    steps.expect(admin.call("DELETE", f"{registry}/{name}"), 204)
    steps.expect(former.get("/routes"), 401)
    steps.expect(successor.call("PUT", "/route-subscription", body), 200)
    for path, items in (("/certificates", "certificates"), ("/api-keys", "keys")):
        rows = steps.expect(admin.get(path, profile="dmr", name=name), 200).json()[items]
        assert rows and all(row["revocationReason"] == "The DMR was removed." for row in rows)
    # The name is registered again: what was issued before stays refused.
    devices.register(admin, name)
    steps.expect(former.get("/routes"), 401)
    forget(stack, name)
    again = stack.device(name, "dmr")
    steps.expect(again.get("/public/participants", {"X-Api-Key": key}), 401)
    steps.expect(again.get("/routes"), 200)
    steps.expect(successor.call("DELETE", "/route-subscription"), 204)


def test_route_subscription_ends_with_the_last_valid_certificate(stack, admin):
    dmr, queue = stack.device("dmr-leaving", "dmr"), RouteQueue.new(stack)
    body = {"queue": queue.arn}
    steps.expect(dmr.call("PUT", "/route-subscription", body), 200)
    first = x509.load_pem_x509_certificate(devices.stored(stack.instance, "dmr-leaving", "dmr").certificate.read_bytes())
    forget(stack, "dmr-leaving")
    second = stack.device("dmr-leaving", "dmr")
    other = stack.device("dmr-arriving", "dmr")

    def revoke(number: int) -> None:
        path = f"/certificates/dmr/dmr-leaving/{number:032x}/revocation"
        steps.expect(admin.call("PUT", path, {"reason": "the DMR leaves"}), 200)

    revoke(first.serial_number)
    steps.expect(other.call("PUT", "/route-subscription", body), 409)
    steps.expect(second.get("/routes"), 200)
    last = x509.load_pem_x509_certificate(devices.stored(stack.instance, "dmr-leaving", "dmr").certificate.read_bytes())
    revoke(last.serial_number)
    steps.expect(other.call("PUT", "/route-subscription", body), 200)
    steps.expect(other.call("DELETE", "/route-subscription"), 204)


def test_route_subscription_ends_when_the_last_certificate_has_expired(stack, admin):
    """The end of the certificate is moved in the table, because the shortest validity is a day."""
    dmr, other, queue = stack.device("dmr-expiring", "dmr"), stack.device("dmr-following", "dmr"), RouteQueue.new(stack)
    body, check = {"queue": queue.arn}, event_of("check-credentials")
    issue_key(stack, "dmr-expiring", "dmr")
    steps.expect(dmr.call("PUT", "/route-subscription", body), 200)
    stack.invoke("check-credentials", check)
    steps.expect(other.call("PUT", "/route-subscription", body), 409)
    pem = devices.stored(stack.instance, "dmr-expiring", "dmr").certificate.read_bytes()
    serial = x509.load_pem_x509_certificate(pem).serial_number
    stack.table.update_item(
        Key={"pk": "CERTIFICATES", "sk": f"dmr#dmr-expiring#{serial:032x}"},
        UpdateExpression="SET notAfter = :now",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":now": now()},
    )
    steps.expect(dmr.get("/routes"), 401)
    stack.invoke("check-credentials", check)
    steps.expect(admin.call("DELETE", "/dmrs/dmr-expiring/route-subscription"), 404)
    steps.expect(other.call("PUT", "/route-subscription", body), 200)
    steps.expect(other.call("DELETE", "/route-subscription"), 204)
    records = steps.expect(admin.get("/audit", limit=200), 200).json()["records"]
    ended = [record for record in records if record["operation"] == "check-credentials"]
    assert {"kind": "system", "name": "check-credentials"} in [record["by"] for record in ended]
    assert queue.arn in [record["before"]["queue"] for record in ended]


def test_dmr_and_administrator_end_a_route_subscription(stack, admin):
    dmr, queue = stack.device("dmr-unsubscribing", "dmr"), RouteQueue.new(stack)
    subscriptions = stack.instance.aws("sns").list_subscriptions_by_topic
    for end in (
        lambda: dmr.call("DELETE", "/route-subscription"),
        lambda: admin.call("DELETE", "/dmrs/dmr-unsubscribing/route-subscription"),
    ):
        created = steps.expect(dmr.call("PUT", "/route-subscription", {"queue": queue.arn}), 200).json()
        steps.expect(end(), 204)
        steps.expect(end(), 404)
        listed = subscriptions(TopicArn=created["id"].rpartition(":")[0])["Subscriptions"]
        assert created["id"] not in [row["SubscriptionArn"] for row in listed]
