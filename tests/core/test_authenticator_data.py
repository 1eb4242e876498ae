"""CBOR from authenticators: only the plain kind comes through, and what comes through ends where the decoder thinks it ends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some
from webauthn.helpers import encode_cbor, parse_authenticator_data, parse_cbor
from webauthn.helpers.exceptions import WebAuthnException

from app.core.authenticator_data import check_authenticator_data, check_plain
from tests.timing import within

_FIXED = bytes(32)
_AT, _ED = 0x40, 0x80
_KEY = encode_cbor({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
# Compiling this takes seconds: ranges over all of Unicode, each looked through without case.
_SLOW = "(?i)" + "[\x00-\U0010ffff]" * 400
_LEAVES = some.integers(-(2**64), 2**64 - 1) | some.binary(max_size=300) | some.text(max_size=300) | some.booleans()
_PLAIN = some.recursive(
    _LEAVES,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.integers(-300, 300), inner),
    max_leaves=6,
)


def _data(flags: int, *parts: bytes, credential_id: bytes = b"id") -> bytes:
    attested = bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id if flags & _AT else b""
    return _FIXED + bytes([flags]) + bytes(4) + attested + b"".join(parts)


def _depth(value: object) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, dict | list) else 0


@given(_PLAIN)
def test_plain_values_pass(value: object) -> None:
    data = encode_cbor(value)
    if _depth(value) > 4:
        with pytest.raises(ValueError, match="too deep"):
            check_plain(data)
    else:
        check_plain(data)
        check_plain(data * 2)


@given(some.binary(max_size=60))
def test_what_passes_is_written_anew_with_the_same_length(data: bytes) -> None:
    """The decoder finds the end of a value by that."""
    try:
        check_plain(data)
        value = parse_cbor(data)
    except (ValueError, IndexError, WebAuthnException):
        return
    assert data[: len(encode_cbor(value))] == encode_cbor(value) or isinstance(value, dict)
    assert len(encode_cbor(value)) <= len(data)


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("c100"),  # a tag
        bytes.fromhex("a101d82360"),  # a tag within a map
        bytes.fromhex("9f00ff"),  # indefinite lengths
        bytes.fromhex("5f4100ff"),
        bytes.fromhex("bf0000ff"),
        bytes.fromhex("1c"),  # reserved
        bytes.fromhex("1817"),  # longer than need be
        bytes.fromhex("1900ff"),
        bytes.fromhex("1a0000ffff"),
        bytes.fromhex("1b00000000ffffffff"),
        bytes.fromhex("5817" + "00" * 23),
        bytes.fromhex("f93c00"),  # floats
        bytes.fromhex("f820"),
        bytes.fromhex("8181818180"),  # deep
        bytes.fromhex("42"),  # cut off
        bytes.fromhex("4200"),
        bytes.fromhex("82"),
        bytes.fromhex("8200"),
        bytes.fromhex("a100"),
        bytes.fromhex("19"),
        bytes.fromhex("9bffffffffffffffff"),
        bytes.fromhex("bbffffffffffffffff00"),
        b"\x81" * 30_000,
    ],
)
def test_what_is_not_plain(data: bytes) -> None:
    with pytest.raises(ValueError):
        check_plain(data)


def test_authenticator_data() -> None:
    extensions = encode_cbor({"credProtect": 2})
    for good in (
        _data(0),
        _data(_ED, extensions),
        _data(_AT, _KEY),
        _data(_AT | _ED, _KEY, extensions),
        _data(_AT, _KEY, credential_id=bytes(1_023)),
    ):
        check_authenticator_data(good)
        parse_authenticator_data(good)
    for bad in (_data(_ED, b"\xc1\x00"), _data(_AT, b"\xc1\x00"), _data(_AT | _ED, _KEY, b"\xc1\x00"), _data(_AT)[:-4]):
        with pytest.raises(ValueError):
            check_authenticator_data(bad)


def test_a_pattern_in_a_tag_is_never_compiled() -> None:
    pattern = b"\xd8\x23" + encode_cbor(_SLOW)
    re.compile("(?i)[\x00-\U0010ffff]")
    # In an extension, in a key, and where the decoder would look after it wrote a longer form anew as a shorter one.
    long_form = b"\xa1\x1b\x00\x00\x00\x00\x00\x00\x00\x01\x59" + len(pattern).to_bytes(2, "big") + pattern
    hidden = (
        _data(_ED, pattern),
        _data(_AT, pattern),
        _data(_AT | _ED, long_form),
        _data(_AT | _ED, _KEY, pattern),
    )
    with within(0.1):
        for data in hidden:
            with pytest.raises(ValueError):
                check_authenticator_data(data)
