"""One deployed stack for the whole run, with every chatbot enrolled up front."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools" / "local"))

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
    {"name": "health-doubted"},
    {"name": "health-own-log"},
    {"name": "health-forced"},
    {"name": "health-own-policy"},
    {"name": "written", "institution": "written-institution"},
    {"name": "owned", "institution": "owned-institution"},
    {"name": "route-topic"},
    {"name": "own-state"},
    {"name": "own-state-held"},
]  # fmt: skip


_FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Takes a line that the run ends with: a figure that a test found."""
    return request.config.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(line)


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


#: These come after all others, in this order: the fuzzer changes and removes what it finds, and what the functions
#: used is known when every other test has used them.
LAST = ["test_fuzz.py", "test_privilege.py"]


_LEFT_OUT = pytest.StashKey[bool]()


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        items[0].config.stash[_LEFT_OUT] = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LAST.index(item.path.name) if item.path.name in LAST else -1)


@pytest.fixture(scope="session")
def whole_run(request: pytest.FixtureRequest) -> None:
    """For what can only be said of the whole suite: skips when files or tests were left out."""
    present = {item.path for item in request.session.items}
    missing = sorted(file.name for file in Path(__file__).parent.glob("test_*.py") if file not in present)
    single = [argument for argument in request.config.args if "::" in argument]
    if missing or single or request.config.stash.get(_LEFT_OUT, False):
        pytest.skip("this compares what the whole suite does, and only a part of it runs")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """A failure says where the logs are."""
    report = (yield).get_result()
    if report.failed:
        folder = INSTANCE.logs.relative_to(ROOT)
        report.sections.append(("logs", f"of the processes: {folder}/*.log, of the functions: {folder}/functions.log"))
