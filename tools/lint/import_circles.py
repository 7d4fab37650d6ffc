"""Fails when files of one Rust crate or of one Python package import each other in a circle.

    python tools/lint/import_circles.py

Cargo refuses circles of crates itself. A file is a node; an import of another file, or of an item that it defines, is an
edge. `mod` declarations, `pub use` of a file's own children and test modules are no edges: they say where things are,
not what is needed.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TESTS = re.compile(r"#\[cfg\(test\)\]\s*mod \w+ \{.*?^\}", re.DOTALL | re.MULTILINE)
_COMMENTS = re.compile(r"//[^\n]*")
_USE = re.compile(r"(?P<public>pub(?:\([^)]*\))? )?use (?P<tree>[^;]+);")
_PATH = re.compile(r"\b(?:crate|super)(?:::\w+)+")
_TREE = re.compile(r"\s*(?P<head>[\w:]*?)(?:::)?(?P<group>\{.*\})?(?: as \w+)?\s*", re.DOTALL)

Graph = dict[Path, set[Path]]


def rust(manifest: Path) -> Graph:
    """Returns the imports between the files of a crate's library."""
    source = manifest.parent / "src"
    files = [file for file in source.rglob("*.rs") if "bin" not in file.relative_to(source).parts]
    modules = {_module(file.relative_to(source)): file for file in files}
    return {file: set(_rust_imports(module, file, modules)) - {file} for module, file in modules.items()}


def _module(file: Path) -> tuple[str, ...]:
    parts = file.with_suffix("").parts
    return () if parts in (("lib",), ("main",)) else parts


def _rust_imports(module: tuple[str, ...], file: Path, modules: dict[tuple[str, ...], Path]) -> Iterator[Path]:
    code = _COMMENTS.sub("", _TESTS.sub("", file.read_text()))
    paths = []
    for use in _USE.finditer(code):
        found = [_absolute(path, module, modules) for path in _flat(use["tree"])]
        paths += [path for path in found if path and not (use["public"] and path[: len(module)] == module)]
    paths += [path for text in _PATH.findall(_USE.sub("", code)) if (path := _absolute(text, module, modules))]
    for path in paths:
        yield modules[max((path[:length] for length in range(len(path) + 1) if path[:length] in modules), key=len)]


def _flat(tree: str) -> Iterator[str]:
    """Yields each path of a `use` tree."""
    matched = _TREE.fullmatch(tree)
    if matched is None or not matched["group"]:
        yield tree.strip()
        return
    depth, part = 0, ""
    for character in matched["group"][1:-1] + ",":
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            if part.strip():
                yield from (f"{matched['head'].strip()}::{path}".removesuffix("::self") for path in _flat(part))
            part = ""
        else:
            part += character


def _absolute(path: str, module: tuple[str, ...], modules: dict[tuple[str, ...], Path]) -> tuple[str, ...] | None:
    """Returns the path from the crate's root, or None for a path of another crate."""
    parts = path.split(" as ")[0].split("::")
    if parts[0] == "crate":
        return tuple(parts[1:])
    if parts[0] == "super":
        up = sum(part == "super" for part in parts)
        return module[: len(module) - up] + tuple(parts[up:])
    if parts[0] == "self" or (*module, parts[0]) in modules:
        return module + tuple(parts[parts[0] == "self" :])
    return None


def python(package: Path) -> Graph:
    """Returns the imports between the files of a package."""
    files = {file.stem: file for file in package.glob("*.py")}
    imports = {file: {files.get(name, file) for name in _python_imports(file, package.name)} for file in files.values()}
    return {file: imported - {file} for file, imported in imports.items()}


def _python_imports(file: Path, package: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.level == 1 or (node.module or "").split(".")[0] == package):
            inside = (node.module or "").removeprefix(package).strip(".")
            yield from [inside] if inside else (alias.name for alias in node.names)


def main() -> int:
    """Prints each circle that was found first in its crate or package."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    graphs = [rust(ROOT / name) for name in listed if name.endswith("/Cargo.toml")]
    graphs += [python((ROOT / name).parent) for name in listed if name.endswith("/__init__.py")]
    circles = 0
    for graph in graphs:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circles += 1
            print("circle of imports: " + " <- ".join(str(file.relative_to(ROOT)) for file in error.args[1]))
    print(f"{sum(map(len, graphs))} files, {circles} circles")
    return 1 if circles else 0


if __name__ == "__main__":
    sys.exit(main())
