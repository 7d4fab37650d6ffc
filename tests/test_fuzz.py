"""A fuzzer asks the deployed Admin API by its contract; no answer may break it. After all other tests: it changes and
removes what it finds. `make fuzz` asks more."""

import pytest

from centops_local import fuzz

#: The same requests in each run of the tests; `make fuzz SEED=…` asks others.
SEED = 1


@pytest.mark.parametrize(("role", "requests"), [("admin", 250), ("owner", 60)])
def test_no_answer_is_off_contract(stack, figure, role, requests):
    sent = fuzz.run(stack, role, requests, SEED, fuzz.RANDOM)
    figure(f"fuzzed Admin API as {role}: {sent} requests, no answer off contract")
