"""Whatever belongs to one pool opens nothing in another: each AWS operation refuses it, tells nothing of it and changes nothing."""

import json
from typing import Any

import pytest

from app.core.access_keys import create_access_key
from app.core.policies import parse_policy
from app.flows.work import Resources
from app.web.aws.registry import cognito_idp, load_targets, poolhouse
from tests.conftest import ROOT_KEY
from tests.hostile.conftest import Sender, error_of
from tests.hostile.operations import BY_CLIENT, BY_TOKEN, NEW, OF_NO_POOL, SIGNED
from tests.hostile.realms import Maker, Realm
from tests.hostile.watching import COUNTED, Watch

Keys = dict[str, tuple[str, str]]
# What a foreign user, client, group or token is to a pool: nothing, or not good.
_NOT_HERE = frozenset(
    {
        "ResourceNotFoundException",
        "UserNotFoundException",
        "NotAuthorizedException",
        "UnauthorizedException",
        "InvalidParameterException",
    }
)
# Members that lead to something of a pool.
_BOUND = frozenset(
    {
        "UserPoolId",
        "ResourceArn",
        "ClientId",
        "Username",
        "GroupName",
        "Identifier",
        "Domain",
        "ClientSecretId",
        "DeviceKey",
        "JobId",
        "EventId",
        "FeedbackToken",
        "Session",
        "SessionId",
        "RefreshToken",
        "Token",
        "Secret",
        "AuthParameters",
        "ChallengeResponses",
        "ProviderName",
        "IdpIdentifier",
        "DestinationUser",
        "SourceUser",
        "User",
        "ManagedLoginBrandingId",
        "TermsId",
    }
)
# What these name is free in the other pool: they make something there, as they should.
_MAKES = frozenset({"CreateGroup", "CreateIdentityProvider", "CreateResourceServer", "CreateUserPoolClient", "SignUp"})


@pytest.fixture(scope="module")
def keys(ours: Realm, resources: Resources) -> Keys:
    """Keys of operators who have nothing to do with `theirs`."""
    resource = [ours.arn, ours.arn.replace("cognito-idp", "poolhouse")]
    statement = {"Effect": "Allow", "Action": "*", "Resource": resource}
    policy = parse_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    with resources.database.write() as db:
        here, now = resources.keyring, resources.clock()
        restricted = create_access_key(db, here, "123456789012", "restricted", policy, now)
        stranger = create_access_key(db, here, "999999999998", "stranger", None, now)
    return {"restricted": restricted, "stranger": stranger}


def test_every_operation_is_walked() -> None:
    load_targets()
    assert {*SIGNED, *BY_TOKEN, *BY_CLIENT, *OF_NO_POOL} == {*cognito_idp.operations, *poolhouse.operations}


@pytest.mark.parametrize("name", sorted(SIGNED))
def test_operators_of_other_pools_accounts_and_regions(
    name: str, send: Sender, makers: Maker, theirs: Realm, keys: Keys, watch: Watch
) -> None:
    members = SIGNED[name](makers, theirs)
    with watch.nothing_stored(theirs.pool_id):
        assert error_of(send(name, members, key=None)) == "MissingAuthenticationTokenException"
        assert error_of(send(name, members, key=(ROOT_KEY[0], "wrong"))) == "InvalidSignatureException"
        assert error_of(send(name, members, key=keys["restricted"])) == "AccessDeniedException"
        assert error_of(send(name, members, key=keys["stranger"])) == "ResourceNotFoundException"
        assert error_of(send(name, members, region="eu-west-3")) == "ResourceNotFoundException"


def _mixtures(mine: dict[str, Any], foreign: dict[str, Any]) -> list[dict[str, Any]]:
    """Each input in which some members that lead to a pool are ours and the others theirs."""
    bound = sorted(_BOUND & mine.keys())
    found = []
    for picture in range(1, 2 ** len(bound) - 1):
        chosen = {name for turn, name in enumerate(bound) if picture >> turn & 1}
        found.append({name: (foreign if name in chosen else mine)[name] for name in mine})
    return found


@pytest.mark.parametrize("name", sorted({*SIGNED, *BY_CLIENT} - _MAKES))
def test_what_is_of_one_pool_is_nothing_in_another(
    name: str, send: Sender, makers: Maker, ours: Realm, theirs: Realm, watch: Watch
) -> None:
    make = {**SIGNED, **BY_CLIENT}[name]
    mine, foreign = make(makers, ours), make(makers, theirs)
    for members in _mixtures(mine, foreign):
        with watch.nothing_stored(ours.pool_id, theirs.pool_id, but=COUNTED):
            reply = send(name, members, key=ROOT_KEY if name in SIGNED else None)
        if name == "RevokeToken" and reply.status == 200:
            continue  # RFC 7009 section 2.2: a token that nobody here knows is revoked already
        assert error_of(reply) in _NOT_HERE, members
        assert ours.email.encode() not in reply.body
        assert theirs.email.encode() not in reply.body


def test_a_foreign_token_is_only_ever_about_its_own_user(send: Sender, makers: Maker, theirs: Realm) -> None:
    token = makers.tokens(theirs)["AccessToken"]
    shown = json.loads(send("GetUser", {"AccessToken": token}, key=None).body)
    assert shown["Username"] == theirs.user.username


def test_a_foreign_secret_block_and_session_are_of_no_use(
    send: Sender, makers: Maker, ours: Realm, theirs: Realm, watch: Watch
) -> None:
    answers = {
        "PASSWORD_VERIFIER": ({**makers.proof(theirs)}, None),
        "NEW_PASSWORD_REQUIRED": (
            {"USERNAME": theirs.invited, "NEW_PASSWORD": NEW},
            makers.invited_session(theirs),
        ),
    }
    for challenge, (responses, session) in answers.items():
        for username in (responses["USERNAME"], ours.user.username, ours.user.sub):
            members = {
                "ClientId": ours.app.client_id,
                "ChallengeName": challenge,
                "ChallengeResponses": {**responses, "USERNAME": username},
            }
            members |= {"Session": session} if session else {}
            with watch.nothing_stored(ours.pool_id, theirs.pool_id):
                assert error_of(send("RespondToAuthChallenge", members, key=None)) == "NotAuthorizedException"


def test_lists_go_on_only_where_they_began(
    send: Sender, makers: Maker, ours: Realm, theirs: Realm, watch: Watch
) -> None:
    for name, member, size in (
        ("ListUsers", "PaginationToken", "Limit"),
        ("ListUserPoolClients", "NextToken", "MaxResults"),
    ):
        first = json.loads(send(name, {"UserPoolId": theirs.pool_id, size: 1}).body)
        token = first[member]
        for other in ({"UserPoolId": ours.pool_id}, {"UserPoolId": theirs.pool_id, "Filter": 'status="Enabled"'}):
            if "Filter" in other and name != "ListUsers":
                continue
            assert error_of(send(name, {**other, size: 1, member: token})) == "InvalidParameterException"
        for broken in (token[:-4], token[::-1], "AAAA", "a" * 5_000, "/+/+"):
            members = {"UserPoolId": theirs.pool_id, size: 1, member: broken}
            assert error_of(send(name, members)) == "InvalidParameterException"


def test_what_other_accounts_have_is_not_told(send: Sender, theirs: Realm, keys: Keys) -> None:
    stranger = keys["stranger"]
    described = json.loads(send("DescribeUserPoolDomain", {"Domain": theirs.domain}, key=stranger).body)
    assert described == {"DomainDescription": {}}
    assert json.loads(send("ListUserPools", {"MaxResults": 60}, key=stranger).body)["UserPools"] == []
    assert error_of(send("ListUserPools", {"MaxResults": 60}, key=keys["restricted"])) == "AccessDeniedException"


def test_a_restricted_operator_cannot_ask_which_pool_has_a_domain(send: Sender, theirs: Realm, keys: Keys) -> None:
    reply = send("DescribeUserPoolDomain", {"Domain": theirs.domain}, key=keys["restricted"])
    assert error_of(reply) == "AccessDeniedException"


@pytest.mark.parametrize("name", ["CreateAccessKey", "ListAccessKeys", "RevokeAccessKey"])
def test_a_restricted_operator_makes_no_keys(name: str, send: Sender, keys: Keys, watch: Watch) -> None:
    everything = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    members = {
        "CreateAccessKey": {"UserName": "eve", "PolicyDocument": everything},
        "ListAccessKeys": {},
        "RevokeAccessKey": {"AccessKeyId": keys["stranger"][0]},
    }[name]
    with watch.nothing_stored():
        assert error_of(send(name, members, key=keys["restricted"])) == "AccessDeniedException"
    if name == "RevokeAccessKey":
        assert error_of(send(name, {"AccessKeyId": ROOT_KEY[0]}, key=keys["stranger"])) == "ResourceNotFoundException"
