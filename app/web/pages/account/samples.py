"""One context for every account page and state worth seeing; see app.web.pages.samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from markupsafe import Markup

from app.web.pages.account import contexts
from app.web.pages.contexts import Field, Form, PageContext, PageError, PasskeyPrompt, PasswordPolicy

_DAY, _ISO = "Nov 26, 2026", "2026-11-26T08:00:00Z"
_FACTORS = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")


class _Frame(TypedDict):
    pool_name: str
    client_name: str
    account: str
    detail: str
    urls: Mapping[str, str]
    sign_out: Form
    form: Form
    notice: str
    errors: Sequence[PageError]


@dataclass(frozen=True)
class AccountSamples:
    """`text` stands at every place that a stranger may fill; `form` is that of every page, `errors` are what is wrong."""

    text: str
    form: Form
    fields: Sequence[Field]
    policy: PasswordPolicy
    with_errors: bool

    def pages(self) -> dict[str, PageContext]:
        """Every page by name."""
        return {**self._profile(), **self._security(), **self._credentials(), **self._rest()}

    def _frame(self, field: str | None = None) -> _Frame:
        wrong = (PageError(field, f"wrong {self.text}"), PageError(None, f"all wrong {self.text}"))
        names = ("profile", "security", "sessions", "data")
        return {
            "pool_name": self.text,
            "client_name": self.text,
            "account": self.text,
            "detail": self.text,
            "urls": {name: f"/eu-west-1_abc/account/{name}" for name in names},
            "sign_out": self.form,
            "form": self.form,
            "notice": self.text,
            "errors": wrong if self.with_errors else (),
        }

    def _profile(self) -> dict[str, PageContext]:
        text, fields = self.text, self.fields
        address = contexts.Address(name="email", value=text, state="verified", url="/account/email")
        missing = contexts.Address(name="phone_number", value="", state="missing", url="/account/phone")
        return {
            "account": contexts.ProfilePage(
                **self._frame(fields[0].name),
                values={field.name: text for field in fields},
                username=text,
                addresses=(address, missing),
                fields=fields[:4],
                more=fields[4:],
            ),
            "account_email": contexts.AddressPage(
                **self._frame("code"),
                name="email",
                current=text,
                state="unverified",
                pending=text,
                field=next(field for field in fields if field.name == "email"),
                is_removable=True,
                can_change=True,
            ),
        }

    def _security(self) -> dict[str, PageContext]:
        text = self.text
        credential = contexts.Credential(name=text, since=_DAY, since_iso=_ISO, url="/account/passkey?id=x")
        return {
            "account_security": contexts.SecurityPage(
                **self._frame("preferred"),
                has_password=True,
                password_url="/account/password",
                passkeys=(credential,),
                shows_passkeys=True,
                add_passkey_url="/account/add-passkey",
                authenticators=(credential,),
                shows_authenticators=True,
                add_authenticator_url="/account/add-authenticator",
                replaces_authenticator=True,
                recovery_codes=3,
                recovery_codes_url="/account/recovery-codes",
                factors=[contexts.Factor(name=name, is_enabled=True, is_preferred=False) for name in _FACTORS],
            ),
            "account_password": contexts.ChangePasswordPage(
                **self._frame("current_password"),
                has_password=True,
                password_policy=self.policy,
                signs_out_others=True,
                back_url="/account/security",
            ),
        }

    def _credentials(self) -> dict[str, PageContext]:
        text, back_url = self.text, "/account/security"
        return {
            "account_add_passkey": contexts.AddPasskeyPage(
                **self._frame(),
                passkey=PasskeyPrompt(form=self.form, options=text),
                back_url=back_url,
                scripts=("passkeys.js",),
            ),
            "account_passkey": contexts.CredentialPage(
                **self._frame("name"), values={"name": text}, kind="passkey", name=text, back_url=back_url
            ),
            "account_authenticator": contexts.CredentialPage(
                **self._frame(), kind="authenticator", name=text, back_url=back_url
            ),
            "account_add_authenticator": contexts.SetUpAuthenticatorPage(
                **self._frame("code"),
                values={"code": text, "name": text},
                qr_code=Markup('<svg viewBox="0 0 1 1"><path d="M0 0h1"/></svg>'),
                seed=text,
                replaces=True,
                back_url=back_url,
            ),
            "account_recovery_codes": contexts.RecoveryCodesPage(
                **self._frame(), codes=("7KQ2M-XW9PA",), left=1, back_url=back_url
            ),
            "account_recovery_codes_before": contexts.RecoveryCodesPage(
                **self._frame(), codes=(), left=2, back_url=back_url
            ),
        }

    def _rest(self) -> dict[str, PageContext]:
        text = self.text
        session = contexts.Session(
            session_id=text,
            is_app=False,
            app=text,
            device=text,
            place=text,
            last_active=_DAY,
            last_active_iso=_ISO,
            is_current=False,
        )
        device = contexts.Device(
            device_key=text, name=text, place=text, last_used=_DAY, last_used_iso=_ISO, is_remembered=True
        )
        return {
            "account_sessions": contexts.SessionsPage(
                **self._frame(), sessions=(session, session), devices=(device,), shows_devices=True
            ),
            "account_data": contexts.DataPage(**self._frame(), linked=(text,), delete_url="/account/delete"),
            "account_delete": contexts.DeleteAccountPage(
                **self._frame("confirmation"), values={"confirmation": text}, back_url="/account/data"
            ),
            "account_deleted": contexts.DeletedPage(pool_name=text),
        }
