"""What a pool lets out: so many messages to an address and a day, SMS into some countries, and nothing told of it where
existence is hidden.
"""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.core.message_limits import countries_of, folded_address, is_country_allowed
from app.db.tables.audit import AuditEvent
from app.db.tables.outbox import OutboxMessage
from app.db.tables.rate_windows import RateWindow
from app.flows.work import Resources
from app.kit.clock import DAY, HOUR
from tests.aws.refusals import refused
from tests.conftest import Clock
from tests.factories import PASSWORD, SNS, Factory


class Scene:
    """A pool that verifies an address at sign-up, with one client."""

    def __init__(self, operator: Any, ours: Any, make: Factory, resources: Resources, **client: Any) -> None:
        self.operator, self.resources = operator, resources
        self.pool_id = make.pool(AutoVerifiedAttributes=["email", "phone_number"], SmsConfiguration=SNS)
        self.client_id: str = make.client(self.pool_id, **client)["ClientId"]
        self._ours = ours

    def limit(self, **settings: Any) -> None:
        self._ours.update_pool_settings(UserPoolId=self.pool_id, **settings)

    def sign_up(self, **attributes: str) -> str:
        name = f"user-{uuid4().hex[:8]}"
        given = [{"Name": key, "Value": value} for key, value in attributes.items()]
        self.operator.sign_up(ClientId=self.client_id, Username=name, Password=PASSWORD, UserAttributes=given)
        return name

    def posted(self) -> int:
        return self._count(OutboxMessage)

    def refused(self) -> list[dict[str, Any]]:
        with self.resources.database.read() as db:
            wanted = select(AuditEvent.details).where(
                AuditEvent.pool_id == self.pool_id, AuditEvent.kind == "message.refused"
            )
            return list(db.execute(wanted).scalars())

    def _count(self, table: Any) -> int:
        with self.resources.database.read() as db:
            return int(db.execute(select(func.count()).where(table.pool_id == self.pool_id)).scalar_one())


@pytest.fixture
def scene(operator: Any, ours: Any, make: Factory, resources: Resources, clock: Clock) -> Scene:
    # Windows begin at whole hours and days: from here on none ends by itself.
    clock.advance(ms=DAY - clock.now % DAY)
    return Scene(operator, ours, make, resources)


def test_an_address_has_its_messages_of_an_hour(scene: Scene, clock: Clock) -> None:
    scene.limit(MessagesPerDestination=3)
    for _ in range(3):
        scene.sign_up(email="ana@example.com")
    code, _ = refused(scene.sign_up, email="Ana+again@Example.com")
    assert code == "LimitExceededException"
    assert scene.posted() == 3
    # Who was refused was not made, and others are served.
    assert len(scene.operator.list_users(UserPoolId=scene.pool_id)["Users"]) == 3
    scene.sign_up(email="bob@example.com")
    assert scene.refused() == [{"medium": "EMAIL", "purpose": "verification", "reason": "destination"}]
    clock.advance(ms=2 * HOUR)
    scene.sign_up(email="ana@example.com")


def test_counters_hold_no_address(scene: Scene) -> None:
    scene.sign_up(email="ana@example.com")
    scene.sign_up(phone_number="+14155550100")
    with scene.resources.database.read() as db:
        budgets = [b for b in db.execute(select(RateWindow.budget)).scalars() if scene.pool_id in b]
    assert len(budgets) == 3
    assert not [budget for budget in budgets if "ana" in budget or "5550100" in budget]


def test_a_pool_has_its_messages_of_a_day(scene: Scene, clock: Clock) -> None:
    scene.limit(SmsPerDay=2)
    for number in range(2):
        scene.sign_up(phone_number=f"+1415555010{number}")
    assert refused(scene.sign_up, phone_number="+14155550109")[0] == "LimitExceededException"
    scene.sign_up(email="ana@example.com")
    assert scene.refused()[0]["reason"] == "day"
    clock.advance(ms=2 * DAY)
    scene.sign_up(phone_number="+14155550109")


def test_mail_has_no_limit_of_a_day_unless_the_pool_sets_one(scene: Scene) -> None:
    for number in range(5):
        scene.sign_up(email=f"user{number}@example.com")
    scene.limit(EmailPerDay=6)
    # Only what is counted counts.
    for number in range(6):
        scene.sign_up(email=f"other{number}@example.com")
    assert refused(scene.sign_up, email="last@example.com")[0] == "LimitExceededException"


def test_sms_goes_into_allowed_countries_only(scene: Scene) -> None:
    scene.limit(SmsCountries="DE,US")
    scene.sign_up(phone_number="+14155550100")
    scene.sign_up(phone_number="+4915123456789")
    assert refused(scene.sign_up, phone_number="+393331234567")[0] == "CodeDeliveryFailureException"
    # Of +1, but the Dominican Republic.
    assert refused(scene.sign_up, phone_number="+18095550100")[0] == "CodeDeliveryFailureException"
    assert [event["reason"] for event in scene.refused()] == ["country", "country"]
    assert scene.posted() == 2


def test_an_operator_hears_that_an_invitation_does_not_go_out(scene: Scene) -> None:
    scene.limit(SmsCountries="DE")
    attributes = [{"Name": "phone_number", "Value": "+14155550100"}]
    code, _ = refused(
        scene.operator.admin_create_user, UserPoolId=scene.pool_id, Username="ana", UserAttributes=attributes
    )
    assert code == "CodeDeliveryFailureException"
    assert scene.operator.list_users(UserPoolId=scene.pool_id)["Users"] == []


@pytest.mark.parametrize("countries", ["XX", "DE,XX", "de", "DE,", "ALL,DE"])
def test_a_country_that_there_is_none_is_refused(scene: Scene, countries: str) -> None:
    assert refused(scene.limit, SmsCountries=countries)[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("number", "countries"),
    [
        ("+14155550100", {"US"}),
        ("+4915123456789", {"DE"}),
        ("+77011234567", {"KZ"}),
        ("+8823456789", {"001"}),
        ("+2990000000", {"GL"}),
        ("+999123", {"001"}),
        ("nonsense", {"001"}),
    ],
)
def test_countries_of_numbers(number: str, countries: set[str]) -> None:
    assert countries_of(number) == countries


def test_a_number_that_may_be_in_several_countries_needs_all_of_them() -> None:
    assert countries_of("+447700900000") >= {"GB", "JE"}
    assert not is_country_allowed({"SmsCountries": "GB"}, "+447700900000")
    assert is_country_allowed({"SmsCountries": "GB,GG,IM,JE"}, "+447700900000")
    assert not is_country_allowed({"SmsCountries": "GB"}, "nonsense")
    assert is_country_allowed({}, "nonsense")


def test_one_inbox_has_many_spellings() -> None:
    assert folded_address("EMAIL", "Ana+1@Example.COM") == folded_address("EMAIL", "ana@example.com")
    assert folded_address("SMS", "+14155550100") == "+14155550100"


# ---- where existence is hidden


@pytest.fixture
def hidden(operator: Any, ours: Any, make: Factory, resources: Resources, clock: Clock) -> Scene:
    clock.advance(ms=DAY - clock.now % DAY)
    made = Scene(operator, ours, make, resources, PreventUserExistenceErrors="ENABLED")
    make.user(made.pool_id, "ana", email="ana@example.com", email_verified="true")
    return made


def test_a_flooded_inbox_does_not_tell_that_somebody_has_it(hidden: Scene) -> None:
    hidden.limit(MessagesPerDestination=2)
    for _ in range(2):
        hidden.sign_up(email="ana@example.com")
    answers = []
    for name in ("ana", "nobody"):
        answer = hidden.operator.forgot_password(ClientId=hidden.client_id, Username=name)
        answers.append(set(answer["CodeDeliveryDetails"]))
    assert answers[0] == answers[1]
    assert hidden.posted() == 2
    assert [event["reason"] for event in hidden.refused()] == ["destination"]


def test_a_pool_that_has_sent_its_messages_does_not_tell_who_is_there(hidden: Scene) -> None:
    hidden.limit(EmailPerDay=1)
    hidden.sign_up(email="other@example.com")
    for name in ("ana", "nobody"):
        hidden.operator.forgot_password(ClientId=hidden.client_id, Username=name)
    assert hidden.posted() == 1


def test_asking_for_nobody_uses_nothing_up(hidden: Scene) -> None:
    hidden.limit(EmailPerDay=1, MessagesPerDestination=1)
    for name in ("nobody", "no-one", "ana@example.com"):
        hidden.operator.forgot_password(ClientId=hidden.client_id, Username=name)
    hidden.operator.forgot_password(ClientId=hidden.client_id, Username="ana")
    assert hidden.posted() == 1


def test_where_existence_is_told_so_are_limits(scene: Scene, make: Factory) -> None:
    make.user(scene.pool_id, "ana", email="ana@example.com", email_verified="true")
    scene.limit(MessagesPerDestination=1)
    scene.operator.forgot_password(ClientId=scene.client_id, Username="ana")
    assert refused(scene.operator.forgot_password, ClientId=scene.client_id, Username="ana")[0] == (
        "LimitExceededException"
    )
