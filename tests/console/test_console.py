"""The browser suites that read the console of the deployed stack. Each file runs as a whole."""

import os
import re
import subprocess
import warnings
from pathlib import Path

import pytest

from centops_local.instance import ROOT

FOLDER = Path(__file__).parent

#: The suites. `make test-console` runs those without a stack; `make test-screens` visits every screen, and does every task.
SUITES = ["signed-out.mjs", "keyboard.mjs", "secrets.mjs", "away.mjs"]
#: The longest time of a test, in milliseconds, and of a suite, in seconds.
TEST, SUITE = 120_000, 600


@pytest.fixture(scope="session")
def chromium() -> None:
    """Skips the suites, with a warning, where Chromium is missing; with `BROWSER=required` they run, and fail."""
    if os.environ.get("BROWSER") == "required":
        return
    script = "import { isInstalled } from './chromium.mjs'; process.exit(isInstalled() ? 0 : 3)"
    found = subprocess.run(["node", "--input-type=module", "--eval", script], cwd=FOLDER.parent)
    if found.returncode == 3:
        message = "The console was not checked in a browser: install Chromium, or set CHROMIUM to its path."
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
    assert found.returncode == 0, "node finds the tests' packages: make browser-tools"


@pytest.mark.parametrize("suite", SUITES)
def test_console_passes_the_browser_suite(suite, chromium, stack, online):
    environment = os.environ | {"CONSOLE": stack.instance.url("console"), "BROWSER": "required"}
    command = ["node", "--test", "--test-reporter=spec", f"--test-timeout={TEST}", str(FOLDER / suite)]
    # What a test of the runner passes to its children changes how they report.
    environment.pop("NODE_TEST_CONTEXT", None)
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SUITE, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-20_000:]}\n{done.stderr[-5_000:]}"
    passed = re.search(r"pass (\d+)", done.stdout)
    assert passed and int(passed[1]) > 0, f"a suite without tests proves nothing\n{done.stdout}"
