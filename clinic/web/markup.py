"""The one place where text becomes markup: words and patterns, drawn once and then filled.

A list of fifty rows says the same words fifty times. Here a macro of a template is drawn
once, with a blank for each of its arguments; every row then only puts its own values,
escaped, into the blanks. What is kept is kept for a language and a place in the web.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from types import FunctionType
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from jinja2 import Template
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

from clinic.web.wording import gettext, locale

__all__ = [
    "NOTHING", "Around", "Markup", "Pattern", "for_a_script", "in_ascii", "pattern", "said",
    "said_with", "words",
]  # fmt: skip

Around = tuple[str, str]
"""The language, and the place in the web."""
NOTHING = Markup()
"""To add markup to, or to join it with."""
_BLANK = re.compile("\x02(\\d+)\x03")
_said: dict[str, dict[str, Markup]] = {}


def said(message: str, **values: Any) -> Markup:
    """``_("...")`` in a template: translated once for a language, its values escaped."""
    kept = g.get("words")
    if kept is None:
        kept = g.words = _said.setdefault(locale(), {})
    text = kept.get(message)
    if text is None:
        text = kept[message] = Markup(gettext(message))  # noqa: S704 - our own catalogue
    return text % values if values or "%" in text else text


def in_ascii(drawn: str) -> Markup:
    """The same markup with every other letter as a reference: a page all of which is ASCII
    is sent as it is, and need not be encoded. For large pieces that are kept; no scripts."""
    return Markup(drawn.encode("ascii", "xmlcharrefreplace").decode())  # noqa: S704 - it was


class Pattern:
    """A macro drawn once, to be filled with values in the order of its arguments."""

    def __init__(self, macro: Any) -> None:
        blanks = [Markup("\x02%s\x03") % index for index in range(len(macro.arguments))]
        # Drawn once and sent often: a page all of which is ASCII need not be encoded.
        drawn = str(in_ascii(macro(*blanks)))
        order = [int(found) for found in _BLANK.findall(drawn)]
        self._text = _BLANK.sub("%s", drawn.replace("%", "%%"))
        self._order = None if order == list(range(len(blanks))) else tuple(order)

    def filled(self, *values: Any) -> Markup:
        """The markup with these values, each escaped unless it is markup itself."""
        return Markup(self._fill(values))  # noqa: S704 - escaped one by one

    def all(self, rows: Iterable[tuple[Any, ...]]) -> Markup:
        """One after the other."""
        return Markup("".join(map(self._fill, rows)))  # noqa: S704 - escaped one by one

    def _fill(self, values: tuple[Any, ...]) -> str:
        safe = [escape(value) for value in values]
        return self._text % tuple([safe[index] for index in self._order] if self._order else safe)


def for_a_script(text: str) -> Markup:
    """JSON text as it stands in an attribute, in single quotes, for the page's own script."""
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    safe = safe.replace("'", "\\u0027")
    return Markup(safe)  # noqa: S704 - nothing in it is markup any more


def pattern(template: str, macro: str, around: Around | None = None) -> Pattern:
    """A macro of a template as a pattern. It may depend on its arguments, ``root`` among
    the template's own variables, and nothing else; it may not decide anything by them.

    ``around`` is what ``said_with`` gives, where it is known."""
    return _drawn(template, macro, *(around or said_with()))


def words(template: str, macro: str, *codes: str | int, around: Around | None = None) -> Markup:
    """What a macro of words says of a code, such as ``archived``: drawn once for a language.

    Of several codes, or of a number, where these are few.
    """
    return _worded(template, macro, codes, *(around or said_with()))


@lru_cache(maxsize=2048)
def _worded(
    template: str, macro: str, codes: tuple[str | int, ...], language: str, root: str
) -> Markup:
    module: Any = current_app.jinja_env.get_template(template).module
    return in_ascii(getattr(module, macro)(*codes))


@lru_cache(maxsize=512)
def _drawn(template: str, macro: str, language: str, root: str) -> Pattern:
    module: Any = current_app.jinja_env.get_template(template).make_module({"root": root})
    return Pattern(getattr(module, macro))


ALL = frozenset({"*"})
KEPT: dict[str | None, frozenset[str]] = {
    "components/icons.html": ALL,
    "components/badges.html": ALL,
    "components/dialogs.html": frozenset({"keys"}),
    "catalogue/words.html": frozenset({"crumbs", "hue", "turnover"}),
    "clients/words.html": ALL,
    "directory/words.html": frozenset({"crumbs", "linked", "named", "tabs"}),
}
"""Macros that follow from their arguments, the language and the place in the web: none that says
money or a day, for there is a currency and a present year as well, and none that takes a form or
a row that is mapped, which is known by itself alone. A list of texts among the arguments holds
what templates say themselves, never what somebody typed."""


class _Drawn:
    """A macro of words and pictures, drawn once for what it is given."""

    def __init__(self, macro: Macro) -> None:
        self._macro = macro
        # By the kinds of the arguments as well: markup and a text that reads the same are two.
        self._kept = lru_cache(maxsize=1024, typed=True)(self._draw)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._kept(said_with(), *args, **kwargs)
        except TypeError:  # a list among the arguments: nothing to find it again by
            return self._macro(*args, **kwargs)

    def _draw(self, said_with: tuple[str, str], *args: Any, **kwargs: Any) -> Any:
        return self._macro(*args, **kwargs)


def said_with() -> Around:
    """The language and the place in the web, looked for once for each piece of work."""
    found: Around | None = g.get("said_with")
    if found is None:
        root = request.script_root if has_request_context() else ""
        found = g.said_with = (locale(), root)
    return found


class _Template(Template):
    """A template of this house: what it imports knows the same globals, always the house's own."""

    def _get_default_module(self, ctx: Context | None = None) -> Any:
        """The macros, made once: not asked for each import of each page."""
        if self._module is None:
            module = self.make_module()
            kept = KEPT.get(self.name, frozenset())
            for name, macro in list(vars(module).items()) if kept else ():
                if isinstance(macro, Macro) and (kept is ALL or name in kept):
                    setattr(module, name, _Drawn(macro))
            self._module = module
        return self._module


class _Context(Context):
    """What a template sees; to call a macro or a plain function it is not looked over first."""

    def call(self, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """As any template calls, with a shorter way for what is called most."""
        kind = type(obj)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif kind is not _Drawn and not (
            kind is FunctionType and not hasattr(obj, "jinja_pass_arg")
        ):
            return super().call(obj, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return obj(*args, **kwargs)


def init_app(app: Flask) -> None:
    """Let templates say ``_("...")`` without looking the language up each time."""
    app.jinja_env.template_class = _Template
    app.jinja_env.context_class = _Context
    app.jinja_env.globals["_"] = said
    if app.debug:  # a template that is changed meanwhile is drawn anew
        app.before_request(_drawn.cache_clear)
        app.before_request(_worded.cache_clear)
