"""What has ended a session: said by a page of its own, and once more to whoever sends the form a second time."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.core import users
from app.flows.snapshots import PoolSnapshot
from app.flows.work import Work
from app.web.house import browser_path
from app.web.pages import csrf
from app.web.pages import next as steps
from app.web.pages.account.contexts import DeletedPage
from app.web.pages.account.visits import OWNER
from app.web.pages.account_places import DELETE
from app.web.pages.branding import dressed_from_memory
from app.web.pages.browser_cookies import browser_nonce, page_language
from app.web.pages.handles import open_handle
from app.web.pages.responses import page_response, see_other


def find_done(
    work: Work,
    request: Request,
    snapshot: PoolSnapshot,
    query: Mapping[str, str],
    form: Mapping[str, str] | None,
) -> Response | None:
    """What a browser without a session has done before, by this form or one that led here; None if nothing tells that it has."""
    if form is None:
        return _deleted(work, request, snapshot, query)
    if not csrf.is_from_pool(work, request, snapshot):
        return None
    if form.get("submit") == "sign_out":
        return see_other(request, f"{browser_path(request)}{steps.SIGNED_OUT}")
    if form.get("submit") == "delete" and _has_deleted(work, request, snapshot, form.get("request", "")):
        return see_other(request, f"{browser_path(request)}{DELETE}?{urlencode({'request': form['request']})}")
    return None


def _deleted(work: Work, request: Request, snapshot: PoolSnapshot, query: Mapping[str, str]) -> Response | None:
    if not _has_deleted(work, request, snapshot, query.get("request", "")):
        return None
    page = dressed_from_memory(request, DeletedPage(pool_name=snapshot.pool.name), query.get("client_id", ""))
    return page_response(request, page, page_language(request))


def _has_deleted(work: Work, request: Request, snapshot: PoolSnapshot, handle: str) -> bool:
    """Whether the handle is of this browser, of an account page, and of a user who is no more."""
    pool_id = snapshot.pool.pool_id
    opened = open_handle(work.keyring, pool_id, handle)
    if opened is None or not opened.is_good(browser_nonce(request), work.now):
        return False
    ((name, sub), *others) = opened.parameters
    if name != OWNER or others:
        return False
    with work.read() as db:
        return users.find_user_by_sub(db, pool_id, sub) is None
