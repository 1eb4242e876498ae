"""Renders every page and message by the operator's own templates with sample data, and tells what breaks.

Besides templates that fail: pages that lost an input which their handler needs, and what browsers would not do because the
pages' Content Security Policy forbids it.
"""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

from jinja2 import Environment, TemplateError, meta
from markupsafe import escape

from app.kit.resources import resource_dir
from app.kit.template_folders import FILES, TemplateFolders, explain
from app.kit.templates import Message, MessageContext, MessageKind, render, render_message
from app.kit.translations import SOURCE_LOCALE, available_locales
from app.web.pages.contexts import PageContext
from app.web.pages.languages import LANGUAGE
from app.web.pages.rendering import variables
from app.web.pages.samples import pages

KINDS: tuple[MessageKind, ...] = get_args(MessageKind)
MESSAGE = MessageContext(
    product="Harbour", username="maya", code="492013", valid_seconds=3_600, url="https://login.harbour.example/login"
)
_CONTROLS = frozenset({"button", "input", "select", "textarea"})
_FETCHED = {"img": "src", "link": "href", "script": "src", "source": "srcset"}
_NEVER = frozenset({"base", "embed", "frame", "iframe", "object", "style"})


def check_templates(folders: TemplateFolders, pool_id: str) -> list[str]:
    """What is wrong with the templates that a pool (or `default`) has of its own: "pages/sign_in.html: ...", each once."""
    own = folders.environment(pool_id)
    if own is None:
        return []
    found = [*_page_problems(own), *_message_problems(own)]
    return list(dict.fromkeys(found))


def unused_templates(folders: TemplateFolders, pool_id: str) -> list[str]:
    """Templates in the pool's folders that nothing rendered so far has loaded; to be asked after `check_templates`."""
    own = folders.environment(pool_id)
    if own is None or own.cache is None:
        return []
    loaded = {name for _, name in own.cache}
    files = [
        path.relative_to(folder).as_posix()
        for folder in folders.folders(pool_id)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and FILES not in path.relative_to(folder).parts[:1]
    ]
    return [name for name in dict.fromkeys(files) if name not in loaded and not name.startswith(".")]


def _page_problems(own: Environment) -> Iterator[str]:
    lost: dict[str, set[str]] = {}
    differs = _own_templates(own)
    for with_errors in (False, True):
        usual = {
            name: _Page(render(context.template, variables(context), SOURCE_LOCALE))
            for name, context in pages(with_errors=with_errors).items()
            if differs(context.template)
        }
        for locale in available_locales() if usual else ():
            shown = pages(locale=locale, with_errors=with_errors)
            for name, page in usual.items():
                template = shown[name].template
                yield from _problems_of(own, shown[name], locale, page, lost.setdefault(template, set()))
    for template, names in lost.items():
        if names:
            yield f"{template}: has no inputs or buttons with the names {', '.join(sorted(names))}"


def _own_templates(own: Environment) -> Callable[[str], bool]:
    """Tells of a template whether it, or what it extends, includes or imports, is not a built-in one."""
    built_in, known = resource_dir("templates"), dict[str, bool]()

    def differs(name: str) -> bool:
        try:
            source, path, _ = own.loader.get_source(own, name)  # type: ignore[union-attr]  # it was made with one
            parts = list(meta.find_referenced_templates(own.parse(source)))
        except TemplateError:
            return True
        is_own = path is None or not Path(path).is_relative_to(built_in)
        return is_own or any(part is None or asked(part) for part in parts)

    def asked(name: str) -> bool:
        if name not in known:
            # Templates in a circle differ, until it is known better.
            known[name] = True
            known[name] = differs(name)
        return known[name]

    return asked


def _problems_of(own: Environment, context: PageContext, locale: str, usual: "_Page", lost: set[str]) -> Iterator[str]:
    try:
        page = _Page(render(context.template, variables(context), locale, own))
    except Exception as error:  # noqa: BLE001 - whatever a template may raise
        yield _told(context.template, error)
        return
    if locale == SOURCE_LOCALE:
        yield from _untold(own, context)
    lost |= usual.controls - page.controls
    for action in sorted(page.actions - usual.actions):
        yield f'{context.template}: has a form that is sent to "{action}"'
    for blocked in page.blocked:
        yield f"{context.template}: {blocked}, which browsers are told to refuse"


def _untold(own: Environment, context: PageContext) -> Iterator[str]:
    """An error that the page does not tell at the input that is to blame: nothing else tells it if it is the only one."""
    first, *_ = getattr(context, "errors", ()) or (None,)
    if first is None or first.field is None:
        return
    page = render(context.template, variables(context) | {"errors": [first]}, SOURCE_LOCALE, own)
    if first.field in _Page(page).controls and escape(first.text) not in page:
        yield f"{context.template}: does not tell what is wrong with {first.field}"


def _message_problems(own: Environment) -> Iterator[str]:
    for locale in available_locales():
        for kind in KINDS:
            try:
                message = render_message(kind, MESSAGE, locale, own)
            except Exception as error:  # noqa: BLE001 - whatever a template may raise
                yield _told(f"messages/{kind}", error)
                continue
            yield from _lost(kind, message, render_message(kind, MESSAGE, locale))


def _lost(kind: MessageKind, message: Message, usual: Message) -> Iterator[str]:
    """The parts of a message that lost the code that it is sent for."""
    for part in ("text", "html", "sms"):
        if MESSAGE.code in getattr(usual, part) and MESSAGE.code not in getattr(message, part):
            yield f"messages/{kind}: its {part} does not hold the code"
    if not message.subject:
        yield f"messages/{kind}: has no subject"


def _told(template: str, error: Exception) -> str:
    reason = explain(error)
    return reason if reason.startswith(template) else f"{template}: {reason}"


class _Page(HTMLParser):
    """What a page asks for, where it sends that, and what its policy does not let it do. It need not offer other languages."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.controls: set[str] = set()
        self.actions: set[str] = set()
        self.blocked: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _CONTROLS and given.get("name", "") not in ("", LANGUAGE):
            self.controls.add(given["name"])
        if tag == "form":
            self.actions.add(given.get("action", ""))
        if tag in _NEVER or (tag == "script" and "src" not in given):
            self.blocked.append(f"has <{tag}>")
        self.blocked += [f'has the attribute "{name}"' for name in given if name == "style" or name.startswith("on")]
        address = given.get(_FETCHED.get(tag, ""), "")
        if address and not _is_ours(address):
            self.blocked.append(f'fetches "{address[:100]}"')


def _is_ours(address: str) -> bool:
    return (address.startswith("/") and not address.startswith("//")) or address.startswith(("#", "data:image/"))
