"""Tells users by mail that something which protects their account was changed on the account page: if it was not them, they
hear of it. Cognito has no such mails; changes by its API send none here either.
"""

from typing import Final

from app.core.messages import Message
from app.flows.account_access import Account
from app.flows.message_texts import locale_of
from app.flows.post_message import post_message
from app.flows.send_code import known_name
from app.flows.work import Work
from app.kit.templates import AccountChange, MessageContext

_KIND: Final = "security_notice"


def notify(work: Work, account: Account, change: AccountChange) -> None:
    """Posts the notice to the e-mail address that the account had when its page was opened, if that is verified.

    A pool that has sent its messages of the hour or day sends no more: the change stands all the same.
    """
    pool, user = account.pool, account.user
    if not user.has_verified("email"):
        return
    name = known_name(pool, user)
    context = MessageContext(product=pool.name, username=name, change=change)
    text = work.resources.templates.render_message(pool.pool_id, _KIND, context, locale_of(work, user))
    message = Message(
        medium="EMAIL",
        destination=user.attributes["email"],
        subject=text.subject,
        text=text.text,
        html=text.html,
        purpose=_KIND,
        username=name,
        code="",
        trigger_source="",
        user_name=user.username,
        sub=user.sub,
        client_id=account.client_id,
    )
    with work.write() as db:
        post_message(db, work, pool, message, is_hidden=True)
