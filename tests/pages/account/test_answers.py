"""The addresses of what comes of the account's forms (tests/pages/test_answers.py)."""

from tests.pages.account.conftest import SceneMaker
from tests.pages.browsing import Visitor
from tests.pages.test_answers import come_back


def test_each_shows_its_page_again(make_scene: SceneMaker) -> None:
    scene = make_scene({"RecoveryCodes": "ENABLED"}).sign_in()
    visitor = scene.visitor
    scene.operator.set_user_pool_mfa_config(
        UserPoolId=scene.app.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        EmailMfaConfiguration={"Subject": "Your code", "Message": "Your code: {####}"},
    )
    seed = scene.open("/account/add-authenticator").page.with_id("seed").text
    assert visitor.submit({"code": ""}).errors
    assert come_back(visitor).page.with_id("seed").text == seed
    scene.switch_on().open("/account/recovery-codes").submit()
    (codes,) = [item for item in visitor.page.all("ul") if item.get("id") == "codes"]
    first = codes.text.split()[0]
    assert first not in come_back(visitor).text
    assert visitor.heading == "Recovery codes"
    scene.open("/account/password").submit({"current_password": "Wrong-Horse-7"})
    assert come_back(visitor).heading == "Change your password"


def test_a_deleted_account_has_an_address(make_scene: SceneMaker, other_visitor: Visitor) -> None:
    """Reloading says it once more; nobody else hears it."""
    scene = make_scene().sign_in()
    scene.open("/account/delete").submit({"confirmation": scene.user.username})
    address = str(scene.visitor.response.url)
    for _ in range(2):
        assert scene.visitor.open(address).heading == "Your account is deleted"
    assert other_visitor.open(address).heading == "Sign in"
