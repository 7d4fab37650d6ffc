"""The events that the unit tests expect of the API match the contract. No stack is needed."""

import copy
import json

import pytest

from centops_local.instance import ROOT

SAMPLES = json.loads((ROOT / "shared/domain/src/alerts/view/samples.json").read_text())


def test_each_type_has_a_sample_that_matches_its_schema(contract):
    schemas = contract.document["components"]["schemas"]
    assert [sample["type"] for sample in SAMPLES] == schemas["EventType"]["enum"]
    assert list(schemas["Event"]["discriminator"]["mapping"]) == schemas["EventType"]["enum"]
    for sample in SAMPLES:
        contract.check("Event", sample)
        contract.check(schemas["Event"]["discriminator"]["mapping"][sample["type"]].rpartition("/")[2], sample)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["type"])
def test_schema_of_an_event_is_closed(contract, sample):
    for field in sample:
        less = copy.deepcopy(sample)
        del less[field]
        with pytest.raises(AssertionError):
            contract.check("Event", less)
    with pytest.raises(AssertionError):
        contract.check("Event", {**sample, "more": 1})
