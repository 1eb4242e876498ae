"""The dev inbox: newest first, bounded, and one entry for a message however often it is tried."""

from app.gateways.inbox import CAPACITY, Inbox
from app.gateways.messages import OutgoingMessage


class Beyond:
    """A gateway that notes what it was given."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.is_closed = False

    def send(self, message: OutgoingMessage) -> None:
        self.sent.append(message.message_id)

    def close(self) -> None:
        self.is_closed = True


def _message(number: int, medium: str = "EMAIL", to: str = "ana@example.com") -> OutgoingMessage:
    return OutgoingMessage(str(number), medium, to, "text", 1_764_000_000_000 + number)


def test_newest_first_and_by_recipient() -> None:
    inbox = Inbox()
    inbox.send(_message(1))
    inbox.send(_message(2, "SMS", "+15550100"))
    inbox.send(_message(3, to="Ana@Example.com"))
    assert [message.message_id for message in inbox.list_messages()] == ["3", "2", "1"]
    assert [message.message_id for message in inbox.list_messages("ANA@example.com")] == ["3", "1"]
    assert inbox.list_messages("nobody@example.com") == []


def test_a_message_tried_twice_is_there_once() -> None:
    inbox = Inbox()
    inbox.send(_message(1))
    inbox.send(_message(1))
    assert len(inbox.list_messages()) == 1


def test_the_oldest_make_room() -> None:
    inbox = Inbox()
    for number in range(CAPACITY + 5):
        inbox.send(_message(number))
    assert len(inbox.list_messages()) == CAPACITY
    assert inbox.find_message("4") is None
    assert inbox.find_message("5") is not None


def test_with_a_real_server_mail_goes_there_too_and_sms_does_not() -> None:
    beyond = Beyond()
    inbox = Inbox({"EMAIL": beyond})
    inbox.send(_message(1))
    inbox.send(_message(2, "SMS", "+15550100"))
    inbox.close()
    assert beyond.sent == ["1"]
    assert beyond.is_closed
