"""Generates log lines with synthetic personal data, and finds that data in texts.

Each value is generated once, in one of the forms that people and programs write, and a line has it in one spelling and
place. Every value can be recognized: texts contain `MARK`, IP addresses come from two reserved networks, and numbers
are registered. A search also decodes the text that it searches.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .spellings import SPELLINGS, decode

#: What masking leaves of a value.
MARKERS = ("[personal code]", "[e-mail]", "[phone]", "[token]", "[ip]")
#: Part of every generated e-mail address, name and token.
MARK = "linnuke"
#: Digits in a sequence of groups.
_ROW = re.compile(r"[0-9]+(?:[ \u00a0\u202f\u2010\u2011\u2013()+-]{1,2}[0-9]+)*")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_HEX = "0123456789abcdefABCDEF"
#: The most groups of a written number.
_GROUPS = 7
#: Texts with the mark, and addresses of the two networks.
_FORM = re.compile(rf"{MARK}|(?<![0-9.])0?45\.199\.[0-9]|2a0c:0?c0a:", re.IGNORECASE)

#: The contexts of a value in a line; `{}` is the value.
TEMPLATES = [
    "Küsis {}, õhtul",
    "{}",
    "vastus: {}.",
    "({})",
    "<b>{}</b>",
    "„{}”",
    '{{"kes": "{}", "n": 1}}',
    '{{"log": "{{\\"kes\\":\\"{}\\"}}"}}',
    "GET /kes/{}?leht=2",
    "GET /otsi?q={}&leht=2",
    "kes={};n=1",
    "rida 1\nkes: {}\nrida 3",
    "[warn] {} - aegus",
    "'{}' ei sobi",
    "| {} | 1 |",
    "12:30:45,{},vastamata",
    "4711,{},2026-11-21",
    '"4711";"{}";"x"',
    "4711\t{}\t7",
    "4711|{}|7",
    '{{"kes": ["{}", "x"], "n": 1}}',
    '{{"n": [1,{},2]}}',
    '{{"n":{}}}',
    "kes:{}; n: 1",
    "#{}#",
    "*{}*",
    "~{}~",
    "`{}`",
    "<td>{}</td>",
    "<a href='{}'>",
    r"rida 1\nkes:\t{}\r\nrida 3",
    "kes={}&amp;n=1",
    "2026-11-21 09:30:56,123 {} ready",
    "summa 5123456.78 € {}",
    "10.0.19041.5123/{}",
    "%7B%22kes%22%3A%22{}%22%7D",
    "&quot;{}&quot;",
]


@dataclass
class SyntheticPii:
    """A generator of unique values. The same seed generates the same values."""

    seed: int = 1
    #: The generated numbers, as digits.
    numbers: set[str] = field(default_factory=set)
    #: Number of generated values.
    count: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._kinds = (self._personal_code, self._email, self._phone, self._token, self._ipv4, self._ipv6)

    def line(self) -> str:
        """Returns a line with one value in it, in the next spelling."""
        return self._random.choice(TEMPLATES).format(self.spelled())

    def spelled(self) -> str:
        """Returns a value of the next kind, in the next spelling of that kind."""
        value = self.value()
        return list(SPELLINGS.values())[self.count // len(self._kinds) % len(SPELLINGS)](value)

    def value(self) -> str:
        """Returns a value of the next kind, in one of its forms."""
        self.count += 1
        return self._kinds[self.count % len(self._kinds)]()

    def _unique(self, generate: Callable[[], str]) -> str:
        """Returns a number that was not generated before, and registers it."""
        while (number := generate()) in self.numbers:
            pass
        self.numbers.add(number)
        return number

    def _unique_code(self) -> str:
        """Returns an Estonian personal code: sex and century, date of birth, serial number, check digit."""
        draw = self._random

        def code() -> str:
            day = f"{draw.randint(0, 99):02}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
            first = f"{draw.randint(1, 8)}{day}{draw.randint(0, 999):03}"
            return first + str(_check_digit(first))

        return self._unique(code)

    def _personal_code(self) -> str:
        """Returns a personal code in one of its forms."""
        digits = self._unique_code()
        forms = [
            digits,
            digits,
            f"{digits[:3]} {digits[3:7]} {digits[7:]}",
            f"{digits[:6]}-{digits[6:]}",
            f"PNOEE-{digits}",
            f"isikukood{digits}",
            f"EE{digits}",
        ]
        return self._random.choice(forms)

    def _unique_mobile(self) -> str:
        """Returns an Estonian mobile number that begins with 59."""
        digits = self._unique(lambda: f"59{self._random.randint(0, 999_999):06}")
        self.numbers.add(f"372{digits}")
        return digits

    def _phone(self) -> str:
        """Returns a mobile number in one of its forms, with or without its country code."""
        digits = self._unique_mobile()
        forms = [
            digits,
            f"{digits[:4]} {digits[4:]}",
            f"{digits[:2]} {digits[2:5]} {digits[5:]}",
            f"+372{digits}",
            f"+372 {digits[:4]} {digits[4:]}",
            f"00372 {digits}",
            f"+372-{digits[:4]}-{digits[4:]}",
            f"%2B372{digits}",
            f"+372+{digits[:4]}+{digits[4:]}",
            f"+372.{digits}",
        ]
        return self._random.choice(forms)

    def _email(self) -> str:
        name, number = self._random.choice(["mari", "jüri.õun", "o'brien", "a_b%c"]), self.count
        forms = [
            f"{name}.{MARK}{number}@näide.example.ee",
            f"{MARK}{number}@{MARK}{number}.example.ee",
            f"{MARK.upper()}{number}@EXAMPLE.EE",
            f"{MARK.title()}.{number}+bot@mail.example.co.uk",
            f"{MARK}{number}%40example.ee",
            f"mailto:{MARK}{number}@example.ee",
        ]
        return self._random.choice(forms)

    def _token(self) -> str:
        name = f"{MARK}{self.count}"
        forms = [
            f"eyJhbGciOiJSUzI1NiJ9.eyJ{name}.{name}-{name}",
            f"Bearer {name}.{name}",
            f"Authorization: Basic {name}==",
            f"api_key={name}",
            f"access_token={name}",
            f"parool: {name}",
            f"password={name}!",
            f"BEARER {name.upper()}",
            f"eyJ{name}{name}{name}",
            f"X-Session-Id={name}",
        ]
        return self._random.choice(forms)

    def _ipv4(self) -> str:
        parts = ["45", "199", str(self._random.randint(0, 255)), str(self._random.randint(1, 254))]
        address = ".".join(parts)
        padded = ".".join(part.zfill(3) for part in parts)
        return self._random.choice(
            [address, address, f"{address}:8443", f"https://{address}/", padded, f"::ffff:{address}"]
        )

    def _ipv6(self) -> str:
        groups = [f"{self._random.randint(1, 0xFFFF):x}" for _ in range(3)]
        address = f"2a0c:c0a::{':'.join(groups)}"
        long = "2a0c:0c0a:0000:0000:0000:" + ":".join(group.zfill(4) for group in groups)
        return self._random.choice([address, address.upper(), f"[{address}]:8443", long, f"{address}%eth0"])

    def keys(self) -> list[str]:
        """Returns idempotency keys that are personal data. The first three have a permitted form."""
        codes = [self._unique_code(), f"PNOEE-{self._unique_code()}"]
        keys = [*codes, self._unique_mobile(), f"+372{self._unique_mobile()}", self._email()]
        self.count += len(keys)
        return keys

    def found_in(self, text: str) -> list[str]:
        """Returns the occurrences of generated values in a text, in any spelling, each with its surroundings."""
        decoded = decode(text)
        return self._found_in(text) + (self._found_in(decoded) if decoded != text else [])

    def _found_in(self, text: str) -> list[str]:
        positions = [match.start() for match in _FORM.finditer(text)]
        positions += self._numbers_in(_UUID.sub(" ", text))
        return [text[max(0, position - 60) : position + 60] for position in positions]

    def _numbers_in(self, text: str) -> Iterator[int]:
        """Yields the positions of registered numbers: their groups in sequence, with any separators.

        A number within a longer one, or within hexadecimal digits, is another number.
        """
        for row in _ROW.finditer(text):
            if sum(character.isdigit() for character in row[0]) < 8:
                continue
            groups = [(match[0], row.start() + match.start()) for match in re.finditer("[0-9]+", row[0])]
            for first in range(len(groups)):
                for last in range(first, min(first + _GROUPS, len(groups))):
                    digits = "".join(group for group, _ in groups[first : last + 1])
                    if digits in self.numbers or digits.removeprefix("00") in self.numbers:
                        start, end = groups[first][1], groups[last][1] + len(groups[last][0])
                        if not self._in_hex(text, start, end):
                            yield start

    @staticmethod
    def _in_hex(text: str, start: int, end: int) -> bool:
        """Returns true if hexadecimal digits continue at both ends, as in an id or a hash."""
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        return bool(before and after) and before in _HEX and after in _HEX


def _check_digit(digits: str) -> int:
    for weights in ("1234567891", "3456789123"):
        rest = sum(int(digit) * int(weight) for digit, weight in zip(digits, weights, strict=True)) % 11
        if rest < 10:
            return rest
    return 0


def invalid_bodies(pii: SyntheticPii, at: str) -> list[str]:
    """Returns bodies that CentOps refuses. Each has personal data in its invalid part."""

    def entry(**other) -> str:
        return json.dumps({"logs": [{"at": at, "level": "info", "message": pii.line(), **other}]})

    value = pii.spelled
    large = json.dumps({"logs": [{"at": at, "level": "info", "message": pii.line()} for _ in range(1000)]})
    bodies = [
        entry(level=value()),
        entry(at=value()),
        entry(message={"kes": value()}),
        entry(message=[value()]),
        entry(**{value(): 1}),
        json.dumps({"logs": value()}),
        json.dumps({"logs": [value()]}),
        json.dumps({value(): []}),
        json.dumps(value()),
        f"kes: {value()}",
        f'{{"logs": [{{"at": "{at}", "level": "info", "message": "{value()}',
        large + " " * (192 * 1024),
        entry(message=pii.line() + "x" * 8192),
    ]
    return bodies
