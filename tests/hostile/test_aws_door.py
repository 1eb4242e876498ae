"""Requests to the AWS door that no SDK sends: each is refused in the door's own form, and nothing is stored."""

import json
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT_KEY
from tests.factories import PASSWORD
from tests.hostile.conftest import Sender, error_of
from tests.hostile.operations import BY_CLIENT, BY_TOKEN, SIGNED
from tests.hostile.realms import Maker, Realm
from tests.hostile.watching import Watch
from tests.in_process import InProcessServer

_DEEP = 20_000
BODIES: dict[str, bytes] = {
    "list": b"[]",
    "text": b'"x"',
    "number": b"1",
    "half": b'{"ClientId":',
    "two": b"{}{}",
    "not UTF-8": b'{"ClientId":"\xff\xfe"}',
    "UTF-16": '{"ClientId":"a"}'.encode("utf-16"),
    "UTF-8 with BOM": b'\xef\xbb\xbf{"ClientId":"a"}',
    "overlong UTF-8": b'{"ClientId":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"ClientId":"\xed\xa0\x80"}',
    "lone surrogate": b'{"ClientId":"\\ud800"}',
    "surrogate in a name": b'{"\\udfff":1}',
    "null character": b'{"ClientId":"a\\u0000b"}',
    "null character in a name": b'{"a\\u0000":1}',
    "null byte": b'{"ClientId":"a\0b"}',
    "NaN": b'{"ClientId":NaN}',
    "huge number": b'{"ClientId":' + b"9" * 5_000 + b"}",
    "huge exponent": b'{"ClientId":1e999999}',
    "deep lists": b'{"ClientId":' + b"[" * _DEEP + b"]" * _DEEP + b"}",
    "deep objects": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    "deep and unfinished": b'{"a":[' * _DEEP,
    "form": b"ClientId=a&Username=b",
    "XML": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
    "comment": b'{/* */"ClientId":"a"}',
    "trailing comma": b'{"ClientId":"a",}',
    "a member twice": b'{"ClientId":"a","Username":"b","ClientId":"c"}',
    "a member twice, once in disguise": rb'{"UserPoolId":"a","User\u0050oolId":"b"}',
    "a member twice, further in": b'{"Unknown":[{"a":1,"b":2,"a":1}]}',
    "every member an object": b"OBJECTS",
    "every member a list": b"LISTS",
    "every member a number": b"NUMBERS",
    "every member true": b"TRUES",
    "every member empty": b"EMPTY",
    "every member null": b"NULLS",
    "every member very long": b"LONG",
}
_FILLED: dict[bytes, Any] = {
    b"OBJECTS": {"a": {"b": {}}},
    b"LISTS": [[[]]],
    b"NUMBERS": 10**18,
    b"TRUES": True,
    b"EMPTY": "",
    b"NULLS": None,
    b"LONG": "x" * 131_073,
}
OPERATIONS = {**SIGNED, **BY_CLIENT, **BY_TOKEN}
# A body without members is a good one where none is needed.
_TOO_LONG = {"unsigned": 512 * 1024 + 1, "signed": 2 * 1024 * 1024 + 65_537, "endless": 16 * 1024 * 1024 + 2}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_malformed_bodies(name: str, send: Sender, makers: Maker, ours: Realm, watch: Watch) -> None:
    members = OPERATIONS[name](makers, ours)
    key = ROOT_KEY if name in SIGNED else None
    with watch.nothing_stored(ours.pool_id):
        for kind, body in BODIES.items():
            content = json.dumps(dict.fromkeys(members, _FILLED[body])).encode() if body in _FILLED else body
            code = error_of(send(name, content, key=key))
            # A very long access token is well formed.
            assert code in ("SerializationException", "InvalidParameterException", "NotAuthorizedException"), kind


def test_a_good_request_with_a_member_twice(send: Sender, ours: Realm, watch: Watch) -> None:
    """No two readers (a proxy, this server, a trigger) may take it for two different requests."""
    members = {"ClientId": ours.app.client_id, "Username": "eve", "Password": PASSWORD}
    body = json.dumps(members)[:-1].encode()
    with watch.nothing_stored(ours.pool_id):
        for twice in (b', "Username": "eve"}', b', "Username": "mallory"}', rb', "\u0055sername": "mallory"}'):
            reply = send("SignUp", body + twice, key=None)
            assert error_of(reply) == "SerializationException"
            assert b"mallory" not in reply.body
    assert send("SignUp", {**members, "Username": f"eve{uuid4().hex}"}, key=None).status == 200


@pytest.mark.parametrize(
    ("size", "name"), [*zip(_TOO_LONG.values(), ("SignUp", "UpdateUserPool", "SignUp"), strict=True)]
)
def test_oversized_bodies(size: int, name: str, send: Sender, ours: Realm, watch: Watch) -> None:
    members = {"UserPoolId": ours.pool_id, "ClientId": ours.app.client_id, "Username": "eve", "Password": PASSWORD}
    body = json.dumps({**members, "Padding": ""}).encode()
    body = body.replace(b'"Padding": ""', b'"Padding": "' + b"x" * (size - len(body)) + b'"')
    with watch.nothing_stored(ours.pool_id):
        assert error_of(send(name, body, key=ROOT_KEY if name in SIGNED else None)) == "InvalidParameterException"


def test_text_that_no_field_may_hold(send: Sender, makers: Maker, ours: Realm, watch: Watch) -> None:
    token = makers.tokens(ours)["AccessToken"]
    sign_up = {"ClientId": ours.app.client_id, "Username": "eve", "Password": PASSWORD}
    created = {"UserPoolId": ours.pool_id, "Username": "eve"}
    values = {
        "2,049 characters": ("name", "x" * 2_049),
        "2,049 characters of four bytes": ("name", "\U0001f600" * 2_049),
        "longer than any": ("name", "x" * 200_000),
        "no such attribute": ("nothing", "x"),
        "attribute of developers": ("dev:custom:x", "x"),
        "no address": ("email", "not an address"),
        "address with a line": ("email", "eve@example.com\r\nBcc: all@example.com"),
        "no number": ("phone_number", "+1206555abcd"),
        "no boolean": ("email_verified", "perhaps"),
        "subject": ("sub", str(uuid4())),
        "null character": ("name", "a\0b"),
        "surrogate": ("name", "a\ud800b"),
    }
    with watch.nothing_stored(ours.pool_id):
        for kind, (attribute, value) in values.items():
            given = {"UserAttributes": [{"Name": attribute, "Value": value}]}
            for name, members in (
                ("SignUp", sign_up),
                ("AdminCreateUser", created),
                ("AdminUpdateUserAttributes", {**created, "Username": ours.user.username}),
                ("UpdateUserAttributes", {"AccessToken": token}),
            ):
                reply = send(name, {**members, **given}, key=ROOT_KEY if name in SIGNED else None)
                assert error_of(reply) in ("InvalidParameterException", "NotAuthorizedException"), (kind, name)


@pytest.mark.parametrize(
    "username",
    ["", " ", "a b", "a\tb", "a\nb", "a\0b", "\ud800", "\u200b", "\u202eevil", "\ufeff", "x" * 129, "\u0378", "\x7f"],
)
def test_names_that_no_user_may_have(username: str, send: Sender, ours: Realm, watch: Watch) -> None:
    pool, client = {"UserPoolId": ours.pool_id}, {"ClientId": ours.app.client_id}
    parameters = {"USERNAME": username, "PASSWORD": PASSWORD}
    with watch.nothing_stored(ours.pool_id):
        for name, members in (
            ("SignUp", {**client, "Username": username, "Password": PASSWORD}),
            ("AdminCreateUser", {**pool, "Username": username}),
            ("AdminGetUser", {**pool, "Username": username}),
            ("ForgotPassword", {**client, "Username": username}),
            ("ConfirmSignUp", {**client, "Username": username, "ConfirmationCode": "123456"}),
            ("InitiateAuth", {**client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}),
        ):
            code = error_of(send(name, members, key=ROOT_KEY if name in SIGNED else None))
            assert code == "InvalidParameterException", name


def test_a_name_is_one_name_in_every_normal_form(send: Sender, ours: Realm, makers: Maker) -> None:
    composed, decomposed = "Zo\u00eb-\u1e9b\u0323", "Zoe\u0308-\u017f\u0323\u0307"
    tag = uuid4().hex
    made = send(
        "AdminCreateUser", {"UserPoolId": ours.pool_id, "Username": decomposed + tag, "MessageAction": "SUPPRESS"}
    )
    assert made.status == 200
    sub = _sub(json.loads(made.body)["User"]["Attributes"])
    for name in (composed + tag, decomposed + tag):
        found = send("AdminGetUser", {"UserPoolId": ours.pool_id, "Username": name})
        assert _sub(json.loads(found.body)["UserAttributes"]) == sub
        again = {"ClientId": ours.app.client_id, "Username": name, "Password": PASSWORD}
        assert error_of(send("SignUp", again, key=None)) == "UsernameExistsException"
        password = {"UserPoolId": ours.pool_id, "Username": name, "Password": PASSWORD, "Permanent": True}
        assert send("AdminSetUserPassword", password).status == 200
        parameters = {"USERNAME": name, "PASSWORD": PASSWORD}
        client = {"ClientId": ours.app.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
        assert send("InitiateAuth", client, key=None).status == 200


def _sub(attributes: list[dict[str, str]]) -> str:
    return next(attribute["Value"] for attribute in attributes if attribute["Name"] == "sub")


@pytest.mark.parametrize(
    ("changes", "raw"),
    [
        ({"X-Amz-Target": ""}, b""),
        ({"X-Amz-Target": "SignUp"}, b""),
        ({"X-Amz-Target": "awscognitoidentityproviderservice.SignUp"}, b""),
        ({"X-Amz-Target": "AWSCognitoIdentityProviderService.__class__"}, b""),
        ({"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp\u00ff"}, b""),
        ({"X-Amz-Target": "Poolhouse.SignUp"}, b""),
        ({}, b"x-amz-target"),
        ({}, b"content-type"),
        ({"Content-Type": "text/plain"}, b""),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b""),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b""),
        ({"Content-Type": "application/x-amz-json-1.1\u00ff"}, b""),
    ],
)
def test_headers_that_name_no_operation(
    server: InProcessServer, ours: Realm, watch: Watch, changes: dict[str, str], raw: bytes
) -> None:
    """`raw` is a header that is sent a second time."""
    headers = {
        "X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp",
        "Content-Type": "application/x-amz-json-1.1",
        **changes,
    }
    sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    sent += [pair for pair in sent if pair[0] == raw] + [(b"host", b"localhost")]
    body = json.dumps({"ClientId": ours.app.client_id, "Username": "eve", "Password": PASSWORD}).encode()
    with watch.nothing_stored(ours.pool_id):
        assert error_of(server.request("POST", server.base_url + "/", sent, body)) == "UnknownOperationException"


@pytest.mark.parametrize(
    "path",
    ["//", "/%2e%2e/", "/%00", "/%ff", "/%zz", "/%ed%a0%80", "/%c0%af", "/;/", "/index.php", "/%0d%0aSet-Cookie:a=b"],
)
def test_paths_that_lead_nowhere(server: InProcessServer, path: str) -> None:
    for method in ("GET", "POST", "HEAD", "TRACE"):
        reply = server.request(method, server.base_url + path, [(b"host", b"localhost")], b"")
        assert reply.status == 404
        assert all("\r" not in value and "\n" not in value for pair in reply.headers for value in pair)


@pytest.mark.parametrize("query", ["%zz", "%ff", "a=%00", "x" * 40_000, "X-Amz-Signature=", "X-Amz-Algorithm=x&a"])
def test_queries_of_the_endpoint(server: InProcessServer, ours: Realm, query: str, watch: Watch) -> None:
    headers = [
        (b"host", b"localhost"),
        (b"x-amz-target", b"AWSCognitoIdentityProviderService.DescribeUserPool"),
        (b"content-type", b"application/x-amz-json-1.1"),
    ]
    body = json.dumps({"UserPoolId": ours.pool_id}).encode()
    with watch.nothing_stored(ours.pool_id):
        code = error_of(server.request("POST", f"{server.base_url}/?{query}", headers, body))
    assert code in ("MissingAuthenticationTokenException", "IncompleteSignatureException")


def test_pools_that_are_none(send: Sender, watch: Watch) -> None:
    with watch.nothing_stored():
        for pool_id in (
            "us-east-1_" + "a" * 55,
            "us-east-1_a",
            "_a",
            "x",
            "us-east-1_a\n",
            "us-east-1_\u0661",
            "../x_y",
            "",
        ):
            code = error_of(send("DescribeUserPool", {"UserPoolId": pool_id}))
            assert code in ("ResourceNotFoundException", "InvalidParameterException"), pool_id
        for arn in ("arn:aws:cognito-idp:us-east-1:123456789012:userpool/*", "arn:aws:s3:::x", "x" * 3_000):
            code = error_of(send("ListTagsForResource", {"ResourceArn": arn}))
            assert code in ("ResourceNotFoundException", "InvalidParameterException"), arn


_SECRET = "hidden-hidden-hidden"
_ASKED = b"Action=GetCallerIdentity&Version=2011-06-15"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "UnknownOperationException"),
        (b"{}", "UnknownOperationException"),
        (b"Action=&Version=2011-06-15", "UnknownOperationException"),
        (b"Action=GetCallerIdentity", "UnknownOperationException"),
        (b"Action=GetCallerIdentity&Version=latest", "UnknownOperationException"),
        (b"Action=%3C%2FCode%3E%26lol%3B&Version=2011-06-15", "UnknownOperationException"),
        (b"Action=Get%0D%0AX%3A1&Version=2011-06-15", "UnknownOperationException"),
        (b"Action=" + b"a" * 200 + b"&Version=2011-06-15", "UnknownOperationException"),
        (b"Action=%D9%A1&Version=2011-06-15", "UnknownOperationException"),
        (b"Action=a&" + _ASKED, "InvalidParameterException"),
        (b"Action=%00&Version=2011-06-15", "InvalidParameterException"),
        (b"Action=%ff&Version=2011-06-15", "InvalidParameterException"),
        (b"\xff\xfe" + _ASKED, "InvalidParameterException"),
        (b"&".join(b"a%d=b" % number for number in range(500)), "InvalidParameterException"),
        (_ASKED + b"&Policy=" + b"x" * 70_000, "InvalidParameterException"),
    ],
)
def test_forms_that_are_no_query(server: InProcessServer, watch: Watch, body: bytes, code: str) -> None:
    told = _query_error(server, body, watch)
    assert (told.findtext("Error/Type"), told.findtext("Error/Code")) == ("Sender", code)


@pytest.mark.parametrize(
    "authorization", [b"", b"Basic \xff", b"AWS4-HMAC-SHA256 nonsense", b"AWS4-HMAC-SHA256 Credential=../.., x=\xff"]
)
def test_whose_query_it_is_does_not_matter(server: InProcessServer, watch: Watch, authorization: bytes) -> None:
    told = _query_error(server, _ASKED + b"&WebIdentityToken=" + _SECRET.encode(), watch, authorization)
    assert told.findtext("Error/Code") == "NotImplementedException"
    assert told.findtext("Error/Message") == "GetCallerIdentity is not built yet."


def _query_error(server: InProcessServer, body: bytes, watch: Watch, authorization: bytes = b"") -> ElementTree.Element:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")]
    headers += [(b"authorization", authorization)] if authorization else []
    with watch.nothing_stored():
        reply = server.request("POST", server.base_url + "/", headers, body)
    told = ElementTree.fromstring(reply.body)  # noqa: S314 - our own
    is_unbuilt = told.findtext("Error/Code") == "NotImplementedException"
    assert reply.status == (501 if is_unbuilt else 400)
    assert dict(reply.headers)["content-type"] == "text/xml; charset=utf-8"
    assert _SECRET.encode() not in reply.body
    return told


@pytest.mark.parametrize(
    "path", ["/identitypools/%00/identities", "/%ff", "/2015-03-31/functions/..%2f/", "//", "/%zz"]
)
@pytest.mark.parametrize(
    "authorization", [b"AWS4-HMAC-SHA256 x", b"AWS4-\xff", b"AWS4-HMAC-SHA256 Credential=a/b/c/d/e"]
)
def test_paths_that_say_they_are_signed(server: InProcessServer, watch: Watch, path: str, authorization: bytes) -> None:
    headers = [(b"host", b"localhost"), (b"authorization", authorization)]
    with watch.nothing_stored():
        for method in ("GET", "POST", "PUT", "DELETE", "TRACE"):
            reply = server.request(method, server.base_url + path, headers, b'{"a":"' + _SECRET.encode() + b'"}')
            assert (reply.status, json.loads(reply.body)["__type"]) == (501, "NotImplementedException")
            assert _SECRET.encode() not in reply.body
