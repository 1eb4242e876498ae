"""What a sign-in may begin with on the pages: a password, a passkey, a code. Nothing here depends on who signs in."""

from dataclasses import replace

from app.core import users
from app.flows import sign_in
from app.flows.browser_devices import PARAMETER as BROWSER
from app.flows.challenges import passkey
from app.flows.continue_sign_in import Challenge, SignedIn
from app.flows.find_candidate import check_name
from app.flows.first_factors import factors_on_pages
from app.flows.send_code import known_name
from app.flows.step_up import ACR_VALUES
from app.kit.errors import InvalidParameterException, NotAuthorizedException
from app.web.pages.browser_cookies import browser_devices
from app.web.pages.contexts import PasskeyPrompt
from app.web.pages.endpoint import Values
from app.web.pages.handles import Progress
from app.web.pages.visits import Visit

SCRIPTS = ("passkeys.js",)


def ways_in(visit: Visit) -> tuple[str, ...]:
    """The challenges that a sign-in may begin with, the password first."""
    return factors_on_pages(visit.work, visit.client)


def passkey_prompt(visit: Visit, path: str, progress: Progress) -> PasskeyPrompt | None:
    """What asks the browser for a passkey on the page at `path`; None where the pool has none."""
    opened = passkey.open_ceremony(visit.work, visit.client)
    if opened is None:
        return None
    challenge, options = opened
    return PasskeyPrompt(form=visit.form(path, replace(progress, ceremony=challenge)), options=options)


def begin(visit: Visit, flow: str, account: str, **parameters: str) -> Challenge | SignedIn:
    """Begins a sign-in of whoever `account` leads to. Raises AppError; a name that nobody can have is a wrong one."""
    wished = visit.authorize.acr_values if visit.authorize else ()
    parameters |= {ACR_VALUES: " ".join(wished)} if wished else {}
    parameters |= {"USERNAME": account, BROWSER: browser_devices(visit.request)}
    try:
        check_name(account)
    except InvalidParameterException:
        raise NotAuthorizedException from None
    return sign_in.start(visit.work, visit.client, flow, parameters, door="pages")


def begin_with_passkey(visit: Visit, form: Values) -> tuple[Challenge | SignedIn, str]:
    """Begins with the passkey that a page's script got: the answer, and what its user is called. Raises AppError."""
    credential = form.get("credential", "")
    sub = passkey.named_user(credential)
    answer = begin(visit, passkey.PAGES_FLOW, sub, CREDENTIAL=credential, CHALLENGE=visit.progress.ceremony)
    with visit.work.read() as db:
        user = users.find_user_by_sub(db, visit.pool_id, sub)
    return answer, known_name(visit.client.pool, user) if user else ""
