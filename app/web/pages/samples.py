"""One context for every page and state worth seeing: `poolhouse templates check`, the preview and the tests render them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from app.kit.translations import translate
from app.web.pages import contexts, fields, set_up_contexts, texts
from app.web.pages.account.samples import AccountSamples
from app.web.pages.brands import Band, Brand, Favicon, Picture
from app.web.pages.contexts import Field, Form, PageContext, PageError, PasskeyPrompt
from app.web.pages.languages import language_menu
from app.web.pages.password_rules import PASSWORD_SCRIPTS, PasswordPolicy
from app.web.pages.sample_parts import PICTURE, SEED, form, qr_code, wrong

POLICY = PasswordPolicy(minimum_length=10, uppercase=True, lowercase=True, numbers=True, symbols=True)
EVERY_ATTRIBUTE = (
    *(fields.Attribute(name=name, required=False) for name in fields.STANDARD if name != "username"),
    fields.Attribute(name="custom:team", max_length=64),
    fields.Attribute(name="custom:seats", data_type="Number"),
    fields.Attribute(name="custom:since", data_type="DateTime"),
    fields.Attribute(name="custom:newsletter", data_type="Boolean", required=False),
)

_BRAND = Brand(
    stylesheet_url="/brand.css",
    logo=Picture("/logo.png", "/logo-dark.png"),
    header=Band(Picture("/logo.png")),
    footer=Band(),
    favicons=(Favicon("/icon.ico", "image/x-icon"), Favicon("/icon.svg", "image/svg+xml", "(min-width: 1px)")),
)
_PASSKEYS, _RESEND = ("passkeys.js",), ("resend.js",)


class _Names(TypedDict):
    pool_name: str
    client_name: str


class _Page(_Names):
    form: Form
    errors: Sequence[PageError]


def pages(text: str = "", locale: str = "en", *, with_errors: bool = False) -> Mapping[str, PageContext]:
    """Every page by name, as people see them; a `text` stands at every place that a stranger may fill. With errors, every page
    has two, and is the answer to its form."""
    samples = _Samples(text, locale, with_errors)
    found: dict[str, PageContext] = {
        **samples.sign_in_and_up(),
        **samples.ways_in(),
        **samples.codes(),
        **samples.passwords(),
        **samples.second_factors(),
        **samples.set_up(),
        **samples.recovery(),
        **samples.ends(),
        **samples.account(),
    }
    menu = language_menu((("request", text),), locale)
    address = text if with_errors else None
    return {
        name: page if isinstance(page, contexts.ErrorPage) else replace(page, languages=menu, address=address)
        for name, page in found.items()
    }


@dataclass(frozen=True)
class _Samples:
    text: str
    locale: str
    with_errors: bool

    def _say(self, usual: str) -> str:
        return self.text or usual

    def _typed(self, name: str) -> dict[str, str]:
        return {name: self.text} if self.text else {}

    def _names(self) -> _Names:
        return {"pool_name": self._say("Harbour"), "client_name": self._say("Harbour Market")}

    def _page(self, path: str, field: str | None) -> _Page:
        """What every page with a form has; the first of its errors is about the input `field`, if there is one."""
        errors = wrong(self.text, self.locale, field) if self.with_errors else ()
        return {**self._names(), "form": form(path, self.text), "errors": errors}

    def _passkey(self, path: str) -> PasskeyPrompt:
        return PasskeyPrompt(form=form(path, self.text), options=self._say("{}"))

    @property
    def _account(self) -> str:
        return self._say("maya@harbour.example")

    @property
    def _masked(self) -> str:
        return self._say("m***@h***")

    @property
    def _resend(self) -> Form:
        return form("resendcode", self.text)

    def account(self) -> dict[str, PageContext]:
        """Of the account page."""
        inputs = [fields.attribute_field(attribute, self.locale) for attribute in EVERY_ATTRIBUTE]
        return AccountSamples(self.text, self.locale, inputs, POLICY, self.with_errors).pages()

    @property
    def _identifier(self) -> Field:
        return fields.identifier_field((), ("email", "phone_number"), self.locale)

    def sign_in_and_up(self) -> dict[str, PageContext]:
        everything = fields.sign_up_fields(EVERY_ATTRIBUTE, (), self.locale)
        return {
            "sign_in": contexts.SignInPage(
                **self._page("login", "username"),
                values=self._typed("username"),
                identifier=self._identifier,
                sign_up_url="/eu-west-1_abc/signup",
                forgot_password_url="/eu-west-1_abc/forgotPassword",
                brand=_BRAND,
            ),
            "sign_in_again": contexts.SignInPage(
                **self._page("login", "password"),
                values={"username": self._account},
                identifier=self._identifier,
                notice="password_changed",
                forgot_password_url="/eu-west-1_abc/forgotPassword",
            ),
            "sign_in_for_account": contexts.SignInPage(
                **self._page("login", "username"),
                values=self._typed("username"),
                identifier=self._identifier,
                is_for_account=True,
                notice="session_expired",
                forgot_password_url="/eu-west-1_abc/forgotPassword",
            ),
            "sign_up": contexts.SignUpPage(
                **self._page("signup", "custom:team"),
                values={field.name: self.text for field in everything},
                fields=everything,
                password_policy=POLICY,
                sign_in_url="/eu-west-1_abc/login",
                terms_url="https://app.example/terms",
                privacy_url="https://app.example/privacy",
            ),
            "sign_up_short": contexts.SignUpPage(
                **self._page("signup", "email"),
                values=self._typed("email"),
                fields=fields.sign_up_fields((), ("email",), self.locale),
                password_policy=POLICY,
                sign_in_url="/eu-west-1_abc/login",
                terms_url="https://app.example/terms",
                privacy_url="https://app.example/privacy",
            ),
            "select_account": contexts.SelectAccountPage(
                **self._page("login", None), accounts=(self._choice("sso-1"),)
            ),
            "select_account_of_two": contexts.SelectAccountPage(
                **self._page("login", None),
                accounts=(
                    self._choice("sso-1"),
                    contexts.AccountChoice("sso-2", self._say("maya.okafor@lighthouse.example")),
                ),
            ),
        }

    def _choice(self, session_id: str) -> contexts.AccountChoice:
        return contexts.AccountChoice(session_id, self._say("Maya Okafor"), self._account)

    def codes(self) -> dict[str, PageContext]:
        return {
            "confirm": contexts.ConfirmPage(
                **self._page("confirm", "code"), destination=self._masked, resend=self._resend, scripts=_RESEND
            ),
            "confirm_sms": contexts.ConfirmPage(
                **self._page("confirm", "code"), medium="SMS", resent=True, sign_in_url="/l"
            ),
            "await_link": contexts.AwaitLinkPage(
                **self._page("confirm", "code"),
                destination=self._masked,
                resend=self._resend,
                scripts=_RESEND,
                sign_in_url="/l",
            ),
            "confirm_link": contexts.ConfirmLinkPage(**self._page("confirmUser", None)),
            "link_over": contexts.LinkOverPage(**self._page("confirmUser", None), app_url="https://app.example/"),
            "link_over_resent": contexts.LinkOverPage(**self._page("confirmUser", None), resent=True),
            "check_inbox": contexts.CheckInboxPage(
                **self._page("confirm", "code"), destination=self._account, resend=self._resend, scripts=_RESEND
            ),
        }

    def passwords(self) -> dict[str, PageContext]:
        return {
            "forgot_password": contexts.ForgotPasswordPage(
                **self._page("forgotPassword", "username"),
                values=self._typed("username"),
                identifier=self._identifier,
                sign_in_url="/eu-west-1_abc/login",
            ),
            "reset_password": contexts.ResetPasswordPage(
                **self._page("confirmforgotPassword", "confirm_password"),
                account=self._account,
                password_policy=POLICY,
                destination=self._masked,
                resend=self._resend,
                scripts=(*_RESEND, *PASSWORD_SCRIPTS),
            ),
            "new_password": contexts.NewPasswordPage(
                **self._page("challenge", "password"),
                account=self._account,
                password_policy=POLICY,
                fields=[fields.attribute_field(fields.Attribute(name="name"), self.locale)],
                sign_in_url="/eu-west-1_abc/login",
            ),
        }

    def ways_in(self) -> dict[str, PageContext]:
        return {
            "identify": contexts.SignInPage(
                **self._page("login", "username"),
                identifier=self._identifier,
                asks_password=False,
                passkey=self._passkey("login"),
                scripts=_PASSKEYS,
                sign_up_url="/eu-west-1_abc/signup",
            ),
            "select_challenge": contexts.SelectChallengePage(
                **self._page("challenge", "password"),
                account=self._account,
                factors=("EMAIL_OTP", "SMS_OTP"),
                passkey=self._passkey("challenge"),
                scripts=(*_PASSKEYS, *PASSWORD_SCRIPTS),
                forgot_password_url="/eu-west-1_abc/forgotPassword",
                change_url="/eu-west-1_abc/login",
            ),
        }

    def recovery(self) -> dict[str, PageContext]:
        return {
            "consent": contexts.ConsentPage(
                **self._page("consent", None),
                account=self._account,
                wishes=(
                    self._say(translate(self.locale, texts.SCOPES["profile"])),
                    translate(self.locale, texts.SCOPES["email"]),
                ),
                change_url="/eu-west-1_abc/login",
                terms_url="https://app.example/terms",
                privacy_url="https://app.example/privacy",
            ),
            "add_passkey": contexts.AddPasskeyPage(
                **self._page("passkeys/add", None),
                account=self._account,
                passkey=self._passkey("passkeys/add"),
                scripts=_PASSKEYS,
            ),
            "custom": contexts.CustomChallengePage(
                **self._page("challenge", "answer"),
                values=self._typed("answer"),
                title=self._say("Are you aboard?"),
                text=self._say("What do you see in this picture?"),
                image=PICTURE,
                image_text=self._say("A drawing"),
                label=self._say("What it shows"),
                sign_in_url="/eu-west-1_abc/login",
            ),
            "custom_choice": contexts.CustomChallengePage(
                **self._page("challenge", "answer"),
                title=self._say("Which of these is your boat?"),
                choices=(
                    contexts.Choice(self._say("sea-breeze"), self._say("Sea Breeze")),
                    contexts.Choice("other", self._say("Northern Star")),
                ),
            ),
            "recovery_code": contexts.RecoveryCodePage(
                **self._page("challenge", "code"),
                values=self._typed("code"),
                other_way_url="/eu-west-1_abc/challenge",
            ),
        }

    def second_factors(self) -> dict[str, PageContext]:
        return {
            "sign_in_code": contexts.SignInCodePage(
                **self._page("challenge", "code"),
                values=self._typed("code"),
                destination=self._say("+*******0100"),
                medium="SMS",
                resend=self._resend,
                scripts=_RESEND,
                resent=True,
                other_way_url="/eu-west-1_abc/challenge",
                sign_in_url="/eu-west-1_abc/login",
            ),
            "software_token": contexts.SoftwareTokenPage(
                **self._page("challenge", "code"),
                values=self._typed("code"),
                device=self._say("Phone"),
                recovery_url="/eu-west-1_abc/challenge",
                asks_to_remember=True,
                sign_in_url="/eu-west-1_abc/login",
            ),
            "select_mfa": contexts.SelectMfaPage(
                **self._page("challenge", "factor"),
                factors=("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"),
                sign_in_url="/eu-west-1_abc/login",
            ),
            "mfa_setup_code": contexts.SignInCodePage(
                **self._page("challenge", "code"),
                values=self._typed("code"),
                destination=self._say("+*******0100"),
                medium="SMS",
                resend=self._resend,
                scripts=_RESEND,
                change_address_url="/eu-west-1_abc/challenge",
                sign_in_url="/eu-west-1_abc/login",
            ),
        }

    def set_up(self) -> dict[str, PageContext]:
        return {
            "mfa_setup": set_up_contexts.SetUpTokenPage(
                **self._page("challenge", "code"),
                values=self._typed("code"),
                qr_code=qr_code(),
                seed=self._say(SEED),
                other_way_url="/eu-west-1_abc/challenge",
                sign_in_url="/eu-west-1_abc/login",
            ),
            "mfa_setup_choice": set_up_contexts.SetUpChoicePage(
                **self._page("challenge", "factor"),
                factors=("SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"),
                sign_in_url="/eu-west-1_abc/login",
            ),
            **{
                f"mfa_setup_{name}": set_up_contexts.SetUpAddressPage(
                    **self._page("challenge", name),
                    values=self._typed(name),
                    asked=fields.attribute_field(fields.Attribute(name=name), self.locale),
                    other_way_url="/eu-west-1_abc/challenge",
                    sign_in_url="/eu-west-1_abc/login",
                )
                for name in ("email", "phone_number")
            },
            "mfa_setup_none": contexts.ErrorPage(
                pool_name=self._say("Harbour"),
                title=translate(self.locale, texts.NO_SECOND_STEP[0]),
                text=translate(self.locale, texts.NO_SECOND_STEP[1]),
                sign_in_url="/eu-west-1_abc/login",
            ),
        }

    def ends(self) -> dict[str, PageContext]:
        title, explanation = texts.error_page_text("bad_request", self.locale)
        return {
            "confirmed": contexts.ConfirmedPage(**self._names(), app_url="https://app.example/"),
            "sign_out": contexts.SignOutPage(
                **self._page("signout", None), accounts=(self._account,), app_url="https://app.example/"
            ),
            "sign_out_of_two": contexts.SignOutPage(
                **self._page("signout", None), accounts=(self._account, self._say("maya.okafor@lighthouse.example"))
            ),
            "signed_out": contexts.SignedOutPage(**self._names(), app_url="https://app.example/"),
            "error": contexts.ErrorPage(
                pool_name=self._say("Harbour"),
                title=title,
                text=explanation,
                request_id=self._say("5b0d8f0e-8d2c-4a57-9b7c-0c1f4f0a8f2e"),
                sign_in_url="/eu-west-1_abc/login",
            ),
        }
