"""Who changed and who saw what: read only, and never the values themselves."""

from typing import Any

from flask import current_app, g
from flask_admin import BaseView, expose
from sqlalchemy import String, cast

from clinic.admin.base import GuardedView, ServiceModelView
from clinic.admin.parts import Column, Day, Named, one_of
from clinic.audit.models import ChangeEntry
from clinic.audit.queries import latest_reads
from clinic.core.clock import day_bounds
from clinic.core.permissions import Permission
from clinic.practice.queries import the_practice
from clinic.staff.models import StaffMember
from clinic.staff.queries import names_of, staff_names
from clinic.web.pages import FURTHEST, asked_page, records
from clinic.web.wording import lazy_gettext as _l

SECTION = _l("Audit")
KINDS = {
    "added": (_l("Added"), "success"),
    "changed": (_l("Changed"), "info"),
    "removed": (_l("Removed"), "danger"),
}
TABLES = {
    "add_on": _l("Add-on"),
    "addendum": _l("Addendum"),
    "adverse_event": _l("Adverse event"),
    "arrived_paper": _l("Paper that arrived"),
    "authorisation": _l("Authorised visits"),
    "care_team_member": _l("Care team"),
    "case_step": _l("Step of a referral"),
    "clearance": _l("Clearance"),
    "client": _l("Client"),
    "consent": _l("Consent"),
    "consent_text": _l("Words of a consent"),
    "contact_attempt": _l("Attempt to reach a client"),
    "dispatch": _l("Sending of a letter"),
    "equipment": _l("Equipment"),
    "equipment_kind": _l("Kind of equipment"),
    "feed_token": _l("Address of a calendar"),
    "group_booking": _l("Visits together"),
    "health_fact": _l("Health fact"),
    "hours_exception": _l("Day that differs"),
    "import_run": _l("Import"),
    "imported_history_line": _l("Imported history"),
    "intake_response": _l("Health form"),
    "late_policy": _l("Late policy"),
    "letter": _l("Letter"),
    "letter_attachment": _l("Document with a letter"),
    "letter_version": _l("Letter as sent"),
    "note": _l("Session note"),
    "one_time_link": _l("One-time link"),
    "organisation": _l("Organisation"),
    "outbound_referral": _l("Referral to a provider"),
    "outbox_message": _l("E-mail"),
    "phone": _l("Phone number"),
    "place": _l("Place"),
    "preference": _l("Preference"),
    "price": _l("Price"),
    "progress_report": _l("Report to a provider"),
    "provider": _l("Provider"),
    "provider_at": _l("Where a provider works"),
    "qualification": _l("Qualification"),
    "reading": _l("Measure"),
    "referral": _l("Referral"),
    "referral_case": _l("State of a referral"),
    "referral_document": _l("Scan of an order"),
    "reply": _l("Answer of a provider"),
    "report_rule": _l("What a payer asks for"),
    "role_grant": _l("Role"),
    "room": _l("Room"),
    "room_closure": _l("Closed room"),
    "room_feature": _l("What rooms have"),
    "room_has_feature": _l("What a room has"),
    "rule_hit": _l("Decision on a screening rule"),
    "rule_version": _l("Screening rule"),
    "series": _l("Series"),
    "series_add_on": _l("Add-on of a series"),
    "series_item": _l("Visit of a series"),
    "series_phase": _l("Phase of a series"),
    "service": _l("Service"),
    "service_equipment": _l("Equipment of a service"),
    "service_feature": _l("What a service needs of a room"),
    "service_requirement": _l("What a service asks for"),
    "service_technique": _l("Technique of a service"),
    "service_variant": _l("Length"),
    "setting": _l("Settings"),
    "slot": _l("Taken time"),
    "staff_member": _l("Staff"),
    "staff_qualification": _l("Licence"),
    "stored_file": _l("Document"),
    "task": _l("Task"),
    "technique": _l("Technique"),
    "time_off": _l("Time off"),
    "treatment_plan": _l("Treatment plan"),
    "visit": _l("Visit"),
    "visit_add_on": _l("Add-on of a visit"),
    "visit_seal": _l("Seal of a visit"),
    "waitlist_entry": _l("Waitlist"),
    "waitlist_offer": _l("Offer from the waitlist"),
    "waitlist_therapist": _l("Therapist waited for"),
    "working_hours": _l("Working hours"),
}
"""The word of every table whose changes are logged."""


def _begins(day: Any) -> Any:
    return ChangeEntry.at >= day_bounds(day, the_practice().zone)[0]


def _ends(day: Any) -> Any:
    return ChangeEntry.at < day_bounds(day, the_practice().zone)[1]


class ChangesAdmin(ServiceModelView):
    model = ChangeEntry
    slug, label, section, glyph = "changes", _l("Changes"), SECTION, "history"
    about = _l("Who changed what, and when. Values stay sealed.")
    read_permission = Permission.AUDIT_READ
    can_view_details = False
    outer_joins = ((StaffMember, StaffMember.id == ChangeEntry.actor_id),)
    title = (ChangeEntry.verb,)
    order = (ChangeEntry.seq.desc(),)
    columns = (
        Column("at", _l("When"), ChangeEntry.at, "when", sort=(ChangeEntry.seq,)),
        Column("who", _l("Who"), StaffMember.name, "name", {None: _l("The system")}),
        Column("kind", _l("What"), ChangeEntry.kind, "tag", KINDS),
        Column("table", _l("Table"), ChangeEntry.object_table, "name", TABLES),
        Column("fields", _l("Fields"), ChangeEntry.fields, "fields"),
        Column("verb", _l("By"), ChangeEntry.verb),
    )
    filters = (
        Named(_l("Who"), StaffMember.public_id, lambda: records(staff_names())),
        one_of(_l("Table"), ChangeEntry.object_table, TABLES),
        one_of(_l("What"), ChangeEntry.kind, {code: word for code, (word, _) in KINDS.items()}),
        Day(_l("When"), _l("on or after"), _begins),
        Day(_l("When"), _l("on or before"), _ends),
    )

    def public_id(self) -> Any:
        return cast(ChangeEntry.seq, String)


class ReadsAdmin(GuardedView, BaseView):
    """The log of reads lies in a database of its own on SQLite: a page of its own as well."""

    section, glyph = SECTION, "eye"
    about = _l("Who saw the records of how many clients, and when.")
    read_permission = Permission.AUDIT_READ
    SIZE = 50

    def __init__(self) -> None:
        super().__init__(name=_l("Reads"), endpoint="office_reads", url="reads")

    @expose("/")
    def index(self) -> Any:
        number = asked_page()
        found = latest_reads(
            current_app.extensions["access"], (number - 1) * self.SIZE, self.SIZE + 1
        )
        shown = found[: self.SIZE]
        g.has_next = len(found) > self.SIZE and number < FURTHEST
        names = names_of([row.actor_id for row in shown if row.actor_id])
        return self.render("admin/reads.html", rows=shown, names=names, number=number)


SCREENS = (ChangesAdmin, ReadsAdmin)
