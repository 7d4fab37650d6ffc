#!/usr/bin/env python3
"""Applies one known bug (mutant) after the other to a scratch copy, and expects the tests to fail for each.

Each tools/model/mutants/*.patch is a mutant: its text describes the bug and its origin, its diff changes shared/domain.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "tools" / "model" / "mutants"
CRATES = ["tools/model", "shared/domain"]
TESTS = ["-p", "centops-domain", "-p", "centops-model"]
#: The tests must find a mutant within this time, without the time to build.
FIND_SECONDS = 60
#: A test run that takes longer is stopped, and counts as not finding the mutant.
TIMEOUT_SECONDS = 600


@dataclass
class TestRun:
    """The result of one run of the tests."""

    built: bool
    failed: list[str]
    seconds: float


def main() -> int:
    """Runs the selected mutants. Returns 1 if the tests miss one."""
    arguments = _arguments()
    mutants = select(arguments.only)
    if arguments.check:
        return check(mutants)
    with tempfile.TemporaryDirectory(prefix="centops-mutants-") as folder:
        copy = Path(folder)
        make_copy(copy)
        run = run_tests(copy)
        if not run.built or run.failed:
            print(f"the tests fail without a mutant: {', '.join(run.failed) or 'the build failed'}", file=sys.stderr)
            return 1
        print(f"without a mutant all tests pass, in {run.seconds:.1f} s\n", flush=True)
        print(f"{'mutant':<40}{'found in':>9}  by", flush=True)
        missed = [mutant.stem for mutant in mutants if not is_found(copy, mutant)]
    print()
    if missed:
        print(f"not found, or not within {FIND_SECONDS} s: {', '.join(missed)}", file=sys.stderr)
        return 1
    print(f"all {len(mutants)} mutants were found")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", help="run only this mutant; may be repeated")
    parser.add_argument("--check", action="store_true", help="run nothing; fail when a patch does not apply")
    return parser.parse_args()


def check(mutants: list[Path]) -> int:
    """Returns 1 if a patch does not apply to the working tree."""
    stale = [mutant.stem for mutant in mutants if not apply_patch(ROOT, mutant, "--check")]
    if stale:
        print(f"patches in {MUTANTS.relative_to(ROOT)} do not apply: {', '.join(stale)}", file=sys.stderr)
    return bool(stale)


def select(only: list[str] | None) -> list[Path]:
    """Returns the patches of the given mutants, or of all. Exits if a name is unknown."""
    mutants = {patch.stem: patch for patch in sorted(MUTANTS.glob("*.patch"))}
    unknown = [name for name in only or [] if name not in mutants]
    if unknown:
        raise SystemExit(f"unknown mutants: {', '.join(unknown)}; known are {', '.join(mutants)}")
    return [mutants[name] for name in only] if only else list(mutants.values())


def make_copy(copy: Path) -> None:
    """Creates a workspace that has only the crates of `CRATES`."""
    workspace = (ROOT / "Cargo.toml").read_text()
    members = ", ".join(f'"{crate}"' for crate in CRATES)
    workspace, count = re.subn(r"(?m)^members = \[[^\]]*\]", f"members = [{members}]", workspace)
    if count != 1:
        raise SystemExit("Cargo.toml has no list of members, or several")
    workspace = re.sub(r"(?m)^(exclude|default-members) = \[[^\]]*\]\n", "", workspace)
    (copy / "Cargo.toml").write_text(workspace)
    for file in ["Cargo.lock", "clippy.toml"]:
        shutil.copy(ROOT / file, copy / file)
    # With new times: cargo would take the artefacts of an earlier run's last mutant for those of older files.
    for crate in CRATES:
        shutil.copytree(ROOT / crate, copy / crate, copy_function=shutil.copy)


def is_found(copy: Path, mutant: Path) -> bool:
    """Returns true if the tests find the mutant. Prints its line of the table."""
    if not apply_patch(copy, mutant):
        print(f"{mutant.stem:<40}{'':>9}  the patch does not apply", flush=True)
        return False
    run = run_tests(copy)
    apply_patch(copy, mutant, "--reverse")
    found = run.built and bool(run.failed) and run.seconds <= FIND_SECONDS
    more = f" and {len(run.failed) - 3} more" if len(run.failed) > 3 else ""
    # The model's tests come first: they find unknown bugs too, not only those that a test was written for.
    names = sorted(run.failed, key=lambda name: ("have_no_difference" not in name, name))[:3]
    by = ", ".join(names) + more if run.built else "the build failed"
    print(f"{mutant.stem:<40}{run.seconds:>7.1f} s  {by or 'NOTHING'}", flush=True)
    return found


def apply_patch(copy: Path, mutant: Path, *options: str) -> bool:
    """Applies a patch to the copy, which is not part of a repository. Returns false if it does not apply."""
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(copy.parent)}
    command = ["git", "apply", *options, str(mutant)]
    return subprocess.run(command, cwd=copy, env=environment, check=False).returncode == 0


def run_tests(copy: Path) -> TestRun:
    """Builds and runs the tests of the copy."""
    # Optimised: the tests run once for each mutant. Checks of overflows and assertions stay.
    environment = os.environ | {
        "CARGO_PROFILE_DEV_OPT_LEVEL": "2",
        "CARGO_TARGET_DIR": str(ROOT / "target" / "mutants"),
        "RUST_BACKTRACE": "0",
    }
    command = ["cargo", "test", "--no-fail-fast", *TESTS]
    options = {"cwd": copy, "env": environment, "capture_output": True, "text": True, "check": False}
    build = subprocess.run([*command, "--no-run", "--quiet"], **options)
    if build.returncode != 0:
        print(build.stderr, file=sys.stderr)
        return TestRun(built=False, failed=[], seconds=0.0)
    began = time.monotonic()
    try:
        done = subprocess.run(command, timeout=TIMEOUT_SECONDS, **options)
    except subprocess.TimeoutExpired:
        return TestRun(built=True, failed=[], seconds=TIMEOUT_SECONDS)
    seconds = time.monotonic() - began
    failed = re.findall(r"(?m)^test (\S+) \.\.\. FAILED$", done.stdout)
    if done.returncode != 0 and not failed:
        failed = ["a test that ended its process"]
    return TestRun(built=True, failed=failed, seconds=seconds)


if __name__ == "__main__":
    sys.exit(main())
