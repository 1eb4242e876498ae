"""What the configuration of an identity provider means: its details for each type, its mappings, its name.

Pure: AWS-shaped dictionaries in, AWS-shaped dictionaries out. See CreateIdentityProvider in the Amazon Cognito user pools
API reference. URLs are only looked at, never fetched.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.kit.errors import InvalidParameterException

Details = dict[str, str]

# Providers of these types bear the name of their type, and no other does.
SOCIAL = frozenset({"Facebook", "Google", "LoginWithAmazon", "SignInWithApple"})
# What the pool calls itself where providers are named.
OWN_NAME = "cognito"
SECRETS = frozenset({"client_secret", "private_key"})
MAX_VALUE = 2_048
_MAX_PRIVATE_KEY = 8_192
_MAX_ECHO = 64
# The claim that says who a user is; for SAML it is the NameID of the assertion.
_SUBJECT_CLAIMS = {
    "OIDC": "sub",
    "Google": "sub",
    "SignInWithApple": "sub",
    "Facebook": "id",
    "LoginWithAmazon": "user_id",
}
# RFC 6749 section 3.3.
_SCOPES = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+( +[\x21\x23-\x5B\x5D-\x7E]+)*")
_API_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class _Type:
    """The keys of one type: those it needs, what is said when one is missing, those it may have, and values not given."""

    required: tuple[str, ...]
    missing: str
    optional: frozenset[str]
    defaults: Mapping[str, str]


def _social(defaults: Mapping[str, str], *optional: str) -> _Type:
    missing = "clientId, clientSecret and authorizeScopes are all required idp details."
    required = ("client_id", "client_secret", "authorize_scopes")
    return _Type(required, missing, frozenset({*defaults, *optional}), defaults)


_TYPES: Mapping[str, _Type] = {
    "SAML": _Type(
        (),
        "",
        frozenset(
            {
                "MetadataURL",
                "MetadataFile",
                "IDPSignout",
                "IDPInit",
                "EncryptedResponses",
                "RequestSigningAlgorithm",
                "SSORedirectBindingURI",
                "SLORedirectBindingURI",
            }
        ),
        {},
    ),
    "OIDC": _Type(
        ("client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"),
        "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
        frozenset(
            {
                "client_secret",
                "authorize_url",
                "token_url",
                "attributes_url",
                "jwks_uri",
                "attributes_url_add_attributes",
            }
        ),
        {"attributes_url_add_attributes": "false"},
    ),
    "Google": _social(
        {
            "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
            "oidc_issuer": "https://accounts.google.com",
            "token_request_method": "POST",
            "token_url": "https://www.googleapis.com/oauth2/v4/token",
        }
    ),
    "Facebook": _social(
        {
            "api_version": "v17.0",
            "attributes_url": "https://graph.facebook.com/{api_version}/me?fields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://www.facebook.com/{api_version}/dialog/oauth",
            "token_request_method": "GET",
            "token_url": "https://graph.facebook.com/{api_version}/oauth/access_token",
        }
    ),
    "LoginWithAmazon": _social(
        {
            "attributes_url": "https://api.amazon.com/user/profile",
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://www.amazon.com/ap/oa",
            "token_request_method": "POST",
            "token_url": "https://api.amazon.com/auth/o2/token",
        }
    ),
    "SignInWithApple": _Type(
        ("client_id", "team_id", "key_id", "private_key", "authorize_scopes"),
        "clientId, privateKey, teamId, and keyId are all required idp details.",
        frozenset(
            {"attributes_url_add_attributes", "authorize_url", "oidc_issuer", "token_request_method", "token_url"}
        ),
        {
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://appleid.apple.com/auth/authorize",
            "oidc_issuer": "https://appleid.apple.com",
            "token_request_method": "POST",
            "token_url": "https://appleid.apple.com/auth/token",
        },
    ),
}


def check_name(name: str, kind: str) -> None:
    """Raises InvalidParameterException for a name that a provider of this type cannot have."""
    is_reserved = name in SOCIAL or name.casefold() == OWN_NAME
    if name != kind and (kind in SOCIAL or is_reserved):
        raise InvalidParameterException(f"Provider {name} cannot be of type {kind}.")


def checked_details(kind: str, given: Mapping[str, str]) -> Details:
    """ProviderDetails of a type as they are stored, secrets among them; empty values count as not given.

    Raises InvalidParameterException.
    """
    details = {key: value for key, value in given.items() if value.strip()}
    known = _TYPES[kind]
    for key in given:
        if key not in known.optional and key not in known.required:
            raise InvalidParameterException(
                f"{key[:_MAX_ECHO]} is not a valid key for {kind} identity provider details."
            )
    if any(key not in details for key in known.required):
        raise InvalidParameterException(known.missing)
    if kind == "SAML":
        _check_metadata_source(details)
    checked = {key: _checked(key, value) for key, value in details.items()}
    if kind == "OIDC" and "openid" not in checked["authorize_scopes"].split():
        raise InvalidParameterException("authorize_scopes must contain openid.")
    return checked


def shown_details(kind: str, details: Mapping[str, str]) -> Details:
    """ProviderDetails as Describe answers them: with what the type adds, without private keys."""
    merged = {**_TYPES[kind].defaults, **details}
    version = merged.get("api_version", "")
    filled = {key: value.replace("{api_version}", version) for key, value in merged.items() if key not in details}
    return {key: filled.get(key, value) for key, value in sorted(merged.items()) if key != "private_key"}


def checked_mapping(kind: str, given: Mapping[str, str], attributes: Collection[str]) -> dict[str, str]:
    """AttributeMapping as it is stored: from attributes of the pool to claims, with `username` where the type fixes it.

    Raises InvalidParameterException. An attribute may be required or immutable: whether a user can do without it, or has a
    value already, shows when somebody signs in.
    """
    subject = _SUBJECT_CLAIMS.get(kind)
    wrong = [name for name, claim in given.items() if not _is_mapping(name, claim, attributes, subject)]
    if wrong:
        raise InvalidParameterException(f"AttributeMapping contains invalid mapping: [{', '.join(wrong)}]")
    return {**given, "username": subject} if subject else dict(given)


def checked_acr(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """AcrMapping as it is stored; raises InvalidParameterException for a provider that is not OIDC."""
    if given and kind != "OIDC":
        raise InvalidParameterException("AcrMapping is supported for OIDC identity providers only.")
    return dict(given)


def is_link_attribute(kind: str, mapping: Collection[str], name: str) -> bool:
    """Whether identities of a provider can be named by this ProviderAttributeName (AdminLinkProviderForUser)."""
    return name == "Cognito_Subject" or (kind not in SOCIAL and name in mapping and name != "username")


def _is_mapping(name: str, claim: str, attributes: Collection[str], subject: str | None) -> bool:
    if not claim.strip() or len(claim) > MAX_VALUE:
        return False
    if name == "username":
        return subject in (None, claim)
    return name in attributes and name != "sub"


def _check_metadata_source(details: Details) -> None:
    sources = {"MetadataURL", "MetadataFile"} & details.keys()
    if not sources:
        raise InvalidParameterException("At least one of the MetadataURL or MetadataFile should be provided.")
    if len(sources) > 1:
        raise InvalidParameterException("Only one of the MetadataURL or MetadataFile should be provided.")


# ---- single values


def _checked(key: str, value: str) -> str:
    return _CHECKS.get(key, _text)(key, value)


def _text(key: str, value: str) -> str:
    if len(value) > MAX_VALUE or not value.isprintable():
        raise _invalid(key)
    return value


def _private_key(key: str, value: str) -> str:
    if len(value) > _MAX_PRIVATE_KEY:
        raise _invalid(key)
    return value


def _as_given(_key: str, value: str) -> str:
    return value


def _https_url(key: str, value: str) -> str:
    """An absolute https URL of a host, without user or fragment."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _invalid(key) from None
    is_plain = value.isascii() and value.isprintable() and not {" ", "\\", "#"} & set(value)
    if not (is_plain and host) or parts.scheme != "https" or "@" in parts.netloc or len(value) > MAX_VALUE:
        raise InvalidParameterException(f"{key} must be an https URL.")
    return value


def _issuer(key: str, value: str) -> str:
    """OpenID Connect Discovery section 3: https, without query and fragment."""
    if not value.startswith("https://"):
        raise InvalidParameterException("OIDC endpoint must start with https://")
    if "?" in value:
        raise _invalid(key)
    return _https_url(key, value)


def _scopes(key: str, value: str) -> str:
    if len(value) > MAX_VALUE or not _SCOPES.fullmatch(value):
        raise _invalid(key)
    return value


def _flag(key: str, value: str) -> str:
    """`true` or `false`, in lower case whatever was given: tools write truth in many ways."""
    if value.lower() not in ("true", "false"):
        raise _invalid(key)
    return value.lower()


def _one_of(*allowed: str) -> Callable[[str, str], str]:
    def check(key: str, value: str) -> str:
        if value not in allowed:
            raise InvalidParameterException(
                f"1 validation error detected: Value at '{key}' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(allowed)}]"
            )
        return value

    return check


def _api_version(key: str, value: str) -> str:
    if not _API_VERSION.fullmatch(value):
        raise _invalid(key)
    return value


def _invalid(key: str) -> InvalidParameterException:
    return InvalidParameterException(f"{key} is not valid.")


_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "MetadataFile": _as_given,
    "MetadataURL": _https_url,
    "SSORedirectBindingURI": _https_url,
    "SLORedirectBindingURI": _https_url,
    "IDPSignout": _flag,
    "IDPInit": _flag,
    "EncryptedResponses": _flag,
    "RequestSigningAlgorithm": _one_of("rsa-sha256"),
    "private_key": _private_key,
    "authorize_scopes": _scopes,
    "oidc_issuer": _issuer,
    "authorize_url": _https_url,
    "token_url": _https_url,
    "attributes_url": _https_url,
    "jwks_uri": _https_url,
    "attributes_url_add_attributes": _flag,
    "attributes_request_method": _one_of("POST", "GET"),
    "token_request_method": _one_of("POST", "GET"),
    "api_version": _api_version,
}
