"""What a pool's pre-token-generation function changes of the claims of tokens, and the claims that it may not change.

Developer Guide, "Pre token generation Lambda trigger", claims and scopes reference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

GROUPS: Final = "cognito:groups"
ROLES: Final = "cognito:roles"
PREFERRED_ROLE: Final = "cognito:preferred_role"
# These say who the token is about, for whom, from whom and how sure that is: nobody but the issuer may.
_FIXED: Final = frozenset(
    {
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "client_id",
        "device_key",
        "event_id",
        "exp",
        "iat",
        "identities",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "scope",
        "sub",
        "token_use",
        "username",
        "version",
    }
)


@dataclass(frozen=True, slots=True)
class ClaimChanges:
    """Claims of one token to add or override (JSON values), and to leave out; one that is in both is left out."""

    added: Mapping[str, Any] = field(default_factory=dict)
    suppressed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GroupChanges:
    """Groups and roles in place of the user's own."""

    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    preferred_role: str | None = None


@dataclass(frozen=True, slots=True)
class Overrides:
    """All that one answer changes. `groups` None leaves the user's groups as they are."""

    id_token: ClaimChanges = field(default_factory=ClaimChanges)
    access_token: ClaimChanges = field(default_factory=ClaimChanges)
    groups: GroupChanges | None = None
    scopes_added: tuple[str, ...] = ()
    scopes_suppressed: frozenset[str] = frozenset()

    def scope(self, granted: str) -> str:
        """The scope of the access token, space-separated, for what was granted."""
        wanted = dict.fromkeys((*granted.split(), *self.scopes_added))
        return " ".join(scope for scope in wanted if scope not in self.scopes_suppressed)


def access_token_claims(claims: Mapping[str, Any], overrides: Overrides, client_id: str) -> dict[str, Any]:
    """An access token's claims after the changes. `aud` may be added, and name the client only."""
    changed = _regrouped(claims, overrides.groups, has_roles=False)
    changed |= _allowed(overrides.access_token.added)
    if overrides.access_token.added.get("aud") == client_id:
        changed.setdefault("aud", client_id)
    changed["scope"] = overrides.scope(str(claims["scope"]))
    if not changed["scope"]:
        del changed["scope"]
    return _without(overrides.access_token.suppressed, changed)


def id_token_claims(claims: Mapping[str, Any], overrides: Overrides, *, has_roles: bool) -> dict[str, Any]:
    """An ID token's claims after the changes. `has_roles` says whether this client's ID tokens tell IAM roles."""
    changed = _regrouped(claims, overrides.groups, has_roles=has_roles)
    return _without(overrides.id_token.suppressed, changed | _allowed(overrides.id_token.added))


def _regrouped(claims: Mapping[str, Any], groups: GroupChanges | None, *, has_roles: bool) -> dict[str, Any]:
    if groups is None:
        return dict(claims)
    kept = {name: value for name, value in claims.items() if name not in (GROUPS, ROLES, PREFERRED_ROLE)}
    if groups.groups:
        kept[GROUPS] = list(groups.groups)
    if has_roles and groups.roles:
        kept[ROLES] = list(groups.roles)
    if has_roles and groups.preferred_role:
        kept[PREFERRED_ROLE] = groups.preferred_role
    return kept


def _allowed(added: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in added.items() if not _is_fixed(name) and not name.startswith("dev:")}


def _without(suppressed: Iterable[str], claims: Mapping[str, Any]) -> dict[str, Any]:
    gone = {name for name in suppressed if not _is_fixed(name)}
    if GROUPS in suppressed:
        gone |= {GROUPS, ROLES, PREFERRED_ROLE}
    return {name: value for name, value in claims.items() if name not in gone}


def _is_fixed(name: str) -> bool:
    return name in _FIXED or name.startswith("cognito:")
