"""/account/add-passkey, where the browser makes one, and /account/passkey, where one is named or removed."""

import json
from collections.abc import Sequence

from starlette.responses import Response

from app.core.passkeys import Passkey
from app.flows import passkeys
from app.flows.security_notice import notify
from app.kit.errors import (
    AppError,
    InvalidParameterException,
    LimitExceededException,
    ResourceNotFoundException,
    WebAuthnConfigurationMissingException,
    WebAuthnNotEnabledException,
)
from app.web.pages import account_places as places
from app.web.pages.account.contexts import AccountContext, AddPasskeyPage, CredentialPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.texts import problem
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError, PasskeyPrompt

SCRIPT = "passkeys.js"
_MAX_CREDENTIAL = 16_384


class AddPasskey:
    """WebAuthn's registration (Level 3, section 7.1): the page's script asks the browser, its form brings the answer."""

    place = places.ADD_PASSKEY
    inputs = frozenset[str]()

    def needs_fresh(self, _: Values | None) -> bool:
        """Always."""
        return True

    def show(self, visit: AccountVisit, _: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """The button that makes one. Each showing begins a registration of its own."""
        try:
            options = passkeys.start_registration(visit.work, visit.account.grant)
        except (WebAuthnNotEnabledException, WebAuthnConfigurationMissingException):
            return visit.go(places.SECURITY)
        except LimitExceededException:
            return visit.go(places.SECURITY, "passkeys_full")
        form = visit.form(places.ADD_PASSKEY)
        return AddPasskeyPage(
            **visit.frame(),
            form=form,
            errors=errors,
            passkey=PasskeyPrompt(form=form, options=json.dumps(options)),
            scripts=(SCRIPT,),
            back_url=visit.url(places.SECURITY),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Takes the passkey in."""
        try:
            passkeys.complete_registration(visit.work, visit.account.grant, _credential(form))
        except AppError:
            return [problem("passkey_refused", visit.locale)]
        notify(visit.work, visit.account, "passkey_added")
        return visit.go(places.SECURITY, "passkey_added")


class OnePasskey:
    """One passkey of the user."""

    place = places.PASSKEY
    inputs = frozenset({"name"})

    def needs_fresh(self, form: Values | None) -> bool:
        """To remove it; a name protects nothing."""
        return form is not None and form.get("submit") == "remove"

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """Its name, and the button that removes it."""
        wanted = values.get("id") or visit.query.get("id", "")
        found = _find(visit, wanted)
        if found is None:
            return visit.go(places.SECURITY)
        return CredentialPage(
            **visit.frame(),
            form=visit.form(places.PASSKEY, id=found.credential_id),
            values={"name": found.name, **values},
            errors=errors,
            kind="passkey",
            name=found.name,
            back_url=visit.url(places.SECURITY),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Names or removes it. One that is gone needs neither."""
        grant, wanted = visit.account.grant, form.get("id", "")
        try:
            if form.get("submit") == "remove":
                passkeys.delete_passkey(visit.work, grant, wanted)
                notify(visit.work, visit.account, "passkey_removed")
                return visit.go(places.SECURITY, "passkey_removed")
            passkeys.rename_passkey(visit.work, grant, wanted, form.get("name", ""))
        except InvalidParameterException:
            return [problem("name_wrong", visit.locale)]
        except ResourceNotFoundException:
            return visit.go(places.SECURITY)
        return visit.go(places.SECURITY, "passkey_named")


def _find(visit: AccountVisit, credential_id: str) -> Passkey | None:
    found = passkeys.list_own(visit.work, visit.account.grant)
    return next((passkey for passkey in found if passkey.credential_id == credential_id), None)


def _credential(form: Values) -> object:
    """RegistrationResponseJSON as the script sends it; raises InvalidParameterException."""
    text = form.get("credential", "")
    try:
        return json.loads(text[:_MAX_CREDENTIAL])
    except (ValueError, RecursionError):
        raise InvalidParameterException("The credential is no JSON.") from None
