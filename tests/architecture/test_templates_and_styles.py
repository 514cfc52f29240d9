"""Templates and style sheets, read as text: what would only show when somebody looks."""

import re
from pathlib import Path

from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "clinic" / "static" / "css").glob("*.css"))
SCRIPTS = sorted((ROOT / "clinic" / "static" / "js").rglob("*.js"))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def bare(style: str) -> str:
    """A style sheet without its comments and quoted texts."""
    return re.sub(r"/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'", "", style, flags=re.DOTALL)


def test_every_template_can_be_read():
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
    for path in TEMPLATES:
        environment.parse(text_of(path), filename=str(path))


def test_what_a_template_imports_it_uses():
    unused = []
    for path in TEMPLATES:
        text = text_of(path)
        for names in re.findall(
            r"{%-?\s*from\s+\S+\s+import\s+(.+?)\s*(?:with(?:out)? context\s*)?-?%}", text
        ):
            for name in re.split(r"\s*,\s*", names.strip()):
                known_as = name.split(" as ")[-1].strip()
                if len(re.findall(rf"\b{re.escape(known_as)}\b", text)) < 2:
                    unused.append(f"{path.relative_to(ROOT)}: {known_as}")
    assert not unused


def test_style_sheets_are_whole():
    broken = [
        path.name
        for path in STYLES
        if bare(text_of(path)).count("{") != bare(text_of(path)).count("}")
    ]
    assert not broken


def test_every_custom_property_that_is_used_is_defined():
    styles = {path.name: bare(text_of(path)) for path in STYLES}
    defined = {name for text in styles.values() for name in re.findall(r"(--[\w-]+)\s*:", text)}
    scripts = "".join(map(text_of, SCRIPTS))
    defined |= set(re.findall(r"setProperty\(\s*[\"'](--[\w-]+)", scripts))
    unknown = {
        f"{file}: {name}"
        for file, text in styles.items()
        # var(--name, other) has an answer of its own
        for name in re.findall(r"var\(\s*(--[\w-]+)\s*\)", text)
        if name not in defined
    }
    assert not unknown


def test_nothing_is_fetched_from_elsewhere():
    elsewhere = re.compile(
        r"url\(\s*[\"']?(?:https?:)?//|@import|(?:src|href)\s*=\s*[\"'](?:https?:)?//"
    )
    found = [
        str(path.relative_to(ROOT))
        for path in (*STYLES, *TEMPLATES)
        if elsewhere.search(text_of(path))
    ]
    assert not found
