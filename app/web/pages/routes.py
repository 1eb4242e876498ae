"""The routes of the hosted pages. Cognito's paths are written as Cognito writes them, and answer in lower case too."""

from app.flows.brand_pages import PICTURE_PATH, STYLE_PATH
from app.flows.customize_ui import LOGO_PATH
from app.web.edge import Endpoint, Route
from app.web.pages import next as steps
from app.web.pages.account.routes import account_routes
from app.web.pages.add_passkey import AddPasskeyFormPage
from app.web.pages.branding import show_picture, show_style_sheet
from app.web.pages.challenge import ChallengePage
from app.web.pages.confirm import ConfirmAccountPage, ConfirmByLinkPage
from app.web.pages.consent import ConsentFormPage
from app.web.pages.endpoint import PageEndpoint
from app.web.pages.error import PAGES, show_error
from app.web.pages.forgot_password import ForgotPasswordFormPage, ResetPasswordFormPage
from app.web.pages.login import LoginPage
from app.web.pages.logo import show_logo
from app.web.pages.own_files import OWN_PATH, show_own_file
from app.web.pages.resend import ResendPage
from app.web.pages.sign_out import ask_to_sign_out
from app.web.pages.sign_up import SignUpFormPage
from app.web.pages.signed_out import show_signed_out
from app.web.pages.static_files import static_routes
from app.web.pages.ways_back import ADD_PASSKEY, to_add_passkey

_BOTH = ("GET", "POST")


def routes() -> list[Route]:
    """Every path of the door."""
    return [
        *_page(steps.LOGIN, _BOTH, PageEndpoint(LoginPage())),
        *_page(steps.SIGN_UP, _BOTH, PageEndpoint(SignUpFormPage())),
        *_page(steps.CONFIRM, _BOTH, PageEndpoint(ConfirmAccountPage())),
        *_page(steps.CONFIRM_LINK, _BOTH, PageEndpoint(ConfirmByLinkPage())),
        *_page(steps.RESEND, _BOTH, PageEndpoint(ResendPage())),
        *_page(steps.FORGOT_PASSWORD, _BOTH, PageEndpoint(ForgotPasswordFormPage())),
        *_page(steps.RESET_PASSWORD, _BOTH, PageEndpoint(ResetPasswordFormPage()), "/confirmForgotPassword"),
        *_page(steps.CHALLENGE, _BOTH, PageEndpoint(ChallengePage())),
        *_page(steps.CONSENT, _BOTH, PageEndpoint(ConsentFormPage())),
        *_page(ADD_PASSKEY, _BOTH, PageEndpoint(AddPasskeyFormPage(), to_add_passkey)),
        *_page(steps.SIGN_OUT, _BOTH, ask_to_sign_out),
        *_page(steps.SIGNED_OUT, ("GET",), show_signed_out),
        *_page(steps.ERROR, ("GET",), show_error),
        Route(STYLE_PATH, ("GET",), show_style_sheet, PAGES, of_pool=True),
        Route(PICTURE_PATH, ("GET",), show_picture, PAGES, of_pool=True),
        Route(LOGO_PATH, ("GET",), show_logo, PAGES, of_pool=True),
        *account_routes(PAGES),
        Route(OWN_PATH, ("GET",), show_own_file, PAGES, of_pool=True),
        *static_routes(PAGES),
    ]


def _page(path: str, methods: tuple[str, ...], endpoint: Endpoint, *also: str) -> list[Route]:
    """`also` are other ways to write the path."""
    paths = dict.fromkeys((path, path.lower(), *also))
    return [Route(name, methods, endpoint, PAGES, of_pool=True) for name in paths]
