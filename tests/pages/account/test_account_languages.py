"""The account pages in the language of their reader."""

import re

from tests.pages.account.conftest import Scene
from tests.pages.browsing import Visitor
from tests.pages.test_languages import choose, language, menu


def test_the_account_page_speaks_it_too(scene: Scene) -> None:
    visitor = scene.open("/account/sessions?lang=de")
    assert visitor.heading == "Geräte"
    assert re.search(r"Zuletzt aktiv: \d\d\.\d\d\.\d{4}, \d\d:\d\d UTC", visitor.text)
    assert choose(visitor, "pl").path == "/account/sessions"
    assert language(scene.open("/account")) == "pl"
    visitor = choose(scene.open("/account/password"), "es")
    visitor.submit(
        {"current_password": scene.user.password, "password": "Another-Horse-8", "confirm_password": "Another-Horse-8"}
    )
    assert "Se ha cambiado tu contraseña." in visitor.text
    assert choose(visitor, "en").text.count("Your password is changed.") == 1
    assert scene.notices() == ["Se ha cambiado tu contraseña"]


def test_a_sign_in_on_the_way_to_the_account_keeps_it(scene: Scene, other_visitor: Visitor) -> None:
    visitor = choose(other_visitor.open(scene.url("/account/security")), "it")
    assert visitor.heading == "Accedi"
    visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert (visitor.path, visitor.heading) == ("/account/security", "Sicurezza")


def test_codes_that_are_shown_once_stay(guarded: Scene) -> None:
    visitor = guarded.switch_on().open("/account/recovery-codes")
    assert menu(visitor) == {}
    assert len(visitor.submit().page.with_id("codes").text.split()) == 10
    assert not [element for element in visitor.page.all("details") if element.get("class") == "languages"]
