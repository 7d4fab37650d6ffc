#!/usr/bin/env python3
"""Mutation test: applies one known bug after the other to a scratch copy, and fails if the tests miss one.

Each tools/model/mutants/*.patch is one bug: a description, with its source if it was found elsewhere, and the change to
shared/domain.
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
# The limit for finding a bug, without the time of building.
MAX_SECONDS = 60
# The limit for one run of the tests. A run that exceeds it counts as a miss.
TIMEOUT_SECONDS = 600


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="centops-mutants-") as folder:
        copy = Path(folder)
        make_copy(copy)
        built, failed, seconds = test(copy)
        if not built or failed:
            print(f"the tests fail without a bug: {', '.join(failed) or 'they do not build'}", file=sys.stderr)
            return 1
        print(f"without a bug all tests pass, in {seconds:.1f} s\n", flush=True)
        print(f"{'bug':<40}{'found in':>9}  by", flush=True)
        missed = [mutant.stem for mutant in sorted(MUTANTS.glob("*.patch")) if not is_found(copy, mutant)]
    print()
    if missed:
        print(f"not found, or not in time: {', '.join(missed)}", file=sys.stderr)
        return 1
    print("all bugs were found")
    return 0


def make_copy(copy: Path) -> None:
    """Copies the two crates into a workspace of their own."""
    workspace = (ROOT / "Cargo.toml").read_text()
    members = ", ".join(f'"{crate}"' for crate in CRATES)
    workspace, count = re.subn(r"(?m)^members = \[.*\]$", f"members = [{members}]", workspace)
    if count != 1:
        raise SystemExit("Cargo.toml: expected exactly one line `members = [...]`")
    (copy / "Cargo.toml").write_text(workspace)
    for file in ["Cargo.lock", "clippy.toml"]:
        shutil.copy(ROOT / file, copy / file)
    for crate in CRATES:
        shutil.copytree(ROOT / crate, copy / crate)


def is_found(copy: Path, mutant: Path) -> bool:
    """Returns whether the tests find the bug, and prints its line of the table."""
    if not patch(copy, mutant):
        print(f"{mutant.stem:<40}{'':>9}  the patch does not apply", flush=True)
        return False
    built, failed, seconds = test(copy)
    patch(copy, mutant, "--reverse")
    found = built and bool(failed) and seconds <= MAX_SECONDS
    others = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
    # The differential tests first: they can find any bug, not only an anticipated one.
    names = sorted(failed, key=lambda name: ("have_no_difference" not in name, name))[:3]
    found_by = ", ".join(names) + others if built else "it does not build"
    print(f"{mutant.stem:<40}{seconds:>7.1f} s  {found_by or 'NOT FOUND'}", flush=True)
    return found


def patch(copy: Path, mutant: Path, *options: str) -> bool:
    """Applies a patch to the copy, which is not part of a repository. Returns whether it applies."""
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(copy.parent)}
    command = ["git", "apply", *options, str(mutant)]
    return subprocess.run(command, cwd=copy, env=environment, check=False).returncode == 0


def test(copy: Path) -> tuple[bool, list[str], float]:
    """Builds and runs the tests. Returns whether they build, the names of the failed ones, and the seconds they took."""
    environment = os.environ | {"CARGO_TARGET_DIR": str(ROOT / "target" / "mutants"), "RUST_BACKTRACE": "0"}
    command = ["cargo", "test", "--no-fail-fast", *TESTS]
    built = subprocess.run([*command, "--no-run", "--quiet"], cwd=copy, env=environment, capture_output=True, text=True)
    if built.returncode != 0:
        print(built.stderr, file=sys.stderr)
        return False, [], 0.0
    start = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True, [], TIMEOUT_SECONDS
    seconds = time.monotonic() - start
    failed = re.findall(r"(?m)^test (\S+) \.\.\. FAILED$", done.stdout)
    if done.returncode != 0 and not failed:
        failed = ["a test that crashed its process"]
    return True, failed, seconds


if __name__ == "__main__":
    sys.exit(main())
