"""Personal data in chatbots' logs is found nowhere. `make canary` does the same with 100,000 lines."""

from centops_local import canary
from centops_local.canaries import Canaries

LINES = 2000


def test_personal_data_in_logs_is_kept_nowhere(stack, figure):
    found = canary.run(stack, LINES, print)
    figure(f"canary personal data: {found}")
    assert found.hits == []
    assert found.kept == LINES
    assert found.dead > 0
    assert found.refused > 0


def test_the_search_finds_what_is_there(stack):
    """A number in another grouping than it was made in, planted in each kind of place."""
    source = Canaries(seed=2)
    values = [source.value() for _ in range(600)]
    missed = [value for value in values if not source.found_in(f"Küsis {value}, õhtul")]
    assert missed == []
    number = next(iter(sorted(source.numbers)))
    with canary.planted(stack, f"isikukood {number[:3]} {number[3:]}") as kinds:
        found = canary.Found()
        canary.look(stack, source, found, print)
    for kind in kinds:
        assert [hit for hit in found.hits if hit.startswith(kind)], f"not found among {kind}: {found.hits}"
    again = canary.Found()
    canary.look(stack, source, again, print)
    # The stream keeps for a day what was taken out of the table.
    assert [hit for hit in again.hits if not hit.startswith("stream records")] == []
