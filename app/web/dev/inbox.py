"""The inbox: every mail and SMS that would have gone out, for people and (as JSON) for their tests."""

from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from app.gateways.inbox import Inbox
from app.gateways.messages import OutgoingMessage
from app.web.dev.contexts import InboxMessage, InboxPage
from app.web.house import house_of

_PAGE_LENGTH = 50
# The HTML part is shown as a mail program would: no script, nothing fetched, and apart from this origin.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"


def _inbox(request: Request) -> Inbox:
    gateway = house_of(request).resources.gateways["EMAIL"]
    if not isinstance(gateway, Inbox):
        raise TypeError("the dev door needs the dev inbox")
    return gateway


def _recipient(request: Request) -> str:
    """`?to=`; the plus of a phone number, which a query spells %2B, may have become the blank that it means there."""
    to = request.query_params.get("to", "")
    return to.strip() if not to.startswith(" ") or not to.strip().isdecimal() else f"+{to.strip()}"


def inbox_page(request: Request) -> InboxPage:
    """The context of the page; `?to=` filters by recipient, `?skip=` leads to older messages."""
    to = _recipient(request)
    skip = request.query_params.get("skip", "")
    start = int(skip) if skip.isdecimal() and len(skip) < 6 else 0
    found = _inbox(request).list_messages(to)
    end = start + _PAGE_LENGTH
    return InboxPage(
        endpoint=house_of(request).settings.base_url,
        messages=[_shown(message) for message in found[start:end]],
        to=to,
        more_url="/_dev/inbox?" + urlencode({"to": to, "skip": end}) if len(found) > end else None,
    )


async def inbox_json(request: Request) -> Response:
    """A JSON array, newest first; `?to=` keeps the messages to one recipient."""
    found = _inbox(request).list_messages(_recipient(request))
    return JSONResponse([_plain(message) for message in found])


async def message_html(request: Request) -> Response:
    """The HTML part of the mail `?id=`."""
    message = _inbox(request).find_message(request.query_params.get("id", ""))
    if message is None or message.html is None:
        return PlainTextResponse("There is no such message.\n", 404)
    return HTMLResponse(message.html, headers={"Content-Security-Policy": _MAIL_POLICY})


def _shown(message: OutgoingMessage) -> InboxMessage:
    medium: Literal["EMAIL", "SMS"] = "SMS" if message.medium == "SMS" else "EMAIL"
    return InboxMessage(
        message_id=message.message_id,
        medium=medium,
        to=message.destination,
        sent_at=_iso(message.sent_at),
        text=message.text,
        subject=message.subject,
        code=message.code,
        html_url=f"/_dev/message?id={message.message_id}" if message.html else None,
    )


def _plain(message: OutgoingMessage) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "medium": message.medium,
        "to": message.destination,
        "from": message.sender,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "code": message.code,
        "purpose": message.purpose,
        "user_pool_id": message.pool_id,
        "username": message.username,
        "sent_at": _iso(message.sent_at),
    }


def _iso(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
