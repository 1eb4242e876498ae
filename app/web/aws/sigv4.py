"""AWS Signature Version 4 verified, in its header and its query form.

Pure: no clock, no database. `parse` reads what the request claims, `check_scope` whether it claims it for this service
and moment, `verify` whether the holder of the secret signed exactly this request. See "Signature Version 4 signing
process" in the AWS General Reference; error texts are AWS's.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from app.kit.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    UnrecognizedClientException,
)

ALGORITHM = "AWS4-HMAC-SHA256"
CLOCK_SKEW_MS = 5 * 60 * 1000
MAX_EXPIRES_SECONDS = 604_800

_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_REGION = re.compile(r"[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,5}")
_KEY_ID = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-fA-F]{64}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,128}")
_MAX_SIGNED_HEADERS = 64
# What they say decides what is done, so a signature that leaves one out could be moved to another request.
_MUST_BE_SIGNED = (b"x-amz-target", b"x-amz-content-sha256")
_ONCE = (b"authorization", b"host", b"x-amz-date", b"date", b"x-amz-content-sha256", b"x-amz-target")


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived: the still-encoded path and query, lower-case header names, the whole body.

    `headers` carries the Host the client addressed; whoever builds this has applied the rule for trusted proxies.
    """

    method: str
    raw_path: bytes
    raw_query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> str | None:
        """The first header of that (lower-case) name."""
        for known, value in self.headers:
            if known == name:
                return value.decode("latin-1").strip()
        return None


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a request's signature claims. `signed_at` is epoch ms; `expires_s` is None in the header form."""

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    timestamp: str
    signed_at: int
    signed_headers: tuple[str, ...]
    signature: str
    expires_s: int | None
    security_token: str | None


def parse(received: Received) -> SignedRequest | None:
    """The signature's claims; None if the request carries none. Raises IncompleteSignatureException."""
    authorization = received.header(b"authorization")
    in_query = b"X-Amz-Signature=" in received.raw_query or b"X-Amz-Algorithm=" in received.raw_query
    if authorization is None and not in_query:
        return None
    if authorization is not None and in_query:
        raise IncompleteSignatureException("Only one auth mechanism allowed: the Authorization header or the query")
    _check_single_headers(received)
    return _parse_query(received.raw_query) if authorization is None else _parse_header(authorization, received)


def check_scope(signed: SignedRequest, service: str, now: int) -> None:
    """Whether the signature is meant for `service` at `now` (epoch ms).

    Raises InvalidSignatureException, and UnrecognizedClientException for a security token, since this server issues none.
    """
    if signed.security_token is not None:
        raise UnrecognizedClientException
    if signed.service != service:
        raise InvalidSignatureException(f"Credential should be scoped to correct service: '{service}'. ")
    if not _REGION.fullmatch(signed.region):
        raise InvalidSignatureException("Credential should be scoped to a valid region. ")
    if signed.terminator != "aws4_request":
        raise InvalidSignatureException("Credential should be scoped with a valid terminator: 'aws4_request'. ")
    if signed.date != signed.timestamp[:8]:
        raise InvalidSignatureException(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{signed.date}' != '{signed.timestamp[:8]}', from '{signed.timestamp}'."
        )
    _check_time(signed, now)


def verify(signed: SignedRequest, secret: str, received: Received) -> None:
    """Whether `secret` signed this request with this body; raises InvalidSignatureException."""
    _check_signed_headers(signed, received)
    body_hash = hashlib.sha256(received.body).hexdigest()
    claimed = received.header(b"x-amz-content-sha256")
    if claimed is not None and not hmac.compare_digest(claimed.lower().encode("latin-1"), body_hash.encode()):
        raise InvalidSignatureException
    key = _signing_key(secret, signed.date, signed.region, signed.service)
    given = signed.signature.lower().encode()
    for query in _canonical_queries(received.raw_query, presigned=signed.expires_s is not None):
        canonical = _canonical_request(signed, received, query, claimed or body_hash)
        if hmac.compare_digest(_sign(key, _string_to_sign(signed, canonical)), given):
            return
    raise InvalidSignatureException


# ---- reading the claims


def _check_single_headers(received: Received) -> None:
    names = [name for name, _ in received.headers]
    for name in _ONCE:
        if names.count(name) > 1:
            raise IncompleteSignatureException(f"Header '{name.decode()}' must be sent once")


def _parse_header(authorization: str, received: Received) -> SignedRequest:
    algorithm, _, rest = authorization.partition(" ")
    timestamp, signed_at = _header_time(received)
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(",")) if algorithm == ALGORITHM else {}
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    if timestamp is None or signed_at is None:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing or timestamp is None or signed_at is None:
        # The header is told by its hash, as AWS does: it may hold somebody's token.
        digest = base64.b64encode(hashlib.sha256(authorization.encode("latin-1")).digest()).decode()
        missing.append(f"(Hashed with SHA-256 and encoded with Base64) Authorization={digest}")
        raise IncompleteSignatureException(" ".join(missing))
    token = received.header(b"x-amz-security-token")
    return _claims(fields, timestamp, signed_at, None, token)


def _parse_query(raw_query: bytes) -> SignedRequest:
    fields: dict[str, str] = {}
    for encoded, value in _pairs(raw_query):
        decoded = unquote_to_bytes(encoded).decode("latin-1")
        if decoded.startswith("X-Amz-"):
            if decoded in fields:
                raise IncompleteSignatureException(f"Query parameter '{decoded}' must be sent once")
            fields[decoded] = unquote_to_bytes(value).decode("latin-1")
    for name in ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires"):
        if not fields.get(f"X-Amz-{name}"):
            raise IncompleteSignatureException(f"AWS query-string parameters must include 'X-Amz-{name}'.")
    if fields["X-Amz-Algorithm"] != ALGORITHM:
        raise IncompleteSignatureException("Unsupported 'X-Amz-Algorithm': only AWS4-HMAC-SHA256 is known.")
    timestamp = fields["X-Amz-Date"]
    signed_at = _timestamp_ms(timestamp)
    if signed_at is None:
        raise IncompleteSignatureException("'X-Amz-Date' must be in the ISO-8601 basic format YYYYMMDD'T'HHMMSS'Z'.")
    plain = {name: fields[f"X-Amz-{name}"] for name in ("Credential", "Signature", "SignedHeaders")}
    return _claims(plain, timestamp, signed_at, _expires(fields["X-Amz-Expires"]), fields.get("X-Amz-Security-Token"))


def _claims(
    fields: dict[str, str], timestamp: str, signed_at: int, expires_s: int | None, token: str | None
) -> SignedRequest:
    scope = fields["Credential"].rsplit("/", 4)
    if len(scope) != 5:
        raise IncompleteSignatureException(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
        )
    access_key_id, date, region, service, terminator = scope
    if not _KEY_ID.fullmatch(access_key_id):
        raise UnrecognizedClientException
    names = tuple(fields["SignedHeaders"].split(";"))
    if len(names) > _MAX_SIGNED_HEADERS or list(names) != sorted(set(names)):
        raise IncompleteSignatureException("'SignedHeaders' must be sorted and name each header once.")
    if not all(_HEADER_NAME.fullmatch(name) for name in names):
        raise IncompleteSignatureException("'SignedHeaders' must be lower-case header names.")
    if not _SIGNATURE.fullmatch(fields["Signature"]):
        raise IncompleteSignatureException("'Signature' must be 64 hexadecimal digits.")
    return SignedRequest(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        terminator=terminator,
        timestamp=timestamp,
        signed_at=signed_at,
        signed_headers=names,
        signature=fields["Signature"],
        expires_s=expires_s,
        security_token=token,
    )


def _expires(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_EXPIRES_SECONDS:
        return int(text)
    raise IncompleteSignatureException(f"'X-Amz-Expires' must be between 1 and {MAX_EXPIRES_SECONDS} seconds.")


def _header_time(received: Received) -> tuple[str | None, int | None]:
    """The moment of signing as SigV4 writes it and in epoch ms, from X-Amz-Date, else from Date."""
    text = received.header(b"x-amz-date") or received.header(b"date")
    if text is None:
        return None, None
    signed_at = _timestamp_ms(text)
    if signed_at is None:
        signed_at = _http_date_ms(text)
    return (None, None) if signed_at is None else (_iso(signed_at), signed_at)


def _timestamp_ms(text: str) -> int | None:
    try:
        moment = datetime.strptime(text, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    # strptime also takes shorter fields; the scope's date is compared with the text.
    return int(moment.timestamp() * 1000) if len(text) == 16 else None


def _http_date_ms(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).astimezone(UTC).timestamp() * 1000)
    except (ValueError, TypeError, OverflowError):
        return None


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime(_TIMESTAMP)


# ---- time and signed headers


def _check_time(signed: SignedRequest, now: int) -> None:
    lifetime = CLOCK_SKEW_MS if signed.expires_s is None else signed.expires_s * 1000
    window = "5 min" if signed.expires_s is None else f"{signed.expires_s} s"
    if signed.signed_at < now - lifetime:
        raise InvalidSignatureException(
            f"Signature expired: {signed.timestamp} is now earlier than {_iso(now - lifetime)} ({_iso(now)} - {window}.)"
        )
    if signed.signed_at > now + CLOCK_SKEW_MS:
        raise InvalidSignatureException(
            f"Signature not yet current: {signed.timestamp} is still later than {_iso(now + CLOCK_SKEW_MS)} "
            f"({_iso(now)} + 5 min.)"
        )


def _check_signed_headers(signed: SignedRequest, received: Received) -> None:
    present = {name for name, _ in received.headers}
    required = [b"host", *(name for name in _MUST_BE_SIGNED if name in present)]
    if signed.expires_s is None:
        required.append(b"x-amz-date" if b"x-amz-date" in present else b"date")
    for name in required:
        if name.decode() not in signed.signed_headers:
            raise InvalidSignatureException(f"'{name.decode()}' must be a 'SignedHeader' in the AWS Authorization.")


# ---- the canonical request


def _canonical_request(signed: SignedRequest, received: Received, query: bytes, body_hash: str) -> bytes:
    values: dict[bytes, list[bytes]] = {name.encode(): [] for name in signed.signed_headers}
    for name, value in received.headers:
        if name in values:
            values[name].append(b" ".join(value.split()))
    headers = b"".join(b"%b:%b\n" % (name, b",".join(found)) for name, found in values.items())
    return b"\n".join(
        (
            received.method.encode(),
            _canonical_path(received.raw_path),
            query,
            headers,
            ";".join(signed.signed_headers).encode(),
            body_hash.encode("latin-1"),
        )
    )


def _canonical_path(raw_path: bytes) -> bytes:
    """Dot segments and empty segments removed, then encoded once more (every service but S3 signs it twice encoded)."""
    if raw_path in (b"/", b""):
        return b"/"
    kept: list[bytes] = []
    for segment in raw_path.split(b"/"):
        if segment == b"..":
            kept = kept[:-1]
        elif segment not in (b"", b"."):
            kept.append(segment)
    trailing = b"/" if kept and raw_path.endswith(b"/") else b""
    return quote(b"/" + b"/".join(kept) + trailing, safe="/~").encode()


def _canonical_queries(raw_query: bytes, presigned: bool) -> list[bytes]:
    """The canonical query, and the query as it was written where that differs.

    AWS's rule is to decode and encode again; botocore signs a URL's own spelling (`+`, `%2f`). Both name every byte.
    """
    if not raw_query:
        return [b""]
    pairs = [pair for pair in _pairs(raw_query) if not (presigned and pair[0] == b"X-Amz-Signature")]
    encoded = [(_encode(name), _encode(value)) for name, value in pairs]
    variants = [b"&".join(b"%b=%b" % pair for pair in sorted(found)) for found in (encoded, pairs)]
    return variants if variants[0] != variants[1] else variants[:1]


def _pairs(raw_query: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (name, value) for name, _, value in (part.partition(b"=") for part in raw_query.split(b"&")) if name or value
    ]


def _encode(text: bytes) -> bytes:
    return quote(unquote_to_bytes(text.replace(b"+", b" ")), safe="-_.~").encode()


def _string_to_sign(signed: SignedRequest, canonical: bytes) -> bytes:
    scope = f"{signed.date}/{signed.region}/{signed.service}/{signed.terminator}"
    return f"{ALGORITHM}\n{signed.timestamp}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}".encode()


def _sign(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256").hex().encode()


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
