"""What the templates of the account pages receive; see app.web.pages.contexts for what holds of all pages.

Every page has the frame: who is signed in, the ways to the other pages, and the button that signs out. Dates are text in the
page's language, with `..._iso` beside them for machines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from markupsafe import Markup

from app.web.pages.contexts import Field, Form, PageContext, PageError, PasskeyPrompt
from app.web.pages.password_rules import PASSWORD_SCRIPTS, PasswordPolicy

Section = Literal["profile", "security", "sessions", "data"]
AddressState = Literal["verified", "unverified", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountContext(PageContext):
    """The frame. `account` is what the user signs in with; `urls` lead to the sections.

    `notice` is what was just done, `warning` what was not. `section` is the one that the page belongs to; `form` holds what every
    form of the page must carry: the buttons of one page differ in their value only.
    """

    section: Section
    account: str
    detail: str
    urls: Mapping[str, str]
    sign_out: Form
    form: Form
    notice: str = ""
    warning: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Sequence[PageError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An e-mail address or phone number of the user; `url` leads to where it is changed and verified, None if it cannot be."""

    name: Literal["email", "phone_number"]
    value: str
    state: AddressState
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePage(AccountContext):
    """Sends one value per field, with `submit` "save". `more` are fields that few people fill in."""

    template: ClassVar[str] = "account/profile.html"
    section: Section = "profile"
    username: str
    addresses: Sequence[Address]
    fields: Sequence[Field]
    more: Sequence[Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPage(AccountContext):
    """Sends `submit`: "change" with the address, "remove", "send" (a code), or "verify" with `code`.

    `pending` is the address that a code went to and that waits for it, "" if there is none.
    """

    template: ClassVar[str] = "account/address.html"
    section: Section = "profile"
    name: Literal["email", "phone_number"]
    current: str
    state: AddressState
    pending: str
    field: Field
    is_removable: bool
    can_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A passkey or authenticator app in a list; `url` leads to where it is named and removed."""

    name: str
    since: str
    since_iso: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A second factor that can be switched on: SMS_MFA, SOFTWARE_TOKEN_MFA or EMAIL_OTP."""

    name: str
    is_enabled: bool
    is_preferred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPage(AccountContext):
    """Sends `submit` "factors" with one box for each of `factors` and `preferred`. A URL that is None hides its part."""

    template: ClassVar[str] = "account/security.html"
    section: Section = "security"
    has_password: bool
    password_url: str
    passkeys: Sequence[Credential]
    shows_passkeys: bool
    add_passkey_url: str | None
    authenticators: Sequence[Credential]
    shows_authenticators: bool
    add_authenticator_url: str | None
    replaces_authenticator: bool
    recovery_codes: int
    recovery_codes_url: str | None
    has_second_step: bool
    factors: Sequence[Factor]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePasswordPage(AccountContext):
    """Sends `current_password` (if there is one), `password`, `confirm_password`, and `apps` to end their access, too."""

    template: ClassVar[str] = "account/password.html"
    scripts: Sequence[str] = PASSWORD_SCRIPTS
    section: Section = "security"
    has_password: bool
    password_policy: PasswordPolicy
    signs_out_apps: bool
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPasskeyPage(AccountContext):
    """Sends `credential`, which the page's script puts there: the one page of the account that does nothing without a script."""

    template: ClassVar[str] = "account/add_passkey.html"
    section: Section = "security"
    passkey: PasskeyPrompt
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialPage(AccountContext):
    """One passkey or authenticator app. Sends `submit`: "rename" with `name` (passkeys), or "remove"."""

    template: ClassVar[str] = "account/credential.html"
    section: Section = "security"
    kind: Literal["passkey", "authenticator"]
    name: str
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpAuthenticatorPage(AccountContext):
    """Sends `code` and `name`. `qr_code` is an SVG element made here, `seed` the same for typing; `replaces` an earlier app."""

    template: ClassVar[str] = "account/authenticator.html"
    section: Section = "security"
    qr_code: Markup
    seed: str
    replaces: bool
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesPage(AccountContext):
    """Sends `submit` "make". `codes` are shown this once, empty before.

    There is nothing to make without a second step (`has_second_step`), which the codes would stand in for.
    """

    template: ClassVar[str] = "account/recovery_codes.html"
    section: Section = "security"
    codes: Sequence[str]
    left: int
    has_second_step: bool
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser, or an app that somebody signed in to. `device` may be "" (unknown), `place` is an address."""

    session_id: str
    is_app: bool
    app: str
    device: str
    place: str
    last_active: str
    last_active_iso: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device that the pool remembers. `name` may be ""."""

    device_key: str
    name: str
    place: str
    last_used: str
    last_used_iso: str
    is_remembered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsPage(AccountContext):
    """Sends `submit`: "end" with `session`, "everywhere", or "forget" with `device`."""

    template: ClassVar[str] = "account/sessions.html"
    section: Section = "sessions"
    sessions: Sequence[Session]
    devices: Sequence[Device]
    shows_devices: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPage(AccountContext):
    """Sends `submit` "download". `linked` are the names of providers; `user_id` is "" for who signs in with it."""

    template: ClassVar[str] = "account/data.html"
    section: Section = "data"
    user_id: str
    linked: Sequence[str]
    delete_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccountPage(AccountContext):
    """Sends `confirmation`, which must be `account`."""

    template: ClassVar[str] = "account/delete.html"
    section: Section = "data"
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedPage(PageContext):
    """After the account was deleted."""

    template: ClassVar[str] = "account/deleted.html"
