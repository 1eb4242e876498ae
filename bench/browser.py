"""A browser's part of the code flow without a browser: signs in on the hosted pages and collects authorization codes."""

import base64
import hashlib
import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from bench.server import BASE_URL, Server

CALLBACK = "https://app.example/callback"
VERIFIER = "bench-verifier-" + "0123456789" * 4
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
_MOST_STEPS = 12
_FORM = re.compile(r'<form\b[^>]*\baction="([^"]*)"(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(name|value|type)="([^"]*)"')


class Browser:
    """One signed-in session on the pages of a pool."""

    def __init__(self, server: Server, pool_id: str, client_id: str) -> None:
        self._base = f"http://127.0.0.1:{server.port}/{pool_id}"
        self._cookies: dict[str, str] = {}
        self._http = httpx.Client(headers={"Origin": BASE_URL})
        self.authorize_path = f"/{pool_id}/oauth2/authorize?" + urlencode(
            {
                "response_type": "code",
                "client_id": client_id,
                "redirect_uri": CALLBACK,
                "scope": "openid email profile",
                "code_challenge": _CHALLENGE,
                "code_challenge_method": "S256",
                "state": "bench",
            }
        )

    @property
    def cookie_header(self) -> str:
        """All cookies. Kept by hand: they are Secure, and the load comes over plain HTTP on loopback."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def sign_in(self, username: str, password: str) -> None:
        """From the authorization endpoint over the pages that ask for something to a session."""
        given = {"username": username, "password": password, "factor": "PASSWORD"}
        answer = self._send("GET", self.authorize_path)
        for _ in range(_MOST_STEPS):
            location = self._location(answer)
            if location.startswith(CALLBACK):
                return
            answer = self._send("GET", self._local(location))
            if not answer.is_redirect:
                answer = self._fill(answer.text, given)
        raise RuntimeError("the sign-in does not end")

    def open_login(self) -> tuple[str, str, dict[str, str]]:
        """The path of the sign-in page that the authorization endpoint leads to; where its form goes, and what it carries."""
        path = self._local(self._location(self._send("GET", self.authorize_path)))
        action, form = _form(self._send("GET", path).text)
        return path, self._local(action), _hidden_fields(form)

    def _fill(self, page: str, given: dict[str, str]) -> httpx.Response:
        """Sends the page's first form with what it asks for."""
        action, form = _form(page)
        asked = {name: value for name, value in given.items() if f'name="{name}"' in form}
        return self._send("POST", self._local(action), _hidden_fields(form) | asked)

    def code(self, reply: httpx.Response) -> str:
        """The authorization code that a redirect to the client carries."""
        return parse_qs(urlsplit(self._location(reply)).query)["code"][0]

    def authorize(self) -> str:
        """One more code for the session."""
        return self.code(self._send("GET", self.authorize_path))

    def _send(self, method: str, path: str, fields: dict[str, str] | None = None) -> httpx.Response:
        url = urlsplit(self._base)._replace(path="", query="").geturl() + path
        reply = self._http.request(method, url, data=fields, headers={"Cookie": self.cookie_header})
        for header in reply.headers.get_list("set-cookie"):
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        return reply

    def _location(self, reply: httpx.Response) -> str:
        if not reply.is_redirect:
            raise RuntimeError(f"HTTP {reply.status_code} where a redirect was expected")
        return str(reply.headers["location"])

    def _local(self, location: str) -> str:
        parts = urlsplit(location)
        return parts.path + ("?" + parts.query if parts.query else "")


def _form(page: str) -> tuple[str, str]:
    """The first form of a page: its action and what is in it."""
    form = _FORM.search(page)
    if form is None:
        raise RuntimeError("a page without a form")
    return html.unescape(form[1]), form[2]


def _hidden_fields(form: str) -> dict[str, str]:
    found = {}
    for tag in _FIELD.findall(form):
        attributes = dict(_ATTRIBUTE.findall(tag))
        if attributes.get("type") == "hidden":
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    return found
