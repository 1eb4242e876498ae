"""Every page and message with sample data, as the development door shows them: by a pool's own templates, in a client's look."""

from dataclasses import replace

from app.flows.brand_pages import find_look
from app.flows.work import Resources, Work
from app.kit.errors import ResourceNotFoundException
from app.kit.template_folders import explain
from app.kit.templates import MessageKind, render, render_message
from app.web.pages.brands import Brand, make_brand
from app.web.pages.contexts import PageContext
from app.web.pages.rendering import variables
from app.web.pages.samples import pages
from app.web.pages.template_checks import KINDS, MESSAGE

_MESSAGE = "message_"


def preview_names() -> list[str]:
    """What there is to see: pages, then messages."""
    return [*pages(), *(f"{_MESSAGE}{kind}" for kind in KINDS)]


def preview_version(resources: Resources, pool_id: str) -> str:
    """What changes when a pool's own templates, or its look, do. Raises ResourceNotFoundException."""
    changes = resources.snapshots.pool(pool_id).pool.version if pool_id else 0
    return f"{resources.templates.version(pool_id)}-{changes}"


def render_preview(
    work: Work, name: str, *, client_id: str, pool_id: str, base: str, locale: str, with_errors: bool
) -> tuple[str, bool]:
    """The HTML of a page or message, and whether it came about; if not, what is wrong with its template, as text.

    `client_id` is whose look it has, "" for that of the pool; `base` the path before the pool's own. Raises
    ResourceNotFoundException for a name, pool or client that there is not.
    """
    own = work.resources.templates.environment(pool_id)
    try:
        if name.startswith(_MESSAGE):
            return render_message(_kind(name), MESSAGE, locale, own).html, True
        context = _context(work, name, client_id, pool_id, base, locale, with_errors=with_errors)
        return render(context.template, variables(context), locale, own), True
    except ResourceNotFoundException:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a template may raise: whoever edits it wants to see it
        return explain(error), False


def _kind(name: str) -> MessageKind:
    for kind in KINDS:
        if name == f"{_MESSAGE}{kind}":
            return kind
    raise ResourceNotFoundException("There is no such message.")


def _context(
    work: Work, name: str, client_id: str, pool_id: str, base: str, locale: str, *, with_errors: bool
) -> PageContext:
    context = pages(locale=locale, with_errors=with_errors).get(name)
    if context is None:
        raise ResourceNotFoundException("There is no such page.")
    # The frame that shows it runs no script.
    context = replace(context, scripts=())
    if not pool_id:
        return replace(context, brand=Brand())
    pool = work.snapshots.pool(pool_id)
    client = work.snapshots.client(client_id) if client_id else None
    if client is not None and client.pool.pool_id != pool_id:
        raise ResourceNotFoundException("User pool client does not exist.")
    look = find_look(work, pool, client)
    brand = make_brand(look, base, client_id, context.template, getattr(context, "medium", ""))
    return replace(
        context,
        brand=brand,
        files_url=base + context.files_url,
        pool_name=pool.pool.name,
        client_name=client.client.name if client else context.client_name,
    )
