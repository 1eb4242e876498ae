"""/account: the profile, and the button that signs this browser out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from starlette.responses import Response

from app.core.attributes import writable_names, wrong_names
from app.flows.browser_sessions import end_session
from app.flows.sign_up import Problem
from app.flows.update_attributes import update_attributes
from app.web.cookies import session_secret, sign_browser_out
from app.web.pages import account_places as places
from app.web.pages import next as steps
from app.web.pages.account.contexts import AccountContext, Address, ProfilePage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import Field, PageError
from app.web.pages.fields import typed_value
from app.web.pages.pool_forms import missing_fields
from app.web.pages.texts import wrong_values

AddressName = Literal["email", "phone_number"]
ADDRESSES: dict[AddressName, str] = {"email": places.EMAIL, "phone_number": places.PHONE}
# The server sets these, or they have pages of their own.
_NOT_HERE = frozenset({"sub", "email", "phone_number", "updated_at", "identities"})
# What most people fill in; everything else waits behind a line.
_FIRST = ("name", "given_name", "family_name", "preferred_username", "nickname")


class Profile:
    """The attributes that the user may change: those of the pool's schema that the session's app lets them write."""

    place = places.PROFILE
    inputs = frozenset[str]()

    def needs_fresh(self, _: Values | None) -> bool:
        """Nothing here does: addresses have their own page."""
        return False

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """The form, filled with what is known."""
        fields, user = _fields(visit), visit.account.user
        wrong = {error.field for error in errors}
        required = {field.name for field in fields if field.required or field.name in wrong}
        shown = [
            field for field in fields if _is_first(field) or field.name in required or user.attributes.get(field.name)
        ]
        return ProfilePage(
            **visit.frame(),
            form=visit.form(places.PROFILE),
            values={**user.attributes, **values},
            errors=errors,
            username=user.username,
            addresses=[address_of(visit, name) for name in ADDRESSES if _has_address(visit, name)],
            fields=shown,
            more=[field for field in fields if field not in shown],
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Saves what differs from what is known, or signs out."""
        if form.get("submit") == "sign_out":
            return _sign_out(visit)
        changes = _changes(visit, form)
        malformed: dict[str, Problem] = dict.fromkeys(wrong_names(visit.pool.schema_by_name, changes), "malformed")
        changed = [field for field in _fields(visit) if field.name in changes]
        problems = wrong_values(changed, changes, malformed, visit.locale)
        if problems:
            return problems
        if changes:
            update_attributes(visit.work, visit.account.client, visit.account.user, changes)
        return visit.go(places.PROFILE, "saved")


def is_changeable(visit: AccountVisit, name: str) -> bool:
    """Whether the user may change an attribute: the schema and the session's app let them."""
    item = visit.pool.schema_by_name.get(name)
    writable = writable_names(visit.account.client.client.configuration, visit.pool.schema_by_name)
    return item is not None and name in writable and bool(item.get("Mutable", True))


def attribute_input(visit: AccountVisit, name: str) -> Field:
    """The input of an attribute, required if the schema says so."""
    (field,) = missing_fields(visit.pool, (name,), visit.locale)
    return replace(field, required=bool(visit.pool.schema_by_name[name].get("Required")))


def address_of(visit: AccountVisit, name: AddressName) -> Address:
    """An address of the user, with the way to its page."""
    user = visit.account.user
    value = user.attributes.get(name, "")
    state = "verified" if user.has_verified(name) else "unverified"
    return Address(
        name=name,
        value=value,
        state="missing" if not value else "verified" if state == "verified" else "unverified",
        url=visit.url(ADDRESSES[name]) if is_changeable(visit, name) or value else None,
    )


def _has_address(visit: AccountVisit, name: str) -> bool:
    return bool(visit.account.user.attributes.get(name)) or is_changeable(visit, name)


def _fields(visit: AccountVisit) -> list[Field]:
    names = [name for name in visit.pool.schema_by_name if name not in _NOT_HERE and is_changeable(visit, name)]
    names = [name for name in names if not name.endswith("_verified")]
    first = [name for name in _FIRST if name in names]
    return [attribute_input(visit, name) for name in [*first, *(name for name in names if name not in first)]]


def _is_first(field: Field) -> bool:
    return field.name in _FIRST[:4] or field.name.startswith("custom:")


def _changes(visit: AccountVisit, form: Values) -> dict[str, str]:
    """What differs from what is known. An unticked box is "false" where it was ticked before."""
    known, changes = visit.account.user.attributes, {}
    for field in _fields(visit):
        value = typed_value(field, form.get(field.name, ""))
        if field.type == "checkbox" and not value and known.get(field.name):
            value = "false"
        if value != known.get(field.name, ""):
            changes[field.name] = value
    return changes


def _sign_out(visit: AccountVisit) -> Response:
    end_session(visit.work, visit.pool.pool_id, session_secret(visit.request))
    response = visit.go(steps.SIGNED_OUT)
    sign_browser_out(response, visit.work.settings, visit.pool.pool_id)
    return response
