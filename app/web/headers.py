"""Headers of a request as they came (ASGI: pairs of bytes, names in lower case), for what is asked of every request."""

from collections.abc import Sequence

RawHeaders = Sequence[tuple[bytes, bytes]]


def header_values(headers: RawHeaders, name: bytes) -> list[str]:
    """The values of a header in their order."""
    return [value.decode("latin-1") for key, value in headers if key == name]
