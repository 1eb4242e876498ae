"""Pages and redirects as responses: nothing is cached, framed, sniffed or fetched from elsewhere.

A script runs only on the pages that need one, and only from this origin's files (Content Security Policy Level 3).
"""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from app.web.cookies import is_secure
from app.web.house import base_path, browser_path, house_of
from app.web.pages.contexts import PageContext
from app.web.pages.rendering import variables

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not `no-referrer`: with that, browsers send `Origin: null` with the page's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ALONE = {"Cross-Origin-Opener-Policy": "same-origin"}
_HSTS = "max-age=31536000"


def page_response(
    request: Request,
    context: PageContext,
    locale: str,
    *,
    status: int = 200,
    is_for_app: bool = False,
    keeps_opener: bool = False,
) -> Response:
    """A page. `is_for_app`: it is a step of an app's proven request, and its forms lead to the app in the end.

    Such a page stays in touch with the window that opened it, and so does one that `keeps_opener`: where an app signs in by a
    window of its own, it must see that close, and hear from its callback.
    """
    prefix = "" if request.scope.get("pool_path") == "" else base_path(request)
    before = browser_path(request) if "pool_path" in request.scope else ""
    if request.method == "POST" and context.address is None:
        context = replace(context, address="")
    members = variables(context) | {"static_url": prefix + context.static_url, "files_url": before + context.files_url}
    templates = house_of(request).resources.templates
    page = templates.render(request.scope.get("pool_id", ""), context.template, members, locale)
    has_scripts = bool(context.scripts) or context.address is not None
    headers = {**_HEADERS, "Content-Security-Policy": _policy(has_scripts=has_scripts, is_for_app=is_for_app)}
    if not (is_for_app or keeps_opener):
        headers |= _ALONE
    return _secured(request, HTMLResponse(page, status, headers))


def file_response(request: Request, content: bytes, media_type: str, name: str) -> Response:
    """A file to keep, which no browser shows as a page. `name` needs no quoting."""
    headers = {
        **_HEADERS,
        **_ALONE,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    }
    return _secured(request, Response(content, media_type=media_type, headers=headers))


def no_file(request: Request) -> Response:
    """404 where a page of ours, or nobody, wanted a file."""
    return _secured(request, PlainTextResponse("Not found.\n", 404, _HEADERS))


def see_other(request: Request, location: str) -> Response:
    """303: go on with GET. `location` is proven or a path of this origin."""
    return _secured(request, RedirectResponse(location, 303, _HEADERS))


def _secured(request: Request, response: Response) -> Response:
    if is_secure(house_of(request).settings):
        response.headers["Strict-Transport-Security"] = _HSTS
    return response


def _policy(*, has_scripts: bool, is_for_app: bool) -> str:
    scripts = "script-src 'self'; " if has_scripts else ""
    # Chromium applies form-action to every redirect that follows a form: to the app's callback, and to wherever that leads on,
    # which only the app knows. Whatever is listed, somebody's sign-in would stop without a word. What it would guard against
    # is a form of a stranger's on the page; there is none, since everything that others write is escaped.
    forms = "" if is_for_app else "form-action 'self'; "
    return (
        f"default-src 'none'; {scripts}style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"{forms}frame-ancestors 'none'; base-uri 'none'"
    )
