"""An access token of OAuth's endpoints as credit for a sign-in at the API: it must be able to do there what it leads to."""

from typing import Any

from tests.aws.refusals import refused
from tests.factories import MadeUser, claims_of
from tests.oauth.relying_party import OAuth


def test_a_token_without_the_scope_of_the_api_is_no_credit(oauth: OAuth, user: MadeUser, public: Any) -> None:
    client = oauth.client(ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    token = oauth.tokens(client, user, scope="openid orders/read")["access_token"]
    given = {
        "USERNAME": claims_of(token)["username"],
        "TARGET_ACR_VALUES": "urn:cognito:loa:3",
        "ACCESS_TOKEN": token,
    }
    assert refused(public.initiate_auth, ClientId=client.client_id, AuthFlow="USER_AUTH", AuthParameters=given) == (
        "NotAuthorizedException",
        "Access Token does not have required scopes",
    )
