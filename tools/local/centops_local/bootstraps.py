"""Builds the functions, and knows which build lies in target/lambda.

    python -m centops_local.bootstraps local       one unoptimised multi-call binary, a two-line script a function
    python -m centops_local.bootstraps optimised   the same with the profile of release bootstraps
    python -m centops_local.bootstraps release     one optimised bootstrap a function, cached by content
    python -m centops_local.bootstraps reload      the first, and running functions are replaced
    python -m centops_local.bootstraps deployable ENVIRONMENT
                                                   fails unless target/lambda has current release bootstraps for it

target/lambda/profile.json says which build it is and of which sources. Whatever uses the bootstraps checks it first, so
that neither a missing nor an outdated one passes silently.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from . import contract
from .instance import ROOT, LocalError

#: The names of architectures in template.yaml, by those of the machine.
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
LAMBDA = ROOT / "target" / "lambda"
NOTE = LAMBDA / "profile.json"
#: The multi-call binary that the bootstraps of the profiles `local` and `optimised` execute.
BINARY = ROOT / "target" / "local" / "functions"
CACHE = ROOT / "target" / "release-bootstraps"
#: Files that decide the result of every build, beside the sources of the packages.
_COMMON = ("Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml")
#: The arguments with which cargo builds the edge, the DMR and the command line. They name all packages and an example, because cargo then
#: chooses the features that it chooses for the tests, and compiles the dependencies once for both.
_EDGE_AND_DMR = ("--workspace", "--bin=centops-edge", "--bin=centops-dmr", "--bin=centops", "--example=render_mail")
#: Folders of a package that are not part of its binaries.
_LEFT_OUT = {"tests", "benches"}


@cache
def _areas() -> dict[str, str]:
    """Returns the area of each function, as the contract has it."""
    return {function.name: function.area for function in contract.functions(contract.read())}


def names() -> list[str]:
    """Returns the names of all functions."""
    return list(_areas())


def bootstrap(function: str) -> Path:
    """Returns the path of a function's bootstrap."""
    return LAMBDA / function / "bootstrap"


def require_current() -> str:
    """Returns the profile of the bootstraps. Fails with the remedy if one is missing or not of the present sources."""
    note = _note()
    profile = note.get("profile")
    remedy = f"`make {profile if profile in ('optimised', 'release') else 'build'}` builds them."
    missing = [name for name in names() if not bootstrap(name).exists()]
    if profile != "release" and not BINARY.exists():
        missing.append(BINARY.name)
    if profile is None or missing:
        raise LocalError(f"Functions are not built: {', '.join(missing) or NOTE.name}. {remedy}")
    outdated = sorted(name for name, key in keys().items() if note["keys"].get(name) != key)
    if outdated:
        raise LocalError(f"Functions were built from other sources than the present ones: {_few(outdated)}. {remedy}")
    return profile


def build_local() -> None:
    """Builds the multi-call binary, the edge and the DMR, and writes the scripts that execute the binary."""
    _cargo("build", *_EDGE_AND_DMR, "--bin=centops-functions")
    _write_bootstraps("debug")
    _write_note("local")


def build_optimised() -> None:
    """Builds the multi-call binary with the profile of release bootstraps: one link in place of one a function."""
    _cargo("build", "--release", "--package=centops-functions")
    _build_edge_and_dmr()
    _write_bootstraps("release")
    _write_note("optimised")


def _build_edge_and_dmr() -> None:
    """Builds the edge and the DMR, unoptimised."""
    _cargo("build", *_EDGE_AND_DMR)


def _write_bootstraps(profile: str) -> None:
    """Copies the multi-call binary from cargo's folder of `profile`, and writes the bootstraps, which run it."""
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    _replace(ROOT / "target" / profile / "centops-functions", BINARY)
    _require_all_functions()
    _clear()
    for name in names():
        bootstrap(name).parent.mkdir(parents=True)
        bootstrap(name).write_text(f'#!/bin/sh\nexec "{BINARY}" {name}\n')
        bootstrap(name).chmod(0o755)


def _require_all_functions() -> None:
    """Fails unless the multi-call binary has exactly the functions of the contract.

    A unit test of the binary would be a second link of all functions, a minute of each run of the tests.
    """
    listed = subprocess.run([BINARY], check=True, capture_output=True, text=True).stdout.split()
    if missing := sorted(set(names()) - set(listed)):
        raise LocalError(f"The crate of its area does not name a function of the contract: {_few(missing)}.")
    if further := sorted(set(listed) - set(names())) or sorted(name for name in set(listed) if listed.count(name) > 1):
        raise LocalError(f"Functions are not in the contract, or are named twice: {_few(further)}.")


def build_release() -> None:
    """Builds the release bootstraps that the cache does not have, copies all of them to target/lambda, and builds the
    edge and the DMR."""
    wanted = keys()
    missing = [name for name, key in wanted.items() if not _cached(name, key).exists()]
    print(f"{len(wanted) - len(missing)} of {len(wanted)} bootstraps are cached.", flush=True)
    if missing:
        # All packages are named whatever is missing: cargo unifies features over them, so that a bootstrap does not
        # depend on which others are built with it.
        packages = sorted({f"--package={package}" for package in _packages().values()})
        _cargo("build", "--release", *packages, *(f"--bin={name}" for name in missing))
    for name in missing:
        _cached(name, wanted[name]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "target" / "release" / name, _cached(name, wanted[name]))
    _clear()
    for name, key in wanted.items():
        bootstrap(name).parent.mkdir(parents=True)
        shutil.copy(_cached(name, key), bootstrap(name))
    for entry in CACHE.iterdir():
        if entry.name not in {f"{name}-{key}" for name, key in wanted.items()}:
            entry.unlink()
    _build_edge_and_dmr()
    _write_note("release")


def reload() -> None:
    """Rebuilds the multi-call binary and stops the running functions: the emulator starts the new ones."""
    began = time.monotonic()
    if _note().get("profile") != "local":
        raise LocalError("The running functions are not local ones. `make up` deploys local ones.")
    build_local()
    stopped = 0
    for exe in Path("/proc").glob("[0-9]*/exe"):
        try:
            if os.readlink(exe).removesuffix(" (deleted)") == str(BINARY):
                os.kill(int(exe.parent.name), signal.SIGTERM)
                stopped += 1
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
    print(f"Stopped {stopped} running functions; the next call starts the new ones. {time.monotonic() - began:.1f} s")


def require_deployable(environment: str) -> None:
    """Fails unless target/lambda has current release bootstraps of the architecture that the environment declares."""
    if require_current() != "release":
        raise LocalError("target/lambda has functions that run on this machine only. Run `make release`.")
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    if environment not in settings:
        raise LocalError(f"samconfig.toml has no environment {environment}.")
    overrides = settings[environment]["deploy"]["parameters"].get("parameter_overrides", [])
    declared = next((text.partition("=")[2] for text in overrides if text.startswith("Architecture=")), "arm64")
    built = ARCHITECTURES.get(_note()["architecture"])
    if built != declared:
        raise LocalError(f"The bootstraps are built for {built}, and {environment} declares Architecture={declared}.")


@cache
def keys() -> dict[str, str]:
    """Returns a digest by function of all that its bootstrap is built from."""
    common = [ROOT / file for file in _COMMON if (ROOT / file).exists()]
    toolchain = subprocess.run(["rustc", "--version", "--verbose"], cwd=ROOT, capture_output=True, check=True).stdout
    package_of, dependencies = _packages(), _dependencies()
    digests = {package: _digest(_sources(folder)) for package, folder in folders().items()}
    start = _digest(common) + hashlib.sha256(toolchain).hexdigest()

    def key(name: str) -> str:
        inputs = [start, name, *(digests[package] for package in sorted(_closure(package_of[name], dependencies)))]
        return hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:32]

    return {name: key(name) for name in names()}


@cache
def _metadata() -> dict:
    command = ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise LocalError(f"cargo cannot read the workspace.\n{done.stderr}")
    return json.loads(done.stdout)


def folders() -> dict[str, Path]:
    """Returns the folder of each package of the workspace."""
    return {package["name"]: Path(package["manifest_path"]).parent for package in _metadata()["packages"]}


def _packages() -> dict[str, str]:
    """Returns the package of each function."""
    return {name: f"functions-{area}" for name, area in _areas().items()}


def _dependencies() -> dict[str, set[str]]:
    """Returns the packages of the workspace that each package is built with."""
    known = set(folders())
    return {
        package["name"]: {
            dependency["name"]
            for dependency in package["dependencies"]
            if dependency["kind"] != "dev" and dependency["name"] in known
        }
        for package in _metadata()["packages"]
    }


def _closure(package: str, dependencies: dict[str, set[str]]) -> set[str]:
    found, left = set(), [package]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += dependencies[one]
    return found


def _sources(folder: Path) -> Iterable[Path]:
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and parts[0] not in _LEFT_OUT and "__pycache__" not in parts:
            yield file


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\n".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _cached(name: str, key: str) -> Path:
    return CACHE / f"{name}-{key}"


def _cargo(*arguments: str) -> None:
    if subprocess.run(["cargo", *arguments], cwd=ROOT).returncode:
        raise LocalError("The functions could not be built.")


def _replace(source: Path, target: Path) -> None:
    """Copies a file to where processes may be running it: under another name, then renamed."""
    fresh = target.with_suffix(".new")
    shutil.copy2(source, fresh)
    fresh.replace(target)


def _clear() -> None:
    """Removes former bootstraps, so that none survives its function. Without a note nothing uses what is left."""
    if LAMBDA.exists():
        shutil.rmtree(LAMBDA)
    LAMBDA.mkdir(parents=True)


def _write_note(profile: str) -> None:
    note = {"profile": profile, "architecture": platform.machine(), "keys": keys()}
    NOTE.write_text(json.dumps(note, indent=1))


def _note() -> dict:
    try:
        return json.loads(NOTE.read_text())
    except FileNotFoundError:
        return {}


def _few(words: list[str]) -> str:
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")


def main() -> int:
    """Runs one of the commands."""
    commands = {"local": build_local, "optimised": build_optimised, "release": build_release, "reload": reload}
    parser = argparse.ArgumentParser(prog="centops_local.bootstraps", description="Builds the functions.")
    parser.add_argument("command", choices=[*commands, "deployable"])
    parser.add_argument("environment", nargs="?", default="dev", help="of samconfig.toml, for deployable")
    options = parser.parse_args()
    try:
        if options.command == "deployable":
            require_deployable(options.environment)
        else:
            commands[options.command]()
    except LocalError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
