"""Log lines with personal data that belongs to nobody: each value once, in the many forms that people and programs use.

What is made here is known, so that it can be looked for: texts have `MARK` in them, addresses come from networks of
their own, and numbers are registered.
"""

import json
import random
import re
from dataclasses import dataclass, field

#: In every made-up address, name and token.
MARK = "linnuke"
#: Digits in a row of groups, as they are written.
_ROW = re.compile(r"[0-9]+(?:[ \u00a0\u202f\u2010\u2011\u2013()-]{1,2}[0-9]+)*")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_HEX = "0123456789abcdefABCDEF"
#: The most groups that a number is written in.
_GROUPS = 7
#: What is found by its form: texts with the mark, and addresses of the two networks.
_FORM = re.compile(rf"{MARK}|(?<![0-9.])0?45\.199\.[0-9]|2a0c:0?c0a:", re.IGNORECASE)

#: Where the data stands in a line; `{}` is the value.
PLACES = [
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
]


@dataclass
class Canaries:
    """A source of values that are used once. The same seed makes the same ones."""

    seed: int = 1
    #: Numbers that were made, as digits.
    numbers: set[str] = field(default_factory=set)
    made: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def line(self) -> str:
        """A line with one value in it."""
        return self._dice.choice(PLACES).format(self.value())

    def value(self) -> str:
        """One value of any kind, in one of its forms."""
        self.made += 1
        kinds = (self._code, self._email, self._phone, self._token, self._four, self._six)
        return kinds[self.made % len(kinds)]()

    def _new(self, make) -> str:
        """A number that was not made before."""
        while (number := make()) in self.numbers:
            pass
        self.numbers.add(number)
        return number

    def _code(self) -> str:
        """A personal code: a day, a number of the day, the check digit."""
        dice = self._dice

        def code() -> str:
            day = f"{dice.randint(0, 99):02}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
            first = f"{dice.randint(1, 8)}{day}{dice.randint(0, 999):03}"
            return first + str(_check_digit(first))

        digits = self._new(code)
        forms = [
            digits,
            digits,
            f"{digits[:3]} {digits[3:7]} {digits[7:]}",
            f"{digits[:6]}-{digits[6:]}",
            f"PNOEE-{digits}",
            f"isikukood{digits}",
            f"EE{digits}",
        ]
        return dice.choice(forms)

    def _phone(self) -> str:
        """An Estonian mobile number that begins with 59, at home or with its country."""
        digits = self._new(lambda: f"59{self._dice.randint(0, 999_999):06}")
        self.numbers.add(f"372{digits}")
        forms = [
            digits,
            f"{digits[:4]} {digits[4:]}",
            f"{digits[:2]} {digits[2:5]} {digits[5:]}",
            f"+372{digits}",
            f"+372 {digits[:4]} {digits[4:]}",
            f"00372 {digits}",
            f"+372-{digits[:4]}-{digits[4:]}",
            f"%2B372{digits}",
        ]
        return self._dice.choice(forms)

    def _email(self) -> str:
        name, number = self._dice.choice(["mari", "jüri.õun", "o'brien", "a_b%c"]), self.made
        forms = [
            f"{name}.{MARK}{number}@näide.example.ee",
            f"{MARK}{number}@{MARK}{number}.example.ee",
            f"{MARK.upper()}{number}@EXAMPLE.EE",
            f"{MARK.title()}.{number}+bot@mail.example.co.uk",
            f"{MARK}{number}%40example.ee",
            f"mailto:{MARK}{number}@example.ee",
        ]
        return self._dice.choice(forms)

    def _token(self) -> str:
        name = f"{MARK}{self.made}"
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
        return self._dice.choice(forms)

    def _four(self) -> str:
        parts = ["45", "199", str(self._dice.randint(0, 255)), str(self._dice.randint(1, 254))]
        address = ".".join(parts)
        padded = ".".join(part.zfill(3) for part in parts)
        return self._dice.choice([address, address, f"{address}:8443", f"https://{address}/", padded, f"::ffff:{address}"])

    def _six(self) -> str:
        groups = [f"{self._dice.randint(1, 0xFFFF):x}" for _ in range(3)]
        address = f"2a0c:c0a::{':'.join(groups)}"
        long = "2a0c:0c0a:0000:0000:0000:" + ":".join(group.zfill(4) for group in groups)
        return self._dice.choice([address, address.upper(), f"[{address}]:8443", long, f"{address}%eth0"])

    def found_in(self, text: str) -> list[str]:
        """What of it is in a text, each with the text around it."""
        places = [match.start() for match in _FORM.finditer(text)]
        places += [place for place in self._numbers_in(_UUID.sub(" ", text))]
        return [text[max(0, place - 60) : place + 60] for place in places]

    def _numbers_in(self, text: str):
        """Where a registered number stands: its groups in a row, whatever is between them. A number within a longer
        one, or within hexadecimal digits, is another number."""
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
        """Whether hexadecimal digits go on at both ends: an id, a hash."""
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        return bool(before and after) and before in _HEX and after in _HEX


def _check_digit(digits: str) -> int:
    for weights in ("1234567891", "3456789123"):
        rest = sum(int(digit) * int(weight) for digit, weight in zip(digits, weights, strict=True)) % 11
        if rest < 10:
            return rest
    return 0


def refused(canaries: Canaries, at: str) -> list[tuple[str, dict[str, str]]]:
    """Bodies (with their headers) of which each is refused, with personal data where it is wrong."""

    def entry(**other) -> str:
        return json.dumps({"logs": [{"at": at, "level": "info", "message": canaries.line(), **other}]})

    value = canaries.value
    large = json.dumps({"logs": [{"at": at, "level": "info", "message": canaries.line()} for _ in range(1000)]})
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
        entry(message=canaries.line() + "x" * 8192),
    ]
    return [(body, {}) for body in bodies] + [(entry(), {"Idempotency-Key": canaries.value()})]
