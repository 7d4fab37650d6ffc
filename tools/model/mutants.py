#!/usr/bin/env python3
"""Plants one bug after the other in a scratch copy, and expects the tests to find each.

Each tools/model/mutants/*.patch is one bug: what it is and where it was seen, then the change to shared/domain.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "tools" / "model" / "mutants"
CRATES = ["tools/model", "shared/domain"]
TESTS = ["-p", "centops-domain", "-p", "centops-model"]
# A bug is found within a minute, without the time of building.
MOST_SECONDS = 60
# A test that never ends is not one that finds anything.
PATIENCE = 600


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="centops-mutants-") as folder:
        copy = Path(folder)
        make_copy(copy)
        built, failed, seconds = test(copy)
        if not built or failed:
            print(f"the tests fail without a bug: {', '.join(failed) or 'they do not build'}", file=sys.stderr)
            return 1
        print(f"without a bug all tests pass, in {seconds:.1f} s\n", flush=True)
        print(f"{'bug':<26}{'found in':>9}  by", flush=True)
        bad = [mutant.stem for mutant in sorted(MUTANTS.glob("*.patch")) if not is_found(copy, mutant)]
    print()
    if bad:
        print(f"not found, or not in time: {', '.join(bad)}", file=sys.stderr)
        return 1
    print("all were found")
    return 0


def make_copy(copy: Path) -> None:
    """A workspace of the two crates alone."""
    workspace = (ROOT / "Cargo.toml").read_text()
    members = ", ".join(f'"{crate}"' for crate in CRATES)
    workspace, count = re.subn(r"(?m)^members = \[.*\]$", f"members = [{members}]", workspace)
    if count != 1:
        raise SystemExit("Cargo.toml has no line of members")
    (copy / "Cargo.toml").write_text(workspace)
    for file in ["Cargo.lock", "clippy.toml"]:
        shutil.copy(ROOT / file, copy / file)
    for crate in CRATES:
        shutil.copytree(ROOT / crate, copy / crate)


def is_found(copy: Path, mutant: Path) -> bool:
    """Whether the tests find this bug. Prints a line of the table."""
    if not patch(copy, mutant):
        print(f"{mutant.stem:<26}{'':>9}  the patch does not apply", flush=True)
        return False
    built, failed, seconds = test(copy)
    patch(copy, mutant, "--reverse")
    found = built and bool(failed) and seconds <= MOST_SECONDS
    more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    # Those of the model first: they hold against any bug, not only against one that somebody thought of.
    names = sorted(failed, key=lambda name: ("have_no_difference" not in name, name))[:3]
    by = ", ".join(names) + more if built else "it does not build"
    print(f"{mutant.stem:<26}{seconds:>7.1f} s  {by or 'NOTHING'}", flush=True)
    return found


def patch(copy: Path, mutant: Path, *options: str) -> bool:
    """Applies a patch in the copy, which belongs to no repository."""
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(copy.parent)}
    command = ["git", "apply", *options, str(mutant)]
    return subprocess.run(command, cwd=copy, env=environment, check=False).returncode == 0


def test(copy: Path) -> tuple[bool, list[str], float]:
    """Whether the tests build, which ones fail, and how long they took."""
    environment = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target" / "mutants"), "RUST_BACKTRACE": "0"}
    command = ["cargo", "test", "--no-fail-fast", *TESTS]
    built = subprocess.run([*command, "--no-run", "--quiet"], cwd=copy, env=environment, capture_output=True, text=True)
    if built.returncode != 0:
        print(built.stderr, file=sys.stderr)
        return False, [], 0.0
    began = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return True, [], PATIENCE
    seconds = time.monotonic() - began
    failed = re.findall(r"(?m)^test (\S+) \.\.\. FAILED$", done.stdout)
    if done.returncode != 0 and not failed:
        failed = ["a test that ended its process"]
    return True, failed, seconds


if __name__ == "__main__":
    sys.exit(main())
