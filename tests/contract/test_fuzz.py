"""A fuzzer sends requests by the contract to the deployed Admin API; every response must match the contract.

It changes and deletes arbitrary items and therefore runs after the other tests. `make fuzz` sends more requests.
"""

import pytest

from centops_local import fuzz

#: Every run of the tests sends the same requests; `make fuzz SEED=…` sends others.
SEED = 1


@pytest.mark.parametrize(("role", "requests"), [("admin", 250), ("owner", 60)])
def test_every_response_to_the_fuzzer_matches_the_contract(stack, figure, role, requests):
    sent = fuzz.run(stack, role, requests, SEED, fuzz.RANDOM_PHASES)
    figure(f"fuzzed Admin API as {role}: {sent} requests, every response matches the contract")
