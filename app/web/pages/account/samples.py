"""One context for every account page and state worth seeing; see app.web.pages.samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from app.kit.translations import translate
from app.web.pages.account import contexts, texts
from app.web.pages.contexts import Field, Form, PageContext, PageError, PasskeyPrompt
from app.web.pages.password_rules import PasswordPolicy
from app.web.pages.sample_parts import SEED, form, qr_code, wrong

_MOMENT, _ISO = 1_795_680_000_000, "2026-11-26T08:00:00Z"
_FACTORS = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
_CODES = (
    "7KQ2M-XW9PA",
    "H4TXW-2CFKD",
    "Q9RZC-VJ7HN",
    "M3VNB-P8LQT",
    "XW8PD-6GRMZ",
    "K6JHF-W3BXC",
    "T2YWM-9CQVE",
    "R5HDX-4NJKA",
    "P8ZKF-M3WTB",
    "V7LCQ-2XGHD",
)


class _Frame(TypedDict):
    pool_name: str
    client_name: str
    account: str
    detail: str
    urls: Mapping[str, str]
    sign_out: Form
    form: Form
    notice: str
    warning: str
    errors: Sequence[PageError]


@dataclass(frozen=True)
class AccountSamples:
    """`text` stands at every place that a stranger may fill; "" is for what people see."""

    text: str
    locale: str
    fields: Sequence[Field]
    policy: PasswordPolicy
    with_errors: bool

    def pages(self) -> dict[str, PageContext]:
        """Every page by name."""
        return {**self._profile(), **self._security(), **self._credentials(), **self._rest()}

    @property
    def _day(self) -> str:
        return texts.day(_MOMENT, self.locale)

    def _say(self, usual: str) -> str:
        return self.text or usual

    def _typed(self, *names: str) -> dict[str, str]:
        return dict.fromkeys(names, self.text) if self.text else {}

    @property
    def _form(self) -> Form:
        return form("account", self.text)

    @property
    def _account(self) -> str:
        return self._say("maya@harbour.example")

    def _frame(self, field: str | None = None, done: texts.Done | None = None, *, is_unsaved: bool = False) -> _Frame:
        """What every page has; the first of its errors is about `field`, `done` is what it says that was done before.

        `is_unsaved`: that a form was not taken.
        """
        names = ("profile", "security", "sessions", "data")
        return {
            "pool_name": self._say("Harbour"),
            "client_name": self._say("Harbour Market"),
            "account": self._account,
            "detail": self._say("Maya Okafor"),
            "urls": {name: f"/eu-west-1_abc/account/{name}" for name in names},
            "sign_out": self._form,
            "form": self._form,
            "notice": self.text or texts.done_text(done or "", self.locale),
            "warning": translate(self.locale, texts.UNSAVED_TEXT) if is_unsaved else "",
            "errors": wrong(self.text, self.locale, field) if self.with_errors else (),
        }

    def _profile(self) -> dict[str, PageContext]:
        fields = [field for field in self.fields if field.name not in ("email", "phone_number")]
        address = contexts.Address(name="email", value=self._account, state="verified", url="/account/email")
        missing = contexts.Address(name="phone_number", value="", state="missing", url="/account/phone")
        return {
            "account": contexts.ProfilePage(
                **self._frame(fields[0].name, done="saved"),
                values={**dict.fromkeys((field.name for field in fields), self.text), "name": self._say("Maya Okafor")},
                username=self._say("9f0d3c6e-41b7-4a52-8d0f-6d1c1f1a9b10"),
                addresses=(address, missing),
                fields=fields[:4],
                more=fields[4:],
            ),
            "account_email": contexts.AddressPage(
                **self._frame("code", is_unsaved=True),
                name="email",
                current=self._account,
                state="unverified",
                pending=self._say("maya.okafor@lighthouse.example"),
                field=next(field for field in self.fields if field.name == "email"),
                is_removable=True,
                can_change=True,
            ),
        }

    def _security(self) -> dict[str, PageContext]:
        passkey = contexts.Credential(
            name=self._say("MacBook Air"), since=self._day, since_iso=_ISO, url="/account/passkey?id=x"
        )
        app = contexts.Credential(
            name=self._say("Phone"), since=self._day, since_iso=_ISO, url="/account/authenticator?id=x"
        )
        return {
            "account_security": contexts.SecurityPage(
                **self._frame("preferred"),
                has_password=True,
                password_url="/account/password",
                passkeys=(passkey,),
                shows_passkeys=True,
                add_passkey_url="/account/add-passkey",
                authenticators=(app,),
                shows_authenticators=True,
                add_authenticator_url="/account/add-authenticator",
                replaces_authenticator=True,
                recovery_codes=3,
                has_second_step=True,
                recovery_codes_url="/account/recovery-codes",
                factors=[
                    contexts.Factor(name=name, is_enabled=True, is_preferred=name == _FACTORS[0]) for name in _FACTORS
                ],
            ),
            "account_security_bare": contexts.SecurityPage(
                **self._frame(),
                has_password=False,
                password_url="/account/password",
                passkeys=(),
                shows_passkeys=True,
                add_passkey_url="/account/add-passkey",
                authenticators=(),
                shows_authenticators=True,
                add_authenticator_url="/account/add-authenticator",
                replaces_authenticator=False,
                recovery_codes=0,
                has_second_step=False,
                recovery_codes_url="/account/recovery-codes",
                factors=[contexts.Factor(name=_FACTORS[0], is_enabled=False, is_preferred=False)],
            ),
            "account_password": contexts.ChangePasswordPage(
                **self._frame("current_password"),
                has_password=True,
                password_policy=self.policy,
                signs_out_apps=True,
                back_url="/account/security",
            ),
        }

    def _credentials(self) -> dict[str, PageContext]:
        back_url, passkey, app = "/account/security", self._say("MacBook Air"), self._say("Phone")
        return {
            "account_add_passkey": contexts.AddPasskeyPage(
                **self._frame(),
                passkey=PasskeyPrompt(form=self._form, options=self._say("{}")),
                back_url=back_url,
                scripts=("passkeys.js",),
            ),
            "account_passkey": contexts.CredentialPage(
                **self._frame("name"), values={"name": passkey}, kind="passkey", name=passkey, back_url=back_url
            ),
            "account_authenticator": contexts.CredentialPage(
                **self._frame(), kind="authenticator", name=app, back_url=back_url
            ),
            "account_add_authenticator": contexts.SetUpAuthenticatorPage(
                **self._frame("code"),
                values=self._typed("code", "name"),
                qr_code=qr_code(),
                seed=self._say(SEED),
                replaces=True,
                back_url=back_url,
            ),
            "account_recovery_codes": contexts.RecoveryCodesPage(
                **self._frame(),
                codes=_CODES,
                left=len(_CODES),
                has_second_step=True,
                scripts=("recovery_codes.js",),
                back_url=back_url,
            ),
            "account_recovery_codes_before": contexts.RecoveryCodesPage(
                **self._frame(), codes=(), left=2, has_second_step=True, back_url=back_url
            ),
            "account_recovery_codes_for_nothing": contexts.RecoveryCodesPage(
                **self._frame(), codes=(), left=0, has_second_step=False, back_url=back_url
            ),
        }

    def _session(self, browser: str, *, is_app: bool = False, is_current: bool = False) -> contexts.Session:
        return contexts.Session(
            session_id=self._say(browser),
            is_app=is_app,
            app=self._say("Harbour Market") if is_app else self.text,
            device=self._say(browser),
            place=self._say("203.0.113.24"),
            last_active=self._day,
            last_active_iso=_ISO,
            is_current=is_current,
        )

    def _rest(self) -> dict[str, PageContext]:
        device = contexts.Device(
            device_key=self._say("device"),
            name=self._say("Chrome on Android"),
            place=self._say("198.51.100.7"),
            last_used=self._day,
            last_used_iso=_ISO,
            is_remembered=True,
        )
        here, there = self._session("Firefox on Linux", is_current=True), self._session("Safari on iPhone", is_app=True)
        return {
            "account_sessions": contexts.SessionsPage(
                **self._frame(), sessions=(here, there), devices=(device,), shows_devices=True
            ),
            "account_sessions_one": contexts.SessionsPage(
                **self._frame(), sessions=(here,), devices=(), shows_devices=True
            ),
            "account_data": contexts.DataPage(
                **self._frame(),
                user_id=self._say("9f0d3c6e-41b7-4a52-8d0f-6d1c1f1a9b10"),
                linked=(self._say("Lighthouse"),),
                delete_url="/account/delete",
            ),
            "account_delete": contexts.DeleteAccountPage(
                **self._frame("confirmation"), values=self._typed("confirmation"), back_url="/account/data"
            ),
            "account_deleted": contexts.DeletedPage(pool_name=self._say("Harbour")),
        }
