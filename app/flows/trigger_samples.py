"""A sample event for every trigger source, made by the builders that make the real ones: what `poolhouse functions test` sends."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.core.tokens import GroupRole
from app.flows.trigger_events import build_event
from app.flows.triggers import (
    custom_auth,
    custom_message,
    custom_sender,
    inbound_federation,
    post_authentication,
    post_confirmation,
    pre_authentication,
    pre_sign_up,
    pre_token_generation,
    user_migration,
)

_USER_NAME: Final = "jane"
_CLIENT_ID: Final = "1example23456789"
_PROVIDED: Final = {"email": "jane@example.com"}
_ATTRIBUTES: Final = {
    "sub": "a1b2c3d4-5678-90ab-cdef-111122223333",
    "cognito:user_status": "CONFIRMED",
    "email": "jane@example.com",
    "email_verified": "true",
    "phone_number": "+12065550100",
    "phone_number_verified": "false",
}
_METADATA: Final = {"key": "value"}
_ROLE: Final = "arn:aws:iam::123456789012:role/example"
_GROUPS: Final = pre_token_generation.group_configuration([GroupRole("example", _ROLE, 1)], [_ROLE], _ROLE)
_HISTORY: Final = [{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "first"}]
_SCOPES: Final = ["aws.cognito.signin.user.admin"]
# A code that opens with no key: what a sender's function really gets is made when a message is sent.
_SEALED_CODE: Final = "AQICAHgexample"

SOURCES: Final = (
    *pre_sign_up.SOURCES,
    *post_confirmation.SOURCES,
    *pre_authentication.SOURCES,
    *post_authentication.SOURCES,
    *custom_auth.SOURCES,
    *pre_token_generation.SOURCES,
    *user_migration.SOURCES,
    *custom_message.SOURCES,
    *custom_sender.SOURCES,
    *inbound_federation.SOURCES,
)


def sample_event(source: str, pool_id: str, region: str, version: str = "") -> dict[str, Any]:
    """An event of `source` (a triggerSource, one of SOURCES) of a pool; raises LookupError for an unknown source.

    `version` (1, 2, 3) is that of TokenGeneration events: 1 unless told otherwise, 3 for client credentials.
    """
    if source not in SOURCES:
        raise LookupError(f"{source} is no trigger source")
    is_client = source == pre_token_generation.CLIENT_CREDENTIALS
    version = version or ("3" if is_client else "1")
    request, response = _REQUESTS[source.split("_", maxsplit=1)[0]](source, version)
    return build_event(
        source,
        request,
        response,
        version=version,
        region=region,
        pool_id=pool_id,
        user_name=pre_token_generation.CLIENT_USER_NAME if is_client else _USER_NAME,
        client_id=None if source.endswith("_AdminCreateUser") else _CLIENT_ID,
    )


_Parts = tuple[Mapping[str, Any], Mapping[str, Any]]


def _pre_sign_up(_source: str, _version: str) -> _Parts:
    return pre_sign_up.request(_PROVIDED, _METADATA, _METADATA), pre_sign_up.RESPONSE


def _post_confirmation(_source: str, _version: str) -> _Parts:
    return post_confirmation.request(_ATTRIBUTES, _METADATA), post_confirmation.RESPONSE


def _pre_authentication(_source: str, _version: str) -> _Parts:
    return pre_authentication.request(_ATTRIBUTES, _METADATA, is_known=True), pre_authentication.RESPONSE


def _post_authentication(_source: str, _version: str) -> _Parts:
    return post_authentication.request(_ATTRIBUTES, _METADATA, is_new_device=False), post_authentication.RESPONSE


def _custom_auth(source: str, _version: str) -> _Parts:
    trigger = source.split("_", maxsplit=1)[0]
    request = {
        custom_auth.DEFINE: custom_auth.define_request(_HISTORY),
        custom_auth.CREATE: custom_auth.create_request(_HISTORY, "CUSTOM_CHALLENGE"),
        custom_auth.VERIFY: custom_auth.verify_request({"answer": "4"}, "4"),
    }[trigger]
    whole = custom_auth.whole_request(_ATTRIBUTES, request, _METADATA, is_known=True)
    return whole, custom_auth.RESPONSES[trigger]


def _pre_token_generation(source: str, version: str) -> _Parts:
    is_client = source == pre_token_generation.CLIENT_CREDENTIALS
    request = pre_token_generation.request(
        {} if is_client else _ATTRIBUTES,
        None if is_client else _GROUPS,
        None if version == "1" else _SCOPES,
        _METADATA,
    )
    return request, pre_token_generation.RESPONSE_V1 if version == "1" else pre_token_generation.RESPONSE


def _user_migration(source: str, _version: str) -> _Parts:
    if source == user_migration.AUTHENTICATION:
        return user_migration.request("Example-Password-1", _METADATA, None), user_migration.RESPONSE
    return user_migration.request(None, None, _METADATA), user_migration.RESPONSE


def _custom_message(source: str, _version: str) -> _Parts:
    return custom_message.request(source, _ATTRIBUTES, _METADATA), custom_message.RESPONSE


def _custom_sender(source: str, _version: str) -> _Parts:
    trigger = source.split("_", maxsplit=1)[0]
    code = None if source.endswith(custom_sender.ACCOUNT_TAKE_OVER) else _SEALED_CODE
    return custom_sender.request(trigger, code, _ATTRIBUTES, _METADATA), custom_sender.RESPONSE


def _inbound_federation(_source: str, _version: str) -> _Parts:
    said = {"idToken": {"sub": "1234", "email": "jane@example.com"}, "userInfo": {"name": "Jane"}}
    return inbound_federation.request("Example", "OIDC", said), inbound_federation.RESPONSE


# By what stands before the first underscore of a source.
_REQUESTS: Final[Mapping[str, Callable[[str, str], _Parts]]] = {
    "PreSignUp": _pre_sign_up,
    "PostConfirmation": _post_confirmation,
    "PreAuthentication": _pre_authentication,
    "PostAuthentication": _post_authentication,
    **dict.fromkeys(custom_auth.TRIGGERS, _custom_auth),
    "TokenGeneration": _pre_token_generation,
    "UserMigration": _user_migration,
    "CustomMessage": _custom_message,
    custom_sender.EMAIL: _custom_sender,
    custom_sender.SMS: _custom_sender,
    "InboundFederation": _inbound_federation,
}
