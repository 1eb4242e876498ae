"""PreTokenGeneration: before tokens are signed (Developer Guide, "Pre token generation Lambda trigger").

Version 1 changes the ID token and the groups of both; versions 2 and 3 the access token, too; version 3 also runs for tokens of
clients. An answer is read here and applied by `flows.token_overrides`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from app.core.pools import Pool
from app.core.tokens import GroupRole
from app.flows.call_trigger import call_trigger
from app.flows.token_overrides import ClaimChanges, GroupChanges, Overrides
from app.flows.trigger_events import with_metadata
from app.flows.triggers.responses import Response, read_flag, read_names, read_object, read_text, read_texts
from app.flows.work import Work
from app.kit.errors import InvalidLambdaResponseException

# LambdaConfig has it wherever it has the older PreTokenGeneration (core.pool_configuration).
TRIGGER: Final = "PreTokenGenerationConfig"
HOSTED_AUTH: Final = "TokenGeneration_HostedAuth"
AUTHENTICATION: Final = "TokenGeneration_Authentication"
NEW_PASSWORD_CHALLENGE: Final = "TokenGeneration_NewPasswordChallenge"
AUTHENTICATE_DEVICE: Final = "TokenGeneration_AuthenticateDevice"
REFRESH_TOKENS: Final = "TokenGeneration_RefreshTokens"
CLIENT_CREDENTIALS: Final = "TokenGeneration_ClientCredentials"
SOURCES: Final = (
    HOSTED_AUTH,
    AUTHENTICATION,
    NEW_PASSWORD_CHALLENGE,
    AUTHENTICATE_DEVICE,
    REFRESH_TOKENS,
    CLIENT_CREDENTIALS,
)
# The user name of an event about a client's own token.
CLIENT_USER_NAME: Final = "ClientCredentials"
RESPONSE_V1: Final[Mapping[str, Any]] = {"claimsOverrideDetails": None}
RESPONSE: Final[Mapping[str, Any]] = {"claimsAndScopeOverrideDetails": None}
# What an answer may add to one token, as JSON in bytes: a token longer than 16,384 characters no door takes back.
MAX_ADDED: Final = 10_000
# RFC 6749 section 3.3, with the length that Cognito's model gives a scope.
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
_LONGEST: Final = 2_048
# More digits than a JSON number carries stay text.
_SECONDS: Final = re.compile(r"[0-9]{1,15}")
# Claims of ID tokens that have a form of their own, which no array or object has.
_PLAIN: Final = ("email_verified", "phone_number_verified", "updated_at", "address")


def version_of(pool: Pool) -> str | None:
    """LambdaVersion of the pool's function, None without one."""
    configured = pool.lambda_config.get(TRIGGER)
    return str(configured["LambdaVersion"]) if configured else None


def request(
    attributes: Mapping[str, str],
    groups: Mapping[str, Any] | None,
    scopes: Sequence[str] | None,
    metadata: Mapping[str, str] | None,
) -> dict[str, Any]:
    """What the function is told; `groups` as `group_configuration` gives them, `scopes` from version 2 on."""
    told: dict[str, Any] = {"userAttributes": dict(attributes), "groupConfiguration": groups}
    if scopes is not None:
        told["scopes"] = list(scopes)
    return with_metadata(told, metadata)


def group_configuration(groups: Sequence[GroupRole], roles: Sequence[str], preferred: str | None) -> dict[str, Any]:
    """The user's groups as the event tells them."""
    return {
        "groupsToOverride": [group.name for group in groups],
        "iamRolesToOverride": list(roles),
        "preferredRole": preferred,
    }


def call_pre_token_generation(
    work: Work,
    pool: Pool,
    source: str,
    *,
    user_name: str,
    client_id: str,
    attributes: Mapping[str, str],
    groups: Mapping[str, Any] | None,
    scope: str,
    metadata: Mapping[str, str] | None,
) -> Overrides | None:
    """What the pool's function changes of the tokens, None if nothing. The pool must name one. Not within a segment.

    Raises what `call_trigger` raises.
    """
    version = version_of(pool)
    is_first = version == "V1_0"
    told = request(attributes, groups, None if is_first else scope.split(), metadata)
    response = call_trigger(
        work,
        pool,
        TRIGGER,
        source,
        told,
        RESPONSE_V1 if is_first else RESPONSE,
        user_name=user_name,
        client_id=client_id,
    )
    return read_first_version(response) if is_first else read_response(response)


def read_first_version(response: Response) -> Overrides | None:
    """An answer of version 1, whose values are texts; raises InvalidLambdaResponseException."""
    details = read_object(response, "claimsOverrideDetails")
    if not details:
        return None
    added, groups = read_texts(details, "claimsToAddOrOverride"), _groups(details)
    _check_size([added, _listed(groups)])
    changes = ClaimChanges(_in_form(added), frozenset(read_names(details, "claimsToSuppress")))
    return Overrides(id_token=changes, groups=groups)


def read_response(response: Response) -> Overrides | None:
    """An answer of version 2 or 3, whose values are any JSON; raises InvalidLambdaResponseException."""
    details = read_object(response, "claimsAndScopeOverrideDetails")
    if not details:
        return None
    identity, access = read_object(details, "idTokenGeneration"), read_object(details, "accessTokenGeneration")
    scopes = read_names(access, "scopesToAdd")
    if not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise InvalidLambdaResponseException
    id_changes, access_changes, groups = _changes(identity), _changes(access), _groups(details)
    _check_size([id_changes.added, _listed(groups)])
    _check_size([access_changes.added, scopes, _listed(groups)])
    return Overrides(
        id_token=ClaimChanges(_in_form(id_changes.added), id_changes.suppressed),
        access_token=access_changes,
        groups=groups,
        scopes_added=scopes,
        scopes_suppressed=frozenset(read_names(access, "scopesToSuppress")),
    )


def _changes(details: Mapping[str, Any]) -> ClaimChanges:
    given = read_object(details, "claimsToAddOrOverride")
    added = {name: value for name, value in given.items() if value is not None}
    return ClaimChanges(added, frozenset(read_names(details, "claimsToSuppress")))


def _groups(details: Mapping[str, Any]) -> GroupChanges | None:
    """The groups in place of the user's; null or an empty object means none, a missing member no change."""
    if "groupOverrideDetails" not in details:
        return None
    given = read_object(details, "groupOverrideDetails")
    return GroupChanges(
        read_names(given, "groupsToOverride"),
        read_names(given, "iamRolesToOverride"),
        read_text(given, "preferredRole", _LONGEST),
    )


def _listed(groups: GroupChanges | None) -> Sequence[Any]:
    return [groups.groups, groups.roles, groups.preferred_role] if groups else []


def _in_form(added: Mapping[str, Any]) -> dict[str, Any]:
    """Claims of an ID token, those with a form of their own in it (OpenID Connect Core section 5.1)."""
    for name in _PLAIN:
        if isinstance(added.get(name), dict | list):
            raise InvalidLambdaResponseException
    formed = dict(added)
    for name in ("email_verified", "phone_number_verified"):
        if name in added:
            formed[name] = read_flag(added, name)
    if "address" in added:
        formed["address"] = {"formatted": str(added["address"])}
    if _SECONDS.fullmatch(str(added.get("updated_at", ""))):
        formed["updated_at"] = int(added["updated_at"])
    return formed


def _check_size(added: Any) -> None:
    try:
        size = len(orjson.dumps(added))
    except (TypeError, ValueError):  # numbers and nesting beyond what a token can carry
        raise InvalidLambdaResponseException from None
    if size > MAX_ADDED:
        raise InvalidLambdaResponseException
