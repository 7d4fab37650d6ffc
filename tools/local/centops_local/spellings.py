"""The spellings in which programs write a text: percent-encoding, escapes of JSON and HTML, and mixtures.

`decode` is written without the rules of `shared/masking`, so that each finds mistakes of the other.
"""

import html
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

#: JSON and source code; a level of JSON in JSON doubles the backslashes.
_JSON = re.compile(r"\\+(?:u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2}))")
#: The most nested escapes that are decoded.
_MAX_DEPTH = 8
_HTML_NAMES = {
    "@": "&commat;", "+": "&plus;", ".": "&period;", ":": "&colon;", "=": "&equals;", " ": "&nbsp;", "_": "&lowbar;",
    "(": "&lpar;", ")": "&rpar;", "[": "&lsqb;", "]": "&rsqb;", "/": "&sol;", "%": "&percnt;", "&": "&amp;",
}  # fmt: skip


def _percent(text: str) -> str:
    return quote(text, safe="")


def _escape(text: str, form: Callable[[int], str], every: bool = False) -> str:
    """Escapes the characters that are no letters or digits of ASCII, or every character."""
    return "".join(
        form(ord(character)) if every or not (character.isascii() and character.isalnum()) else character
        for character in text
    )


def _html_names(text: str) -> str:
    return "".join(_HTML_NAMES.get(character, character) for character in text)


#: The spellings by name.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "percent": _percent,
    "percent, twice": lambda text: _percent(_percent(text)),
    "percent, three times": lambda text: _percent(_percent(_percent(text))),
    "JSON": lambda text: _escape(text, lambda code: f"\\u{code:04X}"),
    "JSON, all": lambda text: _escape(text, lambda code: f"\\u{code:04x}", every=True),
    "JSON in JSON": lambda text: _escape(text, lambda code: f"\\\\u{code:04x}"),
    "source code": lambda text: _escape(text, lambda code: f"\\u{{{code:x}}}"),
    "HTML, decimal": lambda text: _escape(text, lambda code: f"&#{code};"),
    "HTML, hexadecimal": lambda text: _escape(text, lambda code: f"&#x{code:X};"),
    "HTML, names": _html_names,
    "HTML, names, twice": lambda text: _html_names(text).replace("&", "&amp;"),
    "HTML in percent": lambda text: _percent(_html_names(text)),
    "percent in JSON": lambda text: _percent(text).replace("%", "\\u0025"),
}


def decode(text: str) -> str:
    """Decodes all spellings, nested ones too."""
    for _ in range(_MAX_DEPTH):
        decoded = text
        if "\\" in decoded:
            decoded = _JSON.sub(lambda match: chr(int(match[1] or match[2] or match[3], 16) % 0x110000), decoded)
        if "&" in decoded:
            decoded = html.unescape(decoded)
        if "%" in decoded:
            decoded = unquote(decoded, errors="replace")
        if decoded == text:
            break
        text = decoded
    return text
