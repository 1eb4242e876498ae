"""/account/security: everything that protects the account in one list, and which second step is asked for."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from app.flows.account_overview import Protection, find_protection
from app.flows.mfa_preferences import MEMBERS, set_preference
from app.flows.security_notice import notify
from app.web.pages import account_places as places
from app.web.pages.account.contexts import AccountContext, Credential, Factor, SecurityPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.texts import day, iso, problem
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError


class Security:
    """The list, and the form for the second step."""

    place = places.SECURITY
    inputs = frozenset({"preferred"})

    def needs_fresh(self, form: Values | None) -> bool:
        """To change the second step."""
        return form is not None

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """What there is, and what the pool lets the user add."""
        found = find_protection(visit.work, visit.account)
        return SecurityPage(
            **visit.frame(),
            form=visit.form(places.SECURITY),
            values=values,
            errors=errors,
            has_password=found.has_password,
            password_url=visit.url(places.PASSWORD),
            passkeys=_passkeys(visit, found),
            shows_passkeys=found.takes_passkeys or bool(found.passkeys),
            add_passkey_url=visit.url(places.ADD_PASSKEY) if found.takes_passkeys else None,
            authenticators=_authenticators(visit, found),
            shows_authenticators=found.takes_authenticators or bool(found.authenticators),
            add_authenticator_url=visit.url(places.ADD_AUTHENTICATOR) if found.takes_authenticators else None,
            replaces_authenticator=bool(found.authenticators) and not found.keeps_several,
            recovery_codes=found.recovery_codes,
            has_second_step=found.has_second_step,
            recovery_codes_url=visit.url(places.RECOVERY_CODES) if found.has_recovery_codes else None,
            factors=_factors(found),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Switches second steps on and off."""
        possible = find_protection(visit.work, visit.account).factors
        enabled = [factor for factor in possible if form.get(factor) == "true"]
        # Of one there is no first to choose.
        preferred = form.get("preferred", "") or (enabled[0] if len(possible) == len(enabled) == 1 else "")
        if preferred and preferred not in enabled:
            return [problem("preferred_off", visit.locale, "preferred" if len(possible) > 1 else None)]
        given: dict[str, dict[str, Any]] = {
            member: {"Enabled": factor in enabled, "PreferredMfa": factor == preferred}
            for member, factor in MEMBERS.items()
            if factor in possible
        }
        set_preference(visit.work, visit.pool, visit.account.user.sub, given)
        notify(visit.work, visit.account, "factors_changed")
        return visit.go(places.SECURITY, "factors_saved")


def _passkeys(visit: AccountVisit, found: Protection) -> list[Credential]:
    return [
        Credential(
            name=passkey.name,
            since=day(passkey.created_at, visit.locale),
            since_iso=iso(passkey.created_at),
            url=visit.url(places.PASSKEY, id=passkey.credential_id),
        )
        for passkey in found.passkeys
    ]


def _authenticators(visit: AccountVisit, found: Protection) -> list[Credential]:
    return [
        Credential(name=app.name, since="", since_iso="", url=visit.url(places.AUTHENTICATOR, id=app.token_id))
        for app in found.authenticators
    ]


def _factors(found: Protection) -> list[Factor]:
    return [
        Factor(name=factor, is_enabled=factor in found.enabled, is_preferred=factor == found.preferred)
        for factor in found.factors
    ]
