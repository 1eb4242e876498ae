"""A question of a pool's own functions in Chromium, without scripts."""

import json

import pytest
from playwright.sync_api import Page, expect

from app.flows.triggers import custom_auth
from tests.browser.conftest import Site
from tests.browser.steps import heading, is_home, wrong_input
from tests.pages.test_custom_challenges import PIXEL, Quiz, allow
from tests.triggers import Triggers

pytestmark = pytest.mark.browser


def test_a_picture_and_a_choice(page: Page, site: Site) -> None:
    triggers = Triggers(site.functions, custom_auth.TRIGGERS)
    boats = site.app(LambdaConfig=triggers.config)
    allow(site.operator, boats, ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    user = site.make.user(boats.pool_id)
    colours = [{"value": "red", "label": "Red, like a lighthouse"}, {"value": "blue", "label": "Blue, like the sea"}]
    Quiz(
        triggers,
        {"title": "What does the picture show?", "text": "Type its colour.", "image": PIXEL, "imageText": "a colour"},
        {"title": "Which colour do you like best?", "choices": json.dumps(colours)},
    )
    page.goto(site.url(boats))
    page.get_by_label("Username").fill(user.username)
    page.keyboard.press("Enter")
    heading(page, "Welcome back")
    page.get_by_role("button", name="Another way").click()
    heading(page, "What does the picture show?")
    assert page.get_by_role("img", name="a colour").evaluate("image => image.naturalWidth") == 1
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.keyboard.type("red")
    page.keyboard.press("Enter")
    wrong_input(page, "answer", "Not quite.")
    page.get_by_label("Your answer").fill("blue")
    page.keyboard.press("Enter")
    heading(page, "Which colour do you like best?")
    expect(page.get_by_label("Red, like a lighthouse")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing to scroll sideways"
    page.get_by_role("button", name="Continue").click()
    is_home(page, site.callbacks[0])
