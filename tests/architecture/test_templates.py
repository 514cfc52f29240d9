"""What templates may not hold: inline script and style, raw text, words no one can translate."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
NAMES = [str(path.relative_to(FOLDER)) for path in TEMPLATES]
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)

# Templates that may print text as it is, how often, and why: none does.
MAY_PRINT_RAW: dict[str, int] = {}

# Words that are the same in every language, or no words for people.
SAME_EVERYWHERE = {"doctype", "html"}

TRANSLATES = {"_", "gettext", "ngettext", "pgettext"}

# Arguments and names that look like prose to the eye of a machine: keys, not words.
KEYS_NOT_WORDS = {"Control+s", "Esc", "?", "N", "/"}


@pytest.fixture(params=TEMPLATES, ids=NAMES)
def template(request):
    return request.param


def source_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def without_jinja(source: str) -> str:
    """The markup alone: comments and translated blocks gone, tags and expressions blank."""
    source = re.sub(r"{#.*?#}", "", source, flags=re.DOTALL)
    source = re.sub(r"{%-?\s*trans\b.*?%}.*?{%-?\s*endtrans\s*-?%}", "", source, flags=re.DOTALL)
    return re.sub(r"{%.*?%}|{{.*?}}", "\x00", source, flags=re.DOTALL)


def visible_text(source: str) -> str:
    """What a person would read between the tags, and in the attributes that are read out."""
    bare = re.sub(r"<!--.*?-->|<kbd\b.*?</kbd>", "", without_jinja(source), flags=re.DOTALL)
    spoken = re.findall(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"]*)\"", bare)
    between = re.sub(r"<[^>]*>", "\x00", bare)
    return " ".join([between, *spoken])


def test_nothing_runs_or_looks_from_inside_the_page(template):
    source = without_jinja(source_of(template))
    assert not re.search(r"<script\b(?![^>]*\bsrc=)", source), "a script without src"
    assert not re.search(r"<style\b|\sstyle\s*=", source), "a style in the page"
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", source), "a handler in the page"
    assert "javascript:" not in source.lower()


def test_text_is_escaped_but_where_there_is_a_reason(template):
    source = re.sub(r"{#.*?#}", "", source_of(template), flags=re.DOTALL)
    raw = len(re.findall(r"\|\s*safe\b|Markup\(|autoescape\s+false", source))
    assert raw == MAY_PRINT_RAW.get(str(template.relative_to(FOLDER)), 0)


def test_every_word_between_the_tags_can_be_translated(template):
    text = visible_text(source_of(template))
    words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", "", text))}
    assert not words - SAME_EVERYWHERE


def prose(node: nodes.Node, *, translated: bool = False) -> list[str]:
    """The sentences in a template's expressions that no call translates."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        translated = translated or node.node.name in TRANSLATES
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and not translated:
        return [node.value] if re.match(r"[A-Z][a-z]+(\s|$)", node.value) else []
    return [
        text for child in node.iter_child_nodes() for text in prose(child, translated=translated)
    ]


def test_every_sentence_in_an_expression_can_be_translated(template):
    found = prose(ENVIRONMENT.parse(source_of(template)))
    # Names of classes that Flask-Admin and WTForms give their widgets are compared, not shown.
    classes = re.compile(r"^([A-Z][a-z0-9]+)+(Field|Widget|List)$|^(Select|Multiple)$")
    assert not [text for text in found if text not in KEYS_NOT_WORDS and not classes.match(text)]


def test_the_heading_of_a_page_is_its_title():
    """The one h1 is printed by the layouts, out of the title; a page writes none of its own."""
    own = [
        name
        for name, path in zip(NAMES, TEMPLATES, strict=True)
        if "<h1" in source_of(path)
        and not name.startswith("layouts/")
        # the head of layouts/record.html, and that of admin/cases.html, which is kept as drawn
        and name not in ("components/client_head.html", "admin/cases_parts.html")
        and "self.title()" not in source_of(path)
    ]
    assert not own


def test_every_icon_that_is_named_is_in_the_sprite():
    sprite = (ROOT / "clinic" / "static" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    named = {
        icon
        for path in TEMPLATES
        for icon in re.findall(r"\bicon\(\s*'([a-z][\w-]*)'\s*[,)]", source_of(path))
    }
    assert not named - drawn


def test_what_is_translated_is_written_in_the_template():
    """``_()`` trusts its message as markup: it must be our own words, never a value."""
    found = [
        f"{name}: {said}"
        for name, path in zip(NAMES, TEMPLATES, strict=True)
        for said in re.findall(r"(?<![\w.])n?_\((?!\s*['\"])[^)]*", source_of(path))
    ]
    assert not found
