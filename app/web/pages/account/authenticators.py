"""/account/add-authenticator, where an authenticator app is set up, and /account/authenticator, where one is removed."""

from collections.abc import Sequence

from starlette.responses import Response

from app.core import mfa
from app.core.software_tokens import SoftwareToken
from app.flows import software_tokens
from app.flows.mfa_preferences import set_preference
from app.flows.security_notice import notify
from app.kit.errors import (
    ConcurrentModificationException,
    EnableSoftwareTokenMFAException,
    InvalidParameterException,
    ResourceNotFoundException,
    SoftwareTokenMFANotFoundException,
)
from app.web.pages import account_places as places
from app.web.pages.account.contexts import AccountContext, CredentialPage, SetUpAuthenticatorPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.texts import problem
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError
from app.web.pages.handles import Progress
from app.web.pages.seeds import seed_picture, seed_text
from app.web.pages.texts import form_problem

_MAX_NAME = 64


class AddAuthenticator:
    """The seed as a picture and as text, then a first code. The page's address keeps the seed sealed, so that it may be reloaded."""

    place = places.ADD_AUTHENTICATOR
    inputs = frozenset({"code", "name"})

    def needs_fresh(self, _: Values | None) -> bool:
        """Always."""
        return True

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """A new seed for whoever arrives here, then the page with it."""
        sealed = values.get("request") or visit.query.get("request", "")
        progress = visit.unseal(sealed) if sealed else None
        if progress is None or not progress.seed:
            return _begin(visit)
        if not software_tokens.is_pending(visit.work, visit.account.grant, progress.seed):
            # Set up meanwhile, or another one was begun: the browser's history must not show the seed again.
            return visit.go(places.SECURITY)
        known = software_tokens.list_verified(visit.work, visit.account.grant)
        return SetUpAuthenticatorPage(
            **visit.frame(),
            form=visit.form(places.ADD_AUTHENTICATOR, request=sealed),
            values=values,
            errors=errors,
            qr_code=seed_picture(progress.seed, visit.name, visit.pool.name),
            seed=seed_text(progress.seed),
            replaces=bool(known) and not software_tokens.keeps_several(visit.pool),
            back_url=visit.url(places.SECURITY),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Takes the app into use, and switches the second step on for whoever has none yet."""
        code, name = "".join(form.get("code", "").split()), form.get("name", "").strip()
        if not code:
            return [form_problem("code_missing", visit.locale)]
        if len(name) > _MAX_NAME or not name.isprintable():
            return [problem("name_wrong", visit.locale)]
        try:
            software_tokens.verify(visit.work, visit.account.grant, code, name)
        except EnableSoftwareTokenMFAException:
            return [form_problem("code_wrong", visit.locale)]
        except (ConcurrentModificationException, InvalidParameterException):
            # Set up in another window meanwhile, or the form was sent twice and the first one has done it.
            return visit.go(places.SECURITY)
        _switch_on(visit)
        notify(visit.work, visit.account, "authenticator_added")
        return visit.go(places.SECURITY, "authenticator_added")


class OneAuthenticator:
    """One authenticator app of the user."""

    place = places.AUTHENTICATOR
    inputs = frozenset[str]()

    def needs_fresh(self, form: Values | None) -> bool:
        """To remove it."""
        return form is not None

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """The button that removes it."""
        wanted = values.get("id") or visit.query.get("id", "")
        found = _find(visit, wanted)
        if found is None:
            return visit.go(places.SECURITY)
        return CredentialPage(
            **visit.frame(),
            form=visit.form(places.AUTHENTICATOR, id=found.token_id),
            errors=errors,
            kind="authenticator",
            name=found.name,
            back_url=visit.url(places.SECURITY),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Removes it. One that is gone needs no removing."""
        try:
            software_tokens.remove(visit.work, visit.account.grant, form.get("id", ""))
        except ResourceNotFoundException:
            return visit.go(places.SECURITY)
        notify(visit.work, visit.account, "authenticator_removed")
        return visit.go(places.SECURITY, "authenticator_removed")


def _begin(visit: AccountVisit) -> Response:
    try:
        seed = software_tokens.associate(visit.work, visit.account.grant)
    except SoftwareTokenMFANotFoundException:
        return visit.go(places.SECURITY)
    return visit.go(places.ADD_AUTHENTICATOR, request=visit.seal(Progress(seed=seed)))


def _switch_on(visit: AccountVisit) -> None:
    """An app that is set up is asked for from now on, before other second steps if there was none."""
    user = visit.account.user
    is_first = mfa.preferred_factor(user.mfa) is None
    given = {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": is_first}}
    set_preference(visit.work, visit.pool, user.sub, given)


def _find(visit: AccountVisit, token_id: str) -> SoftwareToken | None:
    found = software_tokens.list_verified(visit.work, visit.account.grant)
    return next((token for token in found if token.token_id == token_id), None)
