"""The outbox of a pool for its operators, its own gateways, and what it lets out."""

import base64
import json
from typing import Any

import pytest
from sqlalchemy import select

from app.core import messages, outbox
from app.core.messages import Message
from app.db.tables.audit import AuditEvent
from app.db.tables.outbox import OutboxMessage
from app.db.tables.pools import PoolSettings
from app.flows.deliver_messages import deliver, take
from app.flows.work import Resources
from app.gateways.inbox import Inbox
from tests.aws.refusals import refusal, refused
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory
from tests.gateways.peers import Answer, http_peer

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
TWILIO = {"AccountSid": "AC01", "AuthToken": "token-of-the-account", "From": "+14155550199"}


def _post(resources: Resources, pool_id: str, medium: Any = "EMAIL", lane: str = "") -> str:
    to = "ana@example.com" if medium == "EMAIL" else "+14155550100"
    message = Message(medium, to, "Subject", "Your code is 123456", None, "verification", "ana", "123456")
    with resources.database.write() as db:
        return messages.post(db, resources.keyring, pool_id, message, resources.clock(), lane=lane)


def _dead(resources: Resources, lane: str) -> None:
    """Gives the message that waits in a lane up."""
    with resources.database.write() as db:
        due = outbox.take_due(db, resources.clock(), 1_000, lane)
        assert due is not None
        outbox.settle(db, due, outbox.DEAD, resources.clock(), "550 no such user")


def test_messages_are_listed_without_what_they_say_and_to_whom(
    ours: Any, make: Factory, resources: Resources, clock: Clock
) -> None:
    pool_id, lane = make.pool(), f"EMAIL/{make.pool()}"
    first = _post(resources, pool_id, lane=lane)
    _dead(resources, lane)
    clock.advance(seconds=1)
    second = _post(resources, pool_id)
    answer = ours.list_messages(UserPoolId=pool_id)
    waiting, dead = answer["Messages"]
    assert (waiting["MessageId"], waiting["State"], waiting["Attempts"]) == (second, "WAITING", 0)
    assert waiting["NextAttemptDate"] == waiting["CreationDate"]
    assert (dead["MessageId"], dead["State"], dead["Attempts"]) == (first, "DEAD", 1)
    assert (dead["Reason"], dead["Purpose"], dead["Medium"]) == ("550 no such user", "verification", "EMAIL")
    assert {"NextAttemptDate"} == set(waiting) - set(dead)
    told = json.dumps(answer, default=str)
    assert "123456" not in told
    assert "ana@" not in told
    assert [m["MessageId"] for m in ours.list_messages(UserPoolId=pool_id, State="DEAD")["Messages"]] == [first]
    assert ours.list_messages(UserPoolId=pool_id, State="DELIVERED")["Messages"] == []
    assert refusal(ours.list_messages, UserPoolId="us-east-1_none")[0] == "ResourceNotFoundException"


def test_a_list_of_messages_has_pages(ours: Any, make: Factory, resources: Resources, clock: Clock) -> None:
    pool_id = make.pool()
    posted = []
    for _ in range(7):
        posted.append(_post(resources, pool_id))
        clock.advance(ms=len(posted) % 2)
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = ours.list_messages(UserPoolId=pool_id, MaxResults=3, **token)
        found += [message["MessageId"] for message in page["Messages"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(found) == sorted(posted)
    assert found[-1] in posted[:2]


def test_what_waits_can_be_made_due(ours: Any, make: Factory, resources: Resources, clock: Clock) -> None:
    pool_id = make.pool()
    lane = f"EMAIL/{pool_id}"
    ids = [_post(resources, pool_id, lane=lane) for _ in range(3)]
    for _ in ids:
        with resources.database.write() as db:
            due = outbox.take_due(db, clock.now, 1_000, lane)
            assert due is not None
            outbox.postpone(db, due, clock.now + 3_600_000, "451 later")

    def due_now() -> int:
        listed = ours.list_messages(UserPoolId=pool_id)["Messages"]
        return sum(message["NextAttemptDate"].timestamp() * 1_000 <= clock.now for message in listed)

    assert due_now() == 0
    assert ours.retry_messages(UserPoolId=make.pool())["Retried"] == 0
    assert ours.retry_messages(UserPoolId=pool_id, MessageIds=ids[:1])["Retried"] == 1
    assert due_now() == 1
    assert ours.retry_messages(UserPoolId=pool_id)["Retried"] == 3
    assert due_now() == 3
    assert refusal(ours.retry_messages, UserPoolId="us-east-1_none")[0] == "ResourceNotFoundException"


def test_what_was_given_up_is_blank_and_stays_so(ours: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    message_id = _post(resources, pool_id, lane=f"EMAIL/{pool_id}")
    _dead(resources, f"EMAIL/{pool_id}")
    assert ours.retry_messages(UserPoolId=pool_id, MessageIds=[message_id])["Retried"] == 0
    assert ours.list_messages(UserPoolId=pool_id)["Messages"][0]["State"] == "DEAD"


# ---- gateways


def test_a_gateway_is_kept_sealed_and_shown_without_secrets(ours: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    answer = ours.put_message_gateway(UserPoolId=pool_id, Medium="SMS", Kind="TWILIO", Configuration=TWILIO)
    shown = {"AccountSid": "AC01", "From": "+14155550199"}
    assert answer["MessageGateway"] == {"Medium": "SMS", "Kind": "TWILIO", "Configuration": shown}
    ours.put_message_gateway(
        UserPoolId=pool_id, Medium="EMAIL", Kind="SMTP", Configuration={"Url": "smtps://u:p-word@mail.example.com"}
    )
    listed = ours.list_message_gateways(UserPoolId=pool_id)["MessageGateways"]
    assert [(gateway["Medium"], gateway["Kind"], gateway["Configuration"]) for gateway in listed] == [
        ("EMAIL", "SMTP", {}),
        ("SMS", "TWILIO", shown),
    ]
    with resources.database.read() as db:
        stored = db.execute(select(PoolSettings.settings).where(PoolSettings.pool_id == pool_id)).scalar_one()
        events = db.execute(select(AuditEvent.details).where(AuditEvent.pool_id == pool_id)).scalars().all()
    for kept in (json.dumps(stored), json.dumps(events), json.dumps(ours.get_pool_settings(UserPoolId=pool_id))):
        assert "token-of-the-account" not in kept
        assert "p-word" not in kept
    ours.delete_message_gateway(UserPoolId=pool_id, Medium="EMAIL")
    assert [g["Medium"] for g in ours.list_message_gateways(UserPoolId=pool_id)["MessageGateways"]] == ["SMS"]
    assert refusal(ours.delete_message_gateway, UserPoolId=pool_id, Medium="EMAIL")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("medium", "kind", "configuration", "text"),
    [
        ("SMS", "SMTP", {"Url": "smtps://mail.example.com"}, "the gateways for SMS are SNS, TWILIO, WEBHOOK"),
        ("EMAIL", "TWILIO", TWILIO, "the gateways for EMAIL are SMTP, SES, WEBHOOK"),
        ("EMAIL", "SMTP", {"Url": "smtps://mail.example.com", "Cc": "x"}, "Cc is no member"),
        ("EMAIL", "SMTP", {}, "needs Url"),
        ("EMAIL", "SMTP", {"Url": "smtp://u:s3cret@mail.example.com?tls=optional"}, "clear"),
        ("EMAIL", "SMTP", {"Url": "smtp://mail.example.com?tls=optional"}, "with TLS"),
        ("EMAIL", "SMTP", {"Url": "smtp://localhost"}, "with TLS"),
        ("EMAIL", "SMTP", {"Url": "smtps://mail.example.com?cafile=/etc/passwd"}, "file of the server"),
        ("EMAIL", "SES", {"Region": "evil/", "AccessKeyId": "A", "SecretAccessKey": "s3cret"}, "Region is none"),
        ("SMS", "SNS", {"Region": "us-east-1", "AccessKeyId": "A"}, "needs SecretAccessKey"),
        ("SMS", "TWILIO", {"AccountSid": "AC01", "AuthToken": "s3cret"}, "either From or MessagingServiceSid"),
        ("SMS", "TWILIO", {**TWILIO, "MessagingServiceSid": "MG1"}, "either From or MessagingServiceSid"),
        ("SMS", "TWILIO", {**TWILIO, "BaseUrl": "https://169.254.169.254"}, "BaseUrl is not at a public address"),
        ("SMS", "WEBHOOK", {"Url": "http://8.8.8.8", "Secret": SECRET}, "Url must be an https URL"),
        ("SMS", "WEBHOOK", {"Url": "https://10.1.2.3", "Secret": SECRET}, "Url is not at a public address"),
        ("SMS", "WEBHOOK", {"Url": "https://hooks.example.com", "Secret": "s3cret"}, "Secret must be"),
    ],
)
def test_what_is_no_gateway_is_refused_and_not_repeated(
    ours: Any, make: Factory, medium: str, kind: str, configuration: dict[str, str], text: str
) -> None:
    members = {"Medium": medium, "Kind": kind, "Configuration": configuration}
    code, told = refused(ours.put_message_gateway, UserPoolId=make.pool(), **members)
    assert code == "InvalidParameterException"
    assert text in told
    assert "s3cret" not in told


def _deliver(resources: Resources, lane: str) -> None:
    due = take(resources, lane)
    assert due is not None
    assert deliver(resources, due) is None


def test_messages_go_out_by_the_pools_own_gateway_as_it_is_now(ours: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    lane = f"SMS/{pool_id}"
    with http_peer(lambda _: Answer(204, b"")) as first, http_peer(lambda _: Answer(204, b"")) as second:
        for peer in (first, second):
            configuration = {"Url": f"http://127.0.0.1:{peer.port}/", "Secret": SECRET}
            ours.put_message_gateway(UserPoolId=pool_id, Medium="SMS", Kind="WEBHOOK", Configuration=configuration)
            for _ in range(2):
                _post(resources, pool_id, "SMS", lane)
                _deliver(resources, lane)
        ours.delete_message_gateway(UserPoolId=pool_id, Medium="SMS")
        last = _post(resources, pool_id, "SMS", lane)
        _deliver(resources, lane)
    assert [len(peer.received) for peer in (first, second)] == [2, 2]
    assert json.loads(second.received[0].body)["data"]["to"] == "+14155550100"
    inbox = resources.gateways["SMS"]
    assert isinstance(inbox, Inbox)
    # In `dev` the inbox has a copy of all of them.
    sent = [message.message_id for message in inbox.list_messages() if message.pool_id == pool_id]
    assert len(sent) == 5
    assert sent[0] == last


def test_a_pool_with_its_own_gateway_posts_into_a_lane_of_its_own(
    ours: Any, operator: Any, make: Factory, resources: Resources
) -> None:
    pool_id = make.pool(AutoVerifiedAttributes=["email"])
    client_id = make.client(pool_id)["ClientId"]

    def lane(name: str) -> str:
        email = [{"Name": "email", "Value": f"{name}@example.com"}]
        operator.sign_up(ClientId=client_id, Username=name, Password=PASSWORD, UserAttributes=email)
        with resources.database.read() as db:
            rows = select(OutboxMessage.lane).where(OutboxMessage.pool_id == pool_id)
            return str(db.execute(rows.order_by(OutboxMessage.created_at.desc())).scalars().first())

    assert lane("ana") == "EMAIL"
    configuration = {"Url": "https://hooks.example.com", "Secret": SECRET}
    ours.put_message_gateway(UserPoolId=pool_id, Medium="EMAIL", Kind="WEBHOOK", Configuration=configuration)
    clock = resources.clock
    assert isinstance(clock, Clock)
    clock.advance(ms=1)
    assert lane("bob") == f"EMAIL/{pool_id}"
