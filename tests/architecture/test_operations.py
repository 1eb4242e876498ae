"""Which operations of Cognito's API are built and which are not: the list here and the registry say the same."""

import httpx
import pytest

from app.web.aws.registry import cognito_identity, cognito_idp, load_targets, poolhouse

# An operation leaves this list with the change that builds it.
UNBUILT = ("GetDerivedToken",)


def test_the_list_is_the_truth() -> None:
    load_targets()
    assert cognito_idp.unbuilt() == UNBUILT
    assert len(cognito_idp.operations) + len(UNBUILT) == len(cognito_idp.model["operations"]) == 141


def test_our_own_service_is_whole() -> None:
    load_targets()
    assert poolhouse.unbuilt() == ()


def test_of_identity_pools_nothing_is_built() -> None:
    """Calls of them are told so, and those of STS, IAM and cognito-sync (tests/aws/test_other_protocols.py)."""
    load_targets()
    assert cognito_identity.operations == {}
    assert len(cognito_identity.unbuilt()) == 23


@pytest.mark.parametrize("name", UNBUILT)
def test_an_unbuilt_operation_says_so(http: httpx.Client, name: str) -> None:
    target = f"AWSCognitoIdentityProviderService.{name}"
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    reply = http.post("/", content=b"{}", headers=headers)
    assert reply.status_code == 501
    assert reply.json() == {"__type": "NotImplementedException", "message": f"{name} is not built yet."}
    assert reply.headers["x-amzn-errortype"] == "NotImplementedException:"
