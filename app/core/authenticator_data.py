"""The CBOR that authenticators send, looked through before anything decodes it.

CTAP 2.1 section 8 allows authenticators the plainest CBOR only: no tags, no indefinite lengths, each number in its shortest
form, at most four levels. A general decoder knows tags that compile regular expressions or parse mails; and one that finds
the end of a value by writing it anew is led astray by longer forms. So whatever is not plain is refused here.
"""

_MAX_LEVELS = 4
# WebAuthn section 6.1: hash of the relying party id, flags, counter; with AT also AAGUID and the length of an id.
_FIXED, _AAGUID, _LENGTH = 37, 16, 2
_FLAGS, _HAS_CREDENTIAL = 32, 0x40
_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 3, 4, 5, 6, 7


def check_plain(data: bytes) -> None:
    """Raises ValueError unless the bytes are plain CBOR values, one behind the other."""
    _check_from(data, 0)


def check_authenticator_data(data: bytes) -> None:
    """Raises ValueError unless the public key and the extensions in authenticator data are plain CBOR."""
    start = _FIXED
    if len(data) > _FLAGS and data[_FLAGS] & _HAS_CREDENTIAL:
        length_at = _FIXED + _AAGUID
        start = length_at + _LENGTH + int.from_bytes(data[length_at : length_at + _LENGTH], "big")
    _check_from(data, start)


def _check_from(data: bytes, start: int) -> None:
    at = start
    while at < len(data):
        at = _end(data, at, 0)
    if at != len(data):
        raise ValueError("cut off")


def _end(data: bytes, at: int, level: int) -> int:
    """Where the value that begins at `at` ends."""
    kind = data[at] >> 5
    argument, at = _argument(data, at)
    if kind in (_BYTES, _TEXT):
        return at + argument
    if kind in (_ARRAY, _MAP):
        if level == _MAX_LEVELS:
            raise ValueError("too deep")
        for _ in range(argument * (kind - _ARRAY + 1)):
            if at >= len(data):
                raise ValueError("cut off")
            at = _end(data, at, level + 1)
    if kind == _TAG:
        raise ValueError("a tag")
    return at


def _argument(data: bytes, at: int) -> tuple[int, int]:
    """The argument of the head at `at` (RFC 8949 section 3), and where the head ends."""
    kind, short = data[at] >> 5, data[at] & 0x1F
    at += 1
    if short < 24:
        return short, at
    if short > 27 or kind == _SIMPLE:
        raise ValueError("no plain head")
    size = 1 << (short - 24)
    argument = int.from_bytes(data[at : at + size], "big")
    if argument < (24 if size == 1 else 1 << (size * 4)):
        raise ValueError("not the shortest form")
    return argument, at + size
