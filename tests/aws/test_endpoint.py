"""The AWS endpoint with operations of the test's own: authentication, authorisation, envelopes, hostile requests."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import insert, select, update

from app.core.access_keys import create_access_key, find_access_key, revoke_access_key
from app.db.tables.audit import AuditEvent
from app.db.tables.pools import Pool
from app.flows.work import Resources, Work
from app.kit.errors import UserNotFoundException
from app.main import find_door
from app.web.aws.caller import AccessKeys
from app.web.aws.endpoint import AWS, AwsEndpoint
from app.web.aws.registry import Service, Targets
from app.web.bridge import Bridge
from app.web.edge import Edge, Hosts, Route
from app.web.house import House
from tests.in_process import InProcessServer, Reply

ACCOUNT, REGION = "210987654321", "us-east-1"  # an account of its own: lists of other tests stay clean
POOL, FOREIGN, ELSEWHERE = f"{REGION}_mine00001", f"{REGION}_foreign01", "eu-west-1_there0001"
ARN = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{POOL}"
SERVICE = Service("cognito-idp")
PREFIX = b"AWSCognitoIdentityProviderService."
JSON = (b"content-type", b"application/x-amz-json-1.1")


@SERVICE.operation("ListUserPools")
def list_user_pools(work: Work, max_results: int) -> Mapping[str, Any]:
    return {"UserPools": [{"Id": POOL, "Secret": "x"}], "NextToken": f"{work.region} {max_results}"}


@SERVICE.operation("DescribeUserPool")
def describe_user_pool(work: Work, user_pool_id: str) -> Mapping[str, Any]:
    return {"UserPool": {"Id": user_pool_id, "Name": work.caller.principal_arn}}


@SERVICE.operation("ListTagsForResource")
def list_tags_for_resource(work: Work, resource_arn: str) -> Mapping[str, Any]:
    return {"Tags": {"caller": work.caller.kind, "arn": resource_arn}}


@SERVICE.operation("AdminSetUserPassword")
def admin_set_user_password(work: Work, user_pool_id: str, username: str, password: str) -> None:
    if username == "nobody":
        raise UserNotFoundException
    if username == "broken":
        raise RuntimeError(f"{work} {user_pool_id} {password}")


@SERVICE.operation("AdminDisableUser")
def admin_disable_user(work: Work, user_pool_id: str, username: str) -> None:
    """Renames the pool; raises within the transaction, or after it."""
    with work.write() as db:
        db.execute(update(Pool).where(Pool.pool_id == user_pool_id).values(name=username))
        if username == "within":
            raise UserNotFoundException
    if username == "after":
        raise RuntimeError


@SERVICE.operation("GetUser")
def get_user(work: Work, access_token: str) -> Mapping[str, Any]:
    return {"Username": f"{work.caller.kind} {work.source_ip} {access_token}", "UserAttributes": []}


@SERVICE.operation("GetDerivedToken")
def get_derived_token(work: Work, client_id: str, subject_token: str, subject_token_type: str) -> Mapping[str, Any]:
    return {"IssuedToken": work.caller.kind, "IssuedTokenType": "ACCESS_TOKEN", "TokenType": "Bearer"}


async def _no_pool(_host: str) -> str | None:
    return None


async def _no_lifespan(*_: object) -> None: ...


@pytest.fixture(scope="module")
def aws(resources: Resources) -> Iterator[InProcessServer]:
    running = InProcessServer(resources)
    house = House(resources, Bridge(2, in_greenlets=not resources.database.is_sqlite))
    routes = [Route("/", ("POST", "OPTIONS"), AwsEndpoint(Targets((SERVICE,))), AWS)]
    running._app = Edge(
        house, routes, Hosts(frozenset({"localhost"}), _no_pool), _no_lifespan, lambda *_: None, find_door
    )
    _make_pools(resources)
    yield running
    running.close()
    house.bridge.close()


def _make_pools(resources: Resources) -> None:
    rows = [(POOL, ACCOUNT, REGION), (FOREIGN, "999999999999", REGION), (ELSEWHERE, ACCOUNT, "eu-west-1")]
    with resources.database.write() as db:
        for pool_id, account_id, region in rows:
            row: dict[str, Any] = {
                "pool_id": pool_id,
                "account_id": account_id,
                "region": region,
                "name": "p",
                "issuer": pool_id,
            }
            row |= {"configuration": {}, "schema": [], "tags": {}, "version": 1, "estimated_users": 0}
            db.execute(insert(Pool).values(**row, created_at=1, updated_at=1))


def key(resources: Resources, policy: dict[str, Any] | None = None) -> tuple[str, str]:
    with resources.database.write() as db:
        return create_access_key(db, resources.keyring, ACCOUNT, "zoe", policy, resources.clock())


@pytest.fixture(scope="module")
def root(aws: InProcessServer, resources: Resources) -> Any:
    return aws.boto_client("cognito-idp", key(resources))


def limited(aws: InProcessServer, resources: Resources, *statements: dict[str, Any]) -> Any:
    return aws.boto_client("cognito-idp", key(resources, {"Version": "2012-10-17", "Statement": list(statements)}))


def post(aws: InProcessServer, target: bytes, body: bytes, *headers: tuple[bytes, bytes], url: str = "/") -> Reply:
    sent = [(b"host", b"localhost:9229"), JSON, (b"x-amz-target", PREFIX + target), *headers]
    return aws.request("POST", "http://localhost:9229" + url, sent, body)


def error_of(reply: Reply) -> tuple[int, str, str]:
    body = json.loads(reply.body)
    assert dict(reply.headers)["x-amzn-errortype"] == body["__type"] + ":"
    return reply.status, body["__type"], body["message"]


def test_a_signed_call_reaches_its_function_and_is_cut_to_shape(root: Any) -> None:
    answer = root.list_user_pools(MaxResults=7)
    assert answer["UserPools"] == [{"Id": POOL}]
    assert answer["NextToken"] == "us-east-1 7"
    assert root.describe_user_pool(UserPoolId=POOL)["UserPool"]["Name"] == f"arn:aws:iam::{ACCOUNT}:user/zoe"


def test_keys_that_are_not_right(aws: InProcessServer, resources: Resources) -> None:
    made = key(resources)
    cases = {
        "UnrecognizedClientException": ("AKIANOSUCHKEY0000000", "x"),
        "InvalidSignatureException": (made[0], made[1][::-1]),
    }
    for code, pair in cases.items():
        with pytest.raises(ClientError) as refused:
            aws.boto_client("cognito-idp", pair).list_user_pools(MaxResults=1)
        assert refused.value.response["Error"]["Code"] == code
    revoked = key(resources)
    with resources.database.write() as db:
        revoke_access_key(db, ACCOUNT, revoked[0])
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        aws.boto_client("cognito-idp", revoked).list_user_pools(MaxResults=1)


def test_the_previous_root_secret_still_signs_while_it_is_rotated(aws: InProcessServer, resources: Resources) -> None:
    made = key(resources)
    with resources.database.read() as db:
        found = find_access_key(db, resources.keyring, made[0])
    assert found
    assert AccessKeys(lambda _: found).secrets(found) == (made[1],)
    assert AccessKeys(lambda _: found, "AKIAOTHER", "before").secrets(found) == (made[1],)
    assert AccessKeys(lambda _: found, made[0], "before").secrets(found) == (made[1], "before")


def test_an_unsigned_call_of_a_signed_operation(aws: InProcessServer) -> None:
    reply = post(aws, b"ListUserPools", b"{}")
    assert error_of(reply) == (400, "MissingAuthenticationTokenException", "Missing Authentication Token")
    reply = post(aws, b"ListUserPools", b"nonsense", (b"authorization", b"Bearer x"))
    assert error_of(reply)[1] == "IncompleteSignatureException"


def test_any_authorization_is_ignored_where_none_is_needed(aws: InProcessServer) -> None:
    client = aws.boto_client("cognito-idp", ("AKIANOSUCHKEY0000000", "x"))
    assert client.get_user(AccessToken="t")["Username"] == "nobody 127.0.0.1 t"
    for value in (b"Bearer x", b"Basic \xff", b"AWS4-HMAC-SHA256 nonsense"):
        reply = post(aws, b"GetUser", b'{"AccessToken":"t"}', (b"authorization", value))
        assert json.loads(reply.body)["Username"] == "nobody 127.0.0.1 t"


def test_where_a_signature_is_optional_a_good_one_counts_and_a_bad_one_does_not(
    aws: InProcessServer, resources: Resources, root: Any
) -> None:
    members = {"ClientId": "nosuchclient", "SubjectToken": "t", "SubjectTokenType": "ACCESS_TOKEN"}
    assert json.loads(post(aws, b"GetDerivedToken", json.dumps(members).encode()).body)["IssuedToken"] == "nobody"
    unknown = aws.boto_client("cognito-idp", ("AKIANOSUCHKEY0000000", "x"))
    assert unknown.get_derived_token(**members)["IssuedToken"] == "nobody"
    with pytest.raises(root.exceptions.ResourceNotFoundException):
        root.get_derived_token(**members)


def test_a_pool_of_another_account_or_region_does_not_exist(
    aws: InProcessServer, resources: Resources, root: Any
) -> None:
    for pool_id in (FOREIGN, ELSEWHERE, f"{REGION}_nosuch000"):
        with pytest.raises(root.exceptions.ResourceNotFoundException, match=f"User pool {pool_id} does not exist."):
            root.describe_user_pool(UserPoolId=pool_id)
    there = aws.boto_client("cognito-idp", key(resources), "eu-west-1")
    assert there.describe_user_pool(UserPoolId=ELSEWHERE)


def test_a_pool_named_by_its_arn_is_checked_too(root: Any) -> None:
    assert root.list_tags_for_resource(ResourceArn=ARN)["Tags"] == {"caller": "operator", "arn": ARN}
    for arn in (
        ARN.replace(POOL, FOREIGN),
        ARN.replace(ACCOUNT, "999999999999"),
        ARN.replace("us-east-1:", "eu-west-1:"),
    ):
        with pytest.raises(root.exceptions.ResourceNotFoundException):
            root.list_tags_for_resource(ResourceArn=arn)


def test_policies_decide(aws: InProcessServer, resources: Resources) -> None:
    reader = limited(aws, resources, {"Effect": "Allow", "Action": "cognito-idp:Describe*", "Resource": ARN})
    assert reader.describe_user_pool(UserPoolId=POOL)
    with pytest.raises(ClientError) as refused:
        reader.list_user_pools(MaxResults=1)
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": (
            f"User: arn:aws:iam::{ACCOUNT}:user/zoe is not authorized to perform: cognito-idp:ListUserPools on resource: "
            f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/* because no identity-based policy allows the "
            "cognito-idp:ListUserPools action"
        ),
    }
    with pytest.raises(ClientError, match="AccessDeniedException"):
        reader.describe_user_pool(UserPoolId=FOREIGN)


def test_an_explicit_deny_is_told(aws: InProcessServer, resources: Resources) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denied = limited(aws, resources, everything, {"Effect": "Deny", "Action": "*", "Resource": ARN})
    assert denied.list_user_pools(MaxResults=1)
    with pytest.raises(ClientError, match="with an explicit deny in an identity-based policy"):
        denied.describe_user_pool(UserPoolId=POOL)


def test_a_change_is_recorded_without_its_secrets(resources: Resources, root: Any) -> None:
    answer = root.admin_set_user_password(UserPoolId=POOL, Username="zoe", Password="hidden-Pass-1")
    with resources.database.read() as db:
        query = select(AuditEvent).where(AuditEvent.request_id == answer["ResponseMetadata"]["RequestId"])
        (event,) = db.execute(query).all()
    assert (event.kind, event.pool_id, event.principal) == (
        "AdminSetUserPassword",
        POOL,
        f"arn:aws:iam::{ACCOUNT}:user/zoe",
    )
    assert event.details == {"UserPoolId": POOL, "Username": "zoe", "Password": "***"}


@pytest.mark.parametrize(("name", "status", "is_done"), [("fine", 200, 1), ("within", 400, 0), ("after", 500, 1)])
def test_an_operators_change_and_its_line_are_one_transaction(
    resources: Resources, root: Any, name: str, status: int, is_done: int
) -> None:
    try:
        answer = root.admin_disable_user(UserPoolId=POOL, Username=name)
    except ClientError as error:
        answer = error.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    with resources.database.read() as db:
        query = select(AuditEvent.kind).where(AuditEvent.request_id == answer["ResponseMetadata"]["RequestId"])
        assert list(db.execute(query).scalars()) == ["AdminDisableUser"] * is_done
        assert (db.execute(select(Pool.name).where(Pool.pool_id == POOL)).scalar_one() == name) == bool(is_done)


def test_modelled_errors_are_typed_and_unknown_ones_say_nothing(root: Any) -> None:
    with pytest.raises(root.exceptions.UserNotFoundException, match="User does not exist"):
        root.admin_set_user_password(UserPoolId=POOL, Username="nobody", Password="p")
    with pytest.raises(root.exceptions.InternalErrorException) as broken:
        root.admin_set_user_password(UserPoolId=POOL, Username="broken", Password="hidden-Pass-1")
    assert broken.value.response["Error"]["Message"] == "An internal error occurred."
    assert broken.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_targets_that_name_nothing(aws: InProcessServer) -> None:
    assert error_of(post(aws, b"DeleteUserPool", b"{}"))[:2] == (501, "NotImplementedException")
    assert error_of(post(aws, b"Nothing\xff", b"{}"))[:2] == (400, "UnknownOperationException")
    twice = (b"x-amz-target", PREFIX + b"GetUser")
    assert error_of(post(aws, b"GetUser", b"{}", twice))[1] == "UnknownOperationException"
    bare = aws.request("POST", "http://localhost:9229/", [(b"host", b"localhost")], b"")
    assert error_of(bare)[1] == "UnknownOperationException"


@pytest.mark.parametrize("kind", [b"text/plain", b"application/x-www-form-urlencoded", b"", b"\xff"])
def test_wrong_content_types(aws: InProcessServer, kind: bytes) -> None:
    sent = [(b"host", b"localhost"), (b"x-amz-target", PREFIX + b"GetUser"), (b"content-type", kind)]
    reply = aws.request("POST", "http://localhost:9229/", sent, b'{"AccessToken":"t"}')
    assert error_of(reply)[:2] == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "InvalidParameterException"),
        (b"[]", "SerializationException"),
        (b'{"AccessToken":', "SerializationException"),
        (b'{"AccessToken":"\xff"}', "SerializationException"),
        (rb'{"AccessToken":"a\u0000"}', "InvalidParameterException"),
        (rb'{"AccessToken":"\ud800"}', "InvalidParameterException"),
        (b'{"AccessToken":{}}', "SerializationException"),
        (b"[" * 100_000, "SerializationException"),
        (b'{"AccessToken":"' + b"x" * 600_000 + b'"}', "InvalidParameterException"),
    ],
)
def test_hostile_bodies(aws: InProcessServer, body: bytes, code: str) -> None:
    assert error_of(post(aws, b"GetUser", body))[:2] == (400, code)


def test_browsers_of_other_origins_are_let_in_and_may_read_the_headers(aws: InProcessServer) -> None:
    wanted = [(b"host", b"localhost"), (b"origin", b"https://app.example"), (b"access-control-request-method", b"POST")]
    preflight = aws.request("OPTIONS", "http://localhost:9229/", wanted, b"")
    headers = dict(preflight.headers)
    assert preflight.status == 204
    assert headers["access-control-allow-origin"] == "*"
    for name in (
        "amz-sdk-invocation-id",
        "amz-sdk-request",
        "cache-control",
        "content-type",
        "x-amz-target",
        "x-amz-user-agent",
    ):
        assert name in headers["access-control-allow-headers"].split(",")
    origin = (b"origin", b"https://app.example")
    for body in (b'{"AccessToken":"t"}', b"{}"):
        exposed = dict(post(aws, b"GetUser", body, origin).headers)["access-control-expose-headers"]
        assert "x-amzn-ErrorType" in exposed


def test_the_reply_carries_aws_headers(aws: InProcessServer) -> None:
    reply = post(aws, b"GetUser", b'{"AccessToken":"t"}')
    headers = dict(reply.headers)
    assert (reply.status, headers["content-type"]) == (200, "application/x-amz-json-1.1")
    assert len(headers["x-amzn-requestid"]) == 36
