"""/account/email and /account/phone: an address is changed, removed, and proven by the code that is sent to it."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from app.core import users
from app.core.attributes import wrong_names
from app.flows.account_overview import find_pending
from app.flows.security_notice import notify
from app.flows.sign_up import Problem
from app.flows.update_attributes import update_attributes
from app.flows.verify_attribute import send_verification_code, verify_attribute
from app.web.pages import account_places as places
from app.web.pages.account.contexts import AccountContext, AddressPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.profile import ADDRESSES, AddressName, address_of, attribute_input, is_changeable
from app.web.pages.account.texts import problem
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError
from app.web.pages.fields import typed_value
from app.web.pages.texts import form_problem, wrong_values


class OneAddress:
    """An e-mail address or a phone number. Whoever holds it can reset the password, so all of it needs a recent sign-in."""

    inputs = frozenset({"code"})

    def __init__(self, name: AddressName) -> None:
        self._name = name
        self.place = ADDRESSES[name]

    def needs_fresh(self, _: Values | None) -> bool:
        """Always."""
        return True

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """The address, the form for another one, and for the code if one is under way."""
        name, known = self._name, address_of(visit, self._name)
        if known.url is None:
            return visit.go(places.PROFILE)
        pending = find_pending(visit.work, visit.account, name)
        is_removable = known.state != "missing" and not self._is_needed(visit) and is_changeable(visit, name)
        return AddressPage(
            **visit.frame(),
            form=visit.form(self.place),
            values=values,
            errors=errors,
            name=name,
            current=known.value,
            state=known.state,
            pending=(pending and pending.value) or "",
            field=replace(attribute_input(visit, name), required=True),
            is_removable=is_removable,
            can_change=is_changeable(visit, name),
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Verifies, sends a code, removes or changes."""
        match form.get("submit"):
            case "verify":
                return self._verify(visit, form)
            case "send":
                client_id = visit.account.client_id
                send_verification_code(visit.work, visit.pool, visit.account.user, self._name, client_id=client_id)
                return visit.go(self.place, "code_sent")
            case "remove":
                self._update(visit, "")
                return visit.go(places.PROFILE, "address_removed")
            case _:
                return self._change(visit, form)

    def _verify(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        code = "".join(form.get("code", "").split())
        if not code:
            return [form_problem("code_missing", visit.locale)]
        account = visit.account
        pending = find_pending(visit.work, account, self._name)
        verify_attribute(visit.work, visit.pool, account.user, self._name, code, client_id=account.client_id)
        if pending and pending.value != account.user.attributes.get(self._name):
            self._tell(visit)
        return visit.go(places.PROFILE, "address_verified")

    def _change(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        field = attribute_input(visit, self._name)
        given: dict[str, str] = {self._name: typed_value(field, form.get(self._name, ""))}
        malformed: dict[str, Problem] = dict.fromkeys(wrong_names(visit.pool.schema_by_name, given), "malformed")
        if not given[self._name]:
            return [PageError(self._name, field.missing)]
        problems = wrong_values([field], given, malformed, visit.locale)
        if problems:
            return problems
        if given[self._name] == visit.account.user.attributes.get(self._name):
            return [problem("same_address", visit.locale, self._name)]
        is_sent = self._update(visit, given[self._name])
        return visit.go(self.place, "code_sent") if is_sent else visit.go(places.PROFILE, "address_changed")

    def _update(self, visit: AccountVisit, value: str) -> bool:
        """Whether a code was sent."""
        account = visit.account
        deliveries = update_attributes(visit.work, account.client, account.user, {self._name: value}, proves_names=True)
        with visit.work.read() as db:
            now = users.find_user_by_sub(db, visit.pool.pool_id, account.user.sub)
        if now and now.attributes.get(self._name) != account.user.attributes.get(self._name):
            self._tell(visit)
        return bool(deliveries)

    def _tell(self, visit: AccountVisit) -> None:
        """The address before hears of a change once it is made."""
        if visit.account.user.attributes.get(self._name):
            notify(visit.work, visit.account, "email_changed" if self._name == "email" else "phone_changed")

    def _is_needed(self, visit: AccountVisit) -> bool:
        """Whether the pool wants every user to have one."""
        schema = visit.pool.schema_by_name[self._name]
        return bool(schema.get("Required")) or self._name in visit.pool.username_attributes
