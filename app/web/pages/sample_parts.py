"""What the samples of the pages are made of: see app.web.pages.samples."""

from collections.abc import Mapping
from functools import cache

from markupsafe import Markup

from app.core.password_policy import Rule
from app.kit.errors import CodeMismatchException, InvalidPasswordException
from app.kit.translations import translate
from app.web.pages import fields, texts
from app.web.pages.contexts import Form, PageError
from app.web.pages.seeds import seed_picture, seed_text

_BARE_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SEED = seed_text(_BARE_SEED)
# Of a question that a pool's own functions ask.
PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 240 96' width='240' height='96'%3E"
    "%3Cg fill='none' stroke='%230b6879' stroke-width='6' stroke-linejoin='round'%3E%3Cpath d='M60 62h110l-16 20H80z"
    "M112 12v42M120 16l36 38h-36zM104 26L82 54h22z'/%3E%3C/g%3E%3C/svg%3E"
)
_WRONG: Mapping[str, str] = {
    "username": fields.STANDARD["username"].missing,
    "email": fields.INVALID["email"],
    "code": texts.BY_ERROR[CodeMismatchException][1],
    "password": texts.BY_ERROR[InvalidPasswordException][1],
    "current_password": texts.FORM_PROBLEMS["password_missing"][1],
    "confirm_password": texts.FORM_PROBLEMS["passwords_differ"][1],
    "factor": texts.FORM_PROBLEMS["factor_missing"][1],
    "preferred": texts.FORM_PROBLEMS["factor_missing"][1],
    "answer": texts.FORM_PROBLEMS["answer_missing"][1],
}


def form(path: str, text: str) -> Form:
    """A form with everything a form may hold."""
    sealed = text or "sealed"
    return Form(action=f"/eu-west-1_abc/{path}", csrf=sealed, request=sealed, hidden={"lang": sealed})


def wrong(text: str, locale: str, field: str | None) -> tuple[PageError, PageError]:
    """Two errors, one of an input, if there is one, and one of the whole page: in words that the pages have, or in a `text`."""
    broken: tuple[Rule, ...] = ("uppercase", "maximum_length") if field == "password" else ()
    if text:
        return PageError(field, f"wrong {text}", broken), PageError(None, f"all wrong {text}")
    told = _WRONG.get(field or "", texts.NOT_ACCEPTED)
    return PageError(field, translate(locale, told), broken), PageError(None, translate(locale, texts.UNEXPECTED))


@cache
def qr_code() -> Markup:
    """That of `SEED`."""
    return seed_picture(_BARE_SEED, "maya@harbour.example", "Harbour")
