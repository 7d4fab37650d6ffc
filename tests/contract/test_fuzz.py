"""A fuzzer sends requests by the contract to both deployed APIs; every response must match the contract.

It changes and deletes arbitrary items and therefore runs after the other tests. `make fuzz` sends more requests.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from centops_local import fuzz

#: Every run of the tests sends the same requests; `make fuzz SEED=…` sends others.
SEED = 1
#: The least number of requests by caller.
REQUESTS = {"admin": 250, "owner": 60, "dmr": 60, "chatbot": 60}


@pytest.fixture(scope="module")
def runs(stack) -> Iterator[dict[str, Future[int]]]:
    """Starts the fuzzer for all callers at the same time. Returns the number of requests by caller, as futures."""
    with ThreadPoolExecutor(len(REQUESTS)) as pool:
        yield {
            caller: pool.submit(fuzz.run, stack, caller, requests, SEED, fuzz.RANDOM_PHASES)
            for caller, requests in REQUESTS.items()
        }


@pytest.mark.parametrize("caller", REQUESTS)
def test_every_response_to_the_fuzzer_matches_the_contract(runs, figure, caller):
    sent = runs[caller].result()
    figure(f"fuzzed as {caller}: {sent} requests, every response matches the contract")
    assert sent >= REQUESTS[caller]
