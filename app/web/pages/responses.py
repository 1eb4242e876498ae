"""Pages and redirects as responses: nothing is cached, framed, sniffed or fetched from elsewhere.

A script runs only on the pages that name one, and only from this origin's files.

Content Security Policy Level 3. `form-action` names, besides the page's own origin, the one place that a proven redirect
leads to: Chromium applies it to every redirect that follows a form.
"""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from app.web.cookies import is_secure
from app.web.house import base_path, browser_path, house_of
from app.web.pages.contexts import PageContext
from app.web.pages.rendering import variables

_HOST = re.compile(r"[a-z0-9._-]+(:\d{1,5})?", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not `no-referrer`: with that, browsers send `Origin: null` with the page's own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HSTS = "max-age=31536000"


def page_response(
    request: Request, context: PageContext, locale: str, *, status: int = 200, redirect_uri: str = ""
) -> Response:
    """A page. `redirect_uri` is where its forms may lead in the end: proven, or ""."""
    prefix = "" if request.scope.get("pool_path") == "" else base_path(request)
    before = browser_path(request) if "pool_path" in request.scope else ""
    members = variables(context) | {"static_url": prefix + context.static_url, "files_url": before + context.files_url}
    templates = house_of(request).resources.templates
    page = templates.render(request.scope.get("pool_id", ""), context.template, members, locale)
    headers = {**_HEADERS, "Content-Security-Policy": _policy(redirect_uri, has_scripts=bool(context.scripts))}
    return _secured(request, HTMLResponse(page, status, headers))


def file_response(request: Request, content: bytes, media_type: str, name: str) -> Response:
    """A file to keep, which no browser shows as a page. `name` needs no quoting."""
    headers = {
        **_HEADERS,
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


def _policy(redirect_uri: str, *, has_scripts: bool) -> str:
    targets = " ".join(["'self'", *_source(redirect_uri)])
    scripts = "script-src 'self'; " if has_scripts else ""
    return (
        f"default-src 'none'; {scripts}style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    )


def _source(redirect_uri: str) -> list[str]:
    """The source expression of a redirect URI: its origin, or its scheme where the grammar has no way to name the host."""
    try:
        parts = urlsplit(redirect_uri)
    except ValueError:
        return []
    scheme, host = parts.scheme.lower(), parts.netloc.lower()
    if not _SCHEME.fullmatch(scheme):
        return []
    if scheme in ("http", "https") and _HOST.fullmatch(host):
        return [f"{scheme}://{host}"]
    return [f"{scheme}:"]
