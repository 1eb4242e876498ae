"""What every door needs of the process: resources, the bridge, and the making of `Work` from a request."""

from dataclasses import dataclass

from starlette.requests import Request

from app.flows.work import NOBODY, Caller, Resources, Work
from app.kit.settings import Settings
from app.web.bridge import Bridge


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
            user_agent=request.headers.get("user-agent", "")[:1024],
        )


def house_of(request: Request) -> House:
    """The house that serves a request."""
    house: House = request.scope["house"]
    return house
