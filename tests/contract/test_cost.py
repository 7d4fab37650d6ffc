"""The costs that contract/cost declares, and what is made of them. No stack is needed."""

import re
from datetime import date

import pytest

from centops_contract import cost
from centops_contract.cost import bill, data, page, rust
from centops_contract.cost.formula import Formula, InvalidFormula
from centops_local import contract
from centops_local.gameday import metric_math
from centops_local.instance import ROOT
from template import ALARM_STACK

DOCUMENT = contract.read()
OPERATIONS, FUNCTIONS = contract.operations(DOCUMENT), contract.functions(DOCUMENT)
TEMPLATE = data.template()
TRIGGERS = data.triggers(TEMPLATE, FUNCTIONS)
TARIFF = cost.tariff(OPERATIONS, FUNCTIONS)
ROWS = list(TARIFF.rows.values())
METERED = [row for row in ROWS if row.metered]


def test_every_operation_and_trigger_has_one_row_and_nothing_else_has_one():
    keys = [row.key for row in ROWS if row.case is None]
    assert sorted(keys) == sorted([*(each.id for each in OPERATIONS), *(each.key for each in TRIGGERS)])


def test_every_function_that_no_operation_names_has_a_trigger():
    started = {trigger.function for trigger in TRIGGERS}
    assert started == {function.name for function in FUNCTIONS if function.trigger != "api"}


def test_triggers_are_those_of_the_template():
    kinds = {"ScheduleV2": "schedule", "SQS": "queue", "DynamoDB": "stream", "SNS": "topic"}
    events = [
        kinds[event["Type"]]
        for resource in TEMPLATE["Resources"].values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
    ]
    assert sorted(events) == sorted(trigger.kind for trigger in TRIGGERS if trigger.event)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_formulas_do_not_fall_with_their_sizes(row):
    for kind, formula in row.formulas.items():
        values = [formula.value(dict.fromkeys(formula.names, size)) for size in (0, 1, 10, 1_000)]
        assert values == sorted(values), kind
        assert values[0] >= 0, kind


def test_every_size_is_used():
    used = frozenset().union(*(formula.names for row in ROWS for formula in row.formulas.values()))
    assert used == data.sizes().keys()


@pytest.mark.parametrize("row", METERED, ids=lambda row: row.id)
def test_meter_of_a_row_exists_and_compares_with_it(row):
    file, _, name = row.metered.partition("::")
    text = (ROOT / file).read_text()
    assert f"async fn {name}()" in text
    item = rust.identifier(row, ROWS)
    expected = item.lower() + "(" if row.units("read").names | row.units("write").names else item.upper()
    # A test may use it through a constant or a function of its file.
    assert f"declared::{expected}" in text


def test_operation_with_all_its_parts_is_priced():
    price = TARIFF.prices
    row = TARIFF.rows["get-routes"]
    gateway = price["rest_request"] + price["waf_request"] + 2e-6 * price["logs_gb"]
    # `get-routes` has 1 GB, the authorizer a quarter of it.
    functions = 2 * price["lambda_request"] + 0.005 * (1 + 0.25) * price["lambda_gb_second"]
    assert TARIFF.usd(row, {}, 2e-6) == pytest.approx(gateway + functions + 3 * price["read_unit"])


def test_queue_is_priced_by_its_share_of_a_batch():
    price = TARIFF.prices
    usd = TARIFF.usd(TARIFF.rows["ingest-codes:Queue"], {"chatbots": 20}, 0)
    units = 20 * (price["read_unit"] + price["write_unit"]) + 2 * price["sqs_fifo_request"]
    assert usd == pytest.approx(units + 0.1 * (price["lambda_request"] + 0.1 * 0.25 * price["lambda_gb_second"]))


def test_month_of_a_larger_network_costs_more_in_no_part_less():
    bills = [bill.month(TARIFF, chatbots, dmrs) for chatbots, dmrs in page.NETWORKS]
    for part in page.parts(bills[0]):
        sums = [sum(line.usd for line in lines if line.part == part) for lines in bills]
        assert sums == sorted(sums), part
    # Each schedule of the template is in it, and the sweeps of the recovery lane.
    lines = [line for line in bills[0] if line.part == "schedules"]
    assert len(lines) == TARIFF.counts["schedules"] + 1


def test_assumption_can_be_replaced():
    polls = {
        seconds: sum(line.usd for line in bill.month(TARIFF, 50, 5, {"poll": seconds}) if line.row == "get-routes")
        for seconds in (5, 10)
    }
    assert polls[5] == pytest.approx(2 * polls[10])
    assert not [line for line in bill.month(TARIFF, 50, 5) if line.part == "chatbots' logs"]
    assert [line for line in bill.month(TARIFF, 50, 5, {"logs": 60}) if line.part == "chatbots' logs"]
    with pytest.raises(cost.InvalidCost, match="unknown assumptions misspelled"):
        bill.month(TARIFF, 50, 5, {"misspelled": 1})


def test_crossover_is_the_first_network_that_costs_more():
    limit = bill.crossover(TARIFF, 20, 862)
    below, above = (bill.total(bill.month(TARIFF, chatbots, 20)) for chatbots in (limit - 1, limit))
    assert below <= 862 < above


def test_prices_that_were_read_long_ago_are_named():
    newest = max(price.read for price in bill.prices().values())
    names = {text.partition(":")[0] for text in bill.outdated(date(newest.year + 1, newest.month, newest.day))}
    assert names == bill.prices().keys()
    assert bill.outdated(min(price.read for price in bill.prices().values())) == []


def test_every_price_has_a_source_and_is_used():
    texts = [*(data.FOLDER.glob("*.toml")), data.FOLDER / "page.txt", *(ROOT / "tools/contract").rglob("cost/*.py")]
    text = "".join(file.read_text() for file in texts if file.name != "prices.toml")
    for price in bill.prices().values():
        assert price.source and price.region and price.price > 0, price.name
        assert re.search(rf"\b{price.name}\b", text), price.name


def test_amounts_of_the_page_come_from_prices():
    text = (data.FOLDER / "page.txt").read_text() + "".join(row.note for row in ROWS)
    without = re.sub(r"\{\{[^}]*\}\}", "", text)
    assert re.findall(r"\d[\d.,]*\s+USD|\$\s*\d", without) == []


def test_page_has_each_row():
    text = (ROOT / "docs/cost.md").read_text()
    table = text[text.index("## By path") : text.index("### Sizes")]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| path")]
    assert len(rows) == len(ROWS)
    assert sum("**m**" in line for line in rows) == len(METERED)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 + 2 * 3", 7), ("(1 + 2) * n", 12), ("ceil(n / 3)", 2), ("max(1, n) - min(1, n)", 3), ("0.5 * n", 2)],
)
def test_formula_has_its_value(text, value):
    assert Formula(text).value({"n": 4}) == value


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "n ** 2", "n if n else 1", "open('x')", "ceil(1, 2)", "max(n)", "n.real", "[n]", "'a'", "True", "-n",
     "__import__('os')", "ceil(n, key=1)", "n; n"],
)  # fmt: skip
def test_other_expressions_are_refused(text):
    with pytest.raises(InvalidFormula):
        Formula(text)


def test_missing_size_is_named():
    with pytest.raises(InvalidFormula, match="no value for n"):
        Formula("n + 1").value({})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4", "4.0"),
        ("1 + 2 * n", "1.0 + 2.0 * n"),
        ("(1 + n) * 2", "(1.0 + n) * 2.0"),
        ("n - (n - 1)", "n - (n - 1.0)"),
        ("n / (2 * n)", "n / (2.0 * n)"),
        ("ceil(n / 4)", "(n / 4.0).ceil()"),
        ("max(1, ceil(n))", "f64::max(1.0, n.ceil())"),
    ],
)
def test_formula_is_written_in_rust(text, code):
    assert Formula(text).rust() == code


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("audit", "[list-audits]\n", "neither an operation nor a trigger"),
        ("session", "[list-audit]\n", "of the area audit"),
        ("audit", "[list-audit]\nreed = '1'\n", "unknown words reed"),
        ("audit", "[list-audit]\nread = 'loud'\n", "loud is not in sizes.toml"),
        ("audit", "[list-audit]\nread = '1 +'\n", "list-audit: "),
        ("audit", "[list-audit.more]\nread = '1'\n", "text is missing"),
        ("audit", "[list-audit]\n", "no row in contract/cost"),
    ],
)
def test_invalid_row_is_refused(file, text, problem, tmp_path):
    (tmp_path / f"{file}.toml").write_text(text)
    with pytest.raises(cost.InvalidCost, match=problem):
        data.read(OPERATIONS, FUNCTIONS, TRIGGERS, tmp_path)


# ---------------------------------------------------------------- the alarm on what is dearer than declared


def hour(chatbots: float, dmrs: float, dearer: float = 1, **given: float) -> float:
    """Returns the value of the alarm for an hour of a network in which each fold takes `dearer` times what is declared."""
    sizes = bill.month_sizes(TARIFF, chatbots, dmrs, given)
    of_month = bill.calls(TARIFF, sizes)
    hours = sizes["seconds"] / 3600
    times = {each.row.id: each.times / hours for each in of_month}
    taken = sum(
        each.times * TARIFF.units(each.row, each.sizes) * (dearer if each.row.id == "ingest-codes:Queue" else 1)
        for each in of_month
    )
    logs = times.get("submit-logs", 0)
    metrics = {
        "read": taken / hours,
        "written": 0,
        "routes": chatbots,
        "requests": times["get-routes"] + times["submit-codes"] + logs,
        "parts": times["ingest-codes:Queue"] * sizes["reported"] + logs,
        "kilobytes": logs * sizes["batch"],
    }
    alarm = ALARM_STACK.of_type("AWS::CloudWatch::Alarm")["TableDearerAlarm"]
    [expression] = [metric["Expression"] for metric in alarm["Metrics"] if "Expression" in metric]
    assert {metric["Id"] for metric in alarm["Metrics"] if "MetricStat" in metric} == metrics.keys()
    [value] = metric_math.evaluate(expression, {name: [float(metric)] for name, metric in metrics.items()})
    return value / alarm["Threshold"]


@pytest.mark.parametrize(("chatbots", "dmrs"), [(50, 5), (500, 10), (5000, 20)])
@pytest.mark.parametrize("given", [{}, {"logs": 10}, {"logs": 60, "batch": 100}, {"poll": 1}, {"codes": 20}], ids=str)
def test_network_that_takes_what_is_declared_does_not_ring_and_a_dearer_one_does(chatbots, dmrs, given):
    assert 0.3 < hour(chatbots, dmrs, **given) < 0.6
    # Folding is most of what a network takes, unless it stores logs or rarely reports codes.
    assert hour(chatbots, dmrs, dearer=50, **given) > 1
    if not given:
        assert hour(chatbots, dmrs, dearer=3, **given) > 1


def test_mistake_in_the_month_names_its_file():
    with pytest.raises(data.InvalidCost, match=r"month\.toml"):
        bill.calls(TARIFF, {})


def test_small_network_does_not_ring_however_dear():
    assert hour(5, 1, dearer=2) == 0
