"""What pages can do without is read as strictly as what they need, and what cannot be read is not there."""

import httpx
import pytest
from starlette.requests import Request

from app.flows.brand_pages import PICTURE_PATH, STYLE_PATH
from app.flows.customize_ui import LOGO_PATH
from app.web.forms import MAX_QUERY, lenient_query, query_value
from app.web.pages.own_files import OWN_PATH
from tests.factories import Factory

UNREADABLE = [b"client_id=%00", b"client_id=%ff", b"client_id=a&" + b"a&" * 20_000, b"client_id=" + b"a" * MAX_QUERY]


def _request(query: bytes) -> Request:
    return Request({"type": "http", "headers": [], "query_string": query})


def test_a_query_that_can_be_read() -> None:
    assert lenient_query(_request(b"lang=de&lang=fr&x=")) == (("lang", "de"), ("lang", "fr"), ("x", ""))
    assert query_value(_request(b"client_id=abc&x=1"), "client_id") == "abc"
    assert query_value(_request(b"client_id=abc&client_id=def"), "client_id") == ""
    assert query_value(_request(b"x=1"), "client_id") == ""


@pytest.mark.parametrize("query", UNREADABLE)
def test_a_query_that_cannot_be_read_says_nothing(query: bytes) -> None:
    assert lenient_query(_request(query)) == ()
    assert query_value(_request(query), "client_id") == ""


@pytest.mark.parametrize("query", [*UNREADABLE, b"client_id=%E2%80%AE", b"client_id=" + b"a" * 5_000])
@pytest.mark.parametrize("path", ["/error", "/signedout", "/nothing", OWN_PATH, LOGO_PATH, STYLE_PATH, PICTURE_PATH])
def test_no_query_breaks_a_page(http: httpx.Client, make: Factory, path: str, query: bytes) -> None:
    assert http.get(f"/{make.pool()}{path}?{query.decode()}").status_code in {200, 400, 404}
