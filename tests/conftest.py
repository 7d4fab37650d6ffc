"""One deployed stack for the whole run, with every chatbot enrolled up front."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "local"))

from centops_local import logs, steps  # noqa: E402
from centops_local import stack as local_stack  # noqa: E402
from centops_local.instance import Instance, LocalError  # noqa: E402
from centops_local.stack import Stack  # noqa: E402

from contract import Contract  # noqa: E402

#: Two runs on one machine take different offsets (added to every port).
INSTANCE = Instance("test", offset=int(os.environ.get("TEST_OFFSET", "10000")))

#: Each test has chatbots of its own, so that tests may run in any order. All have a real server.
SAMPLES = [
    {"name": "opening-hours", "institution": "tallinn-library"},
    {"name": "patient", "institution": "tallinn-library", "versions": {"story-engine": "1.4.0"}},
    {"name": "story-behind", "institution": "tax-board", "versions": {"story-engine": "1.3.2"}},
    {"name": "story-current", "type": "ministry", "institution": "social-affairs",
     "versions": {"story-engine": "1.5.0", "story-widget": "2.0.0"}},
    {"name": "delta-moved"},
    {"name": "delta-removed"},
    {"name": "counted-once"},
    {"name": "counted-twice-invoked"},
    {"name": "behind-poison"},
    {"name": "own-logs"},
    {"name": "masked-logs", "institution": "masked-institution"},
    {"name": "paged-logs", "institution": "masked-institution"},
    {"name": "event-guide", "institution": "event-institution", "versions": {"event-component": "1.0.0"}},
    {"name": "event-changed", "institution": "event-institution"},
    {"name": "event-removed", "institution": "event-institution"},
    {"name": "health-failing"},
    {"name": "health-history"},
    {"name": "health-disputed"},
    {"name": "health-forced"},
    {"name": "health-own-policy"},
    {"name": "written", "institution": "written-institution"},
    {"name": "owned", "institution": "owned-institution"},
]  # fmt: skip


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The OpenAPI file, which every answer of the run is held against."""
    return Contract(ROOT / "openapi.yaml")


@pytest.fixture(scope="session")
def stack(contract: Contract) -> Stack:
    """The deployed stack with its sample network. It ends with the run, whatever happens."""
    try:
        running = local_stack.bring_up(INSTANCE, SAMPLES, lambda text: print(text, flush=True))
    except LocalError as error:
        pytest.exit(f"The stack did not come up. {error}", returncode=1)
    running.watchers.append(contract.watch)
    try:
        steps.enrol(running, running.members)
        yield running
    finally:
        try:
            logs.save(INSTANCE)
        finally:
            local_stack.take_down(INSTANCE)


@pytest.fixture(scope="session")
def online(stack: Stack) -> list[str]:
    """Waits until the scheduled probe has brought the network Online, and the DMR has its routes."""
    gone = {"event-removed", "delta-removed"}
    names = [member.name for member in stack.members if member.name not in gone]
    steps.await_online(stack, names)
    steps.await_routes(stack, present=names)
    return names


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """A failure says where the logs are."""
    report = (yield).get_result()
    if report.failed:
        folder = INSTANCE.logs.relative_to(ROOT)
        report.sections.append(("logs", f"of the processes: {folder}/*.log, of the functions: {folder}/functions.log"))
