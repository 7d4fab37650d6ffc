"""`GET /institutions/{institution}/report` on the deployed stack."""

from lambdas import proxied


def test_answers_its_sample_event(stack):
    assert proxied(stack, "get-report", 200)
