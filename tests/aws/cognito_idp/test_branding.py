"""Managed login branding through a real botocore client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from botocore.exceptions import ClientError

from app.core.branding_defaults import DEFAULT_SETTINGS, LIGHT
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.conftest import Clock
from tests.factories import Factory

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
ICO = b"\x00\x00\x01\x00\x01\x00\x10\x10"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="2" height="1"/></svg>'
SETTINGS = {
    "categories": {"global": {"colorSchemeMode": "LIGHT"}, "form": {"displayGraphics": False}},
    "componentClasses": {"buttons": {"borderRadius": 8.0}},
    "components": {"primaryButton": {"lightMode": {"defaults": {"backgroundColor": "0972d3ff"}}}},
}


def asset(category: str = "FORM_LOGO", mode: str = "LIGHT", **options: Any) -> dict[str, Any]:
    return {"Category": category, "ColorMode": mode, "Extension": "PNG", "Bytes": PNG, **options}


def in_order(assets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(assets, key=lambda one: (one["Category"], one["ColorMode"], one.get("ResourceId", "")))


@pytest.fixture
def place(make: Factory) -> dict[str, str]:
    """A pool and a client of it."""
    pool_id = make.pool()
    return {"UserPoolId": pool_id, "ClientId": make.client(pool_id)["ClientId"]}


def style_of(place: dict[str, str], made: dict[str, Any]) -> dict[str, str]:
    return {"UserPoolId": place["UserPoolId"], "ManagedLoginBrandingId": made["ManagedLoginBrandingId"]}


def test_a_style_from_beginning_to_end(operator: Any, place: dict[str, str], clock: Clock) -> None:
    assets = [asset(), asset("FAVICON_ICO", "DYNAMIC", Extension="ICO", Bytes=ICO, ResourceId="my icon")]
    made = operator.create_managed_login_branding(**place, Settings=SETTINGS, Assets=assets)["ManagedLoginBranding"]
    assert UUID(made["ManagedLoginBrandingId"]).version == 4
    assert made["UserPoolId"] == place["UserPoolId"]
    assert made["UseCognitoProvidedValues"] is False
    assert made["Settings"] == SETTINGS
    assert made["Assets"] == in_order(assets)
    assert made["CreationDate"] == made["LastModifiedDate"]
    assert made["CreationDate"].timestamp() * 1_000 == clock.now
    assert "ClientId" not in made
    style = style_of(place, made)
    assert operator.describe_managed_login_branding(**style)["ManagedLoginBranding"] == made
    assert operator.describe_managed_login_branding_by_client(**place)["ManagedLoginBranding"] == made
    reply = operator.delete_managed_login_branding(**style)
    assert set(reply) == {"ResponseMetadata"}
    for call, names in (
        (operator.describe_managed_login_branding, style),
        (operator.describe_managed_login_branding_by_client, place),
        (operator.update_managed_login_branding, style),
        (operator.delete_managed_login_branding, style),
    ):
        assert refusal(call, **names)[0] == "ResourceNotFoundException"
    again = operator.create_managed_login_branding(**place, UseCognitoProvidedValues=True)["ManagedLoginBranding"]
    assert again["ManagedLoginBrandingId"] != made["ManagedLoginBrandingId"]
    assert again["Assets"] == []


def test_defaults_are_merged_on_demand(operator: Any, place: dict[str, str]) -> None:
    made = operator.create_managed_login_branding(**place, Settings=SETTINGS)["ManagedLoginBranding"]
    for call, names in (
        (operator.describe_managed_login_branding, style_of(place, made)),
        (operator.describe_managed_login_branding_by_client, place),
    ):
        merged = call(**names, ReturnMergedResources=True)["ManagedLoginBranding"]["Settings"]
        button = merged["components"]["primaryButton"]["lightMode"]["defaults"]
        assert button == {"backgroundColor": "0972d3ff", "textColor": LIGHT["on-accent"]}
        assert merged["componentClasses"]["buttons"]["borderRadius"] == 8.0
        assert merged["components"]["secondaryButton"] == DEFAULT_SETTINGS["components"]["secondaryButton"]
        assert merged["categories"]["global"] == {
            **DEFAULT_SETTINGS["categories"]["global"],
            "colorSchemeMode": "LIGHT",
        }
        assert call(**names, ReturnMergedResources=False)["ManagedLoginBranding"]["Settings"] == SETTINGS


def test_the_provided_values_stand_alone(operator: Any, place: dict[str, str]) -> None:
    made = operator.create_managed_login_branding(**place, UseCognitoProvidedValues=True)["ManagedLoginBranding"]
    assert made["UseCognitoProvidedValues"] is True
    assert "Settings" not in made
    merged = operator.describe_managed_login_branding(**style_of(place, made), ReturnMergedResources=True)
    assert merged["ManagedLoginBranding"]["Settings"] == DEFAULT_SETTINGS
    for call, names in (
        (operator.create_managed_login_branding, place),
        (operator.update_managed_login_branding, style_of(place, made)),
    ):
        code, message, _ = refusal(call, **names, UseCognitoProvidedValues=True, Settings=SETTINGS)
        assert (code, "Settings cannot be used" in message) == ("InvalidParameterException", True)


def test_pictures_may_come_with_the_provided_values(operator: Any, place: dict[str, str]) -> None:
    """TestAccCognitoIDPManagedLoginBranding_asset of Terraform's AWS provider does so against the real service."""
    picture = asset("PAGE_FOOTER_BACKGROUND", "DARK", Extension="SVG", Bytes=SVG)
    made = operator.create_managed_login_branding(**place, UseCognitoProvidedValues=True, Assets=[picture])
    assert made["ManagedLoginBranding"]["UseCognitoProvidedValues"] is True
    assert made["ManagedLoginBranding"]["Assets"] == [picture]


def test_an_update_keeps_what_it_is_not_given(operator: Any, place: dict[str, str], clock: Clock) -> None:
    logo, page = asset(), asset("PAGE_BACKGROUND")
    made = operator.create_managed_login_branding(**place, Settings=SETTINGS, Assets=[logo, page])
    style = style_of(place, made["ManagedLoginBranding"])
    clock.advance(seconds=5)

    def update(**changes: Any) -> dict[str, Any]:
        changed: dict[str, Any] = operator.update_managed_login_branding(**style, **changes)["ManagedLoginBranding"]
        assert operator.describe_managed_login_branding(**style)["ManagedLoginBranding"] == changed
        return changed

    changed = update(Settings={"componentClasses": {"buttons": {"borderRadius": 2}, "input": {"borderRadius": 3}}})
    assert changed["Settings"] == {
        **SETTINGS,
        "componentClasses": {"buttons": {"borderRadius": 2}, "input": {"borderRadius": 3}},
    }
    assert changed["Assets"] == [logo, page]
    assert changed["LastModifiedDate"].timestamp() - changed["CreationDate"].timestamp() == 5
    drawing = asset(Extension="SVG", Bytes=SVG, ResourceId="new")
    dark = asset(mode="DARK")
    after = update(Assets=[drawing, dark])
    assert after["Assets"] == in_order([drawing, dark, page])
    assert after["Settings"] == changed["Settings"]
    assert update() == after
    assert update(Assets=[]) == after
    reset = update(UseCognitoProvidedValues=True)
    assert (reset["UseCognitoProvidedValues"], reset["Assets"]) == (True, [])
    assert "Settings" not in reset
    assert update(Assets=[logo])["UseCognitoProvidedValues"] is True
    own = update(Settings={"categories": {}})
    assert (own["UseCognitoProvidedValues"], own["Settings"], own["Assets"]) == (False, {"categories": {}}, [logo])


def test_a_refused_update_changes_nothing(operator: Any, place: dict[str, str]) -> None:
    made = operator.create_managed_login_branding(**place, Settings=SETTINGS, Assets=[asset()])["ManagedLoginBranding"]
    style = style_of(place, made)
    refused: list[dict[str, Any]] = [
        {"Settings": {"categories": []}},
        {"Settings": {"components": {"form": {"borderRadius": "8px"}}}},
        {"Settings": ["a"]},
        {"Settings": "text"},
        {"Assets": [asset("PAGE_BACKGROUND"), asset(Bytes=SVG)]},
        {"Assets": [asset("PAGE_BACKGROUND"), asset("PAGE_BACKGROUND")]},
        {"Settings": {"categories": {}}, "Assets": [asset(Bytes=b"")]},
    ]
    for wrong in refused:
        assert refusal(operator.update_managed_login_branding, **style, **wrong)[0] == "InvalidParameterException"
    assert operator.describe_managed_login_branding(**style)["ManagedLoginBranding"] == made


def test_an_update_names_pool_and_style(operator: Any, place: dict[str, str]) -> None:
    """The model calls both optional."""
    made = operator.create_managed_login_branding(**place)["ManagedLoginBranding"]
    for name, value in style_of(place, made).items():
        code, message, _ = refusal(operator.update_managed_login_branding, **{name: value})
        assert (code, "Member must not be null" in message) == ("InvalidParameterException", True)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"Extension": "JPEG"}, "not a valid JPEG"),
        ({"Extension": "SVG"}, "not a valid SVG"),
        ({"Bytes": b"GIF89a"}, "must be a PNG"),
        ({"Bytes": b""}, "no Bytes"),
        ({"Bytes": SVG.replace(b"<rect", b"<script/><rect"), "Extension": "SVG"}, "element script"),
        ({"Bytes": b"<!DOCTYPE svg>" + SVG, "Extension": "SVG"}, "document type"),
        ({"Bytes": PNG + b"x" * 1_000_000}, "less than or equal to 1000000"),
        ({"Category": "OTHER"}, "enum value set"),
        ({"ColorMode": "BROWN"}, "enum value set"),
        ({"Extension": "GIF"}, "enum value set"),
        ({"ResourceId": "a/b"}, "regular expression"),
    ],
)
def test_pictures_are_what_they_say(operator: Any, place: dict[str, str], wrong: dict[str, Any], reason: str) -> None:
    code, message, status = refusal(operator.create_managed_login_branding, **place, Assets=[{**asset(), **wrong}])
    assert (code, status) == ("InvalidParameterException", 400)
    assert reason in message
    assert refusal(operator.describe_managed_login_branding_by_client, **place)[0] == "ResourceNotFoundException"


def test_a_picture_needs_bytes(operator: Any, place: dict[str, str]) -> None:
    picture = asset()
    del picture["Bytes"]
    code, message, _ = refusal(operator.create_managed_login_branding, **place, Assets=[picture])
    assert (code, message) == ("InvalidParameterException", "The FORM_LOGO asset has no Bytes.")


def test_providers_have_an_icon_each(operator: Any, place: dict[str, str]) -> None:
    icons = [asset("IDP_BUTTON_ICON", "DYNAMIC", ResourceId=f"provider {number}") for number in range(40)]
    made = operator.create_managed_login_branding(**place, Assets=icons)["ManagedLoginBranding"]
    assert made["Assets"] == in_order(icons)
    style = style_of(place, made)
    operator.update_managed_login_branding(**style, Assets=[icons[7]])
    code, message, _ = refusal(operator.update_managed_login_branding, **style, Assets=[asset()])
    assert (code, "at most 40" in message) == ("InvalidParameterException", True)
    logos = [asset(ResourceId="one"), asset(ResourceId="two")]
    code, message, _ = refusal(operator.update_managed_login_branding, **style, Assets=logos)
    assert (code, "same Category and ColorMode" in message) == ("InvalidParameterException", True)


def test_a_client_has_one_style(operator: Any, place: dict[str, str]) -> None:
    def create(_: int) -> str:
        try:
            operator.create_managed_login_branding(**place, UseCognitoProvidedValues=True)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(create, range(6)))
    assert sorted(outcomes) == [*5 * ["ManagedLoginBrandingExistsException"], "created"]
    exists = operator.exceptions.ManagedLoginBrandingExistsException
    with pytest.raises(exists, match="already exists"):
        operator.create_managed_login_branding(**place)


def test_a_pool_has_twenty_styles(operator: Any, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.branding.MAX_STYLES", 2)
    pool_id = make.pool()
    clients = [make.client(pool_id)["ClientId"] for _ in range(3)]
    for client_id in clients[:2]:
        operator.create_managed_login_branding(UserPoolId=pool_id, ClientId=client_id)
    third = {"UserPoolId": pool_id, "ClientId": clients[2]}
    assert refusal(operator.create_managed_login_branding, **third)[0] == "LimitExceededException"
    operator.delete_user_pool_client(UserPoolId=pool_id, ClientId=clients[0])
    operator.create_managed_login_branding(**third)


def test_a_style_goes_with_its_client(operator: Any, place: dict[str, str]) -> None:
    made = operator.create_managed_login_branding(**place, Assets=[asset()])["ManagedLoginBranding"]
    operator.delete_user_pool_client(**place)
    code, message, _ = refusal(operator.describe_managed_login_branding, **style_of(place, made))
    assert (code, message) == ("ResourceNotFoundException", "Managed login branding does not exist.")
    code, message, _ = refusal(operator.describe_managed_login_branding_by_client, **place)
    assert (code, message) == (
        "ResourceNotFoundException",
        f"User pool client {place['ClientId']} does not exist.",
    )


def test_styles_are_of_one_pool(operator: Any, make: Factory, place: dict[str, str]) -> None:
    made = operator.create_managed_login_branding(**place, Settings=SETTINGS)["ManagedLoginBranding"]
    other = make.pool()
    foreign = {"UserPoolId": other, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"]}
    for call in (
        operator.describe_managed_login_branding,
        operator.update_managed_login_branding,
        operator.delete_managed_login_branding,
    ):
        assert refusal(call, **foreign)[0] == "ResourceNotFoundException"
    for client_id in (place["ClientId"], "nobody"):
        for call in (operator.create_managed_login_branding, operator.describe_managed_login_branding_by_client):
            assert refusal(call, UserPoolId=other, ClientId=client_id)[0] == "ResourceNotFoundException"
    nowhere = {**foreign, "UserPoolId": "us-east-1_Nowhere00"}
    code, message, _ = refusal(operator.update_managed_login_branding, **nowhere)
    assert (code, message) == ("ResourceNotFoundException", "User pool us-east-1_Nowhere00 does not exist.")
    unknown = {**style_of(place, made), "ManagedLoginBrandingId": str(uuid4())}
    assert refusal(operator.describe_managed_login_branding, **unknown)[0] == "ResourceNotFoundException"
    malformed = {**unknown, "ManagedLoginBrandingId": "1"}
    assert refusal(operator.describe_managed_login_branding, **malformed)[0] == "InvalidParameterException"
    assert operator.describe_managed_login_branding_by_client(**place)["ManagedLoginBranding"] == made


def test_a_request_of_two_megabytes_is_taken(operator: Any, place: dict[str, str]) -> None:
    large = asset("PAGE_BACKGROUND", Bytes=PNG + b"x" * 990_000)
    made = operator.create_managed_login_branding(**place, Assets=[large])["ManagedLoginBranding"]
    assert made["Assets"] == [large]
    twice = [large, asset("FORM_BACKGROUND", Bytes=PNG + b"x" * 700_000)]
    code, message, _ = refusal(operator.update_managed_login_branding, **style_of(place, made), Assets=twice)
    assert (code, "longer than" in message) == ("InvalidParameterException", True)
    operator.update_managed_login_branding(**style_of(place, made), Assets=twice[1:])
    assert len(operator.describe_managed_login_branding_by_client(**place)["ManagedLoginBranding"]["Assets"]) == 2


def test_settings_do_not_grow_without_end(
    operator: Any, place: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.branding_settings.MAX_SETTINGS_BYTES", 300)
    made = operator.create_managed_login_branding(**place, Settings={"a": "x" * 200})["ManagedLoginBranding"]
    more = {"b": "x" * 200}
    code, message, _ = refusal(operator.update_managed_login_branding, **style_of(place, made), Settings=more)
    assert (code, message) == ("InvalidParameterException", "Settings are longer than 300 bytes.")


def test_the_audit_trail_has_no_pictures(operator: Any, place: dict[str, str], resources: Resources) -> None:
    operator.create_managed_login_branding(**place, Settings=SETTINGS, Assets=[asset()])
    with resources.database.read() as db:
        details = db.exec_driver_sql(
            "SELECT details FROM audit_events WHERE kind = 'CreateManagedLoginBranding' ORDER BY at DESC"
        ).scalars()
        newest = [str(text) for text in details if place["ClientId"] in str(text)]
    assert len(newest) == 1
    assert f"({len(PNG)} bytes)" in newest[0]
    assert "iVBOR" not in newest[0]
