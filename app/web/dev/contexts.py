"""What the templates of the dev door receive. Secrets appear in clear: the door exists under `poolhouse dev` only, which
listens on loopback. Every member is a variable of the template, besides `lang` and `dir`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class DevPage:
    """`endpoint` is the base URL; the links of the header are paths."""

    template: ClassVar[str]
    endpoint: str
    home_url: str = "/_dev"
    inbox_url: str = "/_dev/inbox"
    preview_url: str = "/_dev/preview"
    static_url: str = "/_static"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevClient:
    """An app client. `secret` is "" for a public one; `login_url` and `redirect_uri` are "" for a machine client.

    `account_url` is "" where the pool has no account page, or the client no users on the hosted pages.
    """

    client_id: str
    name: str
    kind: Literal["public", "confidential", "machine"]
    secret: str = ""
    scope: str = ""
    redirect_uri: str = ""
    login_url: str = ""
    account_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevPool:
    """A user pool with its clients; `username` and `password` of the demo user are "" when there is none."""

    pool_id: str
    name: str
    issuer: str
    domain_url: str
    username: str = ""
    password: str = ""
    clients: Sequence[DevClient] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage(DevPage):
    """What runs here: the endpoint, the root access key, and the pools to show."""

    template: ClassVar[str] = "dev/home.html"
    version: str
    region: str
    account_id: str
    access_key_id: str
    secret_access_key: str
    data_folder: str
    pools: Sequence[DevPool] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """A message that would have gone out. `code` is what it carries, "" when nothing; `sent_at` is ISO 8601 in UTC;
    `html_url` shows the HTML part, None for an SMS."""

    message_id: str
    medium: Literal["EMAIL", "SMS"]
    to: str
    sent_at: str
    text: str
    subject: str = ""
    code: str = ""
    html_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage(DevPage):
    """`messages` newest first; `to` is the recipient that the list is filtered by, "" for all; `more_url` older ones."""

    template: ClassVar[str] = "dev/inbox.html"
    messages: Sequence[InboxMessage] = ()
    to: str = ""
    more_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DevForm:
    """A button: where it posts to and what it sends with it."""

    action: str
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DevToken:
    """A JSON Web Token: its three parts as they came (header, payload, signature) and, decoded, header and claims."""

    name: Literal["ID token", "Access token"]
    parts: tuple[str, str, str]
    header: Mapping[str, object]
    claims: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPage(DevPage):
    """`parameters` are those of the redirect. With a code and no tokens `exchange` is the button that redeems it; with a
    refresh token `refresh` is the one that uses it. `error` is what the token endpoint or the redirect said."""

    template: ClassVar[str] = "dev/callback.html"
    parameters: Mapping[str, str]
    error: str = ""
    error_description: str = ""
    exchange: DevForm | None = None
    tokens: Sequence[DevToken] = ()
    expires_in: int | None = None
    scope: str = ""
    refresh_token: str = ""
    refresh: DevForm | None = None
    login_url: str = ""
    logout_url: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A link or an option: what it leads to or sends, and its text."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage(DevPage):
    """`names` are links to what there is to see, `name` is what is shown. The script asks `version_url` whether it is still
    `version`. `folder` is that of the own templates, "" without one."""

    template: ClassVar[str] = "dev/preview.html"
    names: Sequence[Choice]
    name: str
    looks: Sequence[Choice]
    look: str
    locales: Sequence[str]
    locale: str
    with_errors: bool
    frame_url: str
    version_url: str
    version: str
    folder: str = ""
