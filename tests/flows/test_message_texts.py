"""What people are told and what is hidden of an address."""

import pytest
from sqlalchemy import event, select

from app.core.users import User
from app.db.tables.audit import AuditEvent
from app.flows import send_code
from app.flows.message_texts import Wording, compose, plain_text
from app.flows.recover_account import confirm_forgot_password, forgot_password
from app.flows.work import Resources
from app.kit.errors import CodeMismatchException
from tests.factories import Factory


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        ("email", "jane.doe@example.com", "j***@e***"),
        ("email", "j@e", "j***@e***"),
        ("email", "Jane@Example.com", "j***@e***"),
        ("email", "E\u0301va@example.com", "\u00e9***@e***"),
        ("phone_number", "+12065550134", "+*******0134"),
    ],
)
def test_masks(attribute: str, value: str, expected: str) -> None:
    assert send_code.masked(attribute, value) == expected


def test_html_as_plain_text() -> None:
    source = "<head><title>x</title></head><p>Hello&nbsp;<b>you</b></p><p>Go <a href='https://x.example/'>there</a><br>now</p>"
    assert plain_text(source) == "Hello you\n\nGo https://x.example/ there\nnow\n"


def test_placeholders_are_filled_once(make: Factory, resources: Resources) -> None:
    pool = resources.snapshots.pool(make.pool()).pool
    user = User(pool.pool_id, "s", "{####}", "CONFIRMED", True, {}, {}, 0, 0, 0)
    message = compose(
        make.work(),
        pool,
        send_code.SIGN_UP,
        Wording(subject="For {username}", email="{username}: {####}", sms="{####} for {username}"),
        user=user,
        username="{####}",
        medium="EMAIL",
        destination="a@b.example",
        code="123456",
    )
    assert (message.subject, message.html, message.text) == ("For {####}", "{####}: 123456", "{####}: 123456\n")


def test_locale_of_the_user_is_used_only_if_there_is_such_a_catalogue(make: Factory, resources: Resources) -> None:
    pool = resources.snapshots.pool(make.pool()).pool
    for locale in ("en_US", "../../etc", "xx", ""):
        user = User(pool.pool_id, "s", "jane", "CONFIRMED", True, {"locale": locale}, {}, 0, 0, 0)
        message = compose(
            make.work(),
            pool,
            send_code.SIGN_UP,
            Wording(),
            user=user,
            username="jane",
            medium="SMS",
            destination="+1",
            code="123456",
        )
        assert "123456" in message.text


def test_nobody_costs_as_many_transactions_as_somebody(make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    client = resources.snapshots.client(make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"])
    make.user(pool_id, "jane", email="jane@example.com", email_verified="true")
    marks: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        marks.extend(kind for kind in ("INSERT INTO audit_events", "INSERT INTO attempts") if kind in statement)

    event.listen(resources.database.engine, "before_cursor_execute", note)
    try:
        costs = {}
        for username in ("jane", "nobody"):
            marks.clear()
            forgot_password(make.work(), client, username)
            with pytest.raises(CodeMismatchException):
                confirm_forgot_password(make.work(), client, username, "x", "Another-Horse-8")
            costs[username] = list(marks)
    finally:
        event.remove(resources.database.engine, "before_cursor_execute", note)
    assert costs["jane"] == costs["nobody"]
    with resources.database.read() as db:
        rows = db.execute(
            select(AuditEvent).where(AuditEvent.pool_id == pool_id, AuditEvent.kind == "code.refused")
        ).all()
    assert [(row.sub, row.outcome) for row in rows] == [(None, "failure")]
    assert "nobody" not in str(rows)
