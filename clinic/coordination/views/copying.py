"""Letters of a referral besides those it owes: a copy of a report, and the visits used."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.audit.services import saw
from clinic.coordination.forms.sender import CopyForm
from clinic.coordination.queries.cases import the_case
from clinic.coordination.queries.copies import is_a_report, payers_of
from clinic.coordination.services.confirming import confirm_used
from clinic.coordination.services.copying import copy_report
from clinic.coordination.views import bp
from clinic.coordination.views.sender import (
    choices_of,
    chosen_provider,
    place_chosen,
    places_of,
)
from clinic.core.errors import Conflict, DomainError, NotFound
from clinic.core.permissions import Permission
from clinic.core.transactions import transaction
from clinic.core.words import say
from clinic.directory.queries import the_provider
from clinic.letters.models import Letter
from clinic.letters.queries import the_letter
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_id, asked_text, show
from clinic.web.wording import gettext, spoken


@bp.route("/letters/<pid:letter_id>/copy", methods=["GET", "POST"])
@requires(Permission.LETTERS_WRITE)
def copy_letter(letter_id: str) -> Any:
    """First choose who gets the copy, then see how they are reached."""
    letter = the_letter(letter_id)
    saw("contact", [letter.client.public_id])
    form = CopyForm(provider=asked_id("provider") or "")
    if not form.is_submitted() and not is_a_report(letter):
        raise Conflict(say("Only a report that is approved or has left is copied."))
    chosen = chosen_provider(form.provider)
    form.organisation.choices = choices_of(chosen, gettext("Choose where to send it"))
    if form.is_sent() and form.attempt(lambda: _copy(letter_id, form)):
        flash(gettext("The copy is drafted. It is approved as every report."), "success")
        return redirect(url_for("letters.letter", letter_id=form.result.public_id))
    return show(
        "coordination/copy.html",
        form=form,
        letter=letter,
        chosen=chosen,
        typed=asked_text("text"),
        places=places_of(chosen),
        payers=payers_of(letter),
    )


def _copy(letter_id: str, form: CopyForm) -> Letter:
    return copy_report(
        the_letter(letter_id),
        actor=the_actor(),
        provider=the_provider(form.provider.data or ""),
        organisation=place_chosen(form.organisation.data, "organisation"),
    )


@bp.post("/referrals/<pid:referral_id>/used")
@requires(Permission.LETTERS_WRITE)
def confirm_visits(referral_id: str) -> Any:
    """Draft the letter that says how many visits were used here."""
    try:
        with transaction():
            letter = confirm_used(the_case(referral_id), actor=the_actor())
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
        return redirect(url_for("desk.referral", referral_id=referral_id))
    saw("contact", [letter.client.public_id])
    flash(gettext("The letter is drafted. Who treats the client reads and approves it."), "success")
    return redirect(url_for("letters.letter", letter_id=letter.public_id))
