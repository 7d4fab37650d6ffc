"""Subscriptions to the announcements of chatbots."""

import json

import pytest

from centops_local import steps

from support import error_pointers


def test_one_endpoint_receives_the_alerts_of_several_chatbots(stack):
    """SNS permits one subscription for an endpoint: a second chatbot extends the filter of the first."""
    operator, queue = stack.person("operator"), "arn:aws:sqs:eu-north-1:000000000000:of-several"
    destination = {"protocol": "sqs", "endpoint": queue}
    subscriptions = [
        steps.expect(operator.post(f"/chatbots/{name}/subscriptions", destination), 201).json()
        for name in ("written", "owned", "written")
    ]
    assert len({subscription["id"] for subscription in subscriptions}) == 1
    subscription = stack.instance.aws("sns").get_subscription_attributes(SubscriptionArn=subscriptions[0]["id"])
    assert json.loads(subscription["Attributes"]["FilterPolicy"]) == {"chatbot": ["owned", "written"]}


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("email", "nobody"),
        ("sms", "5551234"),
        ("https", "http://example.ee/"),
        ("https", "https://169.254.169.254/latest/meta-data/"),
        ("https", "https://hooks.internal/"),
        ("sqs", "queue"),
    ],
)
def test_endpoint_that_does_not_match_its_protocol_or_is_not_public_is_refused(stack, protocol, endpoint):
    destination = {"protocol": protocol, "endpoint": endpoint}
    response = steps.expect(stack.person("operator").post("/chatbots/written/subscriptions", destination), 400)
    assert error_pointers(response) == ["#/endpoint"]


def test_viewer_of_all_and_owner_of_one_subscribes_to_the_own_chatbot_only(stack):
    both = stack.bearer(stack.issuer.token("both@example.ee", ["viewer", "owner"], ["owned-institution"]))
    destination = {"protocol": "sqs", "endpoint": "arn:aws:sqs:eu-north-1:000000000000:of-both"}
    steps.expect(both.get("/chatbots/written"), 200)
    steps.expect(both.post("/chatbots/written/subscriptions", destination), 403)
    steps.expect(both.post("/chatbots/owned/subscriptions", destination), 201)
