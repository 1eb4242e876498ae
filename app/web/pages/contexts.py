"""What the templates of the hosted pages receive: the contract between handlers and templates.

Every member of a context is a variable of its template, which also sees `lang` and `dir`. URLs are built and proven by the
handler; everything else may hold hostile text, the templates escape it. Text is already translated (`fields`, `texts`);
a template adds only its own. A member that ends in `_url` and is None hides its link.

Names that do not change, because people's password managers and tests know them: an input's `name` and `id` are the
attribute's name (":" becomes "-" in the id), the button that sends the page's form is `submit`, the one that asks for
another code `resend`. The form's hidden inputs are `_csrf` and `request`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from app.core.password_policy import Rule
from app.web.pages.brands import Brand
from app.web.pages.languages import LanguageMenu
from app.web.pages.password_rules import PASSWORD_SCRIPTS, PasswordPolicy

Medium = Literal["EMAIL", "SMS"]
InputType = Literal["text", "email", "tel", "url", "date", "number", "checkbox", "textarea"]
SignInNotice = Literal["confirmed", "password_changed", "signed_out", "session_expired", "sign_in_again", "refused"]
AnswerInput = Literal["text", "number", "password", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that is posted to `action` (a path of this origin). `request` is the sealed authorize handle, "" without one."""

    action: str
    csrf: str
    request: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyPrompt:
    """Where a page's script asks the browser for a passkey: `options` is PublicKeyCredentialRequestOptionsJSON (or, to make one,
    ...CreationOptionsJSON) as text. The form sends `submit`: "passkey", and `credential`."""

    form: Form
    options: str


@dataclass(frozen=True, slots=True)
class PageError:
    """What is wrong, in the page's language; `field` is the name of an input on the page or None for the whole page. `broken` are
    the rules that a new password breaks."""

    field: str | None
    text: str
    broken: Collection[Rule] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An input made from the pool's settings: see `fields`. `missing` is the text to show when a required one is empty,
    `invalid` when its value is not accepted."""

    name: str
    label: str
    missing: str
    invalid: str
    type: InputType = "text"
    autocomplete: str = "off"
    inputmode: str | None = None
    required: bool = True
    hint: str | None = None
    maxlength: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What every page has. `client_name` is "" where no client is known; `static_url` is the path the assets answer under.

    `languages` is None on pages that cannot be asked for again. `scripts` are the files in templates/static that the page loads;
    every page but those of passkeys does its work without.

    `address` is None on a page that was asked for by its address. On the answer to a form it is what shows the page again, relative
    to where the form was sent and so mostly "". The script answer.js makes it the address to come back to: going back and reloading
    ask for the page, instead of sending the form once more.
    `is_for_account` says that the sign-in leads to the account page, and to no app.
    """

    template: ClassVar[str]
    pool_name: str
    client_name: str = ""
    brand: Brand = field(default_factory=Brand)
    static_url: str = "/_static"
    files_url: str = "/_own"
    languages: LanguageMenu | None = None
    is_for_account: bool = False
    scripts: Sequence[str] = ()
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage(PageContext):
    """A page with a form. `values` re-fills inputs by name (never a secret). One error is told at its input, which
    has the focus; several, or one of the whole page, are summed up first."""

    form: Form
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Sequence[PageError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage(FormPage):
    """Sends `username`, `password`. `identifier` comes from `fields.identifier_field`.

    Where there is a choice of what to begin with, the password is not asked here (`asks_password`), but on the next page.
    """

    template: ClassVar[str] = "pages/sign_in.html"
    scripts: Sequence[str] = PASSWORD_SCRIPTS
    identifier: Field
    asks_password: bool = True
    passkey: PasskeyPrompt | None = None
    notice: SignInNotice | None = None
    sign_up_url: str | None = None
    forgot_password_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpPage(FormPage):
    """Sends one value per field (`fields.sign_up_fields`) and `password`. Who signs up agrees to what the two URLs lead to."""

    template: ClassVar[str] = "pages/sign_up.html"
    scripts: Sequence[str] = PASSWORD_SCRIPTS
    fields: Sequence[Field]
    password_policy: PasswordPolicy
    terms_url: str | None = None
    privacy_url: str | None = None
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage(FormPage):
    """Sends `code`. `destination` is masked ("m***@e***"), None when it is not known; `resend` is the form of the second
    button, `resent` says that it has just been used."""

    template: ClassVar[str] = "pages/confirm.html"
    destination: str | None = None
    medium: Medium = "EMAIL"
    resend: Form | None = None
    resent: bool = False
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInboxPage(FormPage):
    """Sends `code`, as `ConfirmPage`. Shown after every sign-up of a pool whose user names are e-mail addresses or phone
    numbers, whether or not the account existed; `destination` is what was typed, unmasked."""

    template: ClassVar[str] = "pages/check_inbox.html"
    destination: str
    medium: Medium = "EMAIL"
    resend: Form | None = None
    resent: bool = False
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitLinkPage(FormPage):
    """After a sign-up that a link in a mail confirms. Sends `submit`: "check" once it was opened, or "confirm" with `code`.
    `destination` is masked, or what was typed where nothing may tell whether an account was made."""

    template: ClassVar[str] = "pages/await_link.html"
    destination: str | None = None
    resend: Form | None = None
    resent: bool = False
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLinkPage(FormPage):
    """What a link in a mail opens: a button, since programs that read mail open links, too. `form` holds the code."""

    template: ClassVar[str] = "pages/confirm_link.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOverPage(FormPage):
    """After the button of a link that has been used, or is too old. `form` asks for another link, `resent` says that it has just
    done so; `app_url` leads to the app, where whoever has an account signs in."""

    template: ClassVar[str] = "pages/link_over.html"
    resent: bool = False
    app_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedPage(PageContext):
    """After the button of a page that a mail links to: no app waits here. `app_url` leads to the one that it is about."""

    template: ClassVar[str] = "pages/confirmed.html"
    app_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgotPasswordPage(FormPage):
    """Sends `username`."""

    template: ClassVar[str] = "pages/forgot_password.html"
    identifier: Field
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPasswordPage(FormPage):
    """Sends `code`, `password`, `confirm_password`. `account` (what was typed before) is for password managers. The
    destination is masked and, for an account that does not exist, simulated or None."""

    template: ClassVar[str] = "pages/reset_password.html"
    scripts: Sequence[str] = PASSWORD_SCRIPTS
    account: str
    password_policy: PasswordPolicy
    destination: str | None = None
    medium: Medium = "EMAIL"
    resend: Form | None = None
    resent: bool = False
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasswordPage(FormPage):
    """Challenge NEW_PASSWORD_REQUIRED. Sends `password` and one value per required attribute that is still missing."""

    template: ClassVar[str] = "challenges/new_password.html"
    scripts: Sequence[str] = PASSWORD_SCRIPTS
    account: str
    password_policy: PasswordPolicy
    fields: Sequence[Field] = ()
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectChallengePage(FormPage):
    """What to begin with, once it is known who. Sends `submit`: PASSWORD with `password`, or one of `factors` (EMAIL_OTP,
    SMS_OTP, CUSTOM_AUTH). It is the same for everybody; `account` is what was typed, `change_url` leads back to the question."""

    template: ClassVar[str] = "challenges/select_challenge.html"
    scripts: Sequence[str] = PASSWORD_SCRIPTS
    account: str
    factors: Sequence[str] = ()
    passkey: PasskeyPrompt | None = None
    forgot_password_url: str | None = None
    change_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCodePage(FormPage):
    """Challenges SMS_MFA, EMAIL_OTP and SMS_OTP. Sends `code`; `destination` is masked; `resend` is the form of the second
    button, `resent` says that it has just been used. `other_way_url` leads back to the choice, if there was one,
    `change_address_url` to the question for the address where the code sets a new one up. With `asks_to_remember` it sends
    `remember`: "true" of a ticked box."""

    template: ClassVar[str] = "challenges/one_time_code.html"
    destination: str
    medium: Medium = "EMAIL"
    resend: Form | None = None
    resent: bool = False
    other_way_url: str | None = None
    change_address_url: str | None = None
    recovery_url: str | None = None
    asks_to_remember: bool = False
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareTokenPage(FormPage):
    """Challenge SOFTWARE_TOKEN_MFA. Sends `code`; `device` is the name of the authenticator app, "" without one."""

    template: ClassVar[str] = "challenges/software_token.html"
    device: str = ""
    recovery_url: str | None = None
    asks_to_remember: bool = False
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectMfaPage(FormPage):
    """Challenge SELECT_MFA_TYPE. Sends `factor`, one of `factors` (SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP)."""

    template: ClassVar[str] = "challenges/select_mfa.html"
    factors: Sequence[str]
    recovery_url: str | None = None
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomChallengePage(FormPage):
    """Challenge CUSTOM_CHALLENGE. Sends `answer`: what was typed, or the value of one of `choices`.

    All texts are of the pool's own functions, "" where they gave none; `image` is the data: URI of a picture.
    """

    template: ClassVar[str] = "challenges/custom.html"
    title: str = ""
    text: str = ""
    image: str = ""
    image_text: str = ""
    choices: Sequence[Choice] = ()
    label: str = ""
    input: AnswerInput = "text"
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodePage(FormPage):
    """In place of any second factor, where the pool has recovery codes (the pages of those factors lead here by
    `recovery_url`). Sends `code`; `other_way_url` leads back."""

    template: ClassVar[str] = "challenges/recovery_code.html"
    other_way_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPasskeyPage(FormPage):
    """/passkeys/add. `passkey` is None where the user has as many as there may be. `form` sends `submit`: "skip"."""

    template: ClassVar[str] = "pages/add_passkey.html"
    account: str
    passkey: PasskeyPrompt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPage(FormPage):
    """Whether an app of somebody else may have what `wishes` say, in words. Sends `submit`: "allow" or "deny"."""

    template: ClassVar[str] = "pages/consent.html"
    account: str
    wishes: Sequence[str]
    change_url: str | None = None
    terms_url: str | None = None
    privacy_url: str | None = None


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account that the browser is signed in to; `detail` is a second line (an e-mail address), "" without one."""

    session_id: str
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectAccountPage(FormPage):
    """For prompt=select_account. Of one account it sends `submit`: "continue"; of several `account`, the session of one of
    them; or `submit`: "another"."""

    template: ClassVar[str] = "pages/select_account.html"
    accounts: Sequence[AccountChoice]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOutPage(FormPage):
    """Whether the `accounts` that are signed in are to be signed out. Sends `submit`: "sign_out". `app_url` leads to the app."""

    template: ClassVar[str] = "pages/sign_out.html"
    accounts: Sequence[str]
    app_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOutPage(PageContext):
    """After /logout without a proven place to go to. `app_url` leads to the app called `client_name`, if one is known."""

    template: ClassVar[str] = "pages/signed_out.html"
    app_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage(PageContext):
    """A request that cannot be trusted or served. `title` and `text` come from `texts.error_page_text`.

    The way on is `sign_in_url`, else `app_url`, which leads to the app called `client_name`.
    """

    template: ClassVar[str] = "pages/error.html"
    title: str
    text: str
    request_id: str = ""
    sign_in_url: str | None = None
    app_url: str | None = None
