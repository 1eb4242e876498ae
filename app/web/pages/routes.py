"""The routes of the hosted pages."""

from app.web.edge import Route


def routes() -> list[Route]:
    """Every path of the door."""
    return []
