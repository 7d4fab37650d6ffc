"""The files of the built console, and their upload to the bucket of a stack.

    python -m centops_local.console_files built       fails unless the console was built
    python -m centops_local.console_files ENVIRONMENT uploads it to the stack of an environment of samconfig.toml
"""

import argparse
import mimetypes
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from . import samconfig
from .instance import ROOT, LocalError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DIST = ROOT / "console" / "dist"
#: The names of assets have a hash of their content; every other file is asked for again.
_ASSET, _PAGE = "public, max-age=31536000, immutable", "no-cache"


def require_built() -> None:
    """Raises `LocalError` unless the console was built."""
    if not (DIST / "index.html").exists():
        raise LocalError("The console is not built. Build it: make console")


def upload(s3: "S3Client", bucket: str, dist: Path = DIST) -> int:
    """Uploads the built console, and returns the number of files.

    Assets come first and the page last, so that it never names an asset that is not there. Nothing is deleted: pages that
    are open load the assets of their own version.
    """
    files = sorted(file for file in dist.rglob("*") if file.is_file())
    for file in sorted(files, key=lambda file: _place(_name(file, dist))):
        name = _name(file, dist)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        cache = _ASSET if name.startswith("assets/") else _PAGE
        s3.upload_file(str(file), bucket, name, ExtraArgs={"ContentType": kind, "CacheControl": cache})
    return len(files)


def deploy(environment: str) -> None:
    """Uploads the built console to the stack of an environment, which was deployed before."""
    require_built()
    parameters = samconfig.parameters(environment)
    session = boto3.Session(region_name=parameters["region"])
    [stack] = session.client("cloudformation").describe_stacks(StackName=parameters["stack_name"])["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if "ConsoleBucket" not in outputs:
        raise LocalError(f"The stack {parameters['stack_name']} has no output ConsoleBucket.")
    count = upload(session.client("s3"), outputs["ConsoleBucket"])
    print(f"Uploaded {count} files of the console: https://{outputs['ConsoleAddress']}")


def _name(file: Path, dist: Path) -> str:
    return file.relative_to(dist).as_posix()


def _place(name: str) -> int:
    """Returns the place of a file in the order of the upload."""
    return 2 if name == "index.html" else 0 if name.startswith("assets/") else 1


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="centops_local.console_files", description=__doc__)
    parser.add_argument("environment", help="of samconfig.toml; `built` only checks that there is something to upload")
    environment = parser.parse_args().environment
    try:
        require_built() if environment == "built" else deploy(environment)
    except LocalError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
