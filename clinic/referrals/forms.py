from collections.abc import Callable, Iterable
from typing import Any

from wtforms import (
    BooleanField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.referrals.models import ReportRule
from clinic.referrals.queries import payers_rules
from clinic.referrals.rules import DAYS_MAX, MINUTES, VISITS_MAX
from clinic.referrals.rules.payers import RENEW_DAYS, RENEW_VISITS, REPORT_DAYS, REPORT_VISITS
from clinic.web.fields import Day, Document, Whole
from clinic.web.forms import VersionedForm, WithFile
from clinic.web.wording import lazy_gettext as _l

CHANNEL_CHOICES = [
    ("fax", _l("Fax")),
    ("post", _l("Post")),
    ("phone", _l("Phone")),
    ("email", _l("E-mail")),
    ("hand", _l("Brought by hand")),
    ("portal", _l("Portal")),
]
URGENCY_CHOICES = [
    ("routine", _l("Routine")),
    ("soon", _l("Soon")),
    ("urgent", _l("Urgent")),
    ("emergency", _l("Emergency")),
]
BASIS_CHOICES = [
    ("fixed_date", _l("Until a date")),
    ("issue_date", _l("So many days from its issue")),
    ("first_visit", _l("So many days from the first visit")),
    ("open", _l("No end")),
]
KIND_CHOICES = [
    ("order", _l("Order")),
    ("authorisation", _l("Payer’s authorisation")),
    ("report", _l("Report")),
    ("other", _l("Something else")),
]
CLINICAL = ("reason", "diagnosis", "precautions")
CLINICAL_MAX = 2000
ALLOWED = (
    "visits", "basis", "days", "issued_on", "valid_from", "valid_until", "reference", "payer",
    "reports_by", "counts_missed", "counts_late_cancelled", "counts_cancelled",
)  # fmt: skip

CAME = ("received_on", "frequency", "paper")
"""What an authorisation says of itself besides what it allows; of an order it is the order's."""


def _short(most: int) -> Length:
    return Length(max=most, message=_l("Use at most %(max)d characters."))


ELSEWHERE_CHOICES = [("", _l("Not asked")), ("no", _l("No")), ("yes", _l("Yes"))]
_ASKED: dict[Any, bool | None] = {"": None, "no": False, "yes": True, False: False, True: True}


def _asked(value: Any) -> bool | None:
    """Raises ValueError for what is no answer."""
    if value not in _ASKED:
        raise ValueError
    return _ASKED[value]


def _clinical(label: object) -> TextAreaField:
    return TextAreaField(label, [_short(CLINICAL_MAX)])


def rule_choices() -> list[tuple[str, Any]]:
    """The payers' rules that are in use, by payer."""
    return [("", _l("None")), *map(_choice, payers_rules(is_active=True))]


def _choice(rule: ReportRule) -> tuple[str, str]:
    return rule.public_id, f"{rule.payer}: {rule.name}" if rule.payer else rule.name


class LastingFields:
    """How long an authorisation lasts, and what its payer asks for."""

    basis = SelectField(_l("It lasts"), choices=BASIS_CHOICES, default="fixed_date")
    days = Whole(
        _l("Days"),
        [Optional(), NumberRange(1, DAYS_MAX, _l("Enter %(min)s to %(max)s days."))],
        description=_l("The first day counts itself."),
    )
    issued_on = Day(_l("Issued on"), [Optional()])
    reports_by = SelectField(
        _l("Payer’s rule"),
        choices=rule_choices,
        validate_choice=False,
        default="",
        description=_l("When reports are due. What is left empty here, it fills in."),
    )
    counts_cancelled = BooleanField(_l("A cancellation in time uses one up"))


class AllowedFields(LastingFields):
    """How many visits an authorisation allows, and for how long."""

    visits = Whole(
        _l("Visits allowed"),
        [
            InputRequired(_l("Enter how many visits are allowed.")),
            NumberRange(1, VISITS_MAX, _l("Allow %(min)s to %(max)s visits.")),
        ],
    )
    valid_from = Day(_l("Valid from"), [InputRequired(_l("Enter the first day."))])
    valid_until = Day(_l("Valid until"), [Optional()], description=_l("That day included."))
    reference = StringField(_l("Authorisation number"), [_short(60)])
    payer = StringField(_l("Payer"), [_short(80)])
    counts_missed = BooleanField(_l("A missed visit uses one up"))
    counts_late_cancelled = BooleanField(_l("A late cancellation uses one up"))
    received_on = Day(_l("Received on"), [Optional()], description=_l("Today, if left empty."))
    frequency = StringField(
        _l("How often"), [_short(80)], description=_l("As written, such as twice a week.")
    )


class OrderFields:
    """What an order says: how it came, what it asks for."""

    sent_from = SelectField(_l("Organisation"), validate_choice=False, choices=[])
    received_on = Day(_l("Received on"), [InputRequired(_l("Enter the day it came."))])
    received_via = SelectField(_l("Came by"), choices=CHANNEL_CHOICES)
    urgency = SelectField(_l("Urgency"), choices=URGENCY_CHOICES)
    their_reference = StringField(_l("Their reference"), [_short(60)])
    ordered_on = Day(_l("Day of the order"), [Optional()])
    is_signed = BooleanField(_l("It is signed"))
    wants_report = BooleanField(_l("The sender wants to hear how it went"), default=True)
    requested_service = StringField(
        _l("Service asked for"), [_short(80)], description=_l("No health details here.")
    )
    frequency = StringField(
        _l("How often"), [_short(80)], description=_l("As written, such as twice a week.")
    )
    used_elsewhere = SelectField(
        _l("Is this order used elsewhere too?"),
        choices=ELSEWHERE_CHOICES,
        coerce=_asked,
        default=None,
    )
    minutes = Whole(
        _l("Session length"),
        [Optional(), NumberRange(*MINUTES, _l("Sessions last %(min)s to %(max)s minutes."))],
    )
    reason = _clinical(_l("Reason"))
    diagnosis = _clinical(_l("Diagnosis codes"))
    precautions = _clinical(_l("Precautions"))


class ReferralForm(OrderFields, LastingFields, WithFile):
    """A new order, with the visits that it allows, if it says so."""

    file = Document(_l("Scan of the order"))
    client = StringField(_l("Client"), [InputRequired(_l("Choose a client from the list."))])
    provider = StringField(_l("Provider"), [InputRequired(_l("Choose a provider from the list."))])
    is_another = BooleanField(_l("This is another order"))
    visits = Whole(
        _l("Visits allowed"),
        [Optional(), NumberRange(1, VISITS_MAX, _l("Allow %(min)s to %(max)s visits."))],
        description=_l("Leave it empty if the order does not say."),
    )
    valid_from = Day(
        _l("Valid from"), [Optional()], description=_l("The day it came, if left empty.")
    )
    valid_until = Day(_l("Valid until"), [Optional()], description=_l("That day included."))
    reference = StringField(_l("Authorisation number"), [_short(60)])
    payer = StringField(_l("Payer"), [_short(80)])
    counts_missed = BooleanField(_l("A missed visit uses one up"))
    counts_late_cancelled = BooleanField(_l("A late cancellation uses one up"))


class PaperOrderForm(ReferralForm):
    """A new order whose scan is a paper that arrived: it was looked over when it was put in."""

    file = None  # type: ignore[assignment]

    def look_over(self, check: Callable[[bytes, str], Any]) -> bool:
        """There is nothing else to look over."""
        return True


class AmendForm(OrderFields, VersionedForm):
    """Corrections; clinical text that the reader may not see is replaced only when typed."""


class AuthorisationForm(AllowedFields, VersionedForm):
    """An authorisation, new or corrected."""

    is_closed = BooleanField(_l("Closed: nothing more is booked on it"))
    paper = SelectField(
        _l("Paper that it stands on"), choices=[("", _l("None"))], validate_choice=False, default=""
    )

    def offer_papers(self, papers: Iterable[tuple[str, str]]) -> None:
        """Offer the order's own papers."""
        self.paper.choices = [("", _l("None")), *papers]

    def offer(self, rule: ReportRule | None) -> None:
        """Offer the rule that it goes by, though nobody else may choose it any longer."""
        if rule is not None and not rule.is_active:
            self.reports_by.choices = [*rule_choices(), _choice(rule)]


class EndForm(VersionedForm):
    """Why nothing more is booked on an order."""

    why = StringField(
        _l("Reason for ending"),
        [InputRequired(_l("Say why it ends.")), _short(200)],
        description=_l("Everybody at the desk reads this. No health details here."),
    )


class PapersForm(WithFile):
    """A scan that belongs to an order."""

    file = Document(_l("Document"), [InputRequired(_l("Choose a file."))])
    kind = SelectField(_l("What it is"), choices=KIND_CHOICES, default="order")
    received_on = Day(_l("Received on"), [InputRequired(_l("Enter the day it came."))])


class RemoveForm(VersionedForm):
    """Why a document does not belong to an order."""

    why = StringField(
        _l("Why it does not belong here"),
        [InputRequired(_l("Say why it does not belong here.")), _short(200)],
        description=_l("Everybody at the desk reads this. No health details here."),
    )


def _figure(label: object, bounds: tuple[int, int], hint: object = "") -> Whole:
    between = NumberRange(*bounds, _l("Enter a number from %(min)s to %(max)s."))
    return Whole(label, [Optional(), between], description=hint)


class RuleForm(VersionedForm):
    """What a payer asks for."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter a name.")), _short(80)])
    payer = StringField(_l("Payer"), [_short(80)])
    report_visits = _figure(_l("Report after so many visits"), REPORT_VISITS)
    report_days = _figure(_l("Or after so many days"), REPORT_DAYS, _l("Whichever comes first."))
    renew_days = _figure(_l("Ask for more so many days before the end"), RENEW_DAYS)
    renew_visits = _figure(_l("Or with so many visits left"), RENEW_VISITS)
    visits = _figure(_l("Visits allowed"), (1, VISITS_MAX))
    basis = SelectField(_l("It lasts"), choices=BASIS_CHOICES, default="fixed_date")
    days = _figure(_l("Days"), (1, DAYS_MAX), _l("The first day counts itself."))
    counts_missed = BooleanField(_l("A missed visit uses one up"))
    counts_late_cancelled = BooleanField(_l("A late cancellation uses one up"))
    counts_cancelled = BooleanField(_l("A cancellation in time uses one up"))
    is_active = BooleanField(_l("In use"), default=True)
