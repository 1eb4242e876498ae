"""Samples of every page: those of the hosted pages are the product's own (app/web/pages/samples.py: a new page goes there)."""

from collections.abc import Mapping
from typing import Literal

from app.web.dev import contexts as dev
from app.web.pages.samples import EVERY_ATTRIBUTE, POLICY, pages

__all__ = ["ENDPOINT", "EVERY_ATTRIBUTE", "HOSTILE", "POLICY", "dev_pages", "pages"]

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}%(name)s %"

ENDPOINT = "http://localhost:9229"


def dev_pages(text: str = "Maya") -> Mapping[str, dev.DevPage]:
    """Every page of the dev door, by name."""
    kinds: tuple[Literal["public", "confidential", "machine"], ...] = ("public", "confidential", "machine")
    clients = [
        dev.DevClient(
            client_id=f"client-{index}",
            name=text,
            kind=kind,
            secret=text,
            scope=text,
            redirect_uri=text,
            login_url="/login",
            account_url="/account",
        )
        for index, kind in enumerate(kinds)
    ]
    pool = dev.DevPool(
        pool_id=text, name=text, issuer="/x", domain_url="/x", username=text, password=text, clients=clients
    )
    token = dev.DevToken(name="ID token", parts=("a", "b", "c"), header={"alg": text}, claims={"sub": text, "n": 1})
    return {
        "preview": dev.PreviewPage(
            endpoint=ENDPOINT,
            names=[dev.Choice("/_dev/preview?name=a", text), dev.Choice("/_dev/preview?name=b", "b")],
            name=text,
            looks=[dev.Choice(text, text), dev.Choice("b", "b")],
            look=text,
            locales=("en", text),
            locale=text,
            with_errors=True,
            frame_url="/_dev/preview/page",
            version_url="/_dev/preview/version",
            version=text,
            folder=text,
        ),
        "home": dev.HomePage(
            endpoint=ENDPOINT,
            version="0.1.0",
            region=text,
            account_id=text,
            access_key_id=text,
            secret_access_key=text,
            data_folder=text,
            pools=[pool],
        ),
        "inbox": dev.InboxPage(
            endpoint=ENDPOINT,
            to=text,
            more_url="/_dev/inbox?before=2",
            messages=[
                dev.InboxMessage(
                    message_id="message-2",
                    medium="EMAIL",
                    to=text,
                    sent_at="2026-11-23T06:54:53Z",
                    text=text,
                    subject=text,
                    code=text,
                    html_url="/_dev/inbox/2.html",
                ),
                dev.InboxMessage(message_id="message-1", medium="SMS", to=text, sent_at="", text=text),
            ],
        ),
        "inbox_empty": dev.InboxPage(endpoint=ENDPOINT),
        "callback": dev.CallbackPage(
            endpoint=ENDPOINT,
            parameters={"code": text},
            exchange=dev.DevForm(action="/_dev/callback", hidden={"code": text}),
            login_url="/login",
        ),
        "callback_tokens": dev.CallbackPage(
            endpoint=ENDPOINT,
            parameters={},
            error=text,
            error_description=text,
            tokens=[token],
            expires_in=3600,
            scope=text,
            refresh_token=text,
            refresh=dev.DevForm(action="/_dev/callback", hidden={"refresh_token": text}),
            logout_url="/logout",
        ),
    }
