"""What tests of sign-in share: asking and answering as a client does."""

from typing import Any

from tests.factories import MadeUser


class SigningIn:
    """A client, and the user who signs in there unless a test names another."""

    public: Any
    client_id: str
    user: MadeUser

    def initiate(
        self, flow: str, username: str | None = None, client_id: str | None = None, **parameters: str
    ) -> dict[str, Any]:
        """InitiateAuth."""
        answer: dict[str, Any] = self.public.initiate_auth(
            ClientId=client_id or self.client_id,
            AuthFlow=flow,
            AuthParameters={"USERNAME": username or self.user.username, **parameters},
        )
        return answer

    def respond(self, challenge: dict[str, Any], client_id: str | None = None, **responses: str) -> dict[str, Any]:
        """RespondToAuthChallenge to what was asked, with its session if it has one."""
        answer: dict[str, Any] = self.public.respond_to_auth_challenge(
            ClientId=client_id or self.client_id,
            ChallengeName=challenge["ChallengeName"],
            ChallengeResponses={"USERNAME": self.user.username, **responses},
            **({"Session": challenge["Session"]} if "Session" in challenge else {}),
        )
        return answer
