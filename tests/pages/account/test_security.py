"""Password, authenticator apps, passkeys, recovery codes and the second step."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from app.core.credentials import delete_password
from tests.authenticator import Authenticator
from tests.conftest import Clock
from tests.pages.account.conftest import Scene, SceneMaker
from tests.pages.browsing import Visitor

NEW = "Other-Horse-8"


def _change(scene: Scene, **form: str) -> Visitor:
    given = {"current_password": scene.user.password, "password": NEW, "confirm_password": NEW, **form}
    return scene.open("/account/password").submit(given)


def test_another_password(scene: Scene, other_visitor: Visitor, operator: Any) -> None:
    other_visitor.open(scene.app.url()).submit({"username": scene.user.username, "password": scene.user.password})
    tokens = scene.tokens(scene.visitor.code())
    visitor = _change(scene, apps="true")
    assert visitor.path == "/account/security"
    assert "Your password is changed." in visitor.text
    assert "password.changed" in scene.kinds()
    assert scene.notices()[0] == "Your password was changed"
    assert scene.open("/account").heading == "Your profile"
    assert scene.refresh(tokens) == 400
    old = other_visitor.open(scene.url("/account"))
    old.submit({"username": scene.user.username, "password": scene.user.password})
    assert old.errors
    old.submit({"username": scene.user.username, "password": NEW})
    assert old.heading == "Your profile"


def test_apps_may_stay_but_no_other_browser(scene: Scene, other_visitor: Visitor) -> None:
    other_visitor.open(scene.app.url()).submit({"username": scene.user.username, "password": scene.user.password})
    tokens = scene.tokens(scene.visitor.code())
    _change(scene)
    assert scene.refresh(tokens) == 200
    assert other_visitor.open(scene.url("/account")).heading == "Sign in"


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"current_password": ""}, {"current_password": "Enter your current password."}),
        ({"current_password": "Wrong-Horse-9"}, {"current_password": "This is not your current password."}),
        ({"password": "short"}, {"password": "Choose a password that meets all of the rules."}),
        ({"confirm_password": ""}, {"confirm_password": "Enter the new password again."}),
        ({"confirm_password": "Other"}, {"confirm_password": "The two passwords are not the same."}),
    ],
)
def test_a_password_that_is_not_taken(scene: Scene, form: dict[str, str], wrong: dict[str, str]) -> None:
    given = {"password": NEW, "confirm_password": form.get("password", NEW), **form}
    visitor = _change(scene, **given)
    assert visitor.response.status_code == 400
    assert visitor.wrong_inputs == wrong
    assert not any(NEW in control.get("value") for control in visitor.page.all("input"))
    assert "password.changed" not in scene.kinds()
    assert scene.notices() == []


def test_a_stolen_browser_cannot_guess_the_password(scene: Scene) -> None:
    for _ in range(5):
        assert _change(scene, current_password="Wrong-Horse-9").response.status_code == 400
    visitor = _change(scene)
    assert visitor.response.status_code == 429
    assert "password.changed" not in scene.kinds()


def test_who_has_no_password_sets_one(make_scene: SceneMaker, operator: Any) -> None:
    scene = make_scene().sign_in()
    with scene.resources.database.write() as db:
        delete_password(db, scene.app.pool_id, scene.user.sub, history_size=0)
    visitor = scene.open("/account/security")
    assert "You have no password." in visitor.text
    scene.open("/account/password").submit({"password": NEW, "confirm_password": NEW})
    assert "Your password is changed." in scene.visitor.text


def _seed(visitor: Visitor) -> str:
    return visitor.page.with_id("seed").text.replace(" ", "")


def _code(seed: str, clock: Clock) -> str:
    return pyotp.TOTP(seed).at(clock.now // 1000)


def _add_app(scene: Scene, clock: Clock, name: str = "") -> str:
    seed = _seed(scene.open("/account/add-authenticator"))
    scene.visitor.submit({"code": _code(seed, clock), "name": name})
    assert "Your authenticator app is set up." in scene.visitor.text
    return seed


def _mfa(scene: Scene) -> dict[str, Any]:
    found = scene.operator.admin_get_user(UserPoolId=scene.app.pool_id, Username=scene.user.username)
    return {name: found.get(name) for name in ("PreferredMfaSetting", "UserMFASettingList")}


def test_an_authenticator_app_is_added_and_asked_for(guarded: Scene, clock: Clock, other_visitor: Visitor) -> None:
    seed = _add_app(guarded, clock, "My phone")
    assert "My phone" in guarded.visitor.text
    assert _mfa(guarded) == {
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
        "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
    }
    assert "mfa.software_token_verified" in guarded.kinds()
    assert guarded.notices()[0] == "An authenticator app was added to your account"
    clock.advance(minutes=1)
    other_visitor.open(guarded.url("/account"))
    other_visitor.submit({"username": guarded.user.username, "password": guarded.user.password})
    assert other_visitor.path == "/challenge"
    other_visitor.submit({"code": _code(seed, clock)})
    assert other_visitor.heading == "Your profile"


def test_a_seed_is_not_shown_once_it_is_in_use(guarded: Scene, clock: Clock) -> None:
    visitor = guarded.open("/account/add-authenticator")
    page, seed = str(visitor.response.url), _seed(visitor)
    assert _seed(visitor.open(page)) == seed, "while it is set up it may be reloaded"
    visitor.submit({"code": _code(seed, clock)})
    assert visitor.open(page).path == "/account/security"
    assert seed not in visitor.response.text.replace(" ", "")


def test_a_seed_is_not_shown_once_another_has_taken_its_place(guarded: Scene) -> None:
    page = str(guarded.open("/account/add-authenticator").response.url)
    another = str(guarded.open("/account/add-authenticator").response.url)
    assert guarded.visitor.open(page).path == "/account/security"
    assert _seed(guarded.visitor.open(another))


def test_a_recent_sign_in_is_one_with_every_step(guarded: Scene, clock: Clock) -> None:
    seed = _add_app(guarded, clock)
    clock.advance(minutes=11)
    visitor = guarded.open("/account/password")
    visitor.submit({"username": guarded.user.username, "password": guarded.user.password})
    assert visitor.path == "/challenge"
    assert guarded.open("/account/password").heading == "Sign in"
    visitor.submit({"username": guarded.user.username, "password": guarded.user.password})
    visitor.submit({"code": _code(seed, clock)})
    assert visitor.heading == "Change your password"


def test_reloading_keeps_the_seed(guarded: Scene, clock: Clock) -> None:
    seed = _seed(guarded.open("/account/add-authenticator"))
    address = str(guarded.visitor.response.url)
    assert seed not in address
    assert _seed(guarded.visitor.open(address)) == seed
    wrong = guarded.visitor.submit({"code": "000000" if _code(seed, clock) != "000000" else "111111"})
    assert wrong.wrong_inputs == {"code": "That code is not right. Enter the one that the app shows now."}
    assert _seed(wrong) == seed
    wrong.submit({"code": _code(seed, clock)})
    assert "Your authenticator app is set up." in wrong.text


def test_each_set_up_has_a_seed_of_its_own(guarded: Scene, make_scene: SceneMaker) -> None:
    first = _seed(guarded.open("/account/add-authenticator"))
    sealed = parse_qs(urlsplit(str(guarded.visitor.response.url)).query)["request"][0]
    assert _seed(guarded.open("/account/add-authenticator")) != first
    other = make_scene()
    other.visitor = guarded.visitor
    other.operator.set_user_pool_mfa_config(
        UserPoolId=other.app.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    other.sign_in()
    assert _seed(other.open(f"/account/add-authenticator?request={sealed}")) != first


def test_several_apps_and_their_end(guarded: Scene, clock: Clock) -> None:
    _add_app(guarded, clock, "Phone")
    clock.advance(minutes=1)
    _add_app(guarded, clock, "Tablet")
    for name in ("Phone", "Tablet"):
        visitor = guarded.open("/account/security").follow(f"Manage: {name}")
        assert visitor.heading == name
        visitor.submit(button="remove")
        assert "The authenticator app is removed." in visitor.text
    assert _mfa(guarded) == {"PreferredMfaSetting": None, "UserMFASettingList": None}
    assert guarded.kinds().count("mfa.software_token_removed") == 2


def test_one_app_replaces_the_other_unless_the_pool_lets_users_have_several(
    guarded: Scene, clock: Clock, ours: Any
) -> None:
    ours.update_pool_settings(UserPoolId=guarded.app.pool_id, SeveralSoftwareTokens="DISABLED")
    _add_app(guarded, clock, "Phone")
    clock.advance(minutes=1)
    assert "Replace the app" in guarded.open("/account/security").text
    assert "The app that you have now stops working." in guarded.open("/account/add-authenticator").text
    _add_app(guarded, clock, "Tablet")
    assert "Phone" not in guarded.visitor.text


def test_the_second_step(guarded: Scene) -> None:
    visitor = guarded.open("/account/security")
    assert {control.get("name") for control in visitor.page.controls} == {"SMS_MFA", "EMAIL_OTP", "preferred"}
    visitor.submit({"SMS_MFA": "true", "preferred": "SMS_MFA"}, button="save_factors")
    assert "Your second step is saved." in visitor.text
    assert _mfa(guarded) == {"PreferredMfaSetting": "SMS_MFA", "UserMFASettingList": ["SMS_MFA"]}
    assert "mfa.preference_set" in guarded.kinds()
    assert guarded.notices()[0] == "Your second step was changed"
    visitor.submit({"preferred": "SMS_MFA"}, button="save_factors")
    assert visitor.wrong_inputs == {"preferred": "Choose one that is switched on."}
    visitor.submit(button="save_factors")
    assert _mfa(guarded) == {"PreferredMfaSetting": None, "UserMFASettingList": None}


def test_of_one_second_step_none_is_first(guarded: Scene) -> None:
    pool = {"UserPoolId": guarded.app.pool_id, "Username": guarded.user.username}
    guarded.operator.admin_delete_user_attributes(UserAttributeNames=["phone_number"], **pool)
    visitor = guarded.open("/account/security")
    assert {control.get("name") for control in visitor.page.controls} == {"EMAIL_OTP"}
    visitor.submit({"EMAIL_OTP": "true"}, button="save_factors")
    assert _mfa(guarded) == {"PreferredMfaSetting": "EMAIL_OTP", "UserMFASettingList": ["EMAIL_OTP"]}


def test_a_factor_that_the_user_cannot_have_is_not_taken(guarded: Scene) -> None:
    guarded.open("/account/security").submit({"SOFTWARE_TOKEN_MFA": "true"}, button="save_factors")
    assert _mfa(guarded) == {"PreferredMfaSetting": None, "UserMFASettingList": None}


def test_changing_factors_needs_a_recent_sign_in(guarded: Scene, clock: Clock) -> None:
    visitor = guarded.open("/account/security")
    clock.advance(minutes=11)
    visitor.submit({"SMS_MFA": "true", "preferred": "SMS_MFA"}, button="save_factors")
    assert visitor.heading == "Sign in"
    assert _mfa(guarded) == {"PreferredMfaSetting": None, "UserMFASettingList": None}


def test_recovery_codes_are_shown_once(guarded: Scene, clock: Clock, other_visitor: Visitor) -> None:
    visitor = guarded.switch_on().open("/account/recovery-codes")
    assert visitor.page.all("code") == []
    codes = [item.text for item in visitor.submit().page.all("code")]
    assert len(set(codes)) == 10
    assert "mfa.recovery_codes_made" in guarded.kinds()
    assert guarded.notices()[0] == "New recovery codes were made for your account"
    assert "10 codes are left." in guarded.open("/account/security").text
    assert guarded.open("/account/recovery-codes").page.all("code") == []
    again = [item.text for item in guarded.visitor.submit().page.all("code")]
    assert set(codes).isdisjoint(again)


def test_recovery_codes_can_be_taken_along_but_are_kept_nowhere(guarded: Scene) -> None:
    """The buttons wait for the page's script; before it there is nothing to take."""
    visitor = guarded.switch_on().open("/account/recovery-codes")
    assert "recovery_codes" not in visitor.response.text
    visitor.submit()
    assert visitor.response.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in visitor.response.headers["content-security-policy"]
    assert "/_static/recovery_codes." in visitor.response.text
    assert all("hidden" in visitor.page.with_id(name).attributes for name in ("copy", "download"))


def test_without_a_second_step_there_is_nothing_to_recover(guarded: Scene) -> None:
    visitor = guarded.open("/account/security")
    assert "They stand in for the second step: set one up first." in visitor.text
    assert "Get recovery codes" not in visitor.text
    visitor = guarded.open("/account/recovery-codes")
    assert "You have no second step" in visitor.text
    forged = visitor.post(guarded.url("/account/recovery-codes"), visitor.hidden("sign_out"))
    assert "You have no second step" in forged.text
    assert "mfa.recovery_codes_made" not in guarded.kinds()
    assert "Get recovery codes" in guarded.switch_on().open("/account/security").text


def test_who_must_have_a_second_step_can_have_recovery_codes(guarded: Scene) -> None:
    """Though nothing is switched on: the pool asks for a code to what is at hand."""
    pool = {"UserPoolId": guarded.app.pool_id}
    configured = guarded.operator.get_user_pool_mfa_config(**pool)
    configured = {name: value for name, value in configured.items() if name.endswith("MfaConfiguration")}
    guarded.operator.set_user_pool_mfa_config(**pool, **{**configured, "MfaConfiguration": "ON"})
    assert "Get recovery codes" in guarded.open("/account/recovery-codes").text


def test_no_recovery_codes_where_the_pool_has_none(scene: Scene) -> None:
    visitor = scene.open("/account/recovery-codes")
    assert visitor.path == "/account/security"
    assert "Recovery codes" not in visitor.text
    forged = visitor.post(scene.url("/account/recovery-codes"), visitor.hidden("sign_out"))
    assert forged.path == "/account/security"
    assert "mfa.recovery_codes_made" not in scene.kinds()


@pytest.fixture
def keyed(make_scene: SceneMaker) -> Scene:
    """A user of a pool with passkeys."""
    return make_scene(
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
    )


def _sign_in_by_password(scene: Scene) -> Scene:
    visitor = scene.visitor.open(scene.app.url())
    visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert visitor.code()
    return scene


def _add_passkey(scene: Scene) -> Visitor:
    visitor = scene.open("/account/add-passkey")
    options = json.loads(visitor.page.with_id("passkey").get("data-options"))
    made = Authenticator(origin="http://localhost:9229").create(options)
    return visitor.submit({"credential": json.dumps(made)}, button="use_passkey")


def test_a_passkey_is_added_named_and_removed(keyed: Scene) -> None:
    scene = _sign_in_by_password(keyed)
    visitor = _add_passkey(scene)
    assert "Your passkey is added." in visitor.text
    assert "passkey.registered" in scene.kinds()
    assert scene.notices()[0] == "A passkey was added to your account"
    visitor.follow("Manage: Platform passkey")
    assert visitor.submit({"name": " "}, button="rename").wrong_inputs == {
        "name": "Enter a name of at most 64 characters."
    }
    visitor.submit({"name": "My laptop"}, button="rename")
    assert "Your passkey has its new name." in visitor.text
    assert "passkey.renamed" in scene.kinds()
    visitor.follow("Manage: My laptop").submit(button="remove")
    assert "The passkey is removed." in visitor.text
    assert "My laptop" not in visitor.text
    assert "passkey.deleted" in scene.kinds()


@pytest.mark.parametrize("credential", ["", "[]", "{}", "nonsense", "[" * 9_000, '{"id": 1}'])
def test_what_is_no_passkey_is_refused(keyed: Scene, credential: str) -> None:
    scene = _sign_in_by_password(keyed)
    visitor = scene.open("/account/add-passkey").submit({"credential": credential}, button="use_passkey")
    assert visitor.errors == ["This passkey was not accepted. Try again."]
    assert "passkey.registered" not in scene.kinds()


def test_a_passkey_of_another_user_cannot_be_touched(keyed: Scene, other_visitor: Visitor, make: Any) -> None:
    scene = _sign_in_by_password(keyed)
    _add_passkey(scene)
    link = next(link.get("href") for link in scene.visitor.page.all("a") if link.text.startswith("Manage"))
    identifier = parse_qs(urlsplit(link).query)["id"][0]
    other = make.user(scene.app.pool_id)
    other_visitor.open(scene.app.url()).submit({"username": other.username, "password": other.password})
    assert other_visitor.open(link).path == "/account/security"
    form = other_visitor.hidden("sign_out")
    for submit in ("remove", "rename"):
        other_visitor.post(scene.url("/account/passkey"), {**form, "id": identifier, "name": "Mine", "submit": submit})
        assert other_visitor.path == "/account/security"
    assert "Platform passkey" in scene.open("/account/security").text


def test_a_sign_in_leads_back_to_the_one_passkey(keyed: Scene, clock: Clock) -> None:
    scene = _sign_in_by_password(keyed)
    _add_passkey(scene).follow("Manage: Platform passkey")
    clock.advance(minutes=11)
    visitor = scene.visitor.submit(button="remove")
    visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert (visitor.path, visitor.heading) == ("/account/passkey", "Platform passkey")


def test_another_password_sent_twice_is_told_twice(scene: Scene, clock: Clock) -> None:
    scene.open("/account/password")
    visitor, form = scene.visitor, {"current_password": scene.user.password, "password": NEW, "confirm_password": NEW}
    action, sent = visitor.action(), {**visitor.hidden(), **form, "submit": "submit"}
    for _ in range(2):
        assert "Your password is changed." in visitor.post(action, sent).text
    assert scene.kinds().count("password.changed") == 1
    assert scene.notices() == ["Your password was changed"]
    clock.advance(minutes=1)
    assert visitor.post(action, sent).wrong_inputs == {"current_password": "This is not your current password."}
