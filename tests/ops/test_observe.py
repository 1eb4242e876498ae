"""What the log says of a request: which operation of which pool it was, and nothing of what it held."""

from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from tests.factories import Factory


def test_operations_are_told_with_their_pool(operator: Any, public: Any, make: Factory) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])["ClientId"]
    user = make.user(pool_id)
    token = make.tokens(client_id, user)["AccessToken"]
    wrong = {"USERNAME": user.username, "PASSWORD": "Wrong-Horse-9"}
    with capture_logs() as lines:
        operator.describe_user_pool(UserPoolId=pool_id)
        public.get_user(AccessToken=token)
        with pytest.raises(ClientError, match="NotAuthorizedException"):
            public.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=wrong)
        operator.list_user_pools(MaxResults=1)
    told = [(line["route"], line["status"], line["pool"]) for line in lines if line["event"] == "request"]
    assert told == [
        ("DescribeUserPool", 200, pool_id),
        ("GetUser", 200, pool_id),
        ("InitiateAuth", 400, pool_id),
        ("ListUserPools", 200, ""),
    ]
    assert user.username not in str(lines)


def test_a_route_is_told_by_its_path_alone(http: httpx.Client, make: Factory) -> None:
    pool_id = make.pool()
    with capture_logs() as lines:
        http.get(f"/{pool_id}/.well-known/jwks.json?key=of-somebody")
    (line,) = (line for line in lines if line["event"] == "request")
    assert (line["route"], line["pool"]) == ("/.well-known/jwks.json", pool_id)
    assert "of-somebody" not in str(lines)
