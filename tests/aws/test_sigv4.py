"""Signature Version 4 as botocore signs it, and as nobody may."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from app.kit.errors import (
    AppError,
    IncompleteSignatureException,
    InvalidSignatureException,
    UnrecognizedClientException,
)
from app.web.aws import sigv4
from app.web.aws.sigv4 import Received

NOW = int(datetime(2026, 11, 23, 0, 5, 0, tzinfo=UTC).timestamp() * 1000)
KEY, SECRET = "AKIAEXAMPLE234567ABC", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BODY = '{"UserPoolId":"us-east-1_abcdefghi","Name":"Zoë 漢字"}'.encode()
TARGET = "AWSCognitoIdentityProviderService.DescribeUserPool"


class BodyQueryAuth(SigV4QueryAuth):  # type: ignore[misc]
    """botocore moves a body into the query; the form with a body in place is signed by other SDKs."""

    def __init__(self, body: bytes, expires: int = 60) -> None:
        super().__init__(Credentials(KEY, SECRET), "cognito-idp", "us-east-1", expires)
        self._body = body

    def payload(self, request: AWSRequest) -> str:
        return hashlib.sha256(self._body).hexdigest()


def received(request: AWSRequest, body: bytes) -> Received:
    url = urlsplit(request.url)
    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    if "Host" not in request.headers:
        headers.append((b"host", url.netloc.encode()))
    return Received(request.method, (url.path or "/").encode(), url.query.encode(), headers, body)


def signed(
    url: str = "http://localhost:9229/",
    headers: dict[str, str] | None = None,
    body: bytes = BODY,
    at: int = NOW,
    token: str | None = None,
    service: str = "cognito-idp",
    region: str = "us-east-1",
) -> Received:
    sent = {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1"} if headers is None else headers
    request = AWSRequest("POST", url, dict(sent), body)
    with clock_at(at):
        SigV4Auth(Credentials(KEY, SECRET, token), service, region).add_auth(request)
    return received(request, body)


def presigned(url: str, expires: int = 60, body: bytes = BODY, at: int = NOW) -> Received:
    request = AWSRequest("POST", url, {"X-Amz-Target": TARGET})
    with clock_at(at):
        BodyQueryAuth(body, expires).add_auth(request)
    return received(request, body)


def clock_at(at: int) -> AbstractContextManager[object]:
    return patch("botocore.auth.get_current_datetime", lambda *_: datetime.fromtimestamp(at / 1000, UTC))


def check(request: Received, now: int = NOW, secret: str = SECRET) -> sigv4.SignedRequest:
    claims = sigv4.parse(request)
    assert claims is not None
    sigv4.check_scope(claims, "cognito-idp", now)
    sigv4.verify(claims, secret, request)
    return claims


def with_header(request: Received, name: str, value: str) -> Received:
    headers = [pair for pair in request.headers if pair[0] != name.encode()]
    return replace(request, headers=[*headers, (name.encode(), value.encode("latin-1"))])


URLS = [
    "http://localhost:9229/",
    "http://localhost/",
    "https://auth.example.com:8443/",
    "http://127.0.0.1:9229/",
    "http://[::1]:9229/",
    "http://[2001:db8::1]/",
    "http://localhost:9229/?b=2&a=1&a=0",
    "http://localhost:9229/?x=a%20b&y=%2F%7E~",
    "http://localhost:9229/?plus=a+b&lower=%2f%c3%a9",
    "http://localhost:9229/?empty=&flag",
    "http://localhost:9229/a/../identitypools/us-east-1%3Aabc//datasets/",
    "http://localhost:9229/sp%20ace/~tilde/%E6%BC%A2",
]


@pytest.mark.parametrize("url", URLS)
def test_botocores_header_signature_is_accepted(url: str) -> None:
    claims = check(signed(url))
    assert (claims.access_key_id, claims.region, claims.expires_s) == (KEY, "us-east-1", None)


@pytest.mark.parametrize("url", URLS)
def test_botocores_query_signature_is_accepted(url: str) -> None:
    assert check(presigned(url)).expires_s == 60


def test_a_date_header_may_stand_in_for_x_amz_date() -> None:
    request = signed(headers={"Date": "now", "X-Amz-Target": TARGET})
    assert b"x-amz-date" not in dict(request.headers)
    check(request)


def test_header_spaces_are_collapsed_and_repeated_headers_joined() -> None:
    request = signed(headers={"X-Amz-Target": TARGET, "X-Custom": "  a   b "})
    check(with_header(request, "x-custom", "a b"))
    check(request)


def test_utf8_header_values_are_signed_as_sent() -> None:
    check(signed(headers={"X-Amz-Target": TARGET, "X-Custom": "Zoë"}))


def test_an_unsigned_request_has_no_claims() -> None:
    assert sigv4.parse(Received("POST", b"/", b"a=b", [(b"host", b"localhost")], b"{}")) is None


def test_x_amz_content_sha256_must_be_the_bodys() -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    check(signed(headers={"X-Amz-Content-SHA256": digest}))
    for wrong in ("UNSIGNED-PAYLOAD", hashlib.sha256(b"{}").hexdigest(), "é"):
        with pytest.raises(InvalidSignatureException, match="does not match"):
            check(signed(headers={"X-Amz-Content-SHA256": wrong}))


CHANGES: dict[str, Callable[[Received], Received]] = {
    "body": lambda r: replace(r, body=b"{}"),
    "method": lambda r: replace(r, method="GET"),
    "path": lambda r: replace(r, raw_path=b"/other"),
    "query": lambda r: replace(r, raw_query=r.raw_query + b"&a=b"),
    "target": lambda r: with_header(r, "x-amz-target", "AWSCognitoIdentityProviderService.DeleteUserPool"),
    "host": lambda r: with_header(r, "host", "evil.example"),
}


@pytest.mark.parametrize("changed", CHANGES)
@pytest.mark.parametrize("form", ["header", "query"])
def test_whatever_is_changed_after_signing_is_refused(changed: str, form: str) -> None:
    request = signed() if form == "header" else presigned("http://localhost:9229/")
    with pytest.raises(InvalidSignatureException, match="The request signature we calculated does not match"):
        check(CHANGES[changed](request))


def test_another_secret_is_refused() -> None:
    with pytest.raises(InvalidSignatureException, match="does not match"):
        check(signed(), secret=SECRET[::-1])


def test_the_clock_may_be_five_minutes_off() -> None:
    check(signed(at=NOW - 299_000))
    check(signed(at=NOW + 299_000))
    with pytest.raises(InvalidSignatureException) as expired:
        check(signed(at=NOW - 301_000))
    assert expired.value.message == (
        "Signature expired: 20261122T235959Z is now earlier than 20261123T000000Z (20261123T000500Z - 5 min.)"
    )
    with pytest.raises(InvalidSignatureException) as early:
        check(signed(at=NOW + 301_000))
    assert early.value.message == (
        "Signature not yet current: 20261123T001001Z is still later than 20261123T001000Z (20261123T000500Z + 5 min.)"
    )


def test_a_presigned_request_lives_as_long_as_it_says() -> None:
    check(presigned("http://localhost/", expires=3600, at=NOW - 3_599_000))
    with pytest.raises(InvalidSignatureException, match="Signature expired"):
        check(presigned("http://localhost/", expires=3600, at=NOW - 3_601_000))
    for expires in (0, 604_801, -5):
        with pytest.raises(IncompleteSignatureException, match="X-Amz-Expires"):
            check(presigned("http://localhost/", expires=expires))


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (lambda: signed(service="sts"), "Credential should be scoped to correct service: 'cognito-idp'. "),
        (lambda: signed(region="Narnia East"), "Credential should be scoped to a valid region. "),
        (lambda: signed(region=""), "Credential should be scoped to a valid region. "),
    ],
)
def test_the_scope_must_be_this_service_and_a_region(request_: Callable[[], Received], text: str) -> None:
    with pytest.raises(InvalidSignatureException) as refused:
        check(request_())
    assert refused.value.message == text


@pytest.mark.parametrize(
    ("old", "new", "error", "text"),
    [
        ("/aws4_request", "/aws3_request", InvalidSignatureException, "valid terminator"),
        ("/20261123/", "/20261122/", InvalidSignatureException, "Date in Credential scope does not match"),
        ("/aws4_request", "", IncompleteSignatureException, "exactly 5 slash-delimited"),
        (KEY, "AKIA\x00", UnrecognizedClientException, "security token"),
        ("SignedHeaders=", "Signed=", IncompleteSignatureException, "requires 'SignedHeaders' parameter"),
        ("content-type;host;", "content-type;", InvalidSignatureException, "'host' must be a 'SignedHeader'"),
        (";x-amz-target", "", InvalidSignatureException, "'x-amz-target' must be a 'SignedHeader'"),
        ("x-amz-date;", "", InvalidSignatureException, "'x-amz-date' must be a 'SignedHeader'"),
        ("content-type;host", "host;content-type", IncompleteSignatureException, "sorted"),
        ("content-type;", "content type;", IncompleteSignatureException, "header names"),
        ("Signature=", "Signature=x", IncompleteSignatureException, "64 hexadecimal digits"),
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", IncompleteSignatureException, "requires 'Credential'"),
    ],
)
def test_authorization_headers_that_are_not_right(old: str, new: str, error: type[AppError], text: str) -> None:
    request = signed()
    authorization = dict(request.headers)[b"authorization"].decode()
    assert old in authorization
    with pytest.raises(error, match=text):
        check(with_header(request, "authorization", authorization.replace(old, new, 1)))


@pytest.mark.parametrize(
    "authorization", ["", "Bearer eyJhbGciOi", "AWS4-HMAC-SHA256", "Basic \xe9", "AWS4-HMAC-SHA256 ,=,"]
)
def test_other_authorization_headers_are_incomplete_and_not_repeated(authorization: str) -> None:
    with pytest.raises(IncompleteSignatureException) as refused:
        check(with_header(signed(), "authorization", authorization))
    assert refused.value.message.startswith("Authorization header requires 'Credential' parameter. ")
    assert "eyJ" not in refused.value.message


def test_a_missing_or_malformed_date_is_incomplete() -> None:
    for value in ("", "yesterday", "2026-11-23T00:05:00Z", "2026112T00500Z0"):
        with pytest.raises(IncompleteSignatureException, match="'X-Amz-Date' or a 'Date' header"):
            check(with_header(signed(), "x-amz-date", value))


def test_a_date_beyond_the_calendar_is_none() -> None:
    request = with_header(
        signed(headers={"Date": "now", "X-Amz-Target": TARGET}), "date", "Fri, 31 Dec 9999 23:59:59 -2359"
    )
    with pytest.raises(IncompleteSignatureException, match="'X-Amz-Date' or a 'Date' header"):
        check(request)


def test_headers_that_decide_may_be_sent_once_only() -> None:
    request = signed()
    for name in (b"x-amz-target", b"host", b"x-amz-date", b"authorization"):
        with pytest.raises(IncompleteSignatureException, match="once"):
            check(replace(request, headers=[*request.headers, (name, dict(request.headers)[name])]))


def test_header_and_query_together_are_refused() -> None:
    request = presigned("http://localhost/")
    with pytest.raises(IncompleteSignatureException, match="Only one auth mechanism"):
        check(with_header(request, "authorization", "AWS4-HMAC-SHA256 Credential=x"))


@pytest.mark.parametrize("name", ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date", "Expires"])
def test_each_query_parameter_is_needed_once(name: str) -> None:
    request = presigned("http://localhost/")
    parts = request.raw_query.split(b"&")
    mine = next(part for part in parts if part.startswith(f"X-Amz-{name}=".encode()))
    with pytest.raises(IncompleteSignatureException, match=f"X-Amz-{name}"):
        check(replace(request, raw_query=b"&".join(part for part in parts if part is not mine)))
    with pytest.raises(IncompleteSignatureException, match=f"X-Amz-{name}"):
        check(replace(request, raw_query=request.raw_query + b"&" + mine))


def test_security_tokens_are_refused() -> None:
    with pytest.raises(UnrecognizedClientException, match="The security token included in the request is invalid"):
        check(signed(token="FwoGZXIvYXdzE"))


def test_headers_that_proxies_add_need_no_signature() -> None:
    request = with_header(with_header(signed(), "x-amz-cf-id", "abc"), "x-amzn-trace-id", "Root=1")
    check(with_header(request, "x-forwarded-for", "203.0.113.7"))
