"""The seam at every point where Cognito calls a Lambda trigger (Developer Guide, "Customizing user pool workflows").

A pool whose LambdaConfig names no function for a trigger costs one dictionary look-up here.
"""

from collections.abc import Mapping
from typing import Any

from app.core.pools import Pool
from app.flows.work import Work
from app.gateways.functions import FunctionError, FunctionUnavailableError, Invocation
from app.kit.errors import (
    InvalidLambdaResponseException,
    UnexpectedLambdaException,
    UserLambdaValidationException,
)
from app.kit.segments import check_outside_segment

# Operators' calls are made for no client.
_NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"
# The members of `response` that a function finds there to fill in.
_RESPONSES: Mapping[str, Mapping[str, Any]] = {
    "PreSignUp": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    "CustomMessage": {"smsMessage": None, "emailMessage": None, "emailSubject": None},
    "DefineAuthChallenge": {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    "CreateAuthChallenge": {
        "publicChallengeParameters": None,
        "privateChallengeParameters": None,
        "challengeMetadata": None,
    },
    "VerifyAuthChallengeResponse": {"answerCorrect": None},
    "UserMigration": {
        "userAttributes": None,
        "forceAliasCreation": None,
        "enableSMSMFA": None,
        "finalUserStatus": None,
        "messageAction": None,
        "desiredDeliveryMediums": None,
    },
    "PreTokenGeneration": {"claimsOverrideDetails": None},
}
_VERSIONS = {"V1_0": "1", "V2_0": "2", "V3_0": "3"}


def call_trigger(
    work: Work,
    pool: Pool,
    trigger: str,
    source: str,
    request: Mapping[str, Any],
    *,
    user_name: str,
    client_id: str | None = None,
) -> dict[str, Any] | None:
    """Calls the pool's function for `trigger` (a LambdaConfig member such as `PreSignUp`) with an event of `source`.

    Returns the `response` of the event, None when the pool names no function. Raises UserLambdaValidationException with
    the function's own text, UnexpectedLambdaException, InvalidLambdaResponseException.
    """
    configured = pool.lambda_config.get(trigger)
    if not configured:
        return None
    check_outside_segment("a trigger")
    arn, version = _function(configured)
    name = trigger.removesuffix("Config")
    event = {
        "version": version,
        "region": pool.region,
        "userPoolId": pool.pool_id,
        "userName": user_name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id or _NO_CLIENT},
        "triggerSource": source,
        "request": dict(request),
        "response": dict(_RESPONSES.get(name, {})),
    }
    return _answer(work, name, arn, event)


def _function(configured: Any) -> tuple[str, str]:
    """The function's ARN, and the version of the event that it expects."""
    if isinstance(configured, str):
        return configured, "1"
    return str(configured["LambdaArn"]), _VERSIONS[configured.get("LambdaVersion", "V1_0")]


def _answer(work: Work, name: str, arn: str, event: Mapping[str, Any]) -> dict[str, Any]:
    try:
        returned = work.resources.functions.invoke(Invocation(event["userPoolId"], arn, event, work.request_id))
    except FunctionError as error:
        raise UserLambdaValidationException(f"{name} failed with error {error.text}.") from None
    except FunctionUnavailableError as error:
        raise UnexpectedLambdaException(f"{name} invocation failed due to error: {error.text}.") from None
    response = returned.get("response") if isinstance(returned, dict) else None
    if response is None:
        response = {}
    if not isinstance(returned, dict) or not isinstance(response, dict):
        raise InvalidLambdaResponseException
    return response
