"""The control of the canary test: the search finds each kind of personal data in each spelling and place, if it is not
masked. Needs no stack.
"""

import itertools

import pytest

from centops_local import synthetic_pii
from centops_local.spellings import SPELLINGS, decode
from centops_local.synthetic_pii import MARKERS, TEMPLATES, SyntheticPii

#: Enough for each kind in each of its forms.
_VALUES = 300


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_unmasked_value_is_found_in_each_spelling_and_place(spelling):
    source = SyntheticPii(seed=3)
    values = [source.value() for _ in range(_VALUES)]
    missed = []
    for value, place in itertools.product(values, TEMPLATES):
        line = place.format(SPELLINGS[spelling](value))
        if not source.found_in(line):
            missed.append(line)
    assert missed == []


def test_each_kind_is_planted_in_each_spelling():
    source, lines = SyntheticPii(seed=4), len(SPELLINGS) * 6 * 20
    forms: dict[str, int] = {}
    for _ in range(lines):
        value = source.spelled()
        form = next(name for name in ("%25", "%", r"\\u", r"\u", "&amp;", "&", "") if name in value)
        forms[form] = forms.get(form, 0) + 1
    assert set(forms) == {"%25", "%", r"\\u", r"\u", "&amp;", "&", ""}, forms


def test_masked_line_is_not_found():
    source = SyntheticPii(seed=5)
    for _ in range(_VALUES):
        source.value()
    found = [line for line in (p.format(m) for p in TEMPLATES for m in MARKERS) if source.found_in(line)]
    assert found == []


def test_idempotency_keys_are_found_and_some_are_of_the_permitted_form():
    source = SyntheticPii(seed=6)
    keys = source.keys()
    assert [key for key in keys if not source.found_in(f'{{"MessageDeduplicationId": "{key}"}}')] == []
    assert len([key for key in keys if key.replace("-", "").isalnum()]) == 3


def test_invalid_bodies_hold_personal_data():
    source = SyntheticPii(seed=7)
    bodies = synthetic_pii.invalid_bodies(source, "2026-11-21T09:30:00Z")
    assert [body[:200] for body in bodies if not source.found_in(body)] == []


def test_nested_spellings_are_decoded():
    text = "+372 5123@näide.ee"
    for name, encode in SPELLINGS.items():
        assert decode(encode(text)).replace("\u00a0", " ") == text, name
        assert decode(encode(encode(text))).replace("\u00a0", " ") == text, f"{name}, twice"
