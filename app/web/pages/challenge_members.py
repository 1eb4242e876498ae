"""What the pages of all challenges show: pool and app, the form with what was typed and what is wrong with it, the way out."""

from collections.abc import Sequence
from typing import TypedDict

from app.web.pages import next as steps
from app.web.pages.contexts import Form, PageError
from app.web.pages.endpoint import Values
from app.web.pages.visits import Visit


class Common(TypedDict):
    """Members of a page's context."""

    pool_name: str
    client_name: str
    form: Form
    values: Values
    errors: Sequence[PageError]
    sign_in_url: str


def common_members(visit: Visit, values: Values, errors: Sequence[PageError]) -> Common:
    """These members of a page's context."""
    return {
        "pool_name": visit.pool_name,
        "client_name": visit.client_name,
        "form": visit.form(steps.CHALLENGE),
        "values": values,
        "errors": errors,
        "sign_in_url": visit.link(steps.LOGIN),
    }
