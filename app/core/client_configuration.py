"""What an app client's configuration means: defaults, and what the service model cannot check.

Pure: AWS-shaped dictionaries in, AWS-shaped dictionaries out. See CreateUserPoolClient and UpdateUserPoolClient in the
Amazon Cognito user pools API reference. `implicit` is stored, since infrastructure tools send it by default; the OAuth
server neither advertises nor serves it (RFC 9700 section 2.1.2).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.kit.clock import DAY, HOUR, MINUTE, SECOND
from app.kit.errors import (
    FeatureUnavailableInTierException,
    InvalidOAuthFlowException,
    InvalidParameterException,
    NotImplementedException,
    ScopeDoesNotExistException,
)

Configuration = dict[str, Any]

STANDARD_SCOPES = frozenset({"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"})
_FLOWS = ("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH")
_UNIT_MS = {"seconds": SECOND, "minutes": MINUTE, "hours": HOUR, "days": DAY}
# Token -> its unit unless one is named, its life unless one is named, the shortest and the longest (all in ms).
_VALIDITY = {
    "AccessToken": ("hours", HOUR, 5 * MINUTE, DAY),
    "IdToken": ("hours", HOUR, 5 * MINUTE, DAY),
    "RefreshToken": ("days", 30 * DAY, HOUR, 3_650 * DAY),
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# A browser sent there would run, open or download something instead of calling an app.
_UNSAFE_SCHEMES = frozenset({"javascript", "data", "vbscript", "blob", "file", "filesystem", "about", "view-source"})
# Only the server says who someone is and what is verified; no client may write these.
_NEVER_WRITTEN = frozenset({"sub", "email_verified", "phone_number_verified"})
_DEFAULTS: Mapping[str, Any] = {
    "AllowedOAuthFlowsUserPoolClient": False,
    "PreventUserExistenceErrors": "LEGACY",
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a client's configuration is checked against: its pool with the names of its providers, and whether it has a secret."""

    pool_id: str
    tier: str
    attributes: Collection[str]
    resource_scopes: Collection[str]
    providers: Collection[str]
    has_secret: bool


def client_configuration(given: Mapping[str, Any], around: Surroundings, verb: str) -> Configuration:
    """A client's configuration from what Create- or UpdateUserPoolClient gives; what is not given has its default.

    `verb` ("creating", "updating") is for texts. Raises InvalidParameterException, InvalidOAuthFlowException,
    ScopeDoesNotExistException, FeatureUnavailableInTierException and NotImplementedException.
    """
    given = {name: value for name, value in given.items() if value is not None}
    _check_auth_flows(given, around)
    _check_oauth(given, around)
    _check_urls(given)
    _check_providers(given, around)
    _check_attributes(given, around, verb)
    if given.get("EnablePropagateAdditionalUserContextData") and not around.has_secret:
        raise InvalidParameterException("EnablePropagateAdditionalUserContextData needs a client with a secret.")
    if given.get("AnalyticsConfiguration"):
        raise NotImplementedException("AnalyticsConfiguration is not built, so it cannot be turned on.")
    lists = {name: list(dict.fromkeys(value)) for name, value in given.items() if isinstance(value, list)}
    merged = {**_DEFAULTS, **given, **lists, "ExplicitAuthFlows": _auth_flows({**given, **lists}), **_validities(given)}
    _check_validities(merged)
    return merged


# ---- sign-in flows


def _auth_flows(given: Mapping[str, Any]) -> list[str]:
    flows = given.get("ExplicitAuthFlows")
    if flows:
        return list(flows)
    return [flow for flow in _FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH" or not _rotates(given)]


def _rotates(given: Mapping[str, Any]) -> bool:
    return bool((given.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED")


def _check_auth_flows(given: Mapping[str, Any], around: Surroundings) -> None:
    flows = given.get("ExplicitAuthFlows") or ()
    if len({flow.startswith("ALLOW_") for flow in flows}) > 1:
        raise InvalidParameterException("ExplicitAuthFlows cannot mix values with and without the prefix ALLOW_.")
    if "ALLOW_CLIENT_TOKEN_AUTH" in flows:
        if len(flows) > 1:
            raise InvalidParameterException("ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other flows.")
        if not around.has_secret:
            raise InvalidParameterException("ALLOW_CLIENT_TOKEN_AUTH needs a client with a secret.")
    if "ALLOW_USER_AUTH" in flows and around.tier == "LITE":
        raise FeatureUnavailableInTierException("ALLOW_USER_AUTH needs the feature plan ESSENTIALS or higher.")
    if "ALLOW_REFRESH_TOKEN_AUTH" in flows and _rotates(given):
        raise InvalidParameterException(
            "ALLOW_REFRESH_TOKEN_AUTH is not supported while refresh token rotation is enabled."
        )


# ---- OAuth


def _check_oauth(given: Mapping[str, Any], around: Surroundings) -> None:
    """Without AllowedOAuthFlowsUserPoolClient flows and scopes are stored and checked as Cognito does, but never usable."""
    flows = given.get("AllowedOAuthFlows") or ()
    scopes = given.get("AllowedOAuthScopes") or ()
    _check_grants(flows, around)
    _check_scopes(scopes, around)
    if not given.get("AllowedOAuthFlowsUserPoolClient"):
        return
    if not (flows and scopes):
        raise InvalidParameterException(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
        )
    if "client_credentials" not in flows and not given.get("CallbackURLs"):
        raise InvalidParameterException("At least one callback URL is required for the code and implicit flows.")


def _check_grants(flows: Collection[str], around: Surroundings) -> None:
    if "client_credentials" not in flows:
        return
    if len(set(flows)) > 1:
        raise InvalidOAuthFlowException(
            "client_credentials flow can not be selected along with code flow or implicit flow."
        )
    if not around.has_secret:
        raise InvalidOAuthFlowException(
            "client_credentials flow can not be selected if client does not have a client secret."
        )


def _check_scopes(scopes: Iterable[str], around: Surroundings) -> None:
    for scope in scopes:
        if scope not in STANDARD_SCOPES and scope not in around.resource_scopes:
            raise ScopeDoesNotExistException(f"Scope {scope} does not exist.")


def _check_urls(given: Mapping[str, Any]) -> None:
    callbacks = given.get("CallbackURLs") or ()
    for name in ("CallbackURLs", "LogoutURLs"):
        for url in given.get(name) or ():
            _check_url(url)
    default = given.get("DefaultRedirectURI")
    if default is not None and default not in callbacks:
        raise InvalidParameterException("DefaultRedirectURI must be one of the CallbackURLs.")


def _check_url(url: str) -> None:
    """An absolute URI without a fragment (RFC 6749 section 3.1.2): https, http on this machine, or an app's own scheme."""
    if not (url.isascii() and url.isprintable()) or "\\" in url:
        raise InvalidParameterException(f"{url} is not a valid URL.")
    if "#" in url:
        raise InvalidParameterException(f"{url} cannot contain a fragment.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidParameterException(f"{url} is not a valid URL.") from None
    if not parts.scheme or parts.scheme in _UNSAFE_SCHEMES or not url[len(parts.scheme) + 1 :].strip("/"):
        raise InvalidParameterException(f"{url} is not a valid URL.")
    if parts.scheme in ("http", "https") and (not host or "@" in parts.netloc):
        raise InvalidParameterException(f"{url} is not a valid URL.")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise InvalidParameterException(f"{url} cannot use the HTTP protocol.")


def _check_providers(given: Mapping[str, Any], around: Surroundings) -> None:
    providers = given.get("SupportedIdentityProviders") or ()
    for provider in providers:
        if provider != "COGNITO" and provider not in around.providers:
            raise InvalidParameterException(f"The provider {provider} does not exist for User Pool {around.pool_id}.")


# ---- attributes


def _check_attributes(given: Mapping[str, Any], around: Surroundings, verb: str) -> None:
    known = {name for name in around.attributes if not name.startswith("dev:")}
    allowed = {"read": known, "write": known - _NEVER_WRITTEN}
    for kind, member in (("read", "ReadAttributes"), ("write", "WriteAttributes")):
        names = given.get(member) or ()
        if not allowed[kind].issuperset(names):
            raise InvalidParameterException(f"Invalid {kind} attributes specified while {verb} a client")


# ---- token lives


def _validities(given: Mapping[str, Any]) -> Configuration:
    """The lives that are shown: the refresh token's always, the others' when they or their units were given."""
    units = given.get("TokenValidityUnits") or {}
    shown: Configuration = {"TokenValidityUnits": dict(units)}
    for token, (default_unit, default_ms, _, _) in _VALIDITY.items():
        named = given.get(f"{token}Validity")
        if named:
            shown[f"{token}Validity"] = named
        elif token in units or token == "RefreshToken":
            shown[f"{token}Validity"] = max(1, default_ms // _UNIT_MS[units.get(token, default_unit)])
    return shown


def _check_validities(merged: Mapping[str, Any]) -> None:
    for token, (default_unit, default_ms, shortest, longest) in _VALIDITY.items():
        unit = _UNIT_MS[merged["TokenValidityUnits"].get(token, default_unit)]
        value = merged.get(f"{token}Validity")
        if not shortest <= (default_ms if value is None else value * unit) <= longest:
            raise InvalidParameterException("Invalid range for token validity.")
