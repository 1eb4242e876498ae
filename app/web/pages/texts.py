"""What the pages say when something went wrong: keyed by the class of the error, translated, never the API's English."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from app.flows.sign_up import Problem
from app.flows.token_claims import API_SCOPE
from app.kit import errors
from app.kit.translations import N_, translate
from app.web.pages.contexts import Field, PageError

ErrorPageKind = Literal[
    "bad_request", "no_cookie", "expired", "not_found", "unknown_host", "too_many_requests", "unavailable", "internal"
]
FormProblem = Literal[
    "password_missing",
    "code_missing",
    "repetition_missing",
    "passwords_differ",
    "code_wrong",
    "factor_missing",
    "answer_missing",
]

_MAX_OWN_TEXT = 500
UNEXPECTED = N_("Something went wrong on our side. Try again in a moment.")
NOT_ACCEPTED = N_("Some of what you entered was not accepted. Check it and try again.")
DIFFERS = N_("This differs from what you entered above.")
WRONG_DETAILS = N_("The sign-in details are not right. Check them and try again.")
PASSKEY_REFUSED = N_("That passkey does not work here. Try again, or sign in another way.")
PASSKEY_NOT_ADDED = N_("That passkey could not be added. Try again.")
PASSKEYS_FULL = N_("You have as many passkeys as you can have. Remove one before you add another.")
NOT_CONFIRMED_YET = N_("Your account is not confirmed yet. Open the link in the message first.")
WAY_IN_UNKNOWN = N_("That way to sign in is not available here. Sign in another way.")
# Title and text of the page for somebody who must have a second step and cannot have any.
NO_SECOND_STEP = (
    N_("You cannot sign in yet"),
    N_(
        "Signing in here needs a second step, and your account cannot use any of those on offer. "
        "Ask the people who look after your account for help."
    ),
)
TOO_MANY_ATTEMPTS = N_("Too many attempts. Wait a while, then try again.")

# An error that is not here is told as UNEXPECTED: an unknown one must not explain itself to a stranger.
BY_ERROR: Mapping[type[errors.AppError], tuple[str | None, str]] = {
    errors.AliasExistsException: (None, N_("Another account already uses this email address or phone number.")),
    errors.CodeDeliveryFailureException: (None, N_("We could not send the code. Try again in a moment.")),
    errors.CodeMismatchException: (
        "code",
        N_("That code is not right or no longer works. Check it, or ask for a new one."),
    ),
    errors.ExpiredCodeException: ("code", N_("That code no longer works. Ask for a new one.")),
    errors.InvalidParameterException: (None, NOT_ACCEPTED),
    errors.InvalidPasswordException: ("password", N_("Choose a password that meets all of the rules.")),
    errors.LimitExceededException: (None, TOO_MANY_ATTEMPTS),
    errors.NotAuthorizedException: (None, WRONG_DETAILS),
    errors.PasswordHistoryPolicyViolationException: (
        "password",
        N_("You have used this password before. Choose another one."),
    ),
    errors.PasswordResetRequiredException: (None, N_("Your password must be reset. Choose “Forgot password?”.")),
    errors.TooManyFailedAttemptsException: (None, TOO_MANY_ATTEMPTS),
    errors.TooManyRequestsException: (None, TOO_MANY_ATTEMPTS),
    errors.UserLambdaValidationException: (None, N_("This request was refused.")),
    errors.UserNotConfirmedException: (None, N_("Your account is not confirmed yet.")),
    errors.UserNotFoundException: (None, WRONG_DETAILS),
    errors.UsernameExistsException: ("username", N_("This username is taken. Choose another one.")),
}

FORM_PROBLEMS: Mapping[FormProblem, tuple[str | None, str]] = {
    "password_missing": ("password", N_("Enter a password.")),
    "code_missing": ("code", N_("Enter the code.")),
    "code_wrong": ("code", N_("That code is not right. Enter the one that the app shows now.")),
    "factor_missing": ("factor", N_("Choose one.")),
    "answer_missing": ("answer", N_("Enter your answer.")),
    "repetition_missing": ("confirm_password", N_("Enter the new password again.")),
    "passwords_differ": ("confirm_password", N_("The two passwords are not the same.")),
}

SCOPES: Mapping[str, str] = {
    "openid": N_("Know that it is you"),
    "email": N_("See your email address"),
    "phone": N_("See your phone number"),
    "profile": N_("See your profile, such as name and picture"),
    API_SCOPE: N_("Look after your account: profile, password, devices and second steps"),
}

ERROR_PAGES: Mapping[ErrorPageKind, tuple[str, str]] = {
    "bad_request": (
        N_("This link does not work"),
        N_("The app that sent you here made a request that we cannot accept. Go back to the app and try again."),
    ),
    "no_cookie": (
        N_("Your browser sent no cookie"),
        N_("Nobody can sign in without one. Allow cookies for this address in your browser, then start again."),
    ),
    "expired": (
        N_("This page has expired"),
        N_("The sign-in took too long or was finished in another window. Go back to the app and start again."),
    ),
    "not_found": (N_("Page not found"), N_("There is nothing at this address. Check it, or go back to the app.")),
    "unknown_host": (
        N_("Unknown address"),
        N_("No sign-in page goes by this name. Check the address, or go back to the app."),
    ),
    "too_many_requests": (N_("One moment, please"), N_("There were too many requests. Wait a while, then try again.")),
    "unavailable": (N_("One moment, please"), N_("Sign-in is busy right now. Try again in a few seconds.")),
    "internal": (N_("Something went wrong"), N_("This is our fault, not yours. Try again in a moment.")),
}


def page_error(error: errors.AppError, locale: str, inputs: Collection[str] = ()) -> PageError:
    """What a page says about an error. It is tied to an input only when that is among the `inputs` the page has."""
    if isinstance(error, errors.UserLambdaValidationException) and error.own_text.strip():
        # The pool's own words, as on Cognito's pages: whoever wrote the function wrote them for this reader.
        return PageError(None, _shortened(" ".join(error.own_text.split())))
    field, text = BY_ERROR.get(type(error), (None, UNEXPECTED))
    return PageError(field if field in inputs else None, translate(locale, text))


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_OWN_TEXT else f"{text[:_MAX_OWN_TEXT]}…"


def page_text(text: str, locale: str) -> PageError:
    """One of the texts above, about the whole page."""
    return PageError(None, translate(locale, text))


def form_problem(problem: FormProblem, locale: str) -> PageError:
    """What a page says about a form that the engine never saw."""
    field, text = FORM_PROBLEMS[problem]
    return PageError(field, translate(locale, text))


def missing_values(fields: Iterable[Field], values: Mapping[str, str]) -> list[PageError]:
    """One error for each required field without a value. An unticked box is a value."""
    return [
        PageError(field.name, field.missing)
        for field in fields
        if field.required and field.type != "checkbox" and not values.get(field.name, "").strip()
    ]


def wrong_values(
    fields: Sequence[Field], values: Mapping[str, str], problems: Mapping[str, Problem], locale: str
) -> list[PageError]:
    """One error for each field that has no value, or one with a problem, in the order of the page."""
    found = {error.field: error for error in missing_values(fields, values)}
    for field in fields:
        if field.name in problems and field.name not in found:
            text = translate(locale, DIFFERS) if problems[field.name] == "differs" else field.invalid
            found[field.name] = PageError(field.name, text)
    return [found[field.name] for field in fields if field.name in found]


def scope_texts(scope: Iterable[str], described: Mapping[str, str], locale: str) -> list[str]:
    """What an app may do with a scope, in words; those of the pool's own APIs are `described` by them."""
    return [translate(locale, SCOPES[name]) if name in SCOPES else described.get(name, name) for name in scope]


def error_page_text(kind: ErrorPageKind, locale: str) -> tuple[str, str]:
    """Title and text of the error page."""
    title, text = ERROR_PAGES[kind]
    return translate(locale, title), translate(locale, text)
