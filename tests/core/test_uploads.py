"""What operators upload for browsers: pictures are what they say, and neither they nor style sheets can do anything."""

import base64
import time

import pytest

from app.core.uploads import SELECTORS, check_css, check_image, image_extension
from app.kit.errors import InvalidParameterException
from app.kit.segments import Segment

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
ICO = b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
# The picture of the API page of CreateManagedLoginBranding.
AWS_SVG = base64.b64decode(
    "PHN2ZyB3aWR0aD0iMjAwMDAiIGhlaWdodD0iNDAwIiB2aWV3Qm94PSIwIDAgMjAwMDAgNDAwIiBmaWxsPSJub25lIiB4bWxucz0iaHR0cDovL3d3"
    "dy53My5vcmcvMjAwMC9zdmciPgo8ZyBjbGlwLXBhdGg9InVybCgjY2xpcDBfMTcyNTlfMjM2Njc0KSI+CjxyZWN0IHdpZHRoPSIyMDAwMCIgaGVp"
    "Z2h0PSI0MDAiIGZpbGw9InVybCgjcGFpbnQwX2xpbmVhcl8xNzI1OV8yMzY2NzQpIi8+CjxwYXRoIGQ9Ik0wIDBIMjAwMDBWNDAwSDBWMFoiIGZp"
    "bGw9IiMxMjIwMzciIGZpbGwtb3BhY2l0eT0iMC41Ii8+CjwvZz4KPGRlZnM+CjxsaW5lYXJHcmFkaWVudCBpZD0icGFpbnQwX2xpbmVhcl8xNzI1"
    "OV8yMzY2NzQiIHgxPSItODk0LjI0OSIgeTE9IjE5OS45MzEiIHgyPSIxODAzNC41IiB5Mj0iLTU4OTkuNTciIGdyYWRpZW50VW5pdHM9InVzZXJT"
    "cGFjZU9uVXNlIj4KPHN0b3Agc3RvcC1jb2xvcj0iI0JGODBGRiIvPgo8c3RvcCBvZmZzZXQ9IjEiIHN0b3AtY29sb3I9IiNGRjhGQUIiLz4KPC9s"
    "aW5lYXJHcmFkaWVudD4KPGNsaXBQYXRoIGlkPSJjbGlwMF8xNzI1OV8yMzY2NzQiPgo8cmVjdCB3aWR0aD0iMjAwMDAiIGhlaWdodD0iNDAwIiBm"
    "aWxsPSJ3aGl0ZSIvPgo8L2NsaXBQYXRoPgo8L2RlZnM+Cjwvc3ZnPgo="
)


def svg(inner: str, head: str = HEAD) -> bytes:
    return f"{head}{inner}</svg>".encode()


@pytest.mark.parametrize(
    ("content", "extension"),
    [(PNG, "PNG"), (JPEG, "JPEG"), (ICO, "ICO"), (WEBP, "WEBP"), (AWS_SVG, "SVG"), (svg("<rect/>"), "SVG")],
)
def test_a_picture_is_known_by_its_content(content: bytes, extension: str) -> None:
    assert image_extension(content) == extension
    check_image(content, extension)
    for other in {"PNG", "JPEG", "ICO", "WEBP", "SVG"} - {extension}:
        with pytest.raises(InvalidParameterException, match=f"not a valid {other} file"):
            check_image(content, other)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\nxxxxxxxx",
        b"\xff\xd8",
        b"\x00\x00\x01\x00\x00\x00",
        b"RIFF\x24\x00\x00\x00WAVE",
        b"%PDF-1.7",
        b"alert(1)",
    ],
)
def test_anything_else_is_no_picture(content: bytes) -> None:
    with pytest.raises(InvalidParameterException, match="must be a PNG"):
        image_extension(content)


HARMLESS = [
    '<title>Harbour</title><g id="a"><path d="M0 0h1"/></g><use href="#a"/><use xlink:href=" #a"/>',
    '<style>.a{fill:#fff}.b{mask:url(#m)}.c{filter:url("#f")}</style><rect class="a"/>',
    '<style type="text/css"><![CDATA[.a > .b{fill:red} @media (prefers-color-scheme:dark){.a{fill:#000}}]]></style>',
    '<rect style="fill:url(#a);transform:translate(1px, 2px)" fill="url(#b) none" transform="rotate(45)"/>',
    '<text font-family="Noto Sans" aria-label="Paint and image src">Harbour &amp; Sons &lt;3</text>',
    '<!-- a <script> in a comment --><rect inkscape:label="a" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"/>',
    '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata>',
    '<text xml:space="preserve" xml:lang="de">a</text>',
]


@pytest.mark.parametrize("inner", HARMLESS)
def test_drawings_are_taken(inner: str) -> None:
    assert image_extension(svg(inner)) == "SVG"
    assert image_extension(b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n' + svg(inner)) == "SVG"


SVG_1_1 = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'


@pytest.mark.parametrize(
    "before",
    [
        SVG_1_1,
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<!-- Made by hand -->\n'
        + SVG_1_1
        + b"\n",
        b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.0//EN'\n 'http://www.w3.org/TR/2001/REC-SVG-20010904/DTD/svg10.dtd'>",
    ],
)
def test_the_document_type_of_svg_is_taken(before: bytes) -> None:
    assert image_extension(before + svg("<rect/>")) == "SVG"
    for inner in (
        '<rect onclick="alert(1)"/>',
        '<rect fill="u&foo;rl(https://evil.example/)"/>',
        "<title>&foo;</title>",
    ):
        with pytest.raises(InvalidParameterException, match="not an acceptable SVG"):
            image_extension(before + svg(inner))


XHTML = "http://www.w3.org/1999/xhtml"
HARMFUL = [
    "<script>alert(1)</script>",
    '<script href="#a"/>',
    '<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>',
    f'<script xmlns="{XHTML}">alert(1)</script>',
    f'<h:iframe xmlns:h="{XHTML}" src="#a"/>',
    '<script xmlns="">alert(1)</script>',
    f'<metadata><x:img xmlns:x="{XHTML}"/></metadata>',
    f'<metadata><rdf:a xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><b xmlns="{XHTML}"/></rdf:a></metadata>',
    "<foreignObject/>",
    "<a href='https://evil.example'><rect/></a>",
    '<image href="#a"/>',
    '<feImage href="#a"/>',
    '<animate attributeName="href" to="javascript:alert(1)"/>',
    '<set attributeName="onload" to="alert(1)"/>',
    '<rect onclick="alert(1)"/>',
    '<rect ONLOAD="alert(1)"/>',
    '<rect xlink:onload="alert(1)"/>',
    '<use href="https://evil.example/a.svg#a"/>',
    '<use xlink:href="data:image/svg+xml,a#a"/>',
    '<use href="javascript:alert(1)"/>',
    '<use href=""/>',
    '<g xml:base="https://evil.example/"><use href="#a"/></g>',
    '<rect fill="url(https://evil.example/a)"/>',
    '<rect fill="u\\72l(https://evil.example/a)"/>',
    '<rect fill="URL(  //evil.example/a )"/>',
    '<rect style="background:url(&quot;https://evil.example/a&quot;)"/>',
    '<rect style="background:image-set(&quot;https://evil.example/a&quot; 1x)"/>',
    '<rect style="width:expression(alert(1))"/>',
    '<rect style="behavior:none"/>',
    "<style>@import 'https://evil.example/a.css';</style>",
    "<style>@import url(#a);</style>",
    "<style>.a{fill:url(https://evil.example/)}</style>",
    "<style>@font-face{font-family:a;src:url(data:font/woff2;base64,AAAA)}</style>",
    "<style>.a{fill:u/**/rl(x);background:\\75\\72\\6c(x)}</style>",
    "<style>.a{background:src(var(--b))}</style>",
    "<style>@media screen{.a{fill:url(https://evil.example/)}}</style>",
    "<style>@namespace url(#a);</style>",
    "<style>.a{fill:" + "(" * 200_000 + "</style>",
    '<?xml-stylesheet href="https://evil.example/a.css"?>',
    "<rect>&undefined;</rect>",
    "<rect>",
]


@pytest.mark.parametrize("inner", HARMFUL, ids=lambda inner: inner[:60])
def test_drawings_that_do_something_are_refused(inner: str) -> None:
    with pytest.raises(InvalidParameterException, match="not an acceptable SVG"):
        image_extension(svg(inner))


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE svg>" + svg(""),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<title>&a;</title>"),
        SVG_1_1[:-1] + b' [<!ENTITY a "b">]>' + svg(""),
        SVG_1_1 + SVG_1_1 + svg(""),
        svg(f"<title>{SVG_1_1.decode()}</title>"),
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
        + svg(""),
        SVG_1_1.replace(b"www.w3.org", b"evil.example") + svg(""),
        b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + svg(""),
        b'<?xml-stylesheet href="a.css"?>' + svg(""),
        svg("") + b'<?xml-stylesheet href="a.css"?>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?>' + svg(""),
        b'<?xml version="1.0" encoding="UTF-16"?>' + svg(""),
        b"<svg></svg>",
        b"<html><body/></html>",
        f'<html xmlns="{XHTML}"/>'.encode(),
        svg("\xff").replace(b"\xc3\xbf", b"\xff"),
        svg("<g>" * 300 + "</g>" * 300),
        svg("<g/>" * 20_001),
        b"<" * 100_000,
    ],
)
def test_files_that_are_no_plain_drawing_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidParameterException, match="not an acceptable SVG"):
        image_extension(content)


def test_a_drawing_in_utf_16_is_refused() -> None:
    with pytest.raises(InvalidParameterException):
        image_extension(svg("<rect/>").decode().encode("utf-16"))


# Every class and property that Cognito's own template has.
TEMPLATE = """
.logo-customizable { max-width: 60%; max-height: 30%; }
.banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }
.label-customizable { font-weight: 400; }
.textDescription-customizable { padding-top: 10px; padding-bottom: 10px; display: block; font-size: 16px; }
.idpDescription-customizable { padding-top: 10px; display: block; }
.legalText-customizable { color: #747474; font-size: 11px; }
.submitButton-customizable { font-weight: bold; margin: 20px 0px 10px 0px; width: 100%; color: #fff; }
.submitButton-customizable:hover { color: #fff; background-color: #286090; }
.errorMessage-customizable { background: #F5F5F5; border: 2px solid #D64958; box-sizing: border-box; }
.inputField-customizable { border: 1px solid #ccc; }
.inputField-customizable:focus { border-color: #66afe9; outline: 0; }
.idpButton-customizable { text-align: center; border-color: #46b8da; }
.idpButton-customizable:hover { color: rgb(255 255 255 / .9); background-color: #31b0d5; }
.socialButton-customizable { border-radius: 2px; text-align: left; }
.redirect-customizable { text-align: center; }
.passwordCheck-notValid-customizable { color: #DF3312; }
.passwordCheck-valid-customizable { color: #19BF00 !important; }
.background-customizable { background: linear-gradient(to right, #fff, calc(1px + 2px), #eee); }
"""


@pytest.mark.parametrize(
    "css",
    [
        "",
        " \n",
        "/* nothing */",
        TEMPLATE,
        ".label-customizable{}",
        ".label-customizable,\n .legalText-customizable , .inputField-customizable:focus{color:red;;}",
        ".label-customizable/* which */{color:red}",
        '.label-customizable{font-family:"Noto Sans", serif; --tone: 5}',
    ],
)
def test_style_sheets_are_taken(css: str) -> None:
    check_css(css)


def test_the_template_names_everything_that_may_be_named() -> None:
    assert {selector for selector in SELECTORS if f"{selector} {{" in TEMPLATE} == SELECTORS


@pytest.mark.parametrize(
    "css",
    [
        "@import 'https://evil.example/a.css';",
        "@import url(a.css);",
        "@media print{.label-customizable{color:red}}",
        "@supports (color:red){.label-customizable{color:red}}",
        "@page{margin:0}",
        "@font-face{font-family:a}",
        "@charset 'utf-8';",
        "body{display:none}",
        "*{color:red}",
        "#signInFormPassword{color:red}",
        ".label-customizable *{color:red}",
        ".label-customizable>.legalText-customizable{color:red}",
        ".label-customizable .legalText-customizable{color:red}",
        ".label-customizable.legalText-customizable{color:red}",
        ".label-customizable:hover{color:red}",
        ".inputField-customizable::before{color:red}",
        '.inputField-customizable[value^="a"]{color:red}',
        ".inputField-customizable:not(.a){color:red}",
        ".label-customizable,{color:red}",
        "{color:red}",
        ".Label-customizable{color:red}",
        ".other-customizable{color:red}",
        ".label-customizable{background:url(https://evil.example/a)}",
        ".label-customizable{background:url(#a)}",
        '.label-customizable{background:url("a")}',
        ".label-customizable{background:U\\52L(a)}",
        ".label-customizable{background:image-set('a' 1x)}",
        ".label-customizable{background:-webkit-image-set('a' 1x)}",
        ".label-customizable{background:linear-gradient(url(a))}",
        ".label-customizable{--a:{b:url(a)}}",
        ".label-customizable{width:expression(alert(1))}",
        ".label-customizable{behavior:none}",
        ".label-customizable{-moz-binding:none}",
        ".label-customizable{b\\65havior:none}",
        ".label-customizable{color:red;@import 'a';}",
        ".label-customizable{&:hover{color:red}}",
        ".label-customizable{.legalText-customizable{color:red}}",
        ".label-customizable{color}",
        ".label-customizable{color:'a\n'}",
        ".label-customizable{color:red)}",
        ".label-customizable",
        "}",
        "</style><script>alert(1)</script>",
        ".label-customizable{content:'</style>'}",
        "<!-- .label-customizable{color:red} -->",
        "(" * 131_072,
        ".label-customizable{color:" + "f(" * 60_000,
        ".a[" + "[" * 100_000 + "{}",
    ],
    ids=lambda css: css[:60],
)
def test_other_style_sheets_are_refused(css: str) -> None:
    with pytest.raises(InvalidParameterException, match="The CSS is not valid"):
        check_css(css)


def test_parsing_is_no_work_for_a_database_segment() -> None:
    with Segment():
        for check in (lambda: check_css(""), lambda: image_extension(svg(""))):
            with pytest.raises(RuntimeError, match="inside a database segment"):
                check()


def test_the_largest_files_are_read_in_seconds() -> None:
    """Not a measurement: quadratic work on a megabyte would take minutes."""
    large = [
        svg('<rect style="fill:url(#a);stroke:rgb(1,2,3);opacity:.5" d="M0 0"/>' * 14_000),
        svg("<style>" + ".a{fill:url(#b)}" * 60_000 + "</style>"),
        svg('<path d="' + "M0 0 " * 190_000 + '"/>'),
        svg("<text>" + "a" * 990_000 + "</text>"),
    ]
    begun = time.perf_counter()
    for content in large:
        assert len(content) <= 1_000_000
        assert image_extension(content) == "SVG"
    check_css(".label-customizable{color:red}" * 4_000)
    assert time.perf_counter() - begun < 60
