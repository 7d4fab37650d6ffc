"""Authentication and authorization beyond the matrix: tokens, certificates, roles and profiles."""

import base64
import json

import pytest

from centops_local import dmr, steps
from centops_local.clients import handshake_refusal, send_batch
from centops_local.issuer import Issuer
from centops_local.polling import wait_until
from centops_local.stack import FunctionFailed

from lambdas import event_of
from support import NEW_CHATBOT

OTHER = {**NEW_CHATBOT, "name": "never-by-others"}


def unsigned(token: str) -> str:
    """Returns the token without a signature, with the algorithm `none`."""
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"a"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def test_invalid_tokens_are_refused(stack, tmp_path):
    issuer = stack.issuer
    stranger = Issuer(tmp_path, issuer.url)
    stranger.kid = issuer.kid
    tokens = {
        "none": None,
        "garbage": "abc",
        "expired": issuer.token("a", ["admin"], minutes=-10),
        "not yet": issuer.token("a", ["admin"], nbf=4_000_000_000),
        "another audience": issuer.token("a", ["admin"], aud="other"),
        "another issuer": issuer.token("a", ["admin"], iss="https://other.example"),
        "another key": stranger.token("a", ["admin"]),
        "no expiry": issuer.token("a", ["admin"], exp=None),
        "no subject": issuer.token("", ["admin"]),
        "too long": issuer.token("a", ["admin"], padding="x" * 8192),
        "unsigned": unsigned(issuer.token("a", ["admin"])),
    }
    statuses = {defect: stack.bearer(token).get("/chatbots").status_code for defect, token in tokens.items()}
    assert statuses == dict.fromkeys(tokens, 401)


def test_new_key_of_the_issuer_is_accepted_after_a_refresh(stack):
    rotated = stack.issuer.rotated()
    token = rotated.token("rotated@example.ee", ["viewer"])
    wait_until(
        "a token with the new key is accepted", lambda: stack.bearer(token).get("/chatbots").status_code == 200, 75
    )
    # The old key is still published, so its tokens stay valid.
    steps.expect(stack.person("viewer").get("/chatbots"), 200)


def test_person_without_a_known_role_is_refused(stack):
    person = stack.bearer(stack.issuer.token("nobody@example.ee", ["root"]))
    for path in ("/chatbots", "/health", "/policy", "/certificates"):
        steps.expect(person.get(path), 403)


def test_authorizer_refuses_tokens_on_the_network_api_and_certificates_on_the_admin_api(stack):
    """The authorizer is invoked directly, because the gateways separate the two already."""
    for event in ("authorize-bearer", "authorize-certificate"):
        certificate = json.dumps(stack.credentials(dmr.NAME, "dmr").certificate.read_text())[1:-1]
        live = {'"CERTIFICATE"': f'"{certificate}"', "TOKEN": stack.issuer.token("a", ["admin"])}
        other = event_of(event, live)
        other["resource"] = "/routes" if event == "authorize-bearer" else "/chatbots"
        with pytest.raises(FunctionFailed, match="'errorMessage': 'Unauthorized'"):
            stack.invoke("authorize", other)


@pytest.mark.parametrize(
    ("role", "method", "path", "body"),
    [
        ("operator", "POST", "/chatbots", OTHER),
        ("operator", "DELETE", "/chatbots/owned", None),
        ("viewer", "POST", "/chatbots", OTHER),
        ("viewer", "PATCH", "/chatbots/owned", {"contact": "x@example.ee"}),
        ("viewer", "POST", "/releases", {"component": "ab", "version": "1.0.0", "severity": "optional"}),
        ("viewer", "POST", "/chatbots/owned/subscriptions", {"protocol": "email", "endpoint": "a@b.ee"}),
        ("owner", "PATCH", "/chatbots/owned", {"contact": "x@example.ee"}),
    ],
)
def test_operation_beyond_the_role_is_refused(stack, role, method, path, body):
    person = stack.person(role, ["owned-institution"])
    steps.expect(person.call(method, path, body), 403)


def test_owner_sees_only_its_own_institution(stack):
    owner = stack.person("owner", ["owned-institution"])
    listed = steps.expect(owner.get("/chatbots", limit=100), 200).json()["chatbots"]
    assert [chatbot["name"] for chatbot in listed] == ["owned"]
    steps.expect(owner.get("/chatbots/owned"), 200)
    steps.expect(owner.get("/chatbots/written"), 403)
    subscription = {"protocol": "email", "endpoint": "owner@example.ee"}
    steps.expect(owner.post("/chatbots/written/subscriptions", subscription), 403)


def test_edge_rejects_clients_without_a_valid_certificate(stack):
    assert steps.handshake_refusals(stack).keys() == {"no certificate", "a foreign certificate"}


def test_operation_beyond_the_certificates_profile_is_refused(stack):
    batch = {"codes": [{"chatbot": "owned", "at": "2026-01-01T00:00:00Z", "status": 200}]}
    logs = {"logs": [{"at": "2026-01-01T00:00:00Z", "level": "info", "message": "m"}]}
    chatbot, message_room = stack.device("owned", "chatbot"), stack.device(dmr.NAME, "dmr")
    responses = {
        "a chatbot reads routes": chatbot.get("/routes"),
        "a chatbot reads a route": chatbot.get("/routes/owned"),
        "a chatbot reports codes": send_batch(chatbot, "/codes", batch),
        "a DMR reports logs": send_batch(message_room, "/logs", logs),
        "a DMR reports versions": message_room.call("PUT", "/versions", {"versions": {}}),
    }
    assert {attempt: response.status_code for attempt, response in responses.items()} == dict.fromkeys(responses, 403)
    steps.expect(stack.with_certificate(stack.authority.client("owned", "printer")).get("/routes"), 401)


def test_certificate_header_of_a_client_is_ignored(stack):
    chatbot = stack.device("owned", "chatbot")
    spoofed = {"X-Amzn-Mtls-Clientcert-Subject": "CN=dmr-tallinn,OU=dmr,O=Buerokratt"}
    steps.expect(chatbot.get("/routes", spoofed), 403)
    assert handshake_refusal("localhost", stack.instance.port("edge"), str(stack.authority.certificate), None)


@pytest.mark.parametrize(
    "function",
    [
        "get-route",
        "get-routes",
        "get-updates",
        "list-clients",
        "list-participants",
        "list-signing-keys",
        "receive-logs",
        "renew-certificate",
        "set-own-state",
        "subscribe-routes",
        "unsubscribe-routes",
    ],
)
def test_function_refuses_a_caller_that_the_authorizer_should_have_refused(stack, function):
    """The function is invoked directly, without gateway and authorizer."""
    event, stranger = event_of(function), f"past-{function}@example.ee"
    event["requestContext"]["authorizer"] |= {"kind": "person", "subject": stranger, "roles": "admin"}
    response = stack.invoke(function, event)
    assert response["statusCode"] == 403, response
    records = steps.expect(stack.person("admin").get("/audit", person=stranger), 200).json()["records"]
    assert [(record["operation"], record["outcome"]) for record in records] == [(function, "refused")]
