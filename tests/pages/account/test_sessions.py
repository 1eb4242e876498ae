"""Sessions and devices: seen, ended, forgotten."""

from typing import Any

from app.core.sessions import list_sso_sessions
from tests.aws.cognito_idp.test_sessions import track
from tests.conftest import Clock
from tests.factories import Factory
from tests.pages.account.conftest import Scene, SceneMaker
from tests.pages.browsing import Visitor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def _sign_in_elsewhere(scene: Scene, other: Visitor) -> None:
    other.http.headers["user-agent"] = FIREFOX
    other.open(scene.app.url()).submit({"username": scene.user.username, "password": scene.user.password})
    assert other.code()


def _rows(visitor: Visitor) -> list[str]:
    return [" ".join(item.text.split()) for item in visitor.page.all("li") if "row" in item.get("class").split()]


def test_browsers_are_listed_and_signed_out(scene: Scene, other_visitor: Visitor) -> None:
    _sign_in_elsewhere(scene, other_visitor)
    mine, theirs = _rows(scene.open("/account/sessions"))
    assert "This browser" in mine
    assert "Sign out" not in mine
    assert theirs.startswith("Firefox on Linux Boats · 127.0.0.1")
    assert "Last active:" in theirs
    visitor = scene.visitor.submit(button="end-2")
    assert "That session is signed out." in visitor.text
    assert len(_rows(visitor)) == 1
    assert other_visitor.open(scene.url("/account")).heading == "Sign in"
    assert "session.revoked" in scene.kinds()


def test_signing_out_needs_no_recent_sign_in(scene: Scene, other_visitor: Visitor, clock: Clock) -> None:
    _sign_in_elsewhere(scene, other_visitor)
    clock.advance(minutes=30)
    scene.open("/account/sessions").submit(button="end-2")
    assert other_visitor.open(scene.url("/account")).heading == "Sign in"


def test_a_session_of_somebody_else_stays(scene: Scene, other_visitor: Visitor, make: Factory, operator: Any) -> None:
    track(operator, scene.app.pool_id)
    other = make.user(scene.app.pool_id)
    other_visitor.open(scene.app.url()).submit({"username": other.username, "password": other.password})
    theirs = operator.admin_list_user_sessions(UserPoolId=scene.app.pool_id, Username=other.username)["Sessions"]
    form = scene.open("/account/sessions").hidden("everywhere")
    for session in theirs:
        scene.visitor.post(scene.url("/account/sessions"), {**form, "submit": "end", "session": session["SessionId"]})
        assert scene.visitor.path == "/account/sessions"
    assert other_visitor.open(scene.url("/account")).heading == "Your profile"
    assert "session.revoked" not in scene.kinds()


def test_apps_are_listed_where_the_pool_tracks_them(make_scene: SceneMaker, operator: Any) -> None:
    scene = make_scene()
    track(operator, scene.app.pool_id)
    scene.sign_in()
    tokens = scene.tokens(scene.visitor.code())
    rows = _rows(scene.open("/account/sessions"))
    assert len(rows) == 2
    scene.visitor.submit(button="end-2")
    assert scene.refresh(tokens) == 400


def test_everywhere_is_everywhere(scene: Scene, other_visitor: Visitor, clock: Clock) -> None:
    tokens = scene.tokens(scene.visitor.code())
    waiting = scene.visitor.open(scene.app.url()).code()
    _sign_in_elsewhere(scene, other_visitor)
    assert scene.refresh(tokens) == 200
    clock.advance(seconds=1)
    scene.open("/account/sessions").submit(button="everywhere")
    assert scene.visitor.heading == "You are signed out"
    assert scene.open("/account").heading == "Sign in"
    assert other_visitor.open(scene.url("/account")).heading == "Sign in"
    assert scene.refresh(tokens) == 400
    assert "error" in scene.tokens(waiting)
    assert "sign_out" in scene.kinds()


def test_the_only_session_is_this_one(scene: Scene) -> None:
    form = scene.open("/account/sessions").hidden("everywhere")
    (session,) = _own_sessions(scene)
    scene.visitor.post(scene.url("/account/sessions"), {**form, "submit": "end", "session": session})
    assert scene.visitor.heading == "You are signed out"


def _own_sessions(scene: Scene) -> list[str]:
    with scene.resources.database.read() as db:
        now = scene.resources.clock()
        found = list_sso_sessions(db, scene.app.pool_id, scene.user.sub, now, before=None, limit=9)
    return [session.session_id for session in found]


def test_devices_are_listed_and_forgotten(make_scene: SceneMaker, make: Factory, public: Any, operator: Any) -> None:
    scene = make_scene(
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}
    )
    client = make.client(scene.app.pool_id)["ClientId"]
    result = public.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": scene.user.username, "PASSWORD": scene.user.password},
    )["AuthenticationResult"]
    public.confirm_device(
        AccessToken=result["AccessToken"],
        DeviceKey=result["NewDeviceMetadata"]["DeviceKey"],
        DeviceName="Kitchen tablet",
        DeviceSecretVerifierConfig={"PasswordVerifier": "AQIDBA==", "Salt": "AQIDBA=="},
    )
    scene.sign_in()
    assert any(row.startswith("Kitchen tablet Remembered") for row in _rows(scene.open("/account/sessions")))
    scene.visitor.submit(button="forget-1")
    assert "The device is forgotten." in scene.visitor.text
    assert "Kitchen tablet" not in scene.visitor.text
    assert "device.forgotten" in scene.kinds()
    answer = operator.admin_list_devices(UserPoolId=scene.app.pool_id, Username=scene.user.username)
    assert answer.get("Devices", []) == []
