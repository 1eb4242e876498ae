"""The history of a user's authentication and the feedback to it, through a real botocore client."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db.tables.auth_events import AuthEventFeedback
from app.flows.give_feedback import TOKEN_LIFETIME_MS, feedback_token
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser, claims_of

Members = dict[str, Any]
PROTECTED = {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}
EMAIL = "ada@example.com"


class History:
    """A protected pool with a client and a user, and the events of that user."""

    def __init__(self, operator: Any, make: Factory, clock: Clock) -> None:
        self._operator = operator
        self._clock = clock
        self.pool_id = make.pool(**PROTECTED, AutoVerifiedAttributes=["email"])
        self.client_id = str(make.client(self.pool_id)["ClientId"])
        self.user = make.user(self.pool_id, email=EMAIL, email_verified="true")

    def names(self, username: str | None = None) -> Members:
        return {"UserPoolId": self.pool_id, "Username": username or self.user.username}

    def page(self, username: str | None = None, **more: Any) -> Members:
        found: Members = self._operator.admin_list_user_auth_events(**self.names(username), **more)
        return found

    def events(self, username: str | None = None) -> list[Members]:
        return list(self.page(username)["AuthEvents"])

    def sign_in(self, password: str = PASSWORD, username: str | None = None) -> Members:
        """Begins a sign-in a second later than what was before."""
        self._clock.advance(seconds=1)
        answer: Members = self._operator.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username or self.user.username, "PASSWORD": password},
        )
        return answer

    def fail(self) -> None:
        with pytest.raises(self._operator.exceptions.NotAuthorizedException):
            self.sign_in("Wrong-Horse-7")


@pytest.fixture
def history(operator: Any, make: Factory, clock: Clock) -> History:
    return History(operator, make, clock)


def test_a_sign_in_is_one_event(history: History, clock: Clock) -> None:
    assert history.events() == []
    tokens = history.sign_in()["AuthenticationResult"]
    (event,) = history.events()
    at = event.pop("CreationDate")
    assert at.timestamp() * 1_000 == clock.now
    assert event == {
        "EventId": claims_of(tokens["AccessToken"])["event_id"],
        "EventType": "SignIn",
        "EventResponse": "Pass",
        "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False},
        "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Success"}],
        "EventContextData": {"IpAddress": "127.0.0.1"},
    }


def test_a_wrong_password_fails(history: History) -> None:
    history.fail()
    (event,) = history.events()
    assert (event["EventType"], event["EventResponse"]) == ("SignIn", "Fail")
    assert event["ChallengeResponses"] == [{"ChallengeName": "Password", "ChallengeResponse": "Failure"}]


def test_challenges_do_not_make_further_events(history: History, operator: Any, public: Any, clock: Clock) -> None:
    """The event stays where it began, whatever came between, and its response changes."""
    temporary = "Temporary-Horse-7"
    operator.admin_create_user(**history.names("invited"), TemporaryPassword=temporary, MessageAction="SUPPRESS")
    begun = history.sign_in(temporary, "invited")
    (event,) = history.events("invited")
    assert event["EventResponse"] == "InProgress"
    history.sign_in(temporary, "invited")
    clock.advance(seconds=1)
    ended = public.respond_to_auth_challenge(
        ClientId=history.client_id,
        ChallengeName=begun["ChallengeName"],
        Session=begun["Session"],
        ChallengeResponses={"USERNAME": "invited", "NEW_PASSWORD": PASSWORD},
    )
    found = history.events("invited")
    assert [one["EventResponse"] for one in found] == ["InProgress", "Pass"]
    assert found[1]["EventId"] == event["EventId"]
    assert found[1]["CreationDate"] == event["CreationDate"]
    assert claims_of(ended["AuthenticationResult"]["IdToken"])["event_id"] == event["EventId"]


def test_every_kind_of_event(
    history: History, public: Any, operator: Any, clock: Clock, last_code: Callable[[str, str], str]
) -> None:
    names = {"ClientId": history.client_id, "Username": "eve"}
    address = "eve@example.com"

    def told() -> list[tuple[str, str]]:
        clock.advance(seconds=1)
        return [(event["EventType"], event["EventResponse"]) for event in history.events("eve")]

    public.sign_up(**names, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": address}])
    assert told() == [("SignUp", "InProgress")]
    public.resend_confirmation_code(**names)
    public.confirm_sign_up(**names, ConfirmationCode=last_code(history.pool_id, address))
    assert told() == [("ResendCode", "Pass"), ("SignUp", "Pass")]
    public.forgot_password(**names)
    assert told()[0] == ("ForgotPassword", "InProgress")
    code = last_code(history.pool_id, address)
    public.confirm_forgot_password(**names, ConfirmationCode=code, Password="Other-Horse-7")
    assert told()[0] == ("ForgotPassword", "Pass")
    token = history.sign_in("Other-Horse-7", "eve")["AuthenticationResult"]["AccessToken"]
    clock.advance(seconds=1)
    public.change_password(AccessToken=token, PreviousPassword="Other-Horse-7", ProposedPassword=PASSWORD)
    assert told() == [
        ("PasswordChange", "Pass"),
        ("SignIn", "Pass"),
        ("ForgotPassword", "Pass"),
        ("ForgotPassword", "InProgress"),
        ("ResendCode", "Pass"),
        ("SignUp", "Pass"),
    ]
    operator.admin_reset_user_password(**history.names("eve"))
    assert told()[0] == ("PasswordChange", "Pass"), "what an administrator does is no event of the user"


def test_events_are_listed_in_pages(history: History, operator: Any, make: Factory) -> None:
    """More steps than fit on a page, some of one sign-in; what comes later does not disturb the pages."""
    for number in range(7):
        if number % 3:
            history.fail()
        else:
            history.sign_in()
    every = [event["EventId"] for event in history.events()]
    assert len(set(every)) == 7
    found, token = [], None
    while True:
        page = history.page(MaxResults=2, **({"NextToken": token} if token else {}))
        found += [event["EventId"] for event in page["AuthEvents"]]
        history.sign_in()
        token = page.get("NextToken")
        if token is None:
            break
    assert found == every
    first = history.page(MaxResults=1)
    other = make.user(history.pool_id)
    for names in (history.names(other.username), {**history.names(), "UserPoolId": make.pool(**PROTECTED)}):
        code = refusal(operator.admin_list_user_auth_events, **names, NextToken=first["NextToken"])[0]
        assert code in {"InvalidParameterException", "UserNotFoundException"}
    assert len(history.page(MaxResults=0)["AuthEvents"]) == len(history.page()["AuthEvents"])


def test_an_administrators_feedback(history: History, operator: Any, make: Factory, clock: Clock) -> None:
    history.sign_in()
    history.sign_in()
    event_id = history.events()[1]["EventId"]
    feedback = {**history.names(), "EventId": event_id}
    assert operator.admin_update_auth_event_feedback(**feedback, FeedbackValue="Invalid")["ResponseMetadata"]
    operator.admin_update_auth_event_feedback(**feedback, FeedbackValue="Valid")
    newer, judged = history.events()
    assert "EventFeedback" not in newer
    given = judged["EventFeedback"]
    assert given.pop("FeedbackDate").timestamp() * 1_000 == clock.now
    assert given == {"FeedbackValue": "Valid", "Provider": "Admin"}
    call = operator.admin_update_auth_event_feedback
    other = history.names(make.user(history.pool_id).username)
    for names, code in (
        ({**feedback, "EventId": "unknown"}, "ResourceNotFoundException"),
        ({**other, "EventId": event_id}, "ResourceNotFoundException"),
        ({**history.names("nobody"), "EventId": event_id}, "UserNotFoundException"),
        ({**feedback, "UserPoolId": "us-east-1_Nowhere"}, "ResourceNotFoundException"),
    ):
        assert refusal(call, **names, FeedbackValue="Valid")[0] == code


def _token(resources: Resources, history: History, user: MadeUser, event_id: str, now: int) -> str:
    return feedback_token(resources.keyring, history.pool_id, user.sub, event_id, now)


def test_a_users_feedback_needs_the_token_of_the_event(
    history: History, public: Any, make: Factory, resources: Resources, clock: Clock
) -> None:
    history.sign_in()
    history.sign_in()
    event_id, earlier = (event["EventId"] for event in history.events())
    token = _token(resources, history, history.user, event_id, clock.now)
    given = {**history.names(), "EventId": event_id, "FeedbackToken": token, "FeedbackValue": "Invalid"}
    public.update_auth_event_feedback(**given)
    assert history.events()[0]["EventFeedback"]["FeedbackValue"] == "Invalid"
    assert history.events()[0]["EventFeedback"]["Provider"] == "User"
    other = make.user(history.pool_id)
    elsewhere = make.pool(**PROTECTED)
    make.user(elsewhere, history.user.username)
    for changes in (
        {"EventId": earlier},
        {"Username": other.username},
        {"Username": "nobody"},
        {"UserPoolId": elsewhere},
        {"FeedbackToken": token[:-4] + "AAAA"},
        {"FeedbackToken": "A" * 100},
        {"FeedbackToken": "not.base64"},
        {"FeedbackToken": _token(resources, history, other, event_id, clock.now)},
        {"FeedbackToken": _token(resources, history, history.user, event_id, clock.now - TOKEN_LIFETIME_MS)},
    ):
        code, _, status = refusal(public.update_auth_event_feedback, **{**given, **changes})
        assert (code, status) == ("NotAuthorizedException", 400), changes
    public.update_auth_event_feedback(**{**given, "FeedbackValue": "Valid"})
    assert history.events()[0]["EventFeedback"]["FeedbackValue"] == "Valid"


def test_a_token_says_nothing_of_an_event_that_does_not_exist(
    history: History, public: Any, resources: Resources, clock: Clock
) -> None:
    token = _token(resources, history, history.user, "made-up", clock.now)
    given = {**history.names(), "EventId": "made-up", "FeedbackToken": token, "FeedbackValue": "Valid"}
    assert refusal(public.update_auth_event_feedback, **given)[0] == "ResourceNotFoundException"


def test_threat_protection_must_be_on(operator: Any, public: Any, make: Factory) -> None:
    pool_id = make.pool()
    names = {"UserPoolId": pool_id, "Username": make.user(pool_id).username}
    word = {**names, "EventId": "x", "FeedbackValue": "Valid"}
    for call, members in (
        (operator.admin_list_user_auth_events, names),
        (operator.admin_update_auth_event_feedback, word),
        (public.update_auth_event_feedback, {**word, "FeedbackToken": "AAAA"}),
    ):
        assert refusal(call, **members)[0] == "UserPoolAddOnNotEnabledException"
        unknown = {**members, "UserPoolId": "us-east-1_Nowhere"}
        assert refusal(call, **unknown)[0] == "ResourceNotFoundException"


def test_an_unknown_user_has_no_events(history: History, operator: Any) -> None:
    assert refusal(operator.admin_list_user_auth_events, **history.names("nobody"))[0] == "UserNotFoundException"


def test_feedback_goes_with_its_user(history: History, operator: Any, resources: Resources) -> None:
    history.sign_in()
    names = {**history.names(), "EventId": history.events()[0]["EventId"]}
    operator.admin_update_auth_event_feedback(**names, FeedbackValue="Valid")
    rows = select(func.count()).where(AuthEventFeedback.pool_id == history.pool_id)
    with resources.database.read() as db:
        assert db.execute(rows).scalar_one() == 1
    operator.admin_delete_user(**history.names())
    with resources.database.read() as db:
        assert db.execute(rows).scalar_one() == 0
