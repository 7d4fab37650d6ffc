"""The faults of the game day belong to alarms and runbooks. Nothing is played here: `make gameday` does."""

import re

import pytest

from centops_contract import watching
from centops_local.gameday import day, runbook
from centops_local.gameday.faults import FAULTS, WAVES
from centops_local.instance import LocalError

ALARMS = {alarm.name: alarm for alarm in watching.read().alarms}


def test_there_are_twenty_faults_with_names_of_their_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 20


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_found_within_the_time_of_its_alarm(fault):
    # The minutes of the alarm are the least.
    assert ALARMS[fault.alarm].minutes < fault.minutes


@pytest.mark.parametrize("wave", WAVES)
def test_faults_of_a_wave_have_alarms_of_their_own(wave):
    assert len({fault.alarm for fault in wave}) == len(wave)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_runbook_of_the_alarm_leads_to_the_commands_that_end_the_fault(fault):
    page = ALARMS[fault.alarm].runbook
    text = (runbook.FOLDER / f"{page}.md").read_text()
    assert fault.section.runbook == page or f"({fault.section.runbook}.md" in text
    assert fault.section.commands().strip()


def test_every_section_of_changes_by_hand_ends_a_fault():
    headings = re.findall(r"^## (.*)$", (runbook.FOLDER / "changed-by-hand.md").read_text(), re.MULTILINE)
    used = {fault.section.heading for fault in FAULTS if fault.section.runbook == "changed-by-hand"}
    assert used == set(headings)


def test_placeholder_without_a_value_is_refused():
    with pytest.raises(LocalError, match="<function>"):
        runbook.Section("changed-by-hand", "A function may not run").commands()


def test_section_without_commands_is_refused():
    with pytest.raises(LocalError, match="no commands"):
        runbook.Section("region-lost", "Decide").commands()


def test_unknown_fault_is_refused():
    assert [[fault.name for fault in wave] for wave in day.chosen("counts,truststore")] == [["truststore"], ["counts"]]
    with pytest.raises(LocalError, match="unheard-of"):
        day.chosen("counts,unheard-of")


def test_fault_passes_if_it_rang_in_time_and_was_ended():
    fault = FAULTS[0]
    assert day.Result(fault, fault.minutes, 3.0).passed
    assert not day.Result(fault, fault.minutes + 0.1, 3.0).passed
    assert not day.Result(fault, None, 3.0).passed
    assert not day.Result(fault, 1.0, None).passed
    assert not day.Result(fault, 1.0, 3.0, "the topic was silent").passed
    assert day.table([day.Result(fault, 1.0, 3.0), day.Result(fault)]).endswith("1 of 2")
