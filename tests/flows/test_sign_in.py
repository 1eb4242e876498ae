"""The sign-in engine below the doors: the pages' way in, races, upgrades, what is recorded, what is never skipped."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP
from sqlalchemy import event, select

from app.core import credentials, pools
from app.core.credentials import NewPassword, Password
from app.db.tables.audit import AuditEvent
from app.flows import sign_in
from app.flows.challenge_session import ChallengeSession, open_session, seal_session
from app.flows.challenge_steps import Registry, load_registry
from app.flows.continue_sign_in import REGISTRY, Challenge, SignedIn
from app.flows.issue_tokens import issue_for_sign_in
from app.flows.snapshots import ClientSnapshot
from app.flows.usage import UsageBuffer
from app.flows.work import Resources, Work
from app.kit.errors import (
    AppError,
    InvalidParameterException,
    NotAuthorizedException,
    UnexpectedLambdaException,
)
from app.kit.hashing import PasswordHasher
from app.web.aws.registry import cognito_idp
from tests.factories import PASSWORD, Factory, MadeUser


class CountingHasher(PasswordHasher):
    """Counts how many passwords are compared."""

    def __init__(self) -> None:
        super().__init__(memory_kib=8, time_cost=1, parallelism=1, slots=4)
        self.compared = 0

    def verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        self.compared += 1
        return super().verify(pool_id, password_hash, password)


class Scene:
    """A pool with a client and a user, and work of its own for each request."""

    def __init__(self, make: Factory, resources: Resources, operator: Any, **client: Any) -> None:
        self.operator = operator
        self.hasher = CountingHasher()
        self.resources = replace(resources, hasher=self.hasher)
        self.pool_id = make.pool()
        self.client_id: str = make.client(self.pool_id, **client)["ClientId"]
        self.user = make.user(self.pool_id)

    @property
    def client(self) -> ClientSnapshot:
        return self.resources.snapshots.client(self.client_id)

    def work(self) -> Work:
        return Work(self.resources, self.resources.clock(), "request", source_ip="192.0.2.1")

    def password(self, password: str, **options: Any) -> Challenge | SignedIn:
        parameters = {"USERNAME": self.user.username, "PASSWORD": password}
        return self._settled(sign_in.start(self.work(), self.client, "USER_PASSWORD_AUTH", parameters, **options))

    def exchange(self, username: str, password: str) -> tuple[AWSSRP, Challenge]:
        srp = AWSSRP(username, password, self.pool_id, self.client_id, client=object())
        begun = sign_in.start(self.work(), self.client, "USER_SRP_AUTH", srp.get_auth_params())
        assert isinstance(begun, Challenge)
        return srp, begun

    def proof(self, username: str, password: str) -> dict[str, str]:
        """ChallengeResponses that answer PASSWORD_VERIFIER."""
        srp, begun = self.exchange(username, password)
        responses: dict[str, str] = srp.process_challenge(begun.parameters, srp.get_auth_params())
        return responses

    def prove(self, responses: dict[str, str]) -> Challenge | SignedIn:
        return self._settled(sign_in.answer(self.work(), self.client, "PASSWORD_VERIFIER", None, responses))

    def _settled(self, result: Challenge | SignedIn) -> Challenge | SignedIn:
        """As where tokens are issued."""
        if isinstance(result, SignedIn):
            with self.work().write() as db:
                result.settle(db)
        return result

    def stored(self) -> Password:
        with self.resources.database.read() as db:
            found = credentials.find_password(db, self.pool_id, self.user.sub)
        assert found is not None
        return found

    def verifier(self) -> bytes | None:
        return credentials.open_verifier(self.resources.keyring, self.pool_id, self.user.sub, self.stored())

    def store(self, new: NewPassword) -> None:
        with self.resources.database.write() as db:
            credentials.set_password(
                db, self.resources.keyring, self.pool_id, self.user.sub, new, expires_at=None, history_size=0, now=1
            )

    def audited(self, *kinds: str) -> list[Any]:
        with self.resources.database.read() as db:
            statement = select(AuditEvent).where(AuditEvent.pool_id == self.pool_id, AuditEvent.kind.in_(kinds))
            return list(db.execute(statement))


@pytest.fixture
def scene(make: Factory, resources: Resources, operator: Any) -> Scene:
    return Scene(make, resources, operator)


@pytest.fixture
def hiding(make: Factory, resources: Resources, operator: Any) -> Scene:
    return Scene(make, resources, operator, PreventUserExistenceErrors="ENABLED")


def _outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except AppError as error:
        return error.message
    return "success"


class TestPages:
    def test_sign_in_whatever_flows_the_client_allows(self, make: Factory, resources: Resources, operator: Any) -> None:
        flows = ["ALLOW_REFRESH_TOKEN_AUTH"]
        scene = Scene(make, resources, operator, ExplicitAuthFlows=flows, GenerateSecret=True)
        parameters = {"USERNAME": scene.user.username, "PASSWORD": PASSWORD}
        result = sign_in.start(scene.work(), scene.client, "PASSWORD", parameters, door="pages")
        assert isinstance(result, SignedIn)
        assert result.user.sub == scene.user.sub
        assert result.authentication.amr == ("pwd",)

    def test_hide_existence_always(self, scene: Scene) -> None:
        with pytest.raises(NotAuthorizedException, match="Incorrect username or password"):
            sign_in.start(scene.work(), scene.client, "PASSWORD", {"USERNAME": "nobody", "PASSWORD": "x"}, door="pages")

    def test_their_flow_is_not_the_apis(self, scene: Scene) -> None:
        with pytest.raises(InvalidParameterException, match="not supported"):
            sign_in.start(scene.work(), scene.client, "PASSWORD", {"USERNAME": "x", "PASSWORD": "x"})

    def test_an_empty_name_is_refused(self, scene: Scene) -> None:
        with pytest.raises(InvalidParameterException):
            sign_in.start(scene.work(), scene.client, "PASSWORD", {"USERNAME": "", "PASSWORD": "x"}, door="pages")

    def test_a_new_password_without_naming_the_user(self, scene: Scene) -> None:
        user = _invite(scene)
        parameters = {"USERNAME": user.username, "PASSWORD": user.password}
        begun = sign_in.start(scene.work(), scene.client, "PASSWORD", parameters, door="pages")
        assert isinstance(begun, Challenge)
        answer = {"NEW_PASSWORD": "My-Own-Horse-9"}
        # The session stays behind its door: the API would give tokens without OAuth's consent and scopes.
        with pytest.raises(NotAuthorizedException, match="Invalid session"):
            sign_in.answer(scene.work(), scene.client, begun.name, begun.session, answer | {"USERNAME": user.username})
        result = sign_in.answer(scene.work(), scene.client, begun.name, begun.session, answer, door="pages")
        assert isinstance(result, SignedIn)


def _invite(scene: Scene) -> MadeUser:
    scene.operator.admin_create_user(
        UserPoolId=scene.pool_id, Username="invited", TemporaryPassword="Temporary-1", MessageAction="SUPPRESS"
    )
    return MadeUser("invited", "", "Temporary-1")


class TestUpgrade:
    def test_other_hash_parameters(self, scene: Scene) -> None:
        old = PasswordHasher(memory_kib=16, time_cost=1, parallelism=1, slots=1).hash("pool", PASSWORD)
        before, verifier = scene.stored(), scene.verifier()
        scene.store(NewPassword(old, before.srp_identity, before.srp_salt, verifier))
        scene.password(PASSWORD)
        after = scene.stored()
        assert after.hash != old
        assert not scene.hasher.needs_rehash(after.hash)
        assert (after.srp_salt, scene.verifier()) == (before.srp_salt, verifier)
        scene.password(PASSWORD)
        assert scene.stored() == after

    def test_a_missing_verifier_is_made_at_the_next_plain_sign_in(self, scene: Scene) -> None:
        scene.store(NewPassword(scene.stored().hash))
        assert _outcome(lambda: scene.prove(scene.proof(scene.user.username, PASSWORD))) == (
            "Incorrect username or password."
        )
        scene.password(PASSWORD)
        assert isinstance(scene.prove(scene.proof(scene.user.username, PASSWORD)), SignedIn)

    def test_no_verifier_where_the_pool_has_no_srp(self, scene: Scene) -> None:
        with scene.resources.database.write() as db:
            pools.update_settings(db, scene.pool_id, {"Srp": "DISABLED"}, 1)
        scene.resources.snapshots.forget([scene.pool_id])
        scene.store(NewPassword(scene.stored().hash))
        scene.password(PASSWORD)
        assert scene.stored().sealed_verifier is None

    def test_a_password_changed_meanwhile_stays(self, scene: Scene) -> None:
        known = scene.stored()
        scene.store(NewPassword("another"))
        with scene.resources.database.write() as db:
            done = credentials.upgrade_password(
                db, scene.resources.keyring, scene.pool_id, scene.user.sub, known, NewPassword("better")
            )
        assert not done
        assert scene.stored().hash == "another"


class TestHistory:
    def test_keeps_the_last_ones(self, scene: Scene) -> None:
        keyring, sub = scene.resources.keyring, scene.user.sub
        with scene.resources.database.write() as db:
            for number in range(6):
                credentials.set_password(
                    db,
                    keyring,
                    scene.pool_id,
                    sub,
                    NewPassword(f"hash {number}"),
                    expires_at=None,
                    history_size=3,
                    now=7,
                )
            assert credentials.previous_hashes(db, scene.pool_id, sub, 3) == ["hash 5", "hash 4", "hash 3"]
            assert credentials.previous_hashes(db, scene.pool_id, sub, 9) == ["hash 5", "hash 4", "hash 3", "hash 2"]
            assert credentials.previous_hashes(db, scene.pool_id, sub, 0) == []


class TestTriggers:
    @pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication"])
    def test_are_never_skipped(self, scene: Scene, trigger: str) -> None:
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, LambdaConfig={trigger: "arn:aws:lambda:us-east-1:123456789012:function:f"}
        )
        with pytest.raises(UnexpectedLambdaException, match=trigger):
            scene.password(PASSWORD)

    def test_migration_is_asked_for_unknown_users_only(self, scene: Scene) -> None:
        scene.operator.update_user_pool(
            UserPoolId=scene.pool_id, LambdaConfig={"UserMigration": "arn:aws:lambda:us-east-1:123456789012:function:f"}
        )
        assert isinstance(scene.password(PASSWORD), SignedIn)
        with pytest.raises(UnexpectedLambdaException, match="UserMigration"):
            sign_in.start(scene.work(), scene.client, "USER_PASSWORD_AUTH", {"USERNAME": "nobody", "PASSWORD": "x"})


class TestAudit:
    def test_success_and_failure_are_recorded_without_secrets(self, scene: Scene) -> None:
        scene.password(PASSWORD)
        _outcome(lambda: scene.password("Wrong-Guess-1"))
        success, failure = scene.audited("sign_in.success")[0], scene.audited("sign_in.failure")[0]
        assert (success.outcome, failure.outcome) == ("success", "failure")
        assert success.sub == failure.sub == scene.user.sub
        assert success.details["flow"] == "USER_PASSWORD_AUTH"
        assert failure.details["reason"] == "wrong_guess"
        assert failure.source_ip == "192.0.2.1"
        for text in (str(success), str(failure)):
            assert PASSWORD not in text
            assert "Wrong-Guess-1" not in text

    def test_what_is_refused_unread_goes_to_the_buffer(self, scene: Scene) -> None:
        usage = UsageBuffer(scene.resources.database)
        scene.resources = replace(scene.resources, usage=usage)
        for _ in range(7):
            _outcome(lambda: scene.password("wrong"))
        assert len(scene.audited("sign_in.failure")) == 5
        usage.flush()
        reasons = [event.details["reason"] for event in scene.audited("sign_in.failure")]
        assert sorted(reasons) == ["locked"] * 2 + ["wrong_guess"] * 5


class TestHiding:
    def test_an_unknown_name_costs_the_same_statements_and_hashes(self, hiding: Scene) -> None:
        def cost(username: str) -> tuple[list[str], int]:
            statements: list[str] = []
            here = threading.current_thread()

            def note(*arguments: Any) -> None:
                if threading.current_thread() is here:  # the configuration poll has a thread of its own
                    statements.append(arguments[2].split()[0])

            before = hiding.hasher.compared
            event.listen(hiding.resources.database.engine, "before_cursor_execute", note)
            try:
                parameters = {"USERNAME": username, "PASSWORD": "wrong"}
                _outcome(lambda: sign_in.start(hiding.work(), hiding.client, "USER_PASSWORD_AUTH", parameters))
                _outcome(lambda: hiding.prove(hiding.proof(username, "wrong")))
            finally:
                event.remove(hiding.resources.database.engine, "before_cursor_execute", note)
            return statements, hiding.hasher.compared - before

        hiding.resources.snapshots.poll()  # what it would drop later, in the middle of counting
        cost("somebody")  # fills the caches
        assert cost("nobody") == cost(hiding.user.username)

    def test_a_user_deleted_in_between(self, hiding: Scene) -> None:
        proof = hiding.proof(hiding.user.username, PASSWORD)
        hiding.operator.admin_delete_user(UserPoolId=hiding.pool_id, Username=hiding.user.username)
        assert _outcome(lambda: hiding.prove(proof)) == "Incorrect username or password."


class TestSession:
    def _session(self, pool_id: str) -> ChallengeSession:
        return ChallengeSession(
            session_id="s",
            pool_id=pool_id,
            client_id="c",
            challenge="X",
            sub="u",
            username="n",
            asked_name="n",
            is_known=1,
            flow="F",
            door="api",
            amr=("pwd",),
            passed=("Y",),
            event_id="e",
            expires_at=1_000,
            password_at=1,
            state={"k": "v"},
            options={"DEVICE_KEY": "d"},
        )

    def test_opens_to_what_was_sealed(self, scene: Scene) -> None:
        session = self._session(scene.pool_id)
        text = seal_session(scene.resources.keyring, session)
        assert open_session(scene.resources.keyring, text, 999) == session
        with pytest.raises(NotAuthorizedException, match="session is expired"):
            open_session(scene.resources.keyring, text, 1_000)

    def test_no_byte_may_change(self, scene: Scene) -> None:
        text = seal_session(scene.resources.keyring, self._session(scene.pool_id))
        for place in range(0, len(text) - 2, 3):
            changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
            with pytest.raises(NotAuthorizedException, match="Invalid session for the user"):
                open_session(scene.resources.keyring, changed, 1)

    @pytest.mark.parametrize("text", ["", "x", "=" * 40, "é" * 40, "A" * 5_000, "AQ=="])
    def test_nonsense(self, scene: Scene, text: str) -> None:
        with pytest.raises(NotAuthorizedException, match="Invalid session for the user"):
            open_session(scene.resources.keyring, text, 1)


class TestRegistry:
    def test_names_are_the_apis(self) -> None:
        shapes = cognito_idp.model["shapes"]
        assert set(REGISTRY.steps) <= set(shapes["ChallengeNameType"]["enum"])
        flows = {entry.flow for entry in REGISTRY.entries.values() if entry.doors != {"pages"}}
        assert flows <= set(shapes["AuthFlowType"]["enum"])

    def test_a_file_that_declares_nothing_is_refused(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(TypeError, match="declares neither"):
            self._load(tmp_path, monkeypatch, "idle_steps", empty="")

    def test_a_name_declared_twice_is_refused(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        source = "from app.flows.challenges.new_password import STEPS"
        with pytest.raises(TypeError, match="declared twice"):
            self._load(tmp_path, monkeypatch, "double_steps", one=source, two=source)

    def test_what_is_no_step_is_refused(self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(TypeError, match="tuple of Step"):
            self._load(tmp_path, monkeypatch, "wrong_steps", one="STEPS = ('x',)")

    def _load(self, folder: Any, monkeypatch: pytest.MonkeyPatch, name: str, **files: str) -> Registry:
        package = folder / name
        package.mkdir()
        for stem, source in files.items():
            (package / f"{stem}.py").write_text(source)
        monkeypatch.syspath_prepend(str(folder))
        module = ModuleType(name)
        module.__path__ = [str(package)]
        monkeypatch.setitem(sys.modules, name, module)
        return load_registry(module)


class TestParallel:
    """Run these on PostgreSQL too: POOLHOUSE_TEST_DATABASE=postgresql."""

    @pytest.mark.slow
    def test_a_thousand_guesses_compare_at_most_five(self, scene: Scene) -> None:
        with ThreadPoolExecutor(48) as threads:
            outcomes = list(threads.map(lambda _: _outcome(lambda: scene.password("wrong")), range(1_000)))
        assert scene.hasher.compared == 5
        assert outcomes.count("Incorrect username or password.") == 5
        assert outcomes.count("Password attempts exceeded") == 995

    @pytest.mark.slow
    def test_a_thousand_srp_guesses_compare_at_most_five(self, scene: Scene) -> None:
        proofs = [scene.proof(scene.user.username, "wrong") for _ in range(50)]
        with ThreadPoolExecutor(48) as threads:
            outcomes = list(threads.map(lambda turn: _outcome(lambda: scene.prove(proofs[turn % 50])), range(1_000)))
        assert outcomes.count("Incorrect username or password.") == 5
        assert len(scene.audited("sign_in.failure")) == 5

    @pytest.mark.slow
    def test_right_passwords_at_once_all_succeed(self, scene: Scene) -> None:
        with ThreadPoolExecutor(32) as threads:
            outcomes = list(threads.map(lambda _: _outcome(lambda: scene.password(PASSWORD)), range(200)))
        assert set(outcomes) == {"success"}

    @pytest.mark.slow
    def test_a_secret_block_used_at_once_issues_once(self, scene: Scene) -> None:
        proof = scene.proof(scene.user.username, PASSWORD)

        def issue() -> None:
            work, client = scene.work(), scene.client
            result = sign_in.answer(work, client, "PASSWORD_VERIFIER", None, proof)
            assert isinstance(result, SignedIn)
            issue_for_sign_in(work, client, result.user, result.authentication, settle=result.settle)

        with ThreadPoolExecutor(16) as threads:
            outcomes = list(threads.map(lambda _: _outcome(issue), range(64)))
        assert outcomes.count("success") == 1
        # Replays count as failed attempts, so the later ones may find the user locked.
        used = "Invalid session for the user, session can only be used once."
        assert set(outcomes) <= {"success", used, "Password attempts exceeded"}
        assert used in outcomes

    @pytest.mark.slow
    def test_a_new_password_session_used_at_once_succeeds_once(self, scene: Scene) -> None:
        user = _invite(scene)
        parameters = {"USERNAME": user.username, "PASSWORD": user.password}
        begun = sign_in.start(scene.work(), scene.client, "USER_PASSWORD_AUTH", parameters)
        assert isinstance(begun, Challenge)

        def respond(turn: int) -> str:
            responses = {"USERNAME": user.username, "NEW_PASSWORD": f"My-Own-Horse-{turn}"}
            return _outcome(lambda: sign_in.answer(scene.work(), scene.client, begun.name, begun.session, responses))

        with ThreadPoolExecutor(16) as threads:
            outcomes = list(threads.map(respond, range(32)))
        assert outcomes.count("success") == 1
