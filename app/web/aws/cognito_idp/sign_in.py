"""Sign-in: InitiateAuth, RespondToAuthChallenge and their operators' twins."""

from typing import Any

from app.core import devices
from app.core.clients import no_such_client
from app.flows import sign_in
from app.flows.challenge_steps import Door
from app.flows.challenges.choice import SESSION
from app.flows.continue_sign_in import Challenge, SignedIn
from app.flows.issue_tokens import Tokens, issue_for_sign_in
from app.flows.refresh_sign_in import AUTH_FLOWS, refresh_sign_in
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.web.aws.cognito_idp.tokens import authentication_result
from app.web.aws.registry import cognito_idp

Strings = dict[str, str] | None


@cognito_idp.operation("InitiateAuth")
def initiate_auth(
    work: Work,
    client_id: str,
    auth_flow: str,
    auth_parameters: Strings = None,
    client_metadata: Strings = None,
    session: str | None = None,
) -> dict[str, Any]:
    """Begins a sign-in with an AuthFlow, or refreshes; `session` is ConfirmSignUp's."""
    client = work.snapshots.client(client_id)
    parameters = {**(auth_parameters or {}), **({SESSION: session} if session else {})}
    return _initiate(work, client, auth_flow, parameters, client_metadata, "api")


@cognito_idp.operation("AdminInitiateAuth")
def admin_initiate_auth(
    work: Work,
    user_pool_id: str,
    client_id: str,
    auth_flow: str,
    auth_parameters: Strings = None,
    client_metadata: Strings = None,
    session: str | None = None,
) -> dict[str, Any]:
    """Begins a sign-in for an operator, who may also use the ADMIN_ flows."""
    client = _client_of_pool(work, user_pool_id, client_id)
    parameters = {**(auth_parameters or {}), **({SESSION: session} if session else {})}
    return _initiate(work, client, auth_flow, parameters, client_metadata, "admin")


@cognito_idp.operation("RespondToAuthChallenge")
def respond_to_auth_challenge(
    work: Work,
    client_id: str,
    challenge_name: str,
    session: str | None = None,
    challenge_responses: Strings = None,
    client_metadata: Strings = None,
) -> dict[str, Any]:
    """Answers a challenge; the reply is the next one or tokens."""
    client = work.snapshots.client(client_id)
    return _respond(work, client, challenge_name, session, challenge_responses, client_metadata, "api")


@cognito_idp.operation("AdminRespondToAuthChallenge")
def admin_respond_to_auth_challenge(
    work: Work,
    user_pool_id: str,
    client_id: str,
    challenge_name: str,
    session: str | None = None,
    challenge_responses: Strings = None,
    client_metadata: Strings = None,
) -> dict[str, Any]:
    """Answers a challenge for an operator."""
    client = _client_of_pool(work, user_pool_id, client_id)
    return _respond(work, client, challenge_name, session, challenge_responses, client_metadata, "admin")


def _client_of_pool(work: Work, pool_id: str, client_id: str) -> ClientSnapshot:
    client = work.snapshots.client(client_id)
    if client.pool.pool_id != pool_id:
        raise no_such_client(client_id)
    return client


def _initiate(
    work: Work, client: ClientSnapshot, flow: str, parameters: Strings, metadata: Strings, door: Door
) -> dict[str, Any]:
    if flow in AUTH_FLOWS:
        return _with_tokens(refresh_sign_in(work, client, parameters or {}))
    return _answer(work, client, sign_in.start(work, client, flow, parameters or {}, door=door, metadata=metadata))


def _respond(
    work: Work,
    client: ClientSnapshot,
    challenge: str,
    session: str | None,
    responses: Strings,
    metadata: Strings,
    door: Door,
) -> dict[str, Any]:
    result = sign_in.answer(work, client, challenge, session, responses or {}, door=door, metadata=metadata)
    return _answer(work, client, result)


def _answer(work: Work, client: ClientSnapshot, result: Challenge | SignedIn) -> dict[str, Any]:
    if isinstance(result, SignedIn):
        tokens = issue_for_sign_in(
            work,
            client,
            result.user,
            result.authentication,
            settle=result.settle,
            source=result.trigger_source,
            metadata=result.metadata,
        )
        new_device = result.device if result.device and result.device.is_new else None
        return _with_tokens(tokens, _new_device_metadata(client, new_device.key) if new_device else None)
    answer: dict[str, Any] = {
        "ChallengeName": result.name,
        "ChallengeParameters": result.parameters,
        "Session": result.session,
    }
    return answer | {"AvailableChallenges": list(result.available)} if result.available else answer


def _new_device_metadata(client: ClientSnapshot, device_key: str) -> dict[str, str]:
    return {"DeviceKey": device_key, "DeviceGroupKey": devices.group_key(client.pool.pool_id)}


def _with_tokens(tokens: Tokens, new_device_metadata: dict[str, str] | None = None) -> dict[str, Any]:
    device = {"NewDeviceMetadata": new_device_metadata} if new_device_metadata else {}
    return {"ChallengeParameters": {}, "AuthenticationResult": {**authentication_result(tokens), **device}}
