"""What is typed for letters: their words, where they go, and what became of them."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from clinic.letters.rules.blocks import Block, Content, Paragraph, Points
from clinic.letters.rules.limits import BY_MAX, CANCEL_MAX, FAILED_MAX, NOTE_MAX
from clinic.letters.rules.sending import CHANNELS
from clinic.web.fields import Day, Document
from clinic.web.forms import ClinicForm, VersionedForm, WithFile, clean
from clinic.web.wording import lazy_gettext as _l
from clinic.web.wording import spoken

TOO_LONG = _l("Use at most %(max)d characters.")
PART_MAX = 6000
SUBJECT_MAX = 160
PARTS_MAX = 60


def _short(most: int) -> Length:
    return Length(max=most, message=TOO_LONG)


class PartForm(Form):
    """One part of a letter: running text, a list, or what the record filled in.

    ``ref`` names a part that is not typed here; ``is_left_out`` drops it.
    """

    ref = HiddenField()
    title = StringField(_l("Heading"), [_short(SUBJECT_MAX)], filters=[clean])
    text = TextAreaField(_l("Text"), [_short(PART_MAX)], filters=[clean])
    items = TextAreaField(
        _l("Points"), [_short(PART_MAX)], filters=[clean], description=_l("One on each line.")
    )
    is_left_out = BooleanField(_l("Leave this part out"))


class _Parts(FieldList):
    """The parts of a letter, as many as were sent."""

    keeps_blanks = True

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        for name in formdata:
            number = name.removeprefix(f"{prefix}-").partition("-")[0]
            if name.startswith(f"{prefix}-") and re.fullmatch("[0-9]{1,3}", number):
                yield int(number)


class _Part(FormField):
    keeps_blanks = True


class LetterForm(VersionedForm):
    """A draft's words. What the record filled in is left in or out, and never retyped."""

    subject = StringField(
        _l("Subject"), [InputRequired(_l("Write what it is about.")), _short(SUBJECT_MAX)]
    )
    salutation = StringField(_l("Greeting"), [_short(SUBJECT_MAX)])
    parts = _Parts(_Part(PartForm), max_entries=PARTS_MAX)
    more = TextAreaField(
        _l("Another paragraph"), [_short(PART_MAX)], description=_l("It stands at the end.")
    )
    closing = StringField(_l("Closing"), [_short(SUBJECT_MAX)])

    def content(self, standing: Content, *, is_clinical: bool) -> Content:
        """The letter as it was typed; parts of the record are those that stand there."""
        known = {ref_of(block): block for block in standing.blocks}
        found = [self._block(part.form, known, is_clinical) for part in self.parts]
        blocks = [block for block in found if block is not None]
        if self.more.data:
            blocks.append(Paragraph(self.more.data, is_clinical))
        return Content(
            self.subject.data or "",
            self.salutation.data or "",
            tuple(blocks),
            self.closing.data or "",
        )

    @staticmethod
    def _block(part: Any, known: dict[str, Block], is_clinical: bool) -> Block | None:
        if part.is_left_out.data:
            return None
        if part.ref.data:
            return known.get(part.ref.data)
        if part.items.data or part.title.data:
            lines = [line.strip() for line in (part.items.data or "").splitlines()]
            return Points(part.title.data or "", tuple(line for line in lines if line), is_clinical)
        return Paragraph(part.text.data, is_clinical) if part.text.data else None


def ref_of(block: Block) -> str:
    """A short name of a part as it stands: another part has another one."""
    return sha256(repr(block).encode()).hexdigest()[:16]


def parts_of(content: Content) -> list[dict[str, Any]]:
    """What the form begins with."""
    return [_part(block) for block in content.blocks]


def _part(block: Block) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"text": block.text}
    if isinstance(block, Points):
        return {"title": block.title, "items": "\n".join(block.items)}
    return {"ref": ref_of(block)}


class NewLetterForm(ClinicForm):
    """To whom, and about what: the rest is written on the next page."""

    provider = StringField(_l("Provider"), [InputRequired(_l("Choose a provider from the list."))])
    sent_to = SelectField(_l("Organisation"), validate_choice=False, choices=[])
    subject = StringField(
        _l("Subject"), [InputRequired(_l("Write what it is about.")), _short(SUBJECT_MAX)]
    )
    text = TextAreaField(_l("Text"), [InputRequired(_l("Write the letter.")), _short(PART_MAX)])


class SendForm(VersionedForm):
    """By which way, and to which of the numbers on file."""

    KEPT = VersionedForm.KEPT | {"fax", "post", "email", "phone"}

    channel = RadioField(_l("How"), [InputRequired(_l("Choose how it is sent."))], choices=[])
    fax = SelectField(_l("Fax number"), choices=[], validate_choice=False)
    post = SelectField(_l("Address"), choices=[], validate_choice=False)
    email = SelectField(_l("E-mail address"), choices=[], validate_choice=False)
    phone = SelectField(_l("Phone number"), choices=[], validate_choice=False)
    note = TextAreaField(
        _l("What was said"),
        [_short(NOTE_MAX)],
        description=_l("Of a call: whom you spoke to, and what they said."),
    )

    def offer(self, ways: dict[str, tuple[str, ...]]) -> None:
        """Only ways for which something is on file can be chosen."""
        names = [(code, spoken(name)) for code, name in CHANNELS.items()]
        self.channel.choices = [pair for pair in names if ways[pair[0]] or pair[0] == "print"]
        for name in ("fax", "post", "email", "phone"):
            if not ways.get(name):
                del self[name]
                continue
            self[name].choices = [(one, one) for one in ways[name]]
        if "phone" not in self:
            del self.note

    def to(self) -> str:
        """The number or address of the chosen way."""
        name = self.channel.data
        return (self[name].data or "") if name in self and name != "channel" else ""


class FaxForm(ClinicForm):
    """The number, typed once more from the machine."""

    number = StringField(
        _l("Number it went to"),
        [InputRequired(_l("Type the number from the fax machine.")), _short(40)],
        description=_l("Type it as the machine shows it."),
    )


class DeliveredForm(ClinicForm):
    """When it arrived."""

    on = Day(_l("Arrived on"), [InputRequired(_l("Enter the day."))])


class FailedForm(ClinicForm):
    """Why it did not arrive."""

    why = TextAreaField(
        _l("What happened"),
        [InputRequired(_l("Write why it did not arrive.")), _short(FAILED_MAX)],
        description=_l("No answer, returned, a wrong number."),
    )
    is_wrong = BooleanField(_l("The number or the address on file is wrong"))


class AcknowledgedForm(ClinicForm):
    """Who said that it came, and when."""

    on = Day(_l("On"), [InputRequired(_l("Enter the day."))])
    by = StringField(_l("Who said so"), [_short(BY_MAX)])


class AnsweredForm(ClinicForm):
    """When the answer came."""

    on = Day(_l("Answered on"), [InputRequired(_l("Enter the day."))])


class CancelForm(VersionedForm):
    """Why it is not needed."""

    why = StringField(
        _l("Why"), [_short(CANCEL_MAX)], description=_l("Who may read the letter reads this.")
    )


class EncloseForm(WithFile, VersionedForm):
    """A document that goes with a letter: one that is kept, or a new one."""

    paper = SelectField(
        _l("A document that is kept here"), choices=[], description=_l("Those you may open.")
    )
    file = Document(_l("A new file"))
    tells = RadioField(
        _l("What it tells of"),
        [InputRequired(_l("Say what it tells of."))],
        choices=[],
        description=_l("The client has to have agreed to share this with the provider."),
    )


class ReceivedForm(WithFile):
    """A letter that came, with its scan."""

    provider = StringField(_l("Provider"), [InputRequired(_l("Choose a provider from the list."))])
    received_on = Day(_l("Received on"), [InputRequired(_l("Enter the day it came."))])
    subject = StringField(
        _l("About"), [InputRequired(_l("Write what it is about.")), _short(SUBJECT_MAX)]
    )
    answers = SelectField(_l("Answers our letter"), choices=[], validate_choice=False)
    file = Document(_l("Scan"), [InputRequired(_l("Choose the scan."))])
