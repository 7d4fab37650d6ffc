"""Checks the links of the documentation: relative links lead to files, fragments to headings. Needs no stack."""

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_INLINE_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
#: `[text](target)` and `[text](target "title")`; images too.
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
#: `[label]: target` at the start of a line.
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_ANCHOR = re.compile(r"<a\s+(?:id|name)=\"([^\"]+)\"")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def markdown_files() -> list[Path]:
    """Returns the Markdown files of the repository, without what git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        names = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):  # an archive without git
        skipped = {"target", ".venv", ".local", ".tools", "node_modules"}
        names = [
            str(file.relative_to(ROOT)) for file in ROOT.rglob("*.md") if not skipped & set(file.relative_to(ROOT).parts)
        ]
    return sorted(file for file in (ROOT / name for name in names) if file.exists())


def prose(text: str) -> list[tuple[int, str]]:
    """Returns the numbered lines outside fenced code blocks."""
    lines, fence = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if match := _FENCE.match(line):
            mark = match.group(1)
            fence = mark if fence is None else None if mark == fence else fence
        elif fence is None:
            lines.append((number, line))
    return lines


def slug(heading: str) -> str:
    """Returns the fragment that GitHub makes of a heading."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"[`*]|<[^>]+>", "", text).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def fragments(text: str) -> set[str]:
    """Returns the fragments of a document: its headings, numbered where they repeat, and its explicit anchors."""
    found: set[str] = set(_ANCHOR.findall(text))
    seen: dict[str, int] = {}
    for _, line in prose(text):
        if match := _HEADING.match(line):
            base = slug(match.group(2))
            count = seen.get(base, 0)
            seen[base] = count + 1
            found.add(f"{base}-{count}" if count else base)
    return found


def links(text: str) -> list[tuple[int, str]]:
    """Returns the targets of the relative links, each with its line."""
    found = []
    for number, line in prose(text):
        line = _INLINE_CODE.sub(lambda code: "x" * len(code.group()) if "](" in code.group() else code.group(), line)
        targets = _LINK.findall(line) + _DEFINITION.findall(line)
        found += [(number, target) for target in targets if not _SCHEME.match(target)]
    return found


def broken(file: Path) -> list[str]:
    """Returns what is wrong with the links of a file."""
    faults = []
    for number, target in links(file.read_text()):
        path, _, fragment = target.partition("#")
        goal = (file.parent / unquote(path)).resolve() if path else file
        where = f"{file.relative_to(ROOT)}:{number}: {target}"
        if not goal.is_relative_to(ROOT):
            faults.append(f"{where}: leaves the repository")
        elif not goal.exists():
            faults.append(f"{where}: no such file")
        elif fragment and goal.suffix == ".md" and unquote(fragment) not in fragments(goal.read_text()):
            faults.append(f"{where}: no such heading")
    return faults


@pytest.mark.parametrize("file", markdown_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_relative_links_resolve(file: Path) -> None:
    faults = broken(file)
    assert not faults, "\n".join(faults)


def test_every_page_of_docs_is_linked_from_another_page() -> None:
    linked = set()
    for file in markdown_files():
        for _, target in links(file.read_text()):
            goal = (file.parent / unquote(target.partition("#")[0])).resolve()
            if goal != file:
                linked.add(goal)
    pages = [page for page in markdown_files() if page.is_relative_to(ROOT / "docs")]
    assert [str(page.relative_to(ROOT)) for page in pages if page not in linked] == []


def test_slugs_are_those_of_github() -> None:
    assert slug("One administrator's change (`PATCH /chatbots/{name}`)") == "one-administrators-change-patch-chatbotsname"
    assert slug("Cold start of get-route") == "cold-start-of-get-route"


def test_repeated_headings_are_numbered() -> None:
    assert fragments("# A\n## Figures\n## Figures\n") == {"a", "figures", "figures-1"}


def test_links_in_code_are_ignored() -> None:
    assert links("```\n[a](b.md)\n```\n`[a](c.md)` [d](e.md#f) [g](https://example.ee)") == [(4, "e.md#f")]
