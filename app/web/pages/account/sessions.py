"""/account/sessions: where the user is signed in, and the devices that are remembered."""

from collections.abc import Sequence

from starlette.responses import Response

from app.core.devices import Device as KnownDevice
from app.flows.account_overview import list_devices
from app.flows.account_sessions import end_own_session, list_own_sessions, sign_out_everywhere
from app.flows.remember_devices import forget_device
from app.flows.user_sessions import UserSession
from app.kit.errors import ResourceNotFoundException
from app.kit.user_agents import device_name
from app.web.cookies import sign_browser_out
from app.web.pages import account_places as places
from app.web.pages import next as steps
from app.web.pages.account.contexts import AccountContext, Device, Session, SessionsPage
from app.web.pages.account.endpoint import Values
from app.web.pages.account.texts import iso, moment
from app.web.pages.account.visits import AccountVisit
from app.web.pages.contexts import PageError


class Sessions:
    """Both lists. Signing out elsewhere needs no recent sign-in: whoever loses a device must be quick."""

    place = places.SESSIONS
    inputs = frozenset[str]()

    def needs_fresh(self, _: Values | None) -> bool:
        """Never."""
        return False

    def show(self, visit: AccountVisit, _: Values, errors: Sequence[PageError]) -> AccountContext | Response:
        """The lists, this browser first."""
        return SessionsPage(
            **visit.frame(),
            form=visit.form(places.SESSIONS),
            errors=errors,
            sessions=[_session(visit, one) for one in list_own_sessions(visit.work, visit.account)],
            devices=[_device(visit, one) for one in list_devices(visit.work, visit.account)],
            shows_devices=visit.pool.device_configuration is not None,
        )

    def submit(self, visit: AccountVisit, form: Values) -> Response | Sequence[PageError]:
        """Ends a session or all of them, or forgets a device. What is gone already needs neither."""
        try:
            match form.get("submit"):
                case "everywhere":
                    sign_out_everywhere(visit.work, visit.account)
                    return _signed_out(visit)
                case "forget":
                    forget_device(visit.work, visit.pool, visit.account.user, form.get("device", ""))
                    return visit.go(places.SESSIONS, "device_forgotten")
                case _:
                    return _end(visit, form.get("session", ""))
        except ResourceNotFoundException:
            return visit.go(places.SESSIONS)


def _end(visit: AccountVisit, session_id: str) -> Response:
    end_own_session(visit.work, visit.account, session_id)
    is_here = session_id == visit.account.session.session_id
    return _signed_out(visit) if is_here else visit.go(places.SESSIONS, "session_ended")


def _signed_out(visit: AccountVisit) -> Response:
    response = visit.go(steps.SIGNED_OUT)
    sign_browser_out(response, visit.work.settings, visit.pool.pool_id)
    return response


def _session(visit: AccountVisit, session: UserSession) -> Session:
    return Session(
        session_id=session.session_id,
        is_app=session.kind == "TOKEN",
        app=_app_name(visit, session.client_id),
        device=device_name(session.user_agent, visit.locale),
        place=session.source_ip,
        last_active=moment(session.last_active_at, visit.locale),
        last_active_iso=iso(session.last_active_at),
        is_current=session.is_current,
    )


def _device(visit: AccountVisit, device: KnownDevice) -> Device:
    return Device(
        device_key=device.device_key,
        name=device.name or "",
        place=device.last_ip,
        last_used=moment(device.last_authenticated_at, visit.locale),
        last_used_iso=iso(device.last_authenticated_at),
        is_remembered=device.is_remembered,
    )


def _app_name(visit: AccountVisit, client_id: str | None) -> str:
    try:
        return visit.work.snapshots.client(client_id).client.name if client_id else ""
    except ResourceNotFoundException:
        return ""
