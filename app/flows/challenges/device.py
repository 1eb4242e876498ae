"""DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a remembered device proves the secret that its client keeps, by SRP.

The group is the DeviceGroupKey, the identity the DeviceKey. Some clients answer DEVICE_SRP_AUTH without its Session, so that is
kept for them; it is theirs by user, device and app client, and only a right claim gains anything by it.
"""

from app.core import devices, users
from app.core.devices import DeviceSecret, WaitingSession
from app.flows import srp_exchange
from app.flows.challenge_session import ChallengeSession, invalid_session
from app.flows.challenge_steps import Asked, Outcome, Passed, SignIn, Step, Values, check_guess, required
from app.flows.device_challenge import OPTION
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers.pre_token_generation import AUTHENTICATE_DEVICE
from app.flows.work import Work

_ASKED, _VERIFIER = "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"
_STATE = "device"
_GUESS = "sign_in_device"


def ask_for_device(sign_in: SignIn, _: Values) -> Asked:
    """Asks the device that the sign-in names."""
    state = {_STATE: sign_in.options[OPTION]}
    return Asked(
        _ASKED,
        {},
        state,
        lifetime_ms=srp_exchange.LIFETIME_MS,
        store=lambda session, text: _keep(sign_in, session, text),
    )


def begin_with_device(sign_in: SignIn, responses: Values) -> Outcome:
    """Answers the device's A with salt and B."""
    key = _asked_device(sign_in, responses)
    client_public = srp_exchange.client_public(responses)
    secret = _secret(sign_in, key)
    public, state = srp_exchange.begin(client_public, secret.verifier)
    return Asked(
        _VERIFIER,
        {"SALT": secret.salt, "SRP_B": public, "USERNAME": sign_in.candidate.username, OPTION: key},
        {**state, _STATE: key},
        carried_in=srp_exchange.CARRIER,
        lifetime_ms=srp_exchange.LIFETIME_MS,
    )


def verify_device(sign_in: SignIn, responses: Values) -> Outcome:
    """Checks that the device has the same session key, hence the secret. It is no authentication method of its own."""
    key = _asked_device(sign_in, responses)
    claim = srp_exchange.claim_of(responses)
    secret, group = _secret(sign_in, key), devices.group_key(sign_in.pool.pool_id)
    guess = check_guess(
        sign_in, lambda: srp_exchange.is_right(sign_in, claim, group, key, secret.verifier), kind=_GUESS
    )
    return Passed(_VERIFIER, (), guess, trigger_source=AUTHENTICATE_DEVICE)


def recall_session(work: Work, client: ClientSnapshot, responses: Values) -> str | None:
    """The session of an open DEVICE_SRP_AUTH of USERNAME and DEVICE_KEY, which nobody else finds after this."""
    pool, name, key = client.pool, responses.get("USERNAME"), responses.get(OPTION)
    if not name or not key:
        return None
    with work.write() as db:
        user = users.find_user(db, pool, name)
        if user is None:
            return None
        return devices.take_session(db, pool.pool_id, client.client.client_id, user.sub, key, work.now)


def _keep(sign_in: SignIn, session: ChallengeSession, text: str) -> None:
    waiting = WaitingSession(
        session_id=session.session_id,
        sub=session.sub,
        device_key=session.state[_STATE],
        client_id=session.client_id,
        session=text,
        created_at=sign_in.work.now,
        expires_at=session.expires_at,
    )
    with sign_in.work.write() as db:
        devices.keep_session(db, session.pool_id, waiting)


def _asked_device(sign_in: SignIn, responses: Values) -> str:
    """DEVICE_KEY, which must be the device that was asked: another one may be worth less."""
    key = required(responses, OPTION)
    if sign_in.session is None or sign_in.session.state.get(_STATE) != key:
        raise invalid_session()
    return key


def _secret(sign_in: SignIn, key: str) -> DeviceSecret:
    work = sign_in.work
    with work.read() as db:
        secret = devices.find_secret(db, work.keyring, sign_in.pool.pool_id, sign_in.candidate.sub, key)
    if secret is None:
        raise devices.no_such_device()
    return secret


STEPS = (
    Step(_ASKED, begin_with_device, ask=ask_for_device, recall=recall_session),
    Step(_VERIFIER, verify_device, find_session=srp_exchange.find_session),
)
