"""Cross-origin access (CORS) to the Admin API, and throttling. test_template.py has the gateway's own responses."""

import pytest
import requests

from centops_local import steps

ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def console(stack) -> str:
    return stack.instance.url("console")


def test_console_origin_may_read_responses_and_errors(stack, console):
    viewer = stack.person("viewer")
    headers = {"Origin": console}
    responses = {
        "a response": steps.expect(viewer.get("/policy", headers), 200),
        "an error": steps.expect(viewer.get("/chatbots/never-enrolled", headers), 404),
    }
    for kind, response in responses.items():
        assert response.headers.get(ALLOWED) == console, kind
        assert response.headers.get("Vary") == "Origin", kind
        assert response.headers.get("Access-Control-Expose-Headers") == "ETag, Location", kind
        assert "Access-Control-Allow-Credentials" not in response.headers, kind


@pytest.mark.parametrize(
    "origin", [None, "https://attacker.example", "{console}0", "https:{host}", "null"]
)
def test_other_origins_get_no_cors_headers(stack, console, origin):
    headers = {"Origin": origin.format(console=console, host=console.removeprefix("http:"))} if origin else None
    response = stack.person("viewer").get("/policy", headers)
    steps.expect(response, 200)
    assert not [name for name in response.headers if name.lower().startswith("access-control-")]


def test_preflight_succeeds_without_a_token(stack, console):
    headers = {"Origin": console, "Access-Control-Request-Method": "POST"}
    response = requests.options(f"{stack.admin_url}/chatbots", headers=headers, timeout=10)
    steps.expect(response, 200)
    assert response.headers.get(ALLOWED) != "*"


@pytest.mark.parametrize("output", ["AdminApiId", "NetworkApiId"])
def test_deployed_stages_have_throttling_limits(stack, output):
    gateway = stack.instance.aws("apigateway")
    stage = gateway.get_stage(restApiId=stack.outputs[output], stageName=stack.outputs["Stage"])
    limits = stage["methodSettings"]["*/*"]
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (1000, 2000)
