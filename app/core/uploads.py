"""Pictures and style sheets that an operator uploads for browsers to show: checked to be what they say, and to do nothing.

A picture is known by its first bytes, an SVG by its parsed elements (SVG 2, its secure static mode: no script, nothing loaded
from elsewhere), a style sheet by its parsed rules (CSS Syntax Level 3). Nothing is mended: what is not harmless is refused.
Checking takes up to a second, so it never happens within a database segment or on the event loop.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import tinycss2
from lxml import etree

from app.kit.errors import InvalidParameterException
from app.kit.segments import check_outside_segment
from app.kit.slow import run_slow

# What Cognito's classic hosted UI lets a style sheet name.
SELECTORS: Final = frozenset(
    (
        *(".background-customizable", ".banner-customizable", ".errorMessage-customizable"),
        *(".idpButton-customizable", ".idpButton-customizable:hover", ".idpDescription-customizable"),
        *(".inputField-customizable", ".inputField-customizable:focus", ".label-customizable"),
        *(".legalText-customizable", ".logo-customizable", ".passwordCheck-notValid-customizable"),
        *(".passwordCheck-valid-customizable", ".redirect-customizable", ".socialButton-customizable"),
        *(".submitButton-customizable", ".submitButton-customizable:hover", ".textDescription-customizable"),
    )
)
_MOST_ELEMENTS: Final = 20_000
_SVG: Final = "http://www.w3.org/2000/svg"
_ELEMENTS: Final = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "switch", "title", "desc", "metadata", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("text", "tspan", "textPath", "linearGradient", "radialGradient", "stop", "pattern", "clipPath", "mask"),
        *("marker", "filter", "feBlend", "feColorMatrix", "feComponentTransfer", "feComposite", "feConvolveMatrix"),
        *("feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood", "feFuncA", "feFuncB"),
        *("feFuncG", "feFuncR", "feGaussianBlur", "feMerge", "feMergeNode", "feMorphology", "feOffset"),
        *("fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence"),
    )
)
# What drawing programs write into their files for themselves; browsers make nothing of it.
_EDITORS: Final = frozenset(
    {
        "http://creativecommons.org/ns#",
        "http://purl.org/dc/elements/1.1/",
        "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
        "http://web.resource.org/cc/",
        "http://www.bohemiancoding.com/sketch/ns",
        "http://www.inkscape.org/namespaces/inkscape",
        "http://www.serif.com/",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    }
)
# Older drawing programs name the document type of SVG 1.0 or 1.1. It has no internal subset, so it defines nothing.
_DOCUMENT_TYPE: Final = re.compile(
    rb"(\A(?:\xef\xbb\xbf)?(?:<\?xml\s[^<>]*\?>)?(?:\s|<!--(?:(?!-->).)*-->)*+)"
    rb"<!DOCTYPE\s+svg\s+PUBLIC\s+(?P<a>[\"'])-//W3C//DTD SVG (?:1\.0|1\.1|1\.1 Basic|1\.1 Tiny|20010904)//EN(?P=a)"
    rb"\s+(?P<b>[\"'])https?://www\.w3\.org/[\w./-]*\.dtd(?P=b)\s*>",
    re.DOTALL,
)
_XML_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_LOADING: Final = frozenset(
    (
        *("url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade"),
        *("element", "-moz-element", "paint", "expression"),
    )
)
_DEEPEST: Final = 32
# The at-rules of a drawing's own style: a favicon for dark mode has one.
_CONDITIONS: Final = frozenset({"media", "supports", "keyframes"})
_RUNNING: Final = frozenset({"behavior", "-moz-binding"})
_MAY_LOAD: Final = re.compile(r"\\|url|src|image|cross-fade|element|paint|expression", re.IGNORECASE)


def check_image(content: bytes, extension: str) -> None:
    """Whether a picture is what its extension (ICO, JPEG, PNG, SVG, WEBP) says; raises InvalidParameterException."""
    found = image_extension(content)
    if found != extension:
        raise InvalidParameterException(f"The image is not a valid {extension} file.")


def image_extension(content: bytes) -> str:
    """ICO, JPEG, PNG, SVG or WEBP, by the content; raises InvalidParameterException for anything else.

    An SVG is also refused for what it could do in a browser, with the reason.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x00\x00\x01\x00") and content[4:6] != b"\x00\x00":
        return "ICO"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        check_outside_segment("parsing of an image")
        run_slow(_check_svg, content)
        return "SVG"
    raise InvalidParameterException("The image file must be a PNG, JPEG, SVG, ICO or WEBP image.")


def check_css(css: str) -> None:
    """Whether a style sheet only styles the classes of Cognito's hosted UI; raises InvalidParameterException."""
    check_outside_segment("parsing of CSS")
    run_slow(_check_css, css)


def _check_svg(content: bytes) -> None:
    # By hand before any parser: a document type can define what the rest of the file means. Without the one that does not, an
    # entity that nobody defines is an error, which is what it must be.
    content = _DOCUMENT_TYPE.sub(rb"\1", content)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _bad_svg("a document type is not allowed")
    root = _parse_svg(content)
    if root.tag != f"{{{_SVG}}}svg":
        raise _bad_svg(f"the root must be svg in the namespace {_SVG}")
    for number, element in enumerate(root.iter()):
        if number >= _MOST_ELEMENTS:
            raise _bad_svg(f"there are more than {_MOST_ELEMENTS} elements")
        _check_element(element)


def _parse_svg(content: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        decompress=False,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise _bad_svg("it is not well-formed XML") from None
    # Another encoding could mean one thing here and another in a browser.
    if (root.getroottree().docinfo.encoding or "UTF-8").upper() != "UTF-8":
        raise _bad_svg("its encoding must be UTF-8")
    if [*root.itersiblings(), *root.itersiblings(preceding=True)]:
        raise _bad_svg("processing instructions are not allowed")
    return root


def _check_element(element: Any) -> None:
    if not isinstance(element.tag, str):
        raise _bad_svg("processing instructions and entities are not allowed")
    name = etree.QName(element)
    if name.namespace == _SVG and name.localname not in _ELEMENTS:
        raise _bad_svg(f"the element {name.localname[:64]} is not allowed")
    if name.namespace != _SVG and name.namespace not in _EDITORS:
        raise _bad_svg(f"the element {name.localname[:64]} is of a foreign namespace")
    for attribute, value in element.attrib.items():
        _check_attribute(attribute, value)
    if name.localname == "style":
        _check_style("".join(element.itertext()))


def _check_attribute(attribute: str, value: str) -> None:
    name = etree.QName(attribute).localname.lower()
    if name.startswith("on"):
        raise _bad_svg(f"the attribute {name[:64]} could run a script")
    if attribute == _XML_BASE:
        raise _bad_svg("the attribute xml:base is not allowed")
    if name in ("href", "src") and not value.strip().startswith("#"):
        raise _bad_svg(f"the attribute {name} must be a fragment (#id)")
    if name == "style" or _MAY_LOAD.search(value):
        _check_style(value)


def _check_style(css: str) -> None:
    if not _is_harmless(tinycss2.parse_component_value_list(css, skip_comments=True)):
        raise _bad_svg("a style may load nothing, and refer to fragments only (url(#id))")


def _bad_svg(reason: str) -> InvalidParameterException:
    return InvalidParameterException(f"The image is not an acceptable SVG file: {reason}.")


def _check_css(css: str) -> None:
    if "<" in css:
        raise _bad_css("it must not contain HTML")
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule":
            raise _bad_css(f"@{rule.at_keyword[:64]} is not allowed")
        if rule.type != "qualified-rule":
            raise _bad_css(f"line {rule.source_line} cannot be parsed")
        _check_selectors(rule)
        _check_declarations(rule)


def _check_selectors(rule: Any) -> None:
    # Brackets are nested as deep as their writer likes, and would be serialized by recursion.
    is_flat = all(token.type in ("ident", "literal", "whitespace") for token in rule.prelude)
    named = tinycss2.serialize(rule.prelude).split(",") if is_flat else [""]
    if not all(selector.strip() in SELECTORS for selector in named):
        raise _bad_css(f"the selector in line {rule.source_line} is not one of the customizable classes")


def _check_declarations(rule: Any) -> None:
    for declaration in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if declaration.type != "declaration":
            raise _bad_css(f"the rule in line {rule.source_line} may hold declarations only")
        if declaration.lower_name in _RUNNING or not _is_harmless(declaration.value, fragments=False):
            raise _bad_css(f"the value of {declaration.name[:64]} in line {declaration.source_line} is not allowed")


def _is_harmless(tokens: Iterable[Any], *, fragments: bool = True) -> bool:
    """Whether a value loads and runs nothing; with `fragments` it may refer to parts of its own document."""
    pending = [(token, 0) for token in tokens]
    while pending:
        token, depth = pending.pop()
        match token.type:
            case "error":
                return False
            case "at-keyword" if not (fragments and token.lower_value in _CONDITIONS):
                return False
            case "url" if not (fragments and token.value.startswith("#")):
                return False
            case "function" if token.lower_name in _LOADING and not (fragments and _is_fragment(token)):
                return False
            case "ident" if token.lower_value in _RUNNING:
                return False
        inner = getattr(token, "content", None) or getattr(token, "arguments", None) or ()
        if inner and depth == _DEEPEST:
            return False
        pending.extend((child, depth + 1) for child in inner)
    return True


def _is_fragment(function: Any) -> bool:
    """`url("#id")`."""
    parts = [token for token in function.arguments if token.type != "whitespace"]
    return (
        function.lower_name == "url" and [part.type for part in parts] == ["string"] and parts[0].value.startswith("#")
    )


def _bad_css(reason: str) -> InvalidParameterException:
    return InvalidParameterException(f"The CSS is not valid: {reason}.")
