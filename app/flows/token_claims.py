"""The claims of ID tokens, access tokens and userInfo.

Clients of profile `cognito` get Cognito's claims (Developer Guide, "Understanding user pool JSON web tokens"): every readable
attribute that scope allows is in the ID token. Clients of profile `oidc` get OpenID Connect Core's: the ID token says who
signed in and how, and what scope asks for comes from userInfo (section 5.4).
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from app.core.attributes import readable_names
from app.core.tokens import Family, GroupRole, Subject, token_id_of
from app.flows.snapshots import ClientSnapshot
from app.flows.token_overrides import (
    GROUPS,
    PREFERRED_ROLE,
    ROLES,
    Overrides,
    access_token_claims,
    id_token_claims,
)
from app.kit.clock import SECOND
from app.kit.errors import NotAuthorizedException
from app.kit.ids import new_uuid

API_SCOPE: Final = "aws.cognito.signin.user.admin"
OIDC_SCOPES: Final = ("openid", "email", "phone", "profile")
_EMAIL: Final = frozenset({"email", "email_verified"})
_PHONE: Final = frozenset({"phone_number", "phone_number_verified"})
# OpenID Connect Core section 5.4.
_PROFILE: Final = frozenset(
    {
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    }
)
_CLAIMS_OF: Final = {"email": _EMAIL, "phone": _PHONE, "profile": _PROFILE}
_BOOLEANS: Final = frozenset({"email_verified", "phone_number_verified"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What one set of tokens is made from; `nonce` only for the tokens of an authorization code. `now` in epoch ms.

    `overrides` is what the pool's function changes, None where there is none or it changes nothing.
    """

    client: ClientSnapshot
    family: Family
    subject: Subject
    now: int
    nonce: str | None = None
    overrides: Overrides | None = None

    @property
    def scope(self) -> str:
        """The scope of the access token, space-separated."""
        return self.overrides.scope(self.family.scope) if self.overrides else self.family.scope

    @property
    def has_openid(self) -> bool:
        """Whether an ID token is due: always for API sign-in, by scope for OAuth."""
        return not self.family.is_oauth or "openid" in self.family.scope.split()


def user_scopes(client: ClientSnapshot) -> dict[str, None]:
    """The client's scopes that exist now, in its order: those that its users' tokens may have."""
    return client.derive("user scopes", _make_user_scopes)


def _make_user_scopes(client: ClientSnapshot) -> dict[str, None]:
    existing = {*OIDC_SCOPES, API_SCOPE} | client.pool_snapshot.scopes
    return {scope: None for scope in client.client.oauth_scopes if scope in existing}


def with_remaining_scope(client: ClientSnapshot, family: Family) -> Family:
    """A family without the scopes that client or resource servers have lost since they were granted; raises
    NotAuthorizedException if nothing is left."""
    scope = _remaining_scope(client, family)
    if scope == family.scope:
        return family
    if not scope:
        raise NotAuthorizedException("The client may no longer have any scope that was granted.")
    return replace(family, scope=scope)


def _remaining_scope(client: ClientSnapshot, family: Family) -> str:
    """What of a family's scope its client may still have; API sign-in has its one for good.

    Where Cognito's `openid` would be left alone, which stands for every claim, those beside it stay.
    """
    allowed, granted = user_scopes(client), family.scope.split()
    if not family.is_oauth or allowed.keys() >= set(granted):
        return family.scope
    left = [scope for scope in granted if scope in allowed]
    if client.client.profile != "oidc" and "openid" in left and _CLAIMS_OF.keys().isdisjoint(left):
        left = [scope for scope in granted if scope in allowed or scope in _CLAIMS_OF]
    return " ".join(left)


def access_claims(grant: Grant) -> dict[str, Any]:
    """The claims of an access token of a user."""
    client, family, subject = grant.client.client, grant.family, grant.subject
    origin = _origin(grant)
    device_key = family.authentication.device_key
    claims: dict[str, Any] = {
        "sub": subject.sub,
        **({"device_key": device_key} if device_key else {}),
        **_group_names(subject.groups),
        "iss": grant.client.pool.issuer,
    }
    if family.is_oauth:
        claims["version"] = 2
    claims |= {
        "client_id": client.client_id,
        **origin,
        "token_use": "access",
        "scope": family.scope,
        **_times(grant, client.access_token_seconds),
        "jti": new_uuid() if "origin_jti" in origin else token_id_of(family.family_id),
        "username": subject.username,
    }
    if family.authentication.resource:
        claims["aud"] = family.authentication.resource
    return access_token_claims(claims, grant.overrides, client.client_id) if grant.overrides else claims


def id_claims(grant: Grant, access_token: str) -> dict[str, Any]:
    """The claims of an ID token that goes with `access_token`."""
    client, family, subject = grant.client.client, grant.family, grant.subject
    has_roles = client.profile != "oidc"
    claims = {
        **_attributes(grant),
        "sub": subject.sub,
        "iss": grant.client.pool.issuer,
        "aud": client.client_id,
        **_group_names(subject.groups),
        **_times(grant, client.id_token_seconds),
        "jti": new_uuid(),
    }
    if has_roles:
        claims |= {
            "cognito:username": subject.username,
            **_roles(subject.groups),
            **_origin(grant),
            "token_use": "id",
        }
    if grant.nonce:
        claims["nonce"] = grant.nonce
    if family.is_oauth:
        claims["at_hash"] = _half_hash(access_token)
    return id_token_claims(claims, grant.overrides, has_roles=has_roles) if grant.overrides else claims


def client_claims(client: ClientSnapshot, scope: str, now: int, overrides: Overrides | None = None) -> dict[str, Any]:
    """The claims of a client-credentials access token for the scope that was granted."""
    seconds = now // SECOND
    client_id = client.client.client_id
    claims = {
        "sub": client_id,
        "token_use": "access",
        "scope": scope,
        "auth_time": seconds,
        "iss": client.pool.issuer,
        "exp": seconds + client.client.access_token_seconds,
        "iat": seconds,
        "version": 2,
        "jti": new_uuid(),
        "client_id": client_id,
    }
    return access_token_claims(claims, overrides, client_id) if overrides else claims


def userinfo_claims(client: ClientSnapshot, subject: Subject, scope: str) -> dict[str, Any]:
    """What userInfo answers. Cognito gives the two `_verified` claims as strings there; strict clients get booleans."""
    if client.client.profile == "oidc":
        names = _readable(client).intersection(_named(scope.split()))
        return {"sub": subject.sub, **_typed(_selected(subject, names))}
    attributes = _selected(subject, _in_scope(client, scope))
    texts = {name: attributes[name] for name in _BOOLEANS & attributes.keys()}
    return {"sub": subject.sub, **_typed(attributes), **texts, "username": subject.username}


def _times(grant: Grant, lifetime: int) -> dict[str, Any]:
    seconds = grant.now // SECOND
    authentication = grant.family.authentication
    claims: dict[str, Any] = {
        "auth_time": authentication.auth_time // SECOND,
        "iat": seconds,
        "exp": seconds + lifetime,
    }
    if authentication.acr:
        claims["acr"] = authentication.acr
    if authentication.amr:
        claims["amr"] = list(authentication.amr)
    return claims


def _origin(grant: Grant) -> dict[str, str]:
    """`event_id`, and the family's id where tokens can be revoked, refresh tokens rotate, or the family is a session."""
    claims = {"event_id": grant.family.authentication.event_id}
    client = grant.client.client
    if client.revocation_enabled or client.rotates_refresh_tokens or grant.family.session_id is not None:
        claims["origin_jti"] = grant.family.family_id
    return claims


def _group_names(groups: tuple[GroupRole, ...]) -> dict[str, list[str]]:
    return {GROUPS: [group.name for group in groups]} if groups else {}


def roles_of(groups: Sequence[GroupRole]) -> tuple[list[str], str | None]:
    """All roles of the groups, and the one that wins; None if there is none, or groups of equal precedence disagree."""
    with_role = [(group.role_arn, group.precedence) for group in groups if group.role_arn]
    roles = list(dict.fromkeys(role for role, _ in with_role))
    best = {role for role, precedence in with_role if precedence == with_role[0][1]}
    return roles, roles[0] if len(best) == 1 else None


def _roles(groups: tuple[GroupRole, ...]) -> dict[str, Any]:
    roles, preferred = roles_of(groups)
    if not roles:
        return {}
    return {ROLES: roles, **({PREFERRED_ROLE: preferred} if preferred else {})}


def _attributes(grant: Grant) -> dict[str, Any]:
    """The user's attributes in an ID token: by scope for OAuth, everything readable for API sign-in."""
    family = grant.family
    if not family.is_oauth:
        return _typed(_selected(grant.subject, _readable(grant.client)))
    if grant.client.client.profile == "oidc":
        return {}
    return _typed(_selected(grant.subject, _in_scope(grant.client, family.scope)))


def _readable(client: ClientSnapshot) -> frozenset[str]:
    return client.derive("readable attributes", _make_readable)


def _make_readable(client: ClientSnapshot) -> frozenset[str]:
    return readable_names(client.client.configuration, client.pool.schema_by_name)


def _in_scope(client: ClientSnapshot, scope: str) -> frozenset[str]:
    """What Cognito's scopes give: `openid` alone and `profile` all that the client may read."""
    scopes = {"email", "phone", "profile"}.intersection(scope.split())
    if not scopes or "profile" in scopes:
        return _readable(client)
    return _readable(client).intersection(_named(scopes))


def _named(scopes: Iterable[str]) -> frozenset[str]:
    """The claims that OpenID Connect's scopes stand for."""
    return frozenset[str]().union(*(_CLAIMS_OF[scope] for scope in scopes if scope in _CLAIMS_OF))


def _selected(subject: Subject, names: frozenset[str]) -> dict[str, str]:
    """The user's attributes, without empty ones: a claim without a value is left out (OIDC Core section 5.3.2)."""
    return {name: value for name, value in subject.attributes.items() if name in names and value}


def _typed(attributes: Mapping[str, str]) -> dict[str, Any]:
    """Attribute texts as JSON values: the types of OpenID Connect Core section 5.1; custom attributes stay text."""
    return {name: _value(name, text) for name, text in attributes.items()}


def _value(name: str, text: str) -> Any:
    if name in _BOOLEANS:
        return text == "true"
    if name == "address":
        return {"formatted": text}
    if name == "updated_at":
        return _number(text)
    if name == "identities":
        return _identities(text)
    return text


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text


def _identities(text: str) -> Any:
    """The attribute's JSON, its truth values and numbers as text: so Cognito writes them in tokens."""
    try:
        identities = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return [{name: _as_text(value) for name, value in identity.items()} for identity in identities]


def _as_text(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _half_hash(token: str) -> str:
    """`at_hash` (OpenID Connect Core section 3.1.3.6) for the SHA-256 algorithms."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()[:16]).rstrip(b"=").decode()
