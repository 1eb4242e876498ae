"""What every door needs of the process: resources, the bridge, and the making of `Work` from a request."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from app.flows.work import NOBODY, Caller, Resources, Work
from app.kit.settings import Settings
from app.web.bridge import Bridge
from app.web.headers import header_values


@dataclass(frozen=True, slots=True)
class House:
    """One for each process; `house_of` finds it from a request."""

    resources: Resources
    bridge: Bridge

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    def work(self, request: Request, caller: Caller = NOBODY, region: str = "") -> Work:
        """The work of one request. The edge has already settled its id and the address it came from."""
        return Work(
            resources=self.resources,
            now=self.resources.clock(),
            request_id=request.scope["request_id"],
            caller=caller,
            region=region or self.settings.region,
            source_ip=request.scope["source_ip"],
            user_agent="".join(header_values(request.scope["headers"], b"user-agent")[:1])[:1024],
        )


def base_path(request: Request) -> str:
    """The path of the base URL, "" at the root: a proxy in front of this server takes it off."""
    return urlsplit(house_of(request).settings.base_url).path.rstrip("/")


def browser_path(request: Request) -> str:
    """What stands before `/login` and `/oauth2/authorize` as the browser sees it, on the host that the request came to.

    Without a host: that is how a link or redirect stays where the browser is.
    """
    path: str = request.scope["pool_path"]
    return base_path(request) + path if path else ""


def house_of(request: Request) -> House:
    """The house that serves a request."""
    house: House = request.scope["house"]
    return house
