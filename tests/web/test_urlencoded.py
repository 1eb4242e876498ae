"""Form encoding gives what urllib's reader of queries gives, whose answers serve as the measure here."""

import random
from urllib.parse import parse_qsl

import pytest

from app.web.urlencoded import parse_urlencoded

_PIECES = [
    "a",
    "b1",
    "=",
    "==",
    "&",
    "&&",
    "+",
    "%20",
    "%2B",
    "%26",
    "%3d",
    "%",
    "%4",
    "%zz",
    "%C3%A9",
    "é",
    ";",
    " ",
    "%00",
]


def test_as_urllib_reads_it() -> None:
    chance = random.Random(4711)
    refused = 0
    for _ in range(5_000):
        encoded = "".join(chance.choices(_PIECES, k=chance.randrange(12)))
        try:
            expected = parse_qsl(encoded, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            refused += 1
            with pytest.raises(UnicodeDecodeError):
                parse_urlencoded(encoded, 100)
        else:
            assert parse_urlencoded(encoded, 100) == expected, encoded
    assert 0 < refused < 1_000


@pytest.mark.parametrize("encoded", ["a=%ff", "%e9=b", "a=%C3", "a=%ED%A0%80"])
def test_what_is_no_utf_8_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError, match="codec"):
        parse_urlencoded(encoded, 100)


@pytest.mark.parametrize(("encoded", "is_taken"), [("a&" * 2 + "a", True), ("a&" * 3, False), ("&" * 1_000_000, False)])
def test_fields_are_counted(encoded: str, is_taken: bool) -> None:
    if is_taken:
        assert len(parse_urlencoded(encoded, 3)) == 3
    else:
        with pytest.raises(ValueError, match="too many"):
            parse_urlencoded(encoded, 3)
