"""What the templates of MFA_SETUP receive, as contexts.py says it for the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from app.web.pages.contexts import Field, FormPage


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpChoicePage(FormPage):
    """Which second factor to set up. Sends `factor`, one of `factors` (SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP)."""

    template: ClassVar[str] = "challenges/mfa_setup_choice.html"
    factors: Sequence[str]
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpTokenPage(FormPage):
    """With an authenticator app. Sends `code`; `qr_code` is an SVG element made here, `seed` the same for typing, in groups of
    four. `other_way_url` leads back to the choice, if there is one."""

    template: ClassVar[str] = "challenges/mfa_setup.html"
    qr_code: Markup
    seed: str
    other_way_url: str | None = None
    sign_in_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpAddressPage(FormPage):
    """With codes to an address that the user has not got yet. Sends `email` or `phone_number`, as `asked` is called."""

    template: ClassVar[str] = "challenges/mfa_setup_address.html"
    asked: Field
    other_way_url: str | None = None
    sign_in_url: str | None = None
