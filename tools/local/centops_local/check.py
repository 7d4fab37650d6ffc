"""The inner loop: format, clippy and unit tests of the packages that changed.

    python -m centops_local.check [COMMIT]     compares the working tree with a commit, HEAD by default
"""

import subprocess
import sys
import time
from pathlib import Path

from .bootstraps import folders
from .instance import ROOT, LocalError


def changed_packages(base: str) -> list[str]:
    """Returns the packages of the workspace with changed or new files since `base`."""
    listed = [("diff", "--name-only", "--relative", base), ("ls-files", "--others", "--exclude-standard")]
    files = [ROOT / line for command in listed for line in _git(*command).splitlines()]
    # The innermost folder owns a file.
    by_depth = sorted(folders().items(), key=lambda item: len(item[1].parts), reverse=True)
    owners = (next((name for name, folder in by_depth if file.is_relative_to(folder)), None) for file in files)
    return sorted({owner for owner in owners if owner})


def main() -> int:
    """Runs the checks. Stops at the first failure."""
    base = sys.argv[1] if len(sys.argv) > 1 else "HEAD"
    try:
        packages = changed_packages(base)
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    began = time.monotonic()
    names = [f"--package={name}" for name in packages]
    commands = [["cargo", "fmt", "--all", "--check"]]
    if packages:
        commands += [["cargo", "clippy", *names, "--all-targets", "--quiet", "--", "-D", "warnings"]]
        commands += [["cargo", "test", *names, "--quiet"]]
    for command in commands:
        print(f"== {' '.join(command)}", flush=True)
        if subprocess.run(command, cwd=ROOT).returncode:
            return 1
    print(f"== {len(packages)} packages changed since {base}, all checks passed in {time.monotonic() - began:.0f} s")
    return 0


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=Path(ROOT), capture_output=True, text=True)
    if done.returncode:
        raise LocalError(f"git {arguments[0]} failed.\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
