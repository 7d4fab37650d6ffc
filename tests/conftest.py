"""One deployed stack for the whole run, with every chatbot enrolled at its start.

With workers of pytest-xdist (`pytest -n 6 tests`), the controller starts and stops the stack, and the workers attach to
it. Without, the fixture `stack` does both.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from centops_local import deployment, logs, steps
from centops_local import stack as local_stack
from centops_local.instance import ROOT, Instance, LocalError
from centops_local.locks import file_lock
from centops_local.stack import Stack

import scheduling
from contract import Contract
from network import DELETED, SAMPLES, TAKEN_OUT

#: Two runs on one machine need different offsets (added to every port).
INSTANCE = Instance("test", offset=int(os.environ.get("TEST_OFFSET", "10000")))

#: The bundled contract.
CONTRACT_FILE = ROOT / "openapi.yaml"

#: The folder that the processes of one run share: locks, and the marker of the online network.
_SHARED = "CENTOPS_TEST_RUN"
_FIGURES = pytest.StashKey[list[str]]()
_LEFT_OUT = pytest.StashKey[bool]()


def is_worker(config: pytest.Config) -> bool:
    """Returns true in a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def is_controller(config: pytest.Config) -> bool:
    """Returns true in the process that starts workers of pytest-xdist."""
    return not is_worker(config) and bool(config.getoption("tx", None))


# ---------------------------------------------------------------- the run and its workers


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_FIGURES] = []
    if not is_worker(config):
        os.environ[_SHARED] = tempfile.mkdtemp(prefix="centops-tests-")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the stack before the workers start."""
    if is_controller(session.config) and not session.config.option.collectonly:
        bring_up(session.config, Contract(CONTRACT_FILE))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stops the stack after the workers ended."""
    if is_worker(session.config):
        session.config.workeroutput["figures"] = session.config.stash[_FIGURES]
    elif is_controller(session.config) and not session.config.option.collectonly:
        take_down()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Takes the figures of a worker that ended."""
    node.config.stash[_FIGURES] += getattr(node, "workeroutput", {}).get("figures", [])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> scheduling.PhasedScheduling:
    return scheduling.PhasedScheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[_FIGURES]:
        terminalreporter.write_line(line)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Adds the paths of the logs to the report of a failure."""
    report = (yield).get_result()
    if report.failed:
        folder = INSTANCE.logs.relative_to(ROOT)
        report.sections.append(("logs", f"of the processes: {folder}/*.log, of the functions: {folder}/functions.log"))


def pytest_deselected(items: list[pytest.Item]) -> None:
    if items:
        items[0].config.stash[_LEFT_OUT] = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    scheduling.sort(items)
    # The matrix writes the policy that it read before, and sends invitations.
    exclusive = {"put-policy": "policy", "create-invitation": "mail"}
    for item in items:
        if item.path.name == "test_matrix.py":
            for operation, name in exclusive.items():
                if f"[{operation}]" in item.name:
                    item.add_marker(pytest.mark.exclusive(name))


@pytest.fixture(scope="session")
def whole_run(request: pytest.FixtureRequest) -> None:
    """Skips a test that compares the results of the whole suite if files or tests were left out."""
    present = {item.path for item in request.session.items}
    missing = sorted(file.name for file in Path(__file__).parent.rglob("test_*.py") if file not in present)
    single = [argument for argument in request.config.args if "::" in argument]
    if missing or single or request.config.stash.get(_LEFT_OUT, False):
        pytest.skip("this compares the results of the whole suite, and only a part of it runs")


# ---------------------------------------------------------------- shared by tests


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder that the processes of this run share."""
    return Path(os.environ[_SHARED])


@pytest.fixture(scope="session")
def exclusive(shared_folder: Path) -> Callable[[str], AbstractContextManager[None]]:
    """Returns a context manager that holds a named lock, shared by all workers."""
    return lambda name: file_lock(shared_folder / f"{name}.lock")


@pytest.fixture(autouse=True)
def _exclusive_by_marker(request: pytest.FixtureRequest) -> Iterator[None]:
    marker = request.node.get_closest_marker("exclusive")
    if marker is None:
        yield
        return
    with request.getfixturevalue("exclusive")(*marker.args):
        yield


@pytest.fixture(scope="session")
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Returns a function that takes a line for the end of the run's output."""
    return request.config.stash[_FIGURES].append


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The OpenAPI file. Every response of the run is checked against it."""
    return Contract(CONTRACT_FILE)


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, contract: Contract) -> Iterator[Stack]:
    """The deployed stack with its sample network."""
    if is_worker(request.config):
        instance = Instance.saved(INSTANCE.name)
        yield Stack(instance, deployment.outputs(instance), [contract.watch])
        return
    running = bring_up(request.config, contract)
    try:
        yield running
    finally:
        take_down()


@pytest.fixture(scope="session")
def online(stack: Stack, shared_folder: Path) -> list[str]:
    """Waits until the scheduled probe has brought the network Online, and the DMR has its routes. Returns the names.

    No test invokes the prober before, so this also proves that its schedule works. The first worker waits for it; the
    others wait for the first one.
    """
    names = [member.name for member in stack.members if member.name not in DELETED]
    marker = shared_folder / "online"
    with file_lock(shared_folder / "online.lock"):
        if not marker.exists():
            steps.await_online(stack, names)
            steps.await_routes(stack, present=names)
            marker.touch()
    return names


@pytest.fixture(scope="session")
def bystanders(online: list[str]) -> list[str]:
    """The chatbots that no test takes out of routing: they stay Online for the whole run."""
    return [name for name in online if name not in TAKEN_OUT]


def bring_up(config: pytest.Config, contract: Contract) -> Stack:
    """Starts the stack and enrols the sample network. Ends the run if that fails."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    began = time.monotonic()

    def progress(text: str) -> None:
        if is_controller(config):
            terminal.write_line(f"{time.monotonic() - began:7.1f} s  {text}")
        else:
            print(text, flush=True)

    try:
        running = local_stack.bring_up(INSTANCE, SAMPLES, progress)
    except LocalError as error:
        pytest.exit(f"The stack did not start. {error}", returncode=1)
    running.watchers.append(contract.watch)
    try:
        steps.enrol(running, running.members)
    except BaseException:
        take_down()
        raise
    config.stash[_FIGURES].append(f"bring-up of the stack: {time.monotonic() - began:.1f} s")
    return running


def take_down() -> None:
    """Saves the functions' logs and stops the stack."""
    try:
        if INSTANCE.home.exists():
            logs.save(INSTANCE)
    finally:
        local_stack.take_down(INSTANCE)
