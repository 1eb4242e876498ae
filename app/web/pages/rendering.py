"""A page context becomes HTML."""

from dataclasses import fields
from typing import Any

from app.kit.templates import render
from app.web.pages.contexts import PageContext


def render_page(template: str, context: PageContext, locale: str) -> str:
    """The HTML of a page in a locale (BCP 47). Raises jinja2.UndefinedError when the template wants more than the context."""
    return render(template, variables(context), locale)


def variables(context: PageContext) -> dict[str, Any]:
    """The context as its template sees it."""
    return {field.name: getattr(context, field.name) for field in fields(context)}
