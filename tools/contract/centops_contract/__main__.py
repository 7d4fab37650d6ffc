"""Writes everything that is generated from contract/.

    python -m centops_contract            writes the files
    python -m centops_contract --check    changes nothing; fails when a file is not what contract/ says
"""

import argparse
import sys
from pathlib import Path

from centops_local import contract
from centops_local.instance import ROOT

from . import alarm_stack, bundle, cost, docs, gateway, rust, watching
from .blocks import replaced

#: What a file of contract/ can have wrong.
_MISTAKES = (
    bundle.BundleError, contract.InvalidContract, cost.InvalidCost, gateway.UnknownKeyword, rust.FormatError,
    watching.InvalidMetrics,
)  # fmt: skip


def generated() -> dict[Path, str]:
    """Returns the content of each generated file."""
    document = bundle.bundle()
    operations, functions = contract.operations(document), contract.functions(document)
    watched = watching.read()
    template = ROOT / "template.yaml"
    text = gateway.written(template.read_text(), document, operations)
    text = replaced(text, "alarms", alarm_stack.passed(watched))
    declared = cost.declared(cost.tariff(operations, functions))
    return {
        ROOT / "openapi.yaml": bundle.text(document),
        ROOT / "shared/contract/src/operations.rs": rust.text(operations, functions),
        ROOT / "docs/operations-table.md": docs.text(operations, functions),
        ROOT / "shared/contract/src/metrics.rs": watching.rust(watched.metrics),
        ROOT / "docs/alarms.md": watching.page(watched),
        template: text,
        ROOT / "alarms.yaml": alarm_stack.text(watched, declared),
        **cost.generated(operations, functions),
    }


def main() -> int:
    """Writes the files, or checks them."""
    parser = argparse.ArgumentParser(prog="centops_contract", description="Writes what is generated from contract/.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a file would change")
    check = parser.parse_args().check
    try:
        files = generated()
    except _MISTAKES as error:
        print(f"The contract is not valid.\n{error}", file=sys.stderr)
        return 1
    stale = [file for file, content in files.items() if not file.exists() or file.read_text() != content]
    names = ", ".join(str(file.relative_to(ROOT)) for file in stale)
    if check and stale:
        print(f"Not what contract/ says: {names}. `make contract` writes them.", file=sys.stderr)
        return 1
    for file in stale:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(files[file])
    if stale:
        print(f"Written: {names}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
