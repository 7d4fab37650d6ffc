"""The canary test: personal data in chatbots' logs is stored nowhere. `make canary` runs it with 100,000 lines."""

from centops_local import canary
from centops_local.synthetic_pii import SyntheticPii

LINES = 2000


def test_personal_data_in_logs_is_stored_nowhere(stack, figure):
    report = canary.run(stack, LINES, print)
    figure(f"canary personal data: {report}")
    assert report.hits == []
    # More than LINES: some lines are sent with a key that is personal data.
    assert report.stored == report.sent > LINES
    assert report.dead_letters > 0
    assert report.refused > 0


def test_search_finds_planted_data_in_every_store(stack):
    """The planted number has another grouping than the generated one."""
    source = SyntheticPii(seed=2)
    values = [source.value() for _ in range(600)]
    missed = [value for value in values if not source.found_in(f"Küsis {value}, õhtul")]
    assert missed == []
    number = next(iter(sorted(source.numbers)))
    with canary.planted(stack, f"isikukood {number[:3]} {number[3:]}") as kinds:
        report = canary.CanaryReport()
        canary.search(stack, source, report, print)
    for kind in kinds:
        assert [hit for hit in report.hits if hit.startswith(kind)], f"not found among {kind}: {report.hits}"
    again = canary.CanaryReport()
    canary.search(stack, source, again, print)
    # The stream keeps deleted items for a day.
    assert [hit for hit in again.hits if not hit.startswith("stream records")] == []
