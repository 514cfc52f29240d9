"""What a letter says, as lines that a test can read."""

from clinic.letters.models import Letter
from clinic.letters.queries import content_of
from clinic.letters.rules.blocks import Content, Facts, Measures, Paragraph, Points


def words(content: Content) -> str:
    """Everything that it says, in its order."""
    lines = [content.subject, content.salutation]
    for block in content.blocks:
        match block:
            case Paragraph():
                lines.append(block.text)
            case Facts():
                lines += [f"{label}: {text}" for label, text in block.rows]
            case Points():
                lines += [block.title, *block.items]
            case Measures():
                lines += [f"{one.name} {one.baseline} {one.now} {one.change}" for one in block.rows]
    return "\n".join([*lines, content.closing])


def said(letter: Letter) -> str:
    """The same of a letter that is kept."""
    content = content_of(letter)
    assert content is not None
    return words(content)
