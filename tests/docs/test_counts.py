"""Numbers of functions and tables that the documentation has in words. Needs no stack."""

import re

import pytest

from centops_local import contract
from centops_local.instance import ROOT
from template import TEMPLATE

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("AuthoritySecret", r"the authority's is in a secret that (\w+) functions read"),
        ("RoutesSecret", r"the key is in a secret that (\w+) functions read"),
        ("NotificationSecret", r"the master secret can make all of them: (\w+) functions may"),
    ],
)
def test_security_page_counts_the_functions_that_read_a_secret(secret, text):
    readers = [function.name for function in contract.functions(contract.read()) if secret in function.grants]
    found = re.findall(text, re.sub(r"\s+", " ", (ROOT / "docs/security.md").read_text()))
    assert found == [_WORDS[len(readers)]], readers


def test_readme_counts_the_tables():
    tables = len(TEMPLATE.of_type("AWS::DynamoDB::Table"))
    assert f"{_WORDS[tables]} DynamoDB tables" in (ROOT / "README.md").read_text()


def test_readme_counts_no_functions():
    # docs/operations-table.md has the numbers, which are generated.
    numbers = "|".join([r"\d+", *_WORDS, "[a-z]+teen", "[a-z]+ty(?:-[a-z]+)?"])
    text = (ROOT / "README.md").read_text()
    assert re.findall(rf"\b(?:{numbers}) (?:Lambda )?(?:functions|operations|Lambdas)\b", text) == []
