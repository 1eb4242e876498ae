"""What an attacker tries in somebody's browser: other origins, cookies planted beforehand, links, and text that is markup."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.flows.browser_sessions import find_session
from app.flows.triggers import custom_auth
from app.kit.templates import render
from app.web.pages.rendering import variables
from app.web.pages.samples import pages
from tests.browser.conftest import Site
from tests.browser.neighbours import Neighbour, certificate_for, neighbour, same_server
from tests.browser.steps import heading, hidden_of, is_home, open_account_page, require_consent, sign_in
from tests.factories import PASSWORD, MadeUser
from tests.pages.browsing import App
from tests.pages.test_custom_challenges import CREATE, Quiz, allow
from tests.tls import Authority
from tests.triggers import Triggers

pytestmark = pytest.mark.browser
# By these names an attacker's pages are of the same site (only the port differs), and of another one.
NEAR, FAR = "localhost", "127.0.0.1"
# Leaves the text that it stands in, whether that is an attribute or an element, and tells of itself; or is a template.
HOSTILE = (
    "\"'><svg/onload=window.pwned=1><script>window.pwned=1</script><b/data-pwned=1>{{977*1013}}${977*1013}<%=977*1013%>"
)
Opener = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def evil() -> Iterator[Neighbour]:
    """The attacker's web server."""
    with neighbour() as started:
        yield started


@pytest.fixture
def window(chromium: Browser) -> Iterator[Opener]:
    """Opens browsers, each with cookies of its own and with scripts."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        context = chromium.new_context(locale="en-US", **options)
        context.set_default_timeout(10_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


def account_of(site: Site) -> tuple[App, MadeUser, str]:
    """An app of a pool with account pages, a user of it, and the URL of those pages."""
    app = site.app()
    user = site.make.user(app.pool_id, name="Victim")
    return app, user, open_account_page(site, app)


def name_of(site: Site, app: App, user: MadeUser) -> str:
    found = site.operator.admin_get_user(UserPoolId=app.pool_id, Username=user.username)["UserAttributes"]
    return next(str(item["Value"]) for item in found if item["Name"] == "name")


def session_cookie(context: BrowserContext) -> str:
    (found,) = (cookie["value"] for cookie in context.cookies() if "_session_" in cookie["name"])
    return found


def signed_in(context: BrowserContext, site: Site, app: App, user: MadeUser) -> Page:
    page = context.new_page()
    page.goto(site.url(app))
    sign_in(page, user)
    is_home(page, app.redirect_uri)
    return page


def test_no_page_is_framed(site: Site, window: Opener, evil: Neighbour) -> None:
    """Clickjacking, by a page of the same site, whose frames would have the cookies of a signed-in browser."""
    app, user, account = account_of(site)
    page = signed_in(window(), site, app, user)
    query = urlencode(app.parameters())
    add_passkey = urlencode({"client_id": app.client_id, "redirect_uri": app.redirect_uri})
    urls = [
        *(site.url(app, path) for path in ("/login", "/signup", "/forgotPassword", "/consent", "/challenge")),
        site.url(app, prompt="select_account"),
        f"{site.base_url}/{app.pool_id}/passkeys/add?{add_passkey}",
        f"{site.base_url}/{app.pool_id}/signedout",
        f"{site.base_url}/{app.pool_id}/error?{query}",
        *(f"{account}{place}" for place in ("", "/security", "/password", "/sessions", "/data", "/delete")),
    ]
    frames = "".join(f'<iframe src="{url.replace("&", "&amp;")}"></iframe>' for url in urls)
    evil.pages["/frames"] = (
        f"<h1>Win a boat</h1><iframe src='/control'></iframe>{frames}<object data='{account}'></object><embed src='{account}'>"
    )
    page.goto(evil.url("/frames", NEAR))
    page.wait_for_load_state("networkidle")
    _, control, *framed = page.frames
    assert control.locator("h1").inner_text() == "Elsewhere", "a frame would be seen"
    assert len(framed) >= len(urls)
    assert {frame.url for frame in framed} <= {"chrome-error://chromewebdata/", ""}
    assert sum(frame.locator("input, form").count() for frame in framed) == 0


def form_page(action: str, fields: dict[str, str]) -> str:
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    return f'<form method="post" action="{action}">{inputs}<button id="go">Win a boat</button></form>'


@pytest.mark.parametrize("host", [NEAR, FAR])
def test_no_form_of_another_origin_is_taken(site: Site, window: Opener, evil: Neighbour, host: str) -> None:
    """CSRF, login CSRF among it: with what the attacker's own browser was given, and with what the victim's was."""
    app, user, account = account_of(site)
    mallory = site.make.user(app.pool_id, "mallory")
    theirs = window().new_page()
    theirs.goto(site.url(app))
    given = {"username": mallory.username, "password": mallory.password, "submit": "sign_in"}
    context = window()
    page = signed_in(context, site, app, user)
    page.goto(account)
    own = hidden_of(page)
    before, base = session_cookie(context), f"{site.base_url}/{app.pool_id}"
    password = {"current_password": PASSWORD, "password": "Evil-Horse-66", "confirm_password": "Evil-Horse-66"}
    forms = [
        (f"{base}/login", {**hidden_of(theirs), **given}),
        (f"{base}/signup", {"username": "evil", "password": PASSWORD, "email": "evil@example.com"}),
        (f"{base}/resendcode", {"submit": "resend"}),
        (f"{base}/consent", {"submit": "allow"}),
        (f"{base}/passkeys/add", {"submit": "passkey", "credential": "{}"}),
        (account, {**own, "name": "Owned", "submit": "save"}),
        (account, {"name": "Owned", "submit": "save"}),
        (account, {**own, "submit": "sign_out"}),
        (f"{account}/password", {**own, **password}),
        (f"{account}/email", {**own, "email": "evil@example.com", "submit": "change"}),
        (f"{account}/sessions", {**own, "submit": "everywhere"}),
        (f"{account}/delete", {**own, "confirmation": user.username, "submit": "delete"}),
    ]
    # From far away the session's cookie does not come along, so that there is less to try.
    for number, (action, fields) in enumerate(forms if host == NEAR else [forms[0], *forms[5::3]]):
        evil.pages[f"/form{number}"] = form_page(action, fields)
        page.goto(evil.url(f"/form{number}", host))
        with page.expect_navigation():
            page.locator("#go").click()
        is_refused = re.compile("This page has expired|This link does not work|Sign in|Your browser sent no cookie")
        expect(page.get_by_role("heading", level=1)).to_have_text(is_refused)
    assert session_cookie(context) == before
    page.goto(account)
    heading(page, "Your profile")
    assert name_of(site, app, user) == "Victim"
    page.goto(site.url(app, prompt="select_account"))
    expect(page.get_by_text(user.username)).to_be_visible()
    expect(page.get_by_text("mallory")).to_have_count(0)


_LEADS = """[...document.querySelectorAll("[href], [action], [src]")].map(
  it => it.getAttribute("href") || it.getAttribute("action") || it.getAttribute("src"))"""


def test_no_parameter_leads_elsewhere(site: Site, window: Opener, evil: Neighbour) -> None:
    """Open redirects, signed in and signed out, by every parameter that could hold an address."""
    app, user, account = account_of(site)
    page = signed_in(window(), site, app, user)
    evil.asked.clear()
    bad = evil.url("/stolen")
    shapes = [
        bad,
        f"//{FAR}:{evil.port}/stolen",
        f"\\\\{FAR}:{evil.port}\\stolen",
        f"{app.redirect_uri}@{FAR}:{evil.port}",
    ]
    urls = [
        site.url(app, path, **{name: shape})
        for path in ("/oauth2/authorize", "/login")
        for name in ("redirect_uri", "state", "lang", "login_hint")
        for shape in shapes[: 4 if name == "redirect_uri" else 1]
    ]
    base = f"{site.base_url}/{app.pool_id}"
    ids = {"client_id": app.client_id}
    named = [
        ("/logout", {**ids, "logout_uri": bad}),
        ("/logout", {**ids, "logout_uri": f"{app.redirect_uri}@{FAR}:{evil.port}/"}),
        ("/logout", {**ids, "redirect_uri": bad, "response_type": "code"}),
        ("/logout", {**ids, "post_logout_redirect_uri": bad}),
        ("/signedout", {**ids, "logout_uri": bad, "redirect_uri": bad, "app_url": bad}),
        ("/error", {**ids, "error": bad, "redirect_uri": bad, "app_url": bad}),
        ("/passkeys/add", {**ids, "redirect_uri": bad}),
        ("/confirmUser", {**ids, "user_name": "x", "confirmation_code": "1", "redirect_uri": bad}),
        ("/login", {**ids, "account": bad}),
        ("/login", {**ids, "account": f"/account/../..//{FAR}:{evil.port}"}),
        ("/challenge", {"request": bad}),
        ("/account", {"next": bad, "RelayState": bad, "return_to": bad}),
        ("/account/security", {"done": bad, "proof": bad}),
    ]
    urls += [f"{base}{path}?{urlencode(query)}" for path, query in named]
    urls += [f"{site.base_url}//{FAR}:{evil.port}/stolen", f"{site.base_url}/%5c%5c{FAR}:{evil.port}/stolen"]
    for url in urls:
        page.goto(url)
        assert page.url.startswith((site.base_url + "/", app.redirect_uri)), url
        leads = page.evaluate(_LEADS)
        assert not [lead for lead in leads if str(evil.port) in lead.partition("?")[0]], url
    assert evil.asked == []
    page.goto(account)
    assert page.url.startswith(site.base_url)


def test_a_session_planted_before_is_not_the_one_after(site: Site, window: Opener) -> None:
    app, user, account = account_of(site)
    mallory = site.make.user(app.pool_id, "mallory")
    theirs = window()
    signed_in(theirs, site, app, mallory)
    planted = [
        {"name": cookie["name"], "value": cookie["value"], "url": site.base_url, "httpOnly": False}
        for cookie in theirs.cookies()
        if cookie["name"].startswith("ph_")
    ]
    assert len(planted) == 2, "a session and the nonce of the browser"
    context = window()
    context.add_cookies(planted)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.url(app, prompt="login"))
    sign_in(page, user)
    is_home(page, app.redirect_uri)
    secret, work = session_cookie(context), site.make.work()
    assert secret != session_cookie(theirs)
    opened = find_session(work, app.pool_id, secret)
    assert opened
    assert opened.sub == user.sub
    known = find_session(work, app.pool_id, session_cookie(theirs))
    assert known is None or known.sub == mallory.sub, "what the attacker knows opens nothing of the victim's"
    page.goto(account)
    expect(page.get_by_role("main")).to_contain_text(user.username)
    theirs_page = theirs.new_page()
    theirs_page.goto(account)
    expect(theirs_page.get_by_text(user.username)).to_have_count(0)


@pytest.fixture(scope="module")
def tls(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Neighbour]]:
    """The site under https at login.harbour.localhost, and the attacker at evil.harbour.localhost."""
    folder, authority = tmp_path_factory.mktemp("tls"), Authority()
    ours, theirs = (certificate_for(folder, authority, f"{name}.harbour.localhost") for name in ("login", "evil"))
    base_url = "https://login.harbour.localhost:{port}"
    with same_server(site, base_url, certificate=ours) as resources, neighbour(theirs) as evil:
        yield replace(site, base_url=resources.settings.base_url, resources=resources), evil


def test_cookies_of_a_sibling_host_count_for_nothing(tls: tuple[Site, Neighbour], window: Opener) -> None:
    """Cookie tossing: another host of the domain may set cookies for all of it, but none that we take for ours."""
    site, evil = tls
    app, user, account = account_of(site)
    mallory = site.make.user(app.pool_id, "mallory")
    theirs = window(ignore_https_errors=True)
    signed_in(theirs, site, app, mallory)
    stolen = {cookie["name"]: cookie["value"] for cookie in theirs.cookies() if "ph_" in cookie["name"]}
    assert {name.partition("ph_")[0] for name in stolen} == {"__Host-"}
    names = [
        (name, value)
        for full, value in stolen.items()
        for name in (full, full.removeprefix("__Host-"), f"\u2003{full}")
    ]
    scope = "Domain=harbour.localhost; Path=/"
    evil.cookies[:] = [
        line
        for name, value in names
        for line in (f"{name}={value}; {scope}", f"{name}={value}; {scope}; Secure", f"{name}={value}; {scope}login")
    ] + [f"={name}={value}; {scope}" for name, value in names]
    context = window(ignore_https_errors=True)
    page = context.new_page()
    page.goto(evil.url("/", "evil.harbour.localhost", "https"))
    tossed = [cookie for cookie in context.cookies() if cookie["domain"] == ".harbour.localhost"]
    assert tossed, "the browser has taken some"
    assert not any(cookie["name"].startswith("__Host-") for cookie in tossed)
    page.goto(account)
    heading(page, "Sign in")
    sign_in(page, user)
    heading(page, "Your profile")
    page.goto(evil.url("/", "evil.harbour.localhost", "https"))
    page.goto(account)
    expect(page.get_by_role("main")).to_contain_text(user.username)
    page.goto(site.url(app, prompt="select_account"))
    expect(page.get_by_text("mallory")).to_have_count(0)
    (own,) = (c for c in context.cookies() if c["name"].startswith("__Host-ph_session"))
    assert (own["domain"], own["secure"], own["httpOnly"], own["sameSite"]) == (
        "login.harbour.localhost",
        True,
        True,
        "Lax",
    )


_LOOK = """() => ({
  ran: window.pwned ?? null,
  made: document.querySelectorAll(
    "[data-pwned], [onload], [onerror], body script:not([src]), svg:not([class]):not([viewBox])"
  ).length,
  text: document.body.innerText,
})"""


def assert_harmless(page: Page, where: str = "") -> None:
    """Nothing of the text has become an element, run, or been reckoned up as a template."""
    seen = page.evaluate(_LOOK)
    assert (seen["ran"], seen["made"]) == (None, 0), where
    assert "989701" not in seen["text"], where


def test_markup_is_only_text_on_every_page(window: Opener, evil: Neighbour) -> None:
    """Every page with hostile text wherever a stranger may fill something in, and without the policy that would save us."""
    made = pages(HOSTILE, with_errors=True)
    evil.pages |= {f"/sample/{name}": render(page.template, variables(page), "en") for name, page in made.items()}
    page = window().new_page()
    for name in made:
        page.goto(evil.url(f"/sample/{name}"), wait_until="domcontentloaded")
        assert_harmless(page, name)
    evil.pages["/sample"] = f"<p>{HOSTILE}"
    page.goto(evil.url("/sample"))
    assert page.evaluate("window.pwned") == 1, "it would have run"


def _with_error(asked: dict[str, Any]) -> dict[str, Any]:
    return {**asked, "publicChallengeParameters": {**asked["publicChallengeParameters"], "error": HOSTILE}}


def test_markup_that_people_store_is_only_text(
    site: Site, window: Opener, complaints: list[str], evil: Neighbour
) -> None:
    """The same through the server, whose policy would complain of whatever ran."""
    triggers = Triggers(site.functions, custom_auth.TRIGGERS)
    app = site.app(LambdaConfig=triggers.config)
    allow(site.operator, app, ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    question = dict.fromkeys(("title", "text", "label", "image", "imageText"), HOSTILE)
    choice = {**question, "choices": json.dumps([{"value": "blue", "label": HOSTILE}, HOSTILE])}
    quiz = Quiz(triggers, question, choice)
    triggers.answers[CREATE] = lambda event: _with_error(quiz.create(event))
    name = re.sub(r"\s", "", HOSTILE)[:120]
    site.make.user(app.pool_id, name, name=HOSTILE, given_name=HOSTILE, nickname=HOSTILE)
    require_consent(site, app)
    for url in ("javascript:window.pwned=1", f"https://terms.example/{HOSTILE}"):
        terms = {"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE"}
        with pytest.raises(ClientError, match="must be an https URL"):
            site.operator.create_terms(
                UserPoolId=app.pool_id, ClientId=app.client_id, Links={"cognito:default": url}, **terms
            )
    account = open_account_page(site, app)
    context = window(user_agent=f"Mozilla/5.0 {HOSTILE}")
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    def look(title: str) -> None:
        heading(page, title)
        assert_harmless(page, title)

    page.goto(site.url(app, login_hint=name, state=HOSTILE, lang=HOSTILE, nonce=HOSTILE))
    look("Sign in")
    expect(page.get_by_label("Username")).to_have_value(name)
    page.keyboard.press("Enter")
    look("Welcome back")
    page.get_by_role("button", name="Another way").click()
    look(HOSTILE)
    for answer in ("red", "blue"):
        page.get_by_label(HOSTILE).fill(answer)
        # The next page has the same heading: a look at this one would see nothing new, or break off as it goes.
        with page.expect_navigation():
            page.keyboard.press("Enter")
        look(HOSTILE)
        expect(page.locator("#answer-error")).to_contain_text(HOSTILE)
    page.get_by_label(HOSTILE).first.check()
    page.get_by_role("button", name="Continue").click()
    look("Boats wants to access your account")
    expect(page.get_by_role("main")).to_contain_text(name)
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(re.compile(re.escape(app.redirect_uri)))
    page.goto(site.url(app, prompt="select_account"))
    look("Choose an account")
    for place, title in (("", "Your profile"), ("/security", "Security"), ("/sessions", "Devices")):
        page.goto(f"{account}{place}")
        look(title)
    for path, query in (
        ("/error", {"error": HOSTILE, "error_description": HOSTILE, "client_id": HOSTILE}),
        ("/signedout", {"client_id": HOSTILE}),
        ("/confirmUser", {"client_id": app.client_id, "user_name": HOSTILE, "confirmation_code": HOSTILE}),
        ("/account", {"done": HOSTILE, "proof": HOSTILE, "lang": HOSTILE}),
        (f"/{quote(HOSTILE, safe='')}", {}),
    ):
        page.goto(f"{site.base_url}/{app.pool_id}{path}?{urlencode(query)}")
        assert_harmless(page, path)
