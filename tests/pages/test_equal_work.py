"""What the pages do for somebody and for nobody is the same work: statement by statement, and nothing of it is left behind."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from app.db.tables.codes import Code
from app.db.tables.outbox import OutboxMessage
from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker

NEW = "Other-Horse-8"
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(\w+)")
# The others are of configuration, which each process reads now and then.
TABLES = {
    "attempts",
    "audit_events",
    "codes",
    "identifiers",
    "outbox",
    "passwords",
    "rate_windows",
    "spent_sessions",
    "users",
}
Press = Callable[[Visitor, App, str], Visitor]


@contextmanager
def tables() -> Iterator[Counter[str]]:
    """How often each table was spoken to, by whatever statement; prepared ones go past SQLAlchemy on PostgreSQL."""
    found: Counter[str] = Counter()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        match = _TABLE.search(statement)
        found.update([match[1]] if match and match[1] in TABLES else [])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def app(make_app: AppMaker) -> App:
    """An app of a pool by e-mail address, where a sign-in may begin with a code."""
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    return make_app(Policies=policy, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})


def forget(visitor: Visitor, app: App, name: str) -> Visitor:
    return visitor.open(app.url("/forgotPassword")).submit({"username": name})


def wrong_code(visitor: Visitor, app: App, name: str) -> Visitor:
    forget(visitor, app, name)
    return visitor.submit({"code": "000000", "password": NEW, "confirm_password": NEW})


def code_at_sign_in(visitor: Visitor, app: App, name: str) -> Visitor:
    return visitor.open(app.url()).submit({"username": name}).submit(button="EMAIL_OTP")


def wrong_code_at_sign_in(visitor: Visitor, app: App, name: str) -> Visitor:
    return code_at_sign_in(visitor, app, name).submit({"code": "00000000"})


@pytest.mark.parametrize("press", [code_at_sign_in, wrong_code_at_sign_in, forget, wrong_code])
def test_the_same_tables_as_often(
    visitor: Visitor, app: App, make: Factory, resources: Resources, clock: Clock, press: Press
) -> None:
    somebody, nobody = f"some.{app.client_id}@example.com", f"none.{app.client_id}@example.com"
    make.user(app.pool_id, somebody, email_verified="true")
    work = []
    for name in (somebody, nobody):
        with tables() as counted:
            press(visitor, app, name)
        work.append(counted)
    assert work[0]["outbox"] == 1
    assert work[0] + Counter(outbox=1) == work[1], "the message for nobody is taken back"
    assert left(resources, app, Code) == (0 if "sign_in" in press.__name__ else 1)
    assert left(resources, app, OutboxMessage) == 1
    assert messages_to(resources, nobody) == []


def left(resources: Resources, app: App, table: Any) -> int:
    with resources.database.read() as db:
        return int(db.execute(select(func.count()).where(table.pool_id == app.pool_id)).scalar_one())


def test_a_password_of_just_now_is_no_more_work(
    visitor: Visitor, app: App, make: Factory, resources: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{kind}.{app.client_id}@example.com" for kind in ("new", "old", "none")]
    make.user(app.pool_id, names[1], email_verified="true")
    clock.advance(minutes=2)
    make.user(app.pool_id, names[0], email_verified="true")
    checked: list[str] = []
    verify = resources.hasher.verify

    def counting(key: str, known: str | None, password: str) -> bool:
        checked.append(key)
        return verify(key, known, password)

    monkeypatch.setattr(resources.hasher, "verify", counting)
    for number, name in enumerate(names, 1):
        wrong_code(visitor, app, name)
        assert checked == [app.pool_id] * number


def test_an_address_that_nobody_has_confirmed_can_be_proven_by_whoever_forgot_the_password(
    visitor: Visitor, other_visitor: Visitor, app: App, resources: Resources, operator: Any, clock: Clock
) -> None:
    address = f"early.{app.client_id}@example.com"
    visitor.open(app.url("/signup")).submit({"email": address, "password": PASSWORD})
    (before,) = messages_to(resources, address)
    pages = []
    for name in (f"early.{app.client_id}x@example.com", address):
        forget(other_visitor, app, name)
        pages.append((other_visitor.path, other_visitor.text.replace(name, "ADDRESS")))
        given = {"code": before.code, "password": NEW, "confirm_password": NEW}
        assert other_visitor.submit(given).wrong_inputs.keys() == {"code"}
    assert pages[0] == pages[1]
    newest = messages_to(resources, address)[0]
    assert newest.purpose == "verification"
    other_visitor.submit({"code": newest.code, "password": NEW, "confirm_password": NEW})
    assert "Your password is changed." in other_visitor.text
    user = operator.admin_get_user(UserPoolId=app.pool_id, Username=address)
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]
    for password, is_right in ((PASSWORD, False), (NEW, True)):
        other_visitor.open(app.url(prompt="login")).submit({"username": address})
        assert bool(other_visitor.submit({"password": password}).away) is is_right


def test_a_disabled_user_is_named_one_address_everywhere(
    visitor: Visitor, make_app: AppMaker, make: Factory, operator: Any, resources: Resources
) -> None:
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    app = make_app(Policies=policy)
    make.user(app.pool_id, "quentin", email="zoe.gone@example.com", email_verified="true")
    operator.admin_disable_user(UserPoolId=app.pool_id, Username="quentin")
    for name in ("quentin", "no-such-user"):
        asked = code_at_sign_in(visitor, app, name).text
        forgot = forget(visitor, app, name).text
        (named,), (also,) = ({*re.findall(r"\w\*\*\*@\w\*\*\*", text)} for text in (asked, forgot))
        assert named == also
    assert not [message for message in messages_to(resources, "zoe.gone@example.com") if message.purpose == "reset"]
