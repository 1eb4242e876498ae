"""/account/recovery-codes: new codes, shown once. The pool must have them (our pool setting `RecoveryCodes`)."""

from collections.abc import Sequence

from starlette.responses import Response

from app.flows.account_overview import find_protection
from app.flows.recovery_codes import generate_codes
from app.flows.security_notice import notify
from app.web.pages import account_places as places
from app.web.pages.account.contexts import AccountContext, RecoveryCodesPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError

# Where there are codes to take along.
SCRIPTS = ("recovery_codes.js",)


class RecoveryCodes:
    """What they are for, and the button that makes them."""

    place = places.RECOVERY_CODES
    inputs = frozenset[str]()

    def needs_fresh(self, _: Values | None) -> bool:
        """Always."""
        return True

    def show(self, visit: AccountVisit, _: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """How many are left; the codes themselves nobody knows any more."""
        found = find_protection(visit.work, visit.account)
        if not found.has_recovery_codes:
            return visit.go(places.SECURITY)
        return _page(visit, (), found.recovery_codes, errors, has_second_step=found.has_second_step)

    def submit(self, visit: AccountVisit, _: Values) -> Response | Sequence[PageError]:
        """New codes, which make the earlier ones useless. They are in this answer and nowhere else.

        Without a second step there is nothing that they could stand in for, as the page itself says.
        """
        if not find_protection(visit.work, visit.account).has_second_step:
            return visit.go(places.RECOVERY_CODES)
        codes = generate_codes(visit.work, visit.pool, visit.account.user.sub)
        notify(visit.work, visit.account, "recovery_codes_made")
        return visit.show(_page(visit, codes, len(codes), (), has_second_step=True))


def _page(
    visit: AccountVisit, codes: Sequence[str], left: int, errors: Sequence[PageError], *, has_second_step: bool
) -> RecoveryCodesPage:
    return RecoveryCodesPage(
        **visit.frame(),
        form=visit.form(places.RECOVERY_CODES),
        errors=errors,
        scripts=SCRIPTS if codes else (),
        has_second_step=has_second_step,
        codes=codes,
        left=left,
        back_url=visit.url(places.SECURITY),
    )
