"""Questions of a pool's own functions on the hosted pages."""

import json
from typing import Any

import pytest

from app.flows.triggers import custom_auth
from app.flows.work import Resources
from tests.factories import PASSWORD, Factory, MadeUser
from tests.functions import FakeFunctions
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker
from tests.pages.samples import HOSTILE
from tests.pages.test_first_factors import WRONG, identify, ways
from tests.triggers import Event, Triggers

DEFINE, CREATE, VERIFY = (f"{name}_Authentication" for name in custom_auth.TRIGGERS)
CUSTOM_ONLY = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Quiz:
    """Asks the questions one after the other; three wrong answers end it."""

    def __init__(self, triggers: Triggers, *questions: dict[str, str]) -> None:
        self.questions = questions
        triggers.answers.update({DEFINE: self.define, CREATE: self.create, VERIFY: self.verify})

    def define(self, event: Event) -> dict[str, Any]:
        results = [entry["challengeResult"] for entry in event["request"]["session"]]
        is_over = results.count(True) == len(self.questions)
        return {
            "challengeName": "CUSTOM_CHALLENGE",
            "issueTokens": is_over and not event["request"]["userNotFound"],
            "failAuthentication": results.count(False) > 2 or (is_over and event["request"]["userNotFound"]),
        }

    def create(self, event: Event) -> dict[str, Any]:
        session = event["request"]["session"]
        number = [entry["challengeResult"] for entry in session].count(True)
        wrong = {"error": "Not quite."} if session and not session[-1]["challengeResult"] else {}
        return {
            "publicChallengeParameters": {**self.questions[number], **wrong},
            "privateChallengeParameters": {"answer": "blue"},
        }

    def verify(self, event: Event) -> dict[str, Any]:
        request = event["request"]
        return {"answerCorrect": request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]}


@pytest.fixture
def triggers(functions: FakeFunctions) -> Triggers:
    return Triggers(functions, custom_auth.TRIGGERS)


@pytest.fixture
def app(make_app: AppMaker, triggers: Triggers, operator: Any) -> App:
    made = make_app(LambdaConfig=triggers.config)
    allow(operator, made, CUSTOM_ONLY)
    return made


@pytest.fixture
def user(make: Factory, app: App) -> MadeUser:
    return make.user(app.pool_id)


def allow(operator: Any, app: App, flows: list[str]) -> None:
    operator.update_user_pool_client(
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        ClientName="Boats",
        CallbackURLs=[app.redirect_uri],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        ExplicitAuthFlows=flows,
    )


def test_a_text_a_picture_and_a_choice(visitor: Visitor, app: App, user: MadeUser, triggers: Triggers) -> None:
    choices = json.dumps(["red", {"value": "blue", "label": "Blue, like the sea"}, 7, {"label": "nothing"}])
    Quiz(
        triggers,
        {"title": "Who are you?", "text": "Your favourite\ncolour", "label": "Colour"},
        {"securityQuestion": "Of what colour is this?", "image": PIXEL, "imageText": "a square"},
        {"question": "Pick one", "choices": choices},
    )
    visitor.open(app.url())
    assert [control.get("name") for control in visitor.page.controls] == ["username"]
    visitor.submit({"username": user.username})
    assert (visitor.path, visitor.heading) == ("/challenge", "Who are you?")
    assert "Your favourite colour" in visitor.text
    assert visitor.page.one("label").text == "Colour"
    assert visitor.submit({"answer": " "}).wrong_inputs == {"answer": "Enter your answer."}
    assert visitor.submit({"answer": "red"}).wrong_inputs == {"answer": "Not quite."}
    visitor.submit({"answer": " blue "})
    assert (visitor.heading, "Of what colour is this?" in visitor.text) == ("One more step", True)
    (picture,) = visitor.page.all("img")
    assert (picture.get("src"), picture.get("alt")) == (PIXEL, "a square")
    visitor.submit({"answer": "blue"})
    assert [(label.text.strip(), label.get("for")) for label in visitor.page.all("label")] == [
        ("red", "answer"),
        ("Blue, like the sea", "answer-2"),
    ]
    assert visitor.submit({"answer": "green"}).wrong_inputs == {"answer": "Choose one."}
    assert visitor.submit({"answer": "blue"}).code()


def test_it_ends_when_its_functions_say_so(visitor: Visitor, app: App, user: MadeUser, triggers: Triggers) -> None:
    Quiz(triggers, {"text": "Colour?"})
    action, form = "", dict[str, str]()
    for _ in range(2):
        identify(visitor, app, user.username)
        for _ in range(3):
            action, form = visitor.action(), visitor.hidden()
            visitor.submit({"answer": "red"})
        assert (visitor.path, visitor.errors) == ("/login", WRONG)
        assert visitor.page.with_id("username").get("value") == user.username
    assert visitor.post(action, {**form, "answer": "blue"}).heading == "This page has expired"


def test_a_right_answer_sent_twice_leads_on_once(
    visitor: Visitor, app: App, user: MadeUser, triggers: Triggers
) -> None:
    Quiz(triggers, {"text": "Colour?"})
    identify(visitor, app, user.username)
    action, form = visitor.action(), {**visitor.hidden(), "answer": "blue"}
    assert visitor.post(action, form).code()
    assert visitor.post(action, form).code(), "where the first one has led to"


def test_nobody_is_asked_like_anybody(visitor: Visitor, app: App, user: MadeUser, triggers: Triggers) -> None:
    Quiz(triggers, {"text": "Colour?"})
    seen = []
    for name in (user.username, "nobody"):
        identify(visitor, app, name)
        shown = [visitor.heading, visitor.text]
        for _ in range(3):
            visitor.submit({"answer": "red"})
        seen.append([*shown, visitor.path, str(visitor.errors)])
    assert seen[0] == seen[1]
    identify(visitor, app, "nobody").submit({"answer": "blue"})
    assert (visitor.path, visitor.errors) == ("/login", WRONG)


def test_beside_the_password(visitor: Visitor, app: App, user: MadeUser, triggers: Triggers, operator: Any) -> None:
    allow(operator, app, [*CUSTOM_ONLY, "ALLOW_USER_SRP_AUTH"])
    Quiz(triggers, {"text": "Colour?"})
    identify(visitor, app, user.username)
    assert ways(visitor) == ["submit", "CUSTOM_AUTH"]
    assert visitor.submit(button="CUSTOM_AUTH").submit({"answer": "blue"}).code()
    assert (
        visitor.open(app.url(prompt="login")).submit({"username": user.username}).submit({"password": PASSWORD}).code()
    )


def test_a_client_that_does_not_allow_it(
    visitor: Visitor, app: App, user: MadeUser, triggers: Triggers, operator: Any
) -> None:
    Quiz(triggers, {"text": "Colour?"})
    allow(operator, app, ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    visitor.open(app.url())
    assert [control.get("name") for control in visitor.page.controls] == ["username", "password"]


@pytest.mark.parametrize(
    "image",
    [
        "https://evil.example/x.png",
        "javascript:alert(1)",
        "data:image/svg+xml;base64,PHN2Zy8+",
        "data:text/html,<script>alert(1)</script>",
        'data:image/png;base64,AA" onerror="alert(1)',
    ],
)
def test_what_functions_say_is_text(visitor: Visitor, app: App, user: MadeUser, triggers: Triggers, image: str) -> None:
    hostile = dict.fromkeys(("title", "text", "imageText", "label", "error", "input"), HOSTILE)
    Quiz(triggers, {**hostile, "image": image, "choices": "{]"})
    identify(visitor, app, user.username)
    assert visitor.heading == HOSTILE
    assert not visitor.page.all("script", "img")
    assert all(not name.startswith("on") for element in visitor.page.elements for name in element.attributes)
    assert visitor.submit({"answer": "blue"}).code()


def test_choices_with_markup(visitor: Visitor, app: App, user: MadeUser, triggers: Triggers) -> None:
    Quiz(triggers, {"choices": json.dumps([HOSTILE, "blue"])})
    identify(visitor, app, user.username)
    assert [control.get("value") for control in visitor.page.controls] == [HOSTILE, "blue"]
    assert visitor.submit({"answer": "blue"}).code()


@pytest.mark.parametrize("choices", ["null", "[]", "nonsense", '["a","a"]', json.dumps([str(n) for n in range(21)])])
def test_choices_that_cannot_be_shown_leave_an_input(
    visitor: Visitor, app: App, user: MadeUser, triggers: Triggers, choices: str
) -> None:
    Quiz(triggers, {"choices": choices, "input": "code"})
    identify(visitor, app, user.username)
    assert visitor.page.with_id("answer").get("autocomplete") == "one-time-code"
    assert visitor.submit({"answer": "blue"}).code()


def test_a_large_picture_and_one_that_is_too_large(
    visitor: Visitor, app: App, user: MadeUser, triggers: Triggers
) -> None:
    quiz = Quiz(triggers, {"image": "data:image/png;base64," + "A" * 15_000})
    assert identify(visitor, app, user.username).page.one("img").get("src").endswith("A" * 15_000)
    quiz.questions = ({"image": "data:image/png;base64," + "A" * 16_000},)
    identify(visitor, app, user.username)
    assert visitor.response.status_code == 500
    assert visitor.errors == ["Something went wrong on our side. Try again in a moment."]


class TestThePasswordIsNotEnough:
    """Where a client allows only the challenges of functions, no page signs anybody in with a password."""

    def test_at_the_first_page(self, visitor: Visitor, app: App, user: MadeUser, triggers: Triggers) -> None:
        seen = []
        for name, password in ((user.username, PASSWORD), (user.username, "Wrong-Horse-9"), ("nobody", PASSWORD)):
            visitor.open(app.url())
            visitor.post(visitor.action(), {**visitor.hidden(), "username": name, "password": password})
            seen.append((visitor.path, visitor.response.status_code, visitor.errors))
        assert seen == [("/login", 400, WRONG)] * 3
        assert triggers.calls == [], "not even told to the functions"

    def test_nor_is_anybody_migrated_by_it(
        self, visitor: Visitor, make_app: AppMaker, functions: FakeFunctions, operator: Any
    ) -> None:
        triggers = Triggers(functions, (*custom_auth.TRIGGERS, "UserMigration"))
        app = make_app(LambdaConfig=triggers.config)
        allow(operator, app, CUSTOM_ONLY)
        visitor.open(app.url())
        visitor.post(visitor.action(), {**visitor.hidden(), "username": "newcomer", "password": PASSWORD})
        assert (visitor.errors, triggers.calls) == (WRONG, [])

    def test_at_a_choice_opened_before(
        self, visitor: Visitor, app: App, user: MadeUser, triggers: Triggers, operator: Any
    ) -> None:
        allow(operator, app, [*CUSTOM_ONLY, "ALLOW_USER_SRP_AUTH"])
        identify(visitor, app, user.username)
        allow(operator, app, CUSTOM_ONLY)
        visitor.submit({"password": PASSWORD})
        assert (visitor.response.status_code, visitor.errors) == (400, WRONG)

    def test_at_a_sign_up_with_a_name_that_exists(
        self, visitor: Visitor, app: App, user: MadeUser, triggers: Triggers
    ) -> None:
        seen = []
        for password in (PASSWORD, "Wrong-Horse-9"):
            visitor.open(app.url("/signup"))
            visitor.submit({"username": user.username, "email": "x@example.com", "password": password})
            seen.append((visitor.path, visitor.response.status_code, visitor.errors))
        assert seen[0] == seen[1]
        assert seen[0][:2] == ("/signup", 400)

    @pytest.mark.parametrize("confirms", [False, True])
    def test_a_new_account_is_led_to_the_question(
        self,
        visitor: Visitor,
        make_app: AppMaker,
        functions: FakeFunctions,
        operator: Any,
        resources: Resources,
        confirms: bool,
    ) -> None:
        triggers = Triggers(functions, (*custom_auth.TRIGGERS, *(("PreSignUp",) if confirms else ())))
        app = make_app(LambdaConfig=triggers.config)
        allow(operator, app, CUSTOM_ONLY)
        triggers.answers["PreSignUp_SignUp"] = {"autoConfirmUser": True, "autoVerifyEmail": True}
        Quiz(triggers, {"text": "Colour?"})
        visitor.open(app.url("/signup"))
        visitor.submit({"username": "maya", "email": "maya.q@example.com", "password": PASSWORD})
        if not confirms:
            visitor.submit({"code": messages_to(resources, "maya.q@example.com")[0].code})
        assert (visitor.path, visitor.page.with_id("username").get("value")) == ("/login", "maya")
        assert "Colour?" in visitor.submit({"username": "maya"}).text
        assert visitor.submit({"answer": "blue"}).code()

    def test_in_a_pool_whose_functions_are_gone(
        self, visitor: Visitor, app: App, user: MadeUser, operator: Any
    ) -> None:
        operator.update_user_pool(UserPoolId=app.pool_id, AutoVerifiedAttributes=["email"], LambdaConfig={})
        visitor.open(app.url())
        assert [control.get("name") for control in visitor.page.controls] == ["username"]
        visitor.post(visitor.action(), {**visitor.hidden(), "username": user.username, "password": PASSWORD})
        assert (visitor.response.status_code, visitor.errors) == (400, WRONG)
        visitor.open(app.url()).submit({"username": user.username})
        assert (visitor.path, visitor.response.status_code) == ("/login", 400)
