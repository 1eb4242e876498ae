"""Devices: keys given at sign-in, confirmed, listed, remembered and forgotten, and what tokens have to do with it."""

import base64
import re
import secrets
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from app.core.devices import TOMBSTONE_MS
from app.db.tables.devices import Device, DeviceSession
from app.flows.work import Resources
from app.jobs.expire_rows import expire_rows
from tests.aws.cognito_idp.devices import ALWAYS, GONE, KEY, NO_REFRESH, NOT_THIS, OFF, OPT_IN, Scene, attributes
from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY, Clock
from tests.factories import PASSWORD, Factory, claims_of
from tests.in_process import InProcessServer


@pytest.fixture
def scene(make: Factory, operator: Any, public: Any) -> Scene:
    return Scene(make, operator, public)


@pytest.fixture
def untracked(make: Factory, operator: Any, public: Any) -> Scene:
    return Scene(make, operator, public, rules=None)


@pytest.fixture
def opt_in(make: Factory, operator: Any, public: Any) -> Scene:
    return Scene(make, operator, public, rules=OPT_IN)


class TestNewDevice:
    def test_a_sign_in_without_a_device_is_given_one(self, scene: Scene) -> None:
        phone, tablet = scene.new_phone(), scene.new_phone()
        assert KEY.fullmatch(phone.key)
        assert re.fullmatch(r"-[\w-]{8}", phone.group_key)
        assert phone.key != tablet.key
        assert phone.group_key == tablet.group_key
        assert claims_of(phone.access_token)["device_key"] == phone.key
        assert "device_key" not in claims_of(phone.tokens["IdToken"])

    def test_srp_gives_one_too(self, scene: Scene) -> None:
        result = scene.srp().authenticate_user()["AuthenticationResult"]
        assert claims_of(result["AccessToken"])["device_key"] == result["NewDeviceMetadata"]["DeviceKey"]

    def test_a_pool_that_does_not_track_gives_none(self, untracked: Scene) -> None:
        for key in ("", f"us-east-1_{uuid4()}"):
            result = untracked.password(DEVICE_KEY=key)["AuthenticationResult"]
            assert "NewDeviceMetadata" not in result
            assert "device_key" not in claims_of(result["AccessToken"])
            untracked.refresh(result)

    def test_an_operators_sign_in_begins_none(self, scene: Scene) -> None:
        result = scene.operator.admin_initiate_auth(
            UserPoolId=scene.pool_id,
            ClientId=scene.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": scene.user.username, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        assert "NewDeviceMetadata" not in result
        assert "device_key" not in claims_of(result["AccessToken"])
        assert "device_key" not in claims_of(scene.refresh(result)["AccessToken"])


class TestConfirm:
    def test_a_device_is_tracked_and_remembered_at_once(self, scene: Scene, clock: Clock) -> None:
        phone = scene.new_phone()
        signed_in_at = clock.now
        clock.advance(seconds=5)
        assert scene.confirm(phone, DeviceName="Ada's phone") is False
        device = scene.get(phone)
        assert device["DeviceKey"] == phone.key
        owner = f"{scene.user.username}.{scene.pool_id}"
        assert device["DeviceAttributes"] == {
            "device_status": "valid",
            "device_name": "Ada's phone",
            "dev:device_arn": f"arn:aws:cognito-idp:us-east-1:123456789012:owner/{owner}/device/{phone.key}",
            "dev:device_owner": owner,
            "last_ip_used": "127.0.0.1",
            "dev:device_remembered_status": "remembered",
        }
        assert device["DeviceCreateDate"].timestamp() * 1_000 == pytest.approx(clock.now)
        assert device["DeviceLastModifiedDate"] == device["DeviceCreateDate"]
        assert device["DeviceLastAuthenticatedDate"].timestamp() == signed_in_at // 1_000

    def test_a_user_may_have_to_be_asked(self, opt_in: Scene) -> None:
        phone = opt_in.new_phone()
        assert opt_in.confirm(phone) is True
        assert opt_in.get(phone)["DeviceAttributes"]["dev:device_remembered_status"] == "not_remembered"

    def test_only_the_key_of_the_callers_own_sign_in(self, scene: Scene) -> None:
        phone, tablet = scene.new_phone(), scene.new_phone()
        for key in (tablet.key, f"us-east-1_{uuid4()}"):
            call = scene.public.confirm_device
            assert refusal(call, AccessToken=phone.access_token, DeviceKey=key) == NOT_THIS

    def test_only_once(self, scene: Scene) -> None:
        phone = scene.confirmed()
        assert refusal(lambda: scene.confirm(phone)) == ("DeviceKeyExistsException", "Device already exists.", 400)

    def test_a_device_without_a_secret_is_never_asked_to_prove_it(self, scene: Scene) -> None:
        phone = scene.new_phone()
        scene.public.confirm_device(AccessToken=phone.access_token, DeviceKey=phone.key)
        assert "device_name" not in scene.get(phone)["DeviceAttributes"]
        assert "AuthenticationResult" in scene.password(DEVICE_KEY=phone.key)

    @pytest.mark.parametrize(
        "change",
        [
            {"PasswordVerifier": ""},
            {"PasswordVerifier": "AA=="},
            {"PasswordVerifier": "AQ=="},
            {"PasswordVerifier": base64.b64encode(b"\xff" * 384).decode()},
            {"PasswordVerifier": base64.b64encode(b"\x01" + bytes(400)).decode()},
            {"PasswordVerifier": "no base64"},
            {"Salt": ""},
            {"Salt": "é"},
            {"Salt": base64.b64encode(b"\x01" * 65).decode()},
        ],
    )
    def test_a_secret_that_proves_nothing(self, scene: Scene, change: dict[str, str]) -> None:
        phone = scene.new_phone()
        error = refusal(lambda: scene.confirm(phone, DeviceSecretVerifierConfig={**phone.config, **change}))
        assert error == ("InvalidParameterException", "Invalid device secret verifier config.", 400)

    def test_only_a_part_of_a_secret(self, scene: Scene) -> None:
        phone = scene.new_phone()
        for member in ("Salt", "PasswordVerifier"):
            config = {member: phone.config[member]}
            error = refusal(lambda config=config: scene.confirm(phone, DeviceSecretVerifierConfig=config))
            assert error[0] == "InvalidParameterException"

    def test_neither_secret_nor_verifier_is_stored_in_clear(self, scene: Scene, resources: Resources) -> None:
        phone = scene.confirmed()
        with resources.database.read() as db:
            row = db.execute(select(Device).where(Device.pool_id == scene.pool_id)).one()
        verifier = base64.b64decode(phone.config["PasswordVerifier"]).lstrip(b"\0")
        assert verifier not in row.sealed_verifier
        assert bytes.fromhex(row.salt) == base64.b64decode(phone.config["Salt"])


class TestOperations:
    def test_a_user_sees_what_is_remembered(self, opt_in: Scene) -> None:
        phone, tablet = opt_in.confirmed(), opt_in.confirmed()
        token = phone.access_token
        assert opt_in.public.list_devices(AccessToken=token)["Devices"] == []
        opt_in.public.update_device_status(AccessToken=token, DeviceKey=tablet.key, DeviceRememberedStatus="remembered")
        listed = opt_in.public.list_devices(AccessToken=token, Limit=0)
        assert [device["DeviceKey"] for device in listed["Devices"]] == [tablet.key]
        assert attributes(listed["Devices"][0]) == {"device_status": "valid", "last_ip_used": "127.0.0.1"}
        assert "PaginationToken" not in listed
        for device in (phone, tablet):
            found = opt_in.public.get_device(AccessToken=token, DeviceKey=device.key)["Device"]
            assert found["DeviceKey"] == device.key
        everything = opt_in.operator.admin_list_devices(UserPoolId=opt_in.pool_id, Username=opt_in.user.username)
        statuses = {one["DeviceKey"]: attributes(one)["dev:device_remembered_status"] for one in everything["Devices"]}
        assert statuses == {phone.key: "not_remembered", tablet.key: "remembered"}

    def test_a_status_changes_the_date_of_change(self, scene: Scene, clock: Clock) -> None:
        phone = scene.confirmed()
        before = scene.get(phone)
        clock.advance(minutes=1)
        scene.public.update_device_status(
            AccessToken=phone.access_token, DeviceKey=phone.key, DeviceRememberedStatus="not_remembered"
        )
        after = scene.get(phone)
        assert after["DeviceAttributes"]["dev:device_remembered_status"] == "not_remembered"
        assert (after["DeviceLastModifiedDate"] - before["DeviceLastModifiedDate"]).total_seconds() == 60
        assert after["DeviceCreateDate"] == before["DeviceCreateDate"]

    def test_without_a_status_nothing_changes(self, scene: Scene) -> None:
        phone = scene.confirmed()
        before = scene.get(phone)
        scene.public.update_device_status(AccessToken=phone.access_token, DeviceKey=phone.key)
        assert scene.get(phone) == before

    def test_pages(self, scene: Scene) -> None:
        phones = [scene.confirmed() for _ in range(5)]
        keys = sorted(phone.key for phone in phones)
        for call, who in (
            (scene.operator.admin_list_devices, {"UserPoolId": scene.pool_id, "Username": scene.user.username}),
            (scene.public.list_devices, {"AccessToken": phones[0].access_token}),
        ):
            found: list[str] = []
            token: dict[str, str] = {}
            sizes = []
            while True:
                page = call(**who, Limit=2, **token)
                sizes.append(len(page["Devices"]))
                found += [device["DeviceKey"] for device in page["Devices"]]
                if "PaginationToken" not in page:
                    break
                token = {"PaginationToken": page["PaginationToken"]}
            assert (found, sizes) == (keys, [2, 2, 1])

    def test_a_page_of_somebody_else(self, scene: Scene) -> None:
        phones = [scene.confirmed() for _ in range(2)]
        token = scene.public.list_devices(AccessToken=phones[0].access_token, Limit=1)["PaginationToken"]
        other = scene.new_phone(scene.make.user(scene.pool_id))
        error = refusal(scene.public.list_devices, AccessToken=other.access_token, PaginationToken=token)
        assert error[:2] == ("InvalidParameterException", "Invalid pagination token")

    def test_anothers_device_is_none(self, scene: Scene) -> None:
        phone = scene.confirmed()
        other = scene.make.user(scene.pool_id)
        stranger = {"AccessToken": scene.new_phone(other).access_token, "DeviceKey": phone.key}
        assert refusal(scene.public.get_device, **stranger) == GONE
        assert refusal(scene.public.forget_device, **stranger) == GONE
        status = {"DeviceRememberedStatus": "remembered"}
        assert refusal(scene.public.update_device_status, **stranger, **status) == GONE
        named = {"UserPoolId": scene.pool_id, "Username": other.username, "DeviceKey": phone.key}
        assert refusal(scene.operator.admin_get_device, **named) == GONE
        assert refusal(scene.operator.admin_forget_device, **named) == GONE
        assert refusal(scene.operator.admin_update_device_status, **named, **status) == GONE
        assert refusal(lambda: scene.password(other, DEVICE_KEY=phone.key)) == GONE
        assert scene.get(phone)["DeviceKey"] == phone.key

    def test_a_user_that_does_not_exist(self, scene: Scene) -> None:
        named = {"UserPoolId": scene.pool_id, "Username": "nobody"}
        gone = ("UserNotFoundException", "User does not exist.", 400)
        assert refusal(scene.operator.admin_list_devices, **named) == gone
        for call in ("admin_get_device", "admin_forget_device", "admin_update_device_status"):
            assert refusal(getattr(scene.operator, call), **named, DeviceKey=f"us-east-1_{uuid4()}") == gone

    def test_a_token_is_needed(self, scene: Scene) -> None:
        for call in (scene.public.get_device, scene.public.forget_device):
            error = refusal(call, DeviceKey=f"us-east-1_{uuid4()}")
            assert error == ("InvalidParameterException", "Missing required parameter AccessToken", 400)

    def test_a_pool_that_does_not_track(self, untracked: Scene) -> None:
        mine = {"AccessToken": untracked.password()["AuthenticationResult"]["AccessToken"]}
        named = {"UserPoolId": untracked.pool_id, "Username": untracked.user.username}
        key = {"DeviceKey": f"us-east-1_{uuid4()}"}
        assert refusal(untracked.public.list_devices, **mine) == OFF
        assert refusal(untracked.operator.admin_list_devices, **named) == OFF
        for name in ("confirm_device", "get_device", "forget_device", "update_device_status"):
            assert refusal(getattr(untracked.public, name), **mine, **key) == OFF
        for name in ("admin_get_device", "admin_forget_device", "admin_update_device_status"):
            assert refusal(getattr(untracked.operator, name), **named, **key) == OFF


class TestRefresh:
    def test_needs_the_device_that_got_the_tokens(self, scene: Scene) -> None:
        phone, tablet = scene.confirmed(), scene.confirmed()
        for parameters in ({}, {"DEVICE_KEY": tablet.key}, {"DEVICE_KEY": ""}, {"DEVICE_KEY": "x" * 5_000}):
            assert refusal(lambda parameters=parameters: scene.refresh(phone.tokens, **parameters)) == NO_REFRESH
        result = scene.refresh(phone.tokens, DEVICE_KEY=phone.key)
        assert claims_of(result["AccessToken"])["device_key"] == phone.key
        assert "NewDeviceMetadata" not in result

    def test_get_tokens_from_refresh_token(self, scene: Scene) -> None:
        phone = scene.confirmed()
        given = {"ClientId": scene.client_id, "RefreshToken": phone.tokens["RefreshToken"]}
        call = scene.public.get_tokens_from_refresh_token
        assert refusal(call, **given) == NO_REFRESH
        assert refusal(call, **given, DeviceKey=f"us-east-1_{uuid4()}") == NO_REFRESH
        result = call(**given, DeviceKey=phone.key)["AuthenticationResult"]
        assert claims_of(result["AccessToken"])["device_key"] == phone.key

    def test_with_rotation(self, make: Factory, operator: Any, public: Any) -> None:
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
        flows = ["ALLOW_USER_PASSWORD_AUTH"]
        scene = Scene(make, operator, public, RefreshTokenRotation=rotation, ExplicitAuthFlows=flows)
        phone = scene.confirmed()
        call, client = public.get_tokens_from_refresh_token, {"ClientId": scene.client_id}
        first = phone.tokens["RefreshToken"]
        assert refusal(call, **client, RefreshToken=first) == NO_REFRESH
        second = call(**client, RefreshToken=first, DeviceKey=phone.key)["AuthenticationResult"]["RefreshToken"]
        assert refusal(call, **client, RefreshToken=second) == NO_REFRESH
        # A token that was replaced gives its thief away with and without the device.
        assert refusal(call, **client, RefreshToken=first)[0] == "RefreshTokenReuseException"
        assert refusal(call, **client, RefreshToken=second, DeviceKey=phone.key)[0] == "NotAuthorizedException"

    def test_the_token_endpoint_refuses(self, scene: Scene, http: httpx.Client) -> None:
        phone = scene.confirmed()
        form = {
            "grant_type": "refresh_token",
            "client_id": scene.client_id,
            "refresh_token": phone.tokens["RefreshToken"],
            "device_key": phone.key,
        }
        reply = http.post(f"/{scene.pool_id}/oauth2/token", data=form)
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")

    def test_once_tracking_is_off_no_device_is_asked_for(self, scene: Scene) -> None:
        phone = scene.confirmed()
        scene.operator.update_user_pool(UserPoolId=scene.pool_id)
        result = scene.refresh(phone.tokens)
        assert claims_of(result["AccessToken"])["device_key"] == phone.key

    def test_tokens_from_before_tracking_need_none(self, untracked: Scene) -> None:
        tokens = untracked.password()["AuthenticationResult"]
        untracked.operator.update_user_pool(UserPoolId=untracked.pool_id, DeviceConfiguration=ALWAYS)
        assert "device_key" not in claims_of(untracked.refresh(tokens)["AccessToken"])


class TestForget:
    def test_ends_refreshing_for_the_device_alone(self, scene: Scene) -> None:
        phone, tablet = scene.confirmed(), scene.confirmed()
        later = scene.prove(phone)["AuthenticationResult"]
        scene.public.forget_device(AccessToken=phone.access_token, DeviceKey=phone.key)
        for tokens in (phone.tokens, later):
            for parameters in ({"DEVICE_KEY": phone.key}, {"DEVICE_KEY": ""}, {}):
                call = lambda tokens=tokens, parameters=parameters: scene.refresh(tokens, **parameters)  # noqa: E731
                assert refusal(call) == NO_REFRESH
        scene.refresh(tablet.tokens, DEVICE_KEY=tablet.key)
        # The access token is good to its end, and the refresh token may still be revoked.
        assert scene.public.get_user(AccessToken=phone.access_token)["Username"] == scene.user.username
        scene.public.revoke_token(ClientId=scene.client_id, Token=phone.tokens["RefreshToken"])
        error = refusal(scene.public.get_user, AccessToken=phone.access_token)
        assert error[1] == "Access Token has been revoked"

    def test_nothing_is_left_of_it(self, scene: Scene) -> None:
        phone = scene.confirmed()
        scene.operator.admin_forget_device(UserPoolId=scene.pool_id, Username=scene.user.username, DeviceKey=phone.key)
        assert refusal(lambda: scene.get(phone)) == GONE
        assert refusal(lambda: scene.set_status(phone, "remembered")) == GONE
        assert refusal(lambda: scene.password(DEVICE_KEY=phone.key)) == GONE
        listed = scene.operator.admin_list_devices(UserPoolId=scene.pool_id, Username=scene.user.username)
        assert listed["Devices"] == []
        error = refusal(
            scene.operator.admin_forget_device,
            UserPoolId=scene.pool_id,
            Username=scene.user.username,
            DeviceKey=phone.key,
        )
        assert error == GONE

    def test_even_where_tracking_is_off_later(self, scene: Scene) -> None:
        phone = scene.confirmed()
        scene.public.forget_device(AccessToken=phone.access_token, DeviceKey=phone.key)
        scene.operator.update_user_pool(UserPoolId=scene.pool_id)
        assert refusal(lambda: scene.refresh(phone.tokens, DEVICE_KEY=phone.key)) == NO_REFRESH

    def test_an_access_token_cannot_bring_it_back(self, scene: Scene, resources: Resources, clock: Clock) -> None:
        phone = scene.confirmed()
        scene.operator.admin_forget_device(UserPoolId=scene.pool_id, Username=scene.user.username, DeviceKey=phone.key)
        assert refusal(lambda: scene.confirm(phone)) == NOT_THIS

        def stones() -> int:
            count = select(func.count()).select_from(Device).where(Device.pool_id == scene.pool_id)
            with resources.database.read() as db:
                return db.execute(count).scalar_one()

        expire_rows(scene.make.work())
        assert stones() == 1
        clock.advance(ms=TOMBSTONE_MS + 1)
        expire_rows(scene.make.work())
        assert stones() == 0

    def test_devices_go_with_their_user(self, scene: Scene, resources: Resources) -> None:
        scene.asked(scene.confirmed())
        scene.operator.admin_delete_user(UserPoolId=scene.pool_id, Username=scene.user.username)
        with resources.database.read() as db:
            for table in (Device, DeviceSession):
                count = select(func.count()).select_from(table).where(table.pool_id == scene.pool_id)
                assert db.execute(count).scalar_one() == 0


def test_the_operators_operations_are_signed(server: InProcessServer, scene: Scene) -> None:
    stranger = server.boto_client("cognito-idp", ("AKIAUNKNOWNUNKNOWNUN", secrets.token_hex(16)))
    error = refusal(stranger.admin_list_devices, UserPoolId=scene.pool_id, Username=scene.user.username)
    assert error[0] == "UnrecognizedClientException"
    elsewhere = server.boto_client("cognito-idp", ROOT_KEY, region="eu-west-1")
    error = refusal(elsewhere.admin_list_devices, UserPoolId=scene.pool_id, Username=scene.user.username)
    assert error[0] == "ResourceNotFoundException"
