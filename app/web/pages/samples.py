"""One context for every page and state worth seeing: `poolhouse templates check`, the preview and the tests render them all."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from app.web.pages import contexts, fields, texts
from app.web.pages.account.samples import AccountSamples
from app.web.pages.brands import Band, Brand, Favicon, Picture
from app.web.pages.contexts import Field, Form, PageContext, PageError, PasswordPolicy

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


def form(path: str, text: str = "sealed") -> Form:
    """A form with everything a form may hold."""
    return Form(action=f"/eu-west-1_abc/{path}", csrf=text, request=text, hidden={"lang": text})


def pages(text: str = "Maya", locale: str = "en", *, with_errors: bool = False) -> Mapping[str, PageContext]:
    """Every page by name. `text` stands at every place that a stranger may fill; with errors, every page has two."""
    samples = _Samples(text, locale, with_errors)
    return {
        **samples.sign_in_and_up(),
        **samples.ways_in(),
        **samples.codes(),
        **samples.passwords(),
        **samples.second_factors(),
        **samples.recovery(),
        **samples.ends(),
        **samples.account(),
    }


@dataclass(frozen=True)
class _Samples:
    text: str
    locale: str
    with_errors: bool

    def _errors(self, field: str) -> tuple[PageError, ...]:
        if not self.with_errors:
            return ()
        return PageError(field, f"wrong {self.text}"), PageError(None, f"all wrong {self.text}")

    def account(self) -> dict[str, PageContext]:
        """Of the account page."""
        inputs = [fields.attribute_field(attribute, self.locale) for attribute in EVERY_ATTRIBUTE]
        return AccountSamples(self.text, form("account", self.text), inputs, POLICY, self.with_errors).pages()

    @property
    def _identifier(self) -> Field:
        return fields.identifier_field((), ("email", "phone_number"), self.locale)

    def sign_in_and_up(self) -> dict[str, PageContext]:
        text = self.text
        sign_up = fields.sign_up_fields(EVERY_ATTRIBUTE, (), self.locale)
        return {
            "sign_in": contexts.SignInPage(
                pool_name=text,
                client_name=text,
                form=form("login", text),
                values={"username": text},
                errors=self._errors("username"),
                identifier=self._identifier,
                notice="password_changed",
                sign_up_url="/eu-west-1_abc/signup",
                forgot_password_url="/eu-west-1_abc/forgotPassword",
                brand=_BRAND,
            ),
            "sign_up": contexts.SignUpPage(
                pool_name=text,
                client_name=text,
                form=form("signup", text),
                values={field.name: text for field in sign_up},
                errors=self._errors("custom:team"),
                fields=sign_up,
                password_policy=POLICY,
                sign_in_url="/eu-west-1_abc/login",
                terms_url="https://app.example/terms",
                privacy_url="https://app.example/privacy",
            ),
            "select_account": contexts.SelectAccountPage(
                pool_name=text,
                client_name=text,
                form=form("login", text),
                errors=self._errors("submit"),
                accounts=(contexts.AccountChoice("sso-1", text, text),),
            ),
            "select_account_of_two": contexts.SelectAccountPage(
                pool_name=text,
                client_name=text,
                form=form("login", text),
                errors=self._errors("submit"),
                accounts=(contexts.AccountChoice("sso-1", text, text), contexts.AccountChoice("sso-2", text)),
            ),
        }

    def codes(self) -> dict[str, PageContext]:
        text = self.text
        return {
            "confirm": contexts.ConfirmPage(
                pool_name=text,
                client_name=text,
                form=form("confirm", text),
                errors=self._errors("code"),
                destination=text,
                resend=form("resendcode", text),
                scripts=("resend.js",),
            ),
            "confirm_sms": contexts.ConfirmPage(
                pool_name=text,
                client_name=text,
                form=form("confirm", text),
                errors=self._errors("code"),
                medium="SMS",
                resent=True,
                sign_in_url="/l",
            ),
            "await_link": contexts.AwaitLinkPage(
                pool_name=text,
                client_name=text,
                form=form("confirm", text),
                errors=self._errors("code"),
                destination=text,
                resend=form("resendcode", text),
                scripts=("resend.js",),
                sign_in_url="/l",
            ),
            "confirm_link": contexts.ConfirmLinkPage(
                pool_name=text,
                client_name=text,
                form=form("confirmUser", text),
                errors=self._errors("code"),
                app_url="https://app.example/",
            ),
            "check_inbox": contexts.CheckInboxPage(
                pool_name=text,
                client_name=text,
                form=form("confirm", text),
                errors=self._errors("code"),
                destination=text,
                resend=form("resendcode", text),
                scripts=("resend.js",),
            ),
        }

    def passwords(self) -> dict[str, PageContext]:
        text = self.text
        return {
            "forgot_password": contexts.ForgotPasswordPage(
                pool_name=text,
                client_name=text,
                form=form("forgotPassword", text),
                values={"username": text},
                errors=self._errors("username"),
                identifier=self._identifier,
                sign_in_url="/eu-west-1_abc/login",
            ),
            "reset_password": contexts.ResetPasswordPage(
                pool_name=text,
                client_name=text,
                form=form("confirmforgotPassword", text),
                errors=self._errors("confirm_password"),
                account=text,
                password_policy=POLICY,
                destination=text,
                resend=form("resendcode", text),
                scripts=("resend.js",),
            ),
            "new_password": contexts.NewPasswordPage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                errors=self._errors("password"),
                account=text,
                password_policy=POLICY,
                fields=[fields.attribute_field(fields.Attribute(name="name"), self.locale)],
                sign_in_url="/eu-west-1_abc/login",
            ),
        }

    def ways_in(self) -> dict[str, PageContext]:
        text = self.text
        return {
            "identify": contexts.SignInPage(
                pool_name=text,
                client_name=text,
                form=form("login", text),
                errors=self._errors("username"),
                identifier=self._identifier,
                asks_password=False,
                passkey=contexts.PasskeyPrompt(form=form("login", text), options=text),
                scripts=("passkeys.js",),
                sign_up_url="/eu-west-1_abc/signup",
            ),
            "select_challenge": contexts.SelectChallengePage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                errors=self._errors("password"),
                account=text,
                factors=("EMAIL_OTP", "SMS_OTP"),
                passkey=contexts.PasskeyPrompt(form=form("challenge", text), options=text),
                scripts=("passkeys.js",),
                forgot_password_url="/eu-west-1_abc/forgotPassword",
                change_url="/eu-west-1_abc/login",
            ),
        }

    def recovery(self) -> dict[str, PageContext]:
        text = self.text
        return {
            "consent": contexts.ConsentPage(
                pool_name=text,
                client_name=text,
                form=form("consent", text),
                errors=self._errors("submit"),
                account=text,
                wishes=(text, "See your email address"),
                change_url="/eu-west-1_abc/login",
                terms_url="https://app.example/terms",
                privacy_url="https://app.example/privacy",
            ),
            "add_passkey": contexts.AddPasskeyPage(
                pool_name=text,
                client_name=text,
                form=form("passkeys/add", text),
                errors=self._errors("credential"),
                account=text,
                passkey=contexts.PasskeyPrompt(form=form("passkeys/add", text), options=text),
                scripts=("passkeys.js",),
            ),
            "custom": contexts.CustomChallengePage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                values={"answer": text},
                errors=self._errors("answer"),
                title=text,
                text=text,
                image="/logo.png",
                image_text=text,
                label=text,
                sign_in_url="/eu-west-1_abc/login",
            ),
            "custom_choice": contexts.CustomChallengePage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                errors=self._errors("answer"),
                choices=(contexts.Choice(text, text), contexts.Choice("other", text)),
            ),
            "recovery_code": contexts.RecoveryCodePage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                values={"code": text},
                errors=self._errors("code"),
                other_way_url="/eu-west-1_abc/challenge",
            ),
        }

    def second_factors(self) -> dict[str, PageContext]:
        text = self.text
        return {
            "sign_in_code": contexts.SignInCodePage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                values={"code": text},
                errors=self._errors("code"),
                destination=text,
                medium="SMS",
                resend=form("resendcode", text),
                scripts=("resend.js",),
                resent=True,
                other_way_url="/eu-west-1_abc/challenge",
                sign_in_url="/eu-west-1_abc/login",
            ),
            "software_token": contexts.SoftwareTokenPage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                values={"code": text},
                errors=self._errors("code"),
                device=text,
                recovery_url="/eu-west-1_abc/challenge",
                asks_to_remember=True,
                sign_in_url="/eu-west-1_abc/login",
            ),
            "select_mfa": contexts.SelectMfaPage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                errors=self._errors("factor"),
                factors=("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"),
                sign_in_url="/eu-west-1_abc/login",
            ),
            "mfa_setup": contexts.SetUpTokenPage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                values={"code": text},
                errors=self._errors("code"),
                qr_code=Markup('<svg viewBox="0 0 1 1"><path d="M0 0h1"/></svg>'),
                seed=text,
                sign_in_url="/eu-west-1_abc/login",
            ),
            "mfa_setup_email": contexts.SetUpEmailPage(
                pool_name=text,
                client_name=text,
                form=form("challenge", text),
                values={"email": text},
                errors=self._errors("email"),
                email=fields.attribute_field(fields.Attribute(name="email"), self.locale),
                sign_in_url="/eu-west-1_abc/login",
            ),
        }

    def ends(self) -> dict[str, PageContext]:
        text = self.text
        title, explanation = texts.error_page_text("bad_request", self.locale)
        return {
            "confirmed": contexts.ConfirmedPage(pool_name=text, client_name=text, app_url="https://app.example/"),
            "signed_out": contexts.SignedOutPage(pool_name=text, client_name=text, app_url="https://app.example/"),
            "error": contexts.ErrorPage(
                pool_name=text, title=title, text=explanation, request_id=text, sign_in_url="/eu-west-1_abc/login"
            ),
        }
