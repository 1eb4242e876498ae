"""AWS services that are not built, called with AWS_ENDPOINT_URL: real botocore clients can read what they are answered."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from botocore.exceptions import ClientError

from app.kit.errors import InvalidParameterException
from app.web.aws.query import render
from tests.conftest import ROOT_KEY
from tests.in_process import InProcessServer

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("service", "call", "text"),
    [
        ("sts", lambda sts: sts.get_caller_identity(), "GetCallerIdentity is not built yet."),
        (
            "sts",
            lambda sts: sts.assume_role_with_web_identity(
                RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="name", WebIdentityToken="hidden-token"
            ),
            "AssumeRoleWithWebIdentity is not built yet.",
        ),
        ("iam", lambda iam: iam.list_users(), "ListUsers is not built yet."),
        (
            "cognito-identity",
            lambda pools: pools.list_identity_pools(MaxResults=1),
            "ListIdentityPools is not built yet.",
        ),
        ("cognito-identity", lambda pools: pools.get_id(IdentityPoolId="us-east-1:x"), "GetId is not built yet."),
        (
            "cognito-sync",
            lambda sync: sync.list_datasets(IdentityPoolId="us-east-1:x", IdentityId="us-east-1:y"),
            "No operation with this path is built yet.",
        ),
        ("lambda", lambda functions: functions.list_functions(), "No operation with this path is built yet."),
        (
            "lambda",
            lambda functions: functions.invoke(FunctionName="f", Payload=b"{}"),
            "No operation with this path is built yet.",
        ),
    ],
)
def test_sdks_hear_that_it_is_not_built(
    server: InProcessServer, service: str, call: Callable[[Any], Any], text: str
) -> None:
    with pytest.raises(ClientError) as refused:
        call(server.boto_client(service, ROOT_KEY))
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == ("NotImplementedException", text)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def test_a_url_signed_in_its_query_is_a_programs(http: httpx.Client) -> None:
    reply = http.get("/2015-03-31/functions/", params={"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Signature": "0"})
    assert (reply.status_code, reply.headers["x-amzn-errortype"]) == (501, "NotImplementedException:")
    assert reply.json()["__type"] == "NotImplementedException"


def test_browsers_and_other_programs_are_answered_as_before(http: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer AWS4-HMAC-SHA256"}):
        reply = http.get("/2015-03-31/functions/", headers=headers)
        assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_an_error_that_is_no_xml_is_made_one() -> None:
    error = InvalidParameterException("<a>&\x00\x1b\ufffe\ud800]]>")
    told = ElementTree.fromstring(render(error, "id").body)  # noqa: S314 - our own
    assert told.findtext("Error/Message") == "<a>&????]]>"
    assert (told.findtext("Error/Type"), told.findtext("RequestId")) == ("Sender", "id")
