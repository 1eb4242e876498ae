"""A browser without a screen: keeps cookies, fills in forms, follows redirects until they leave the server."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from app.flows.deliver_messages import deliver_messages
from app.flows.work import Resources
from app.gateways.inbox import Inbox
from app.gateways.messages import OutgoingMessage
from tests.pages.document import Document, Element

CALLBACK = "https://app.example/callback"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-12345"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class App:
    """An app client, with the parameters of its authorize request."""

    pool_id: str
    client_id: str
    redirect_uri: str = CALLBACK

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """An authorize request; None takes a parameter away."""
        made: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid email",
            "state": "st&te=1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}

    def exchange(self, code: str) -> dict[str, str]:
        """The token request for a code that the app got."""
        return {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }

    def url(self, path: str = "/oauth2/authorize", **changes: str | None) -> str:
        """A path of the pool with an authorize request."""
        return f"/{self.pool_id}{path}?{urlencode(self.parameters(**changes))}"


class Visitor:
    """One browser. `page` is the document it shows, `response` the last response; `away` where a redirect led out."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.response = httpx.Response(204)
        self.page = Document("")
        self.away = ""

    @property
    def path(self) -> str:
        """The path of the page, without the pool."""
        return "/" + str(self.response.url.path).partition("/")[2].partition("/")[2]

    @property
    def heading(self) -> str:
        return self.page.one("h1").text.strip()

    @property
    def text(self) -> str:
        return " ".join(self.page.one("body").text.split())

    @property
    def errors(self) -> list[str]:
        """The texts of the error summary, or the one that is told at its input."""
        found = [element for element in self.page.elements if element.get("id") == "errors"]
        if found:
            return [item.text.strip() for item in self.page.all("li") if found[0] in item.path]
        told = [element for element in self.page.all("p") if element.get("class") == "field-error"]
        return [element.text for element in told if element.get("id").endswith("-error")]

    @property
    def wrong_inputs(self) -> dict[str, str]:
        """The inputs that are marked as wrong, each with its own text. If there are several, the error summary says the same and
        leads to each; a single one has the focus."""
        wrong = [control for control in self.page.controls if control.get("aria-invalid") == "true"]
        found = {}
        for control in wrong:
            own = f"{control.get('id')}-error"
            assert own in control.get("aria-describedby").split()
            found[control.get("name")] = self.page.with_id(own).text
            links = [link.text for link in self.page.all("a") if link.get("href") == f"#{control.get('id')}"]
            assert links == ([self.page.with_id(own).text] if len(wrong) > 1 else [])
            assert ("autofocus" in control.attributes) == (len(wrong) == 1)
        assert self.errors == list(found.values())
        return found

    def open(self, url: str, **options: Any) -> "Visitor":
        """Goes to a URL."""
        return self._arrive(self.http.get(url, **options))

    def hidden(self, button: str = "submit") -> dict[str, str]:
        """The hidden inputs of the form with a button."""
        form = self._form(button)
        return {
            item.get("name"): item.get("value")
            for item in self.page.all("input")
            if form in item.path and ("hidden" in item.attributes or item.get("type") == "hidden")
        }

    def action(self, button: str = "submit") -> str:
        """Where the form with a button is sent."""
        return self._form(button).get("action")

    def submit(self, fields: Mapping[str, str] | None = None, *, button: str = "submit", **options: Any) -> "Visitor":
        """Fills in the form with a button and presses it, as a browser would."""
        pressed = self.page.with_id(button)
        data = {**self.hidden(button), **(fields or {}), pressed.get("name"): pressed.get("value")}
        return self.post(self.action(button), data, **options)

    def post(self, url: str, data: Mapping[str, str], **options: Any) -> "Visitor":
        """Sends a form."""
        headers = {"origin": "http://localhost:9229", "sec-fetch-site": "same-origin", **options.pop("headers", {})}
        return self._arrive(self.http.post(url, data=dict(data), headers=headers, **options))

    def sign_out(self, app: App) -> "Visitor":
        """Asks to be signed out, and says yes."""
        return self.open(f"/{app.pool_id}/logout").submit(button="logout-yes")

    def follow(self, name: str) -> "Visitor":
        """Follows the link that assistive technology calls so: by its label, else by its text."""
        (link,) = (
            element for element in self.page.all("a") if (element.get("aria-label") or element.text.strip()) == name
        )
        return self.open(link.get("href"))

    def code(self) -> str:
        """The authorization code that the browser was sent home with."""
        query = dict(parse_qsl(urlsplit(self.away).query))
        assert query["state"] == "st&te=1"
        return query["code"]

    def _arrive(self, response: httpx.Response) -> "Visitor":
        self.away = ""
        for _ in range(8):
            if not response.is_redirect:
                break
            location = response.headers["location"]
            if not location.startswith("/"):
                self.away = location
                break
            response = self.http.get(location)
        self.response = response
        self.page = Document("" if self.away else response.text)
        return self

    def _form(self, button: str) -> Element:
        return next(element for element in self.page.with_id(button).path if element.tag == "form")


def messages_to(resources: Resources, destination: str) -> list[OutgoingMessage]:
    """What was sent to somebody, newest first."""
    deliver_messages(resources)
    inbox = resources.gateways["EMAIL"]
    assert isinstance(inbox, Inbox)
    return inbox.list_messages(destination)
