"""Who gets in, and what each may do."""

import base64
import json

import pytest

from centops_local import dmr, steps
from centops_local.clients import handshake_refusal, send_batch
from centops_local.instance import STACK
from centops_local.issuer import Issuer
from centops_local.waiting import until

from lambdas import event_of, invoke
from test_registry import NEW

OTHER = {**NEW, "name": "never-by-others"}


def unsigned(token: str) -> str:
    """The token without its signature, and without the need of one."""
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"a"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def test_a_token_must_be_whole_ours_and_of_now(stack, tmp_path):
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
        "no end": issuer.token("a", ["admin"], exp=None),
        "no subject": issuer.token("", ["admin"]),
        "too long": issuer.token("a", ["admin"], padding="x" * 8192),
        "unsigned": unsigned(issuer.token("a", ["admin"])),
    }
    seen = {why: stack.bearer(token).get("/chatbots").status_code for why, token in tokens.items()}
    assert seen == dict.fromkeys(tokens, 401)


def test_the_issuers_new_key_is_known_within_a_minute_or_so(stack):
    rotated = stack.issuer.rotated()
    token = rotated.token("rotated@example.ee", ["viewer"])
    until("a token of the new key gets in", lambda: stack.bearer(token).get("/chatbots").status_code == 200, 75)
    # The old key is published still: who came in with it stays in.
    steps.expect(stack.person("viewer").get("/chatbots"), 200)


def test_a_person_without_a_role_may_do_nothing(stack):
    nobody = stack.bearer(stack.issuer.token("nobody@example.ee", ["root"]))
    for path in ("/chatbots", "/health", "/policy", "/certificates"):
        steps.expect(nobody.get(path), 403)


def test_a_token_is_not_for_the_network_nor_a_certificate_for_administrators(stack):
    """At the authorizer itself, for the gateways keep them apart already."""
    for event in ("authorize-bearer", "authorize-certificate"):
        certificate = json.dumps(stack.credentials(dmr.NAME, "dmr").certificate.read_text())[1:-1]
        live = {'"CERTIFICATE"': f'"{certificate}"', "TOKEN": stack.issuer.token("a", ["admin"])}
        other = event_of(event, live)
        other["resource"] = "/routes" if event == "authorize-bearer" else "/chatbots"
        answer = stack.instance.aws("lambda").invoke(
            FunctionName=f"{STACK}-authorize", Payload=json.dumps(other).encode()
        )
        assert json.loads(answer["Payload"].read())["errorMessage"] == "Unauthorized"


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
def test_a_role_does_what_it_may_and_no_more(stack, role, method, path, body):
    person = stack.person(role, ["owned-institution"])
    steps.expect(person.call(method, path, body), 403)


def test_an_owner_sees_its_own_institution_only(stack):
    owner = stack.person("owner", ["owned-institution"])
    listed = steps.expect(owner.get("/chatbots", limit=100), 200).json()["chatbots"]
    assert [chatbot["name"] for chatbot in listed] == ["owned"]
    steps.expect(owner.get("/chatbots/owned"), 200)
    steps.expect(owner.get("/chatbots/written"), 403)
    subscription = {"protocol": "email", "endpoint": "owner@example.ee"}
    steps.expect(owner.post("/chatbots/written/subscriptions", subscription), 403)


def test_the_edge_lets_only_holders_of_our_certificates_in(stack):
    assert steps.refusals(stack).keys() == {"no certificate", "a foreign certificate"}


def test_a_device_does_what_its_certificate_says(stack):
    batch = {"codes": [{"chatbot": "owned", "at": "2026-01-01T00:00:00Z", "status": 200}]}
    logs = {"logs": [{"at": "2026-01-01T00:00:00Z", "level": "info", "message": "m"}]}
    chatbot, message_room = stack.device("owned", "chatbot"), stack.device(dmr.NAME, "dmr")
    answers = {
        "a chatbot reads routes": chatbot.get("/routes"),
        "a chatbot reads a route": chatbot.get("/routes/owned"),
        "a chatbot reports codes": send_batch(chatbot, "/codes", batch),
        "a DMR reports logs": send_batch(message_room, "/logs", logs),
        "a DMR reports versions": message_room.call("PUT", "/versions", {"versions": {}}),
    }
    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(answers, 403)
    steps.expect(stack.holder(stack.authority.client("owned", "printer")).get("/routes"), 401)


def test_a_header_makes_nobody_a_dmr(stack):
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
        "list-keys",
        "list-participants",
        "set-own-state",
        "subscribe-routes",
    ],
)
def test_a_function_refuses_by_itself_whom_the_authorizer_should_not_have_let_in(stack, function):
    """No caller gets so far: the function is called past both."""
    event, stranger = event_of(function), f"past-{function}@example.ee"
    event["requestContext"]["authorizer"] |= {"kind": "person", "subject": stranger, "roles": "admin"}
    answer = invoke(stack, function, event)
    assert answer["statusCode"] == 403, answer
    records = steps.expect(stack.person("admin").get("/audit", person=stranger), 200).json()["records"]
    assert [(record["operation"], record["outcome"]) for record in records] == [(function, "refused")]
