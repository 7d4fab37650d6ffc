"""Which web page may call the Admin API. What the gateway itself adds is in the template: see test_template.py."""

import pytest
import requests

from centops_local import steps
from centops_local.instance import CONSOLE_ORIGIN

ALLOWED = "Access-Control-Allow-Origin"


def test_a_page_of_the_console_reads_answers_and_refusals(stack):
    viewer = stack.person("viewer")
    asked = {"Origin": CONSOLE_ORIGIN}
    answers = {
        "an answer": steps.expect(viewer.get("/policy", asked), 200),
        "a refusal": steps.expect(viewer.get("/chatbots/never-enrolled", asked), 404),
    }
    for what, answer in answers.items():
        assert answer.headers.get(ALLOWED) == CONSOLE_ORIGIN, what
        assert answer.headers.get("Vary") == "Origin", what
        assert answer.headers.get("Access-Control-Expose-Headers") == "ETag, Location", what
        assert "Access-Control-Allow-Credentials" not in answer.headers, what


@pytest.mark.parametrize(
    "origin",
    [None, "https://attacker.example", f"{CONSOLE_ORIGIN}0", CONSOLE_ORIGIN.replace("http:", "https:"), "null"],
)
def test_another_page_reads_nothing(stack, origin):
    answer = stack.person("viewer").get("/policy", {"Origin": origin} if origin else None)
    steps.expect(answer, 200)
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_a_preflight_needs_no_token(stack):
    asked = {"Origin": CONSOLE_ORIGIN, "Access-Control-Request-Method": "POST"}
    answer = requests.options(f"{stack.admin_url}/chatbots", headers=asked, timeout=10)
    steps.expect(answer, 200)
    assert answer.headers.get(ALLOWED) != "*"


@pytest.mark.parametrize("output", ["AdminApiId", "NetworkApiId"])
def test_the_deployed_stages_throttle(stack, output):
    gateway = stack.instance.aws("apigateway")
    stage = gateway.get_stage(restApiId=stack.outputs[output], stageName=stack.outputs["Stage"])
    limits = stage["methodSettings"]["*/*"]
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (100, 200)
