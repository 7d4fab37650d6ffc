"""The environments of samconfig.toml, such as `dev` and `prod`."""

import tomllib

from .instance import ROOT, LocalError


def parameters(environment: str) -> dict:
    """Returns the parameters with which `sam deploy` deploys an environment. Raises `LocalError` without it."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    if environment not in settings:
        raise LocalError(f"samconfig.toml has no environment {environment}.")
    return settings["default"]["global"]["parameters"] | settings[environment]["deploy"]["parameters"]
