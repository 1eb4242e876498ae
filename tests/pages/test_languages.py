"""Which language a page and its messages have, and how a reader changes it in the middle of a sign-in."""

from typing import Any
from urllib.parse import urlencode

import pytest
from babel import Locale

from app.flows.work import Resources
from app.kit import translations
from tests.factories import PASSWORD, Factory, MadeUser
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.samples import HOSTILE


@pytest.fixture
def user(make: Factory, app: App) -> MadeUser:
    return make.user(app.pool_id, email="lang@example.com", email_verified="true")


def language(visitor: Visitor) -> str:
    return visitor.page.one("html").get("lang")


def menu(visitor: Visitor) -> dict[str, str]:
    """The hidden inputs of the form that the languages are in."""
    (form,) = (element for element in visitor.page.all("form") if element.path[-1].get("class") == "languages")
    assert form.attributes == {"method": "get"}, "it is sent to the page's own address"
    inputs = [element for element in visitor.page.all("input") if form in element.path]
    return {element.get("name"): element.get("value") for element in inputs}


def choose(visitor: Visitor, tag: str) -> Visitor:
    """Presses the button of a language, as a browser would."""
    visitor.page.one("button", name="lang", value=tag)
    return visitor.open(f"{visitor.response.url.path}?{urlencode({**menu(visitor), 'lang': tag})}")


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("de-AT", "de"),
        ("ES_mx", "es"),
        ("es-419", "es"),
        ("zh", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh-Hans-HK", "zh-CN"),
        ("zh-Hant", "zh-TW"),
        ("zh-Hant-MO", "zh-TW"),
        ("zh-HK", "zh-TW"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("in-ID", "id"),
        ("tlh", None),
        ("d", None),
        ("", None),
    ],
)
def test_tags_lead_to_the_catalogue_that_fits_best(tag: str, locale: str | None) -> None:
    assert translations.find_locale(tag) == locale


@pytest.mark.parametrize("tag", translations.available_locales())
def test_names_and_directions_are_those_of_cldr(tag: str) -> None:
    locale = Locale.parse(tag, sep="-")
    script = f"_{locale.script}" if locale.script else ""
    name = locale.languages.get(f"{locale.language}{script}") or locale.languages[locale.language]
    assert name.casefold() in translations.language_names()[tag].casefold()
    assert translations.text_direction(tag) == locale.text_direction


def test_the_browser_is_asked_last(visitor: Visitor, app: App) -> None:
    visitor.http.headers["accept-language"] = "de-AT, en;q=0.5"
    assert language(visitor.open(app.url())) == "de"
    assert visitor.heading == "Anmelden"
    assert language(visitor.open(app.url(lang="xx"))) == "de"
    assert language(visitor.open(app.url(ui_locales="xx fr-CA en"))) == "fr"
    assert language(visitor.open(app.url())) == "fr", "it was remembered"
    assert language(visitor.open(app.url(lang="pl", ui_locales="es"))) == "pl"
    assert language(visitor.open(app.url(lang="zh-HK"))) == "zh-TW"
    assert language(visitor.open(app.url("/signedout"))) == "zh-TW"
    assert language(visitor.open(f"/{app.pool_id}/error?lang=ar")) == "ar"
    assert visitor.page.one("html").get("dir") == "rtl"


def test_it_changes_within_a_sign_in(visitor: Visitor, app: App, user: MadeUser) -> None:
    visitor.open(app.url(lang="en"))
    assert choose(visitor, "de").heading == "Anmelden"
    assert visitor.submit({"username": user.username, "password": "wrong"}).errors == [
        "Die Anmeldedaten stimmen nicht. Prüfen Sie sie und versuchen Sie es noch einmal."
    ]
    assert choose(visitor, "ja").heading == "ログイン"
    assert language(visitor.submit({"username": user.username, "password": "wrong"})) == "ja"
    assert visitor.submit({"username": user.username, "password": PASSWORD}).code(), (
        "state and client are what they were"
    )
    assert language(visitor.open(app.url(prompt="login"))) == "ja"


def test_a_challenge_stays_open(visitor: Visitor, make_app: AppMaker, make: Factory, resources: Resources) -> None:
    app = make_app(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}})
    user = make.user(app.pool_id, email="code.lang@example.com", email_verified="true")
    visitor.open(app.url()).submit({"username": user.username}).submit(button="EMAIL_OTP")
    assert choose(visitor, "es").heading == "Introduce tu código"
    assert visitor.submit({"code": "000000x"}).errors == [
        "Ese código no es correcto o ya no funciona. Revísalo o pide uno nuevo."
    ]
    assert choose(visitor, "de").heading == "Code eingeben"
    (mail,) = messages_to(resources, "code.lang@example.com")
    assert mail.subject == "Your sign-in code"
    assert visitor.submit({"code": mail.code}).code()


def test_a_message_has_the_language_of_its_page(visitor: Visitor, email_app: App, resources: Resources) -> None:
    visitor.open(email_app.url("/signup", lang="fr")).submit({"email": "ada.fr@example.com", "password": PASSWORD})
    (mail,) = messages_to(resources, "ada.fr@example.com")
    assert mail.subject == "Confirmez votre compte"
    assert '<html lang="fr" dir="ltr">' in (mail.html or "")
    choose(visitor, "ar").submit(button="resend")
    assert '<html lang="ar" dir="rtl">' in (messages_to(resources, "ada.fr@example.com")[0].html or "")


def test_without_a_page_it_has_that_of_the_user(make: Factory, app: App, public: Any, resources: Resources) -> None:
    for number, (locale, subject) in enumerate([("it_IT", "Reimposta la tua password"), ("", "Reset your password")]):
        email = f"api{number}.lang@example.com"
        user = make.user(app.pool_id, email=email, email_verified="true", **({"locale": locale} if locale else {}))
        public.forgot_password(ClientId=app.client_id, Username=user.username)
        assert [message.subject for message in messages_to(resources, email)] == [subject]


@pytest.mark.parametrize("lang", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "../de", HOSTILE])
def test_a_hostile_language_is_none(visitor: Visitor, app: App, lang: str) -> None:
    assert language(visitor.open(app.url("/login", lang=lang, state=HOSTILE))) == "en"
    assert "set-cookie" not in str([cookie for cookie in visitor.http.cookies.jar if "lang" in cookie.name])
    hidden = menu(visitor)
    assert (hidden["state"], "lang" in hidden) == (HOSTILE, False)
    assert language(choose(visitor, "fr")) == "fr"
    assert visitor.response.url.host == "localhost"
