"""The routes of the OAuth door."""

from app.web.edge import Route


def routes() -> list[Route]:
    """Every path of the door."""
    return []
