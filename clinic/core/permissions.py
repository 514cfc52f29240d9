"""Who may do what: the words, and the one table.

Roles are additive: a person may hold several, and may do whatever any of them
allows. What no role names, nobody may do.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Permission(StrEnum):
    """``room:action``; each line says what it allows."""

    ACCOUNT_OWN = "account:own"  # change one's own password, see and end one's own sessions
    AUDIT_READ = "audit:read"  # see who changed and who saw what
    CATALOGUE_READ = "catalogue:read"  # see services and prices
    CATALOGUE_WRITE = "catalogue:write"  # change services, prices, add-ons, techniques
    CLIENTS_READ = "clients:read"  # find clients, see how to reach them
    CLIENTS_WRITE = "clients:write"  # register and amend clients
    CLIENTS_MERGE = "clients:merge"  # join two records of one person, and part them again
    CLIENTS_STANDING = "clients:standing"  # mark "do not book" and lift it
    CLINICAL_READ = "clinical:read"  # read health facts of clients in one's own care
    CLINICAL_ENTER = "clinical:enter"  # type in what a form or an order says (write-only)
    CLINICAL_DECIDE = "clinical:decide"  # review a history, decide what a rule means for a client
    CONSENTS_TAKE = "consents:take"  # write down what a client agreed to, or took back
    DIRECTORY_MERGE = "directory:merge"  # join two records of one provider, and part them again
    DIRECTORY_READ = "directory:read"  # see outside providers and organisations
    DIRECTORY_WRITE = "directory:write"  # change them
    EVENTS_REPORT = "events:report"  # report that something went wrong with a treatment
    EVENTS_REVIEW = "events:review"  # see all such reports, review and close them
    LETTERS_APPROVE = "letters:approve"  # approve what a letter says of a client's health
    LETTERS_WRITE = "letters:write"  # draft letters to providers, send them, log what comes back
    MESSAGES_READ = "messages:read"  # see which e-mails left, which wait and which failed
    NOTES_CORRECT = "notes:correct"  # say that a note was entered in error
    NOTES_WRITE = "notes:write"  # write and sign one's own notes, plans and measures
    OFFICE_ENTER = "office:enter"  # open the back office
    PRACTICE_WRITE = "practice:write"  # change the clinic's own settings
    REFERRALS_COUNT = "referrals:count"  # see in numbers how referrals went
    REFERRALS_READ = "referrals:read"  # see who sent a client, for how many visits
    REFERRALS_WRITE = "referrals:write"  # log orders and authorisations
    SCHEDULE_READ = "schedule:read"  # see the day
    SCHEDULE_OWN = "schedule:own"  # book, move, cancel, check in visits with oneself
    SCHEDULE_WRITE = "schedule:write"  # the same with any therapist
    SCHEDULE_OVERLAP = "schedule:overlap"  # book a therapist twice at one time, on purpose
    SCHEDULE_CORRECT = (
        "schedule:correct"  # owner's corrections: error, no-show and completed swapped
    )
    SCREENING_READ = "screening:read"  # read the screening rules, with their sources
    SCREENING_RULES = "screening:rules"  # switch, tighten and date them; also given by name
    STAFF_READ = "staff:read"  # see who works here
    STAFF_WRITE = "staff:write"  # invite, change roles, qualifications, licences, disable
    TASKS_DO = "tasks:do"  # see what is to be done, take it and finish it
    TIMETABLE_READ = "timetable:read"  # see rooms, hours and time off
    TIMETABLE_WRITE = "timetable:write"  # change rooms and hours, approve time off
    TIME_OFF_ASK = "time_off:ask"  # ask for one's own time off
    VISITS_TREAT = "visits:treat"  # start and finish one's own visits


class Role(StrEnum):
    """What a person is at this clinic."""

    RECEPTIONIST = "receptionist"
    THERAPIST = "therapist"
    OWNER = "owner"


_P = Permission

_EVERYONE = frozenset(
    {
        _P.ACCOUNT_OWN,
        _P.CATALOGUE_READ,
        _P.CLIENTS_READ,
        _P.CLIENTS_WRITE,
        _P.CLINICAL_ENTER,
        _P.CONSENTS_TAKE,
        _P.DIRECTORY_READ,
        _P.EVENTS_REPORT,
        _P.OFFICE_ENTER,
        _P.LETTERS_WRITE,
        _P.MESSAGES_READ,
        _P.REFERRALS_READ,
        _P.SCHEDULE_OWN,
        _P.SCHEDULE_READ,
        _P.STAFF_READ,
        _P.TASKS_DO,
        _P.TIMETABLE_READ,
        _P.TIME_OFF_ASK,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.RECEPTIONIST: _EVERYONE
    | {
        _P.CLIENTS_MERGE,
        _P.DIRECTORY_WRITE,
        _P.REFERRALS_COUNT,
        _P.REFERRALS_WRITE,
        _P.SCHEDULE_WRITE,
    },
    Role.THERAPIST: _EVERYONE
    | {
        _P.CLINICAL_DECIDE,
        _P.CLINICAL_READ,
        _P.LETTERS_APPROVE,
        _P.NOTES_WRITE,
        _P.REFERRALS_WRITE,
        _P.SCREENING_READ,
        _P.VISITS_TREAT,
    },
    # An owner who does not treat sees counts and safety events, no health facts:
    # one who treats is given the therapist's role as well.
    Role.OWNER: _EVERYONE
    | {
        _P.AUDIT_READ,
        _P.CATALOGUE_WRITE,
        _P.CLIENTS_MERGE,
        _P.CLIENTS_STANDING,
        _P.DIRECTORY_MERGE,
        _P.DIRECTORY_WRITE,
        _P.EVENTS_REVIEW,
        _P.NOTES_CORRECT,
        _P.PRACTICE_WRITE,
        _P.REFERRALS_COUNT,
        _P.REFERRALS_WRITE,
        _P.SCHEDULE_CORRECT,
        _P.SCHEDULE_OVERLAP,
        _P.SCHEDULE_WRITE,
        _P.SCREENING_READ,
        _P.SCREENING_RULES,
        _P.STAFF_WRITE,
        _P.TIMETABLE_WRITE,
    },
}


LEADS = frozenset({Permission.SCREENING_READ, Permission.SCREENING_RULES})
"""What the lead therapist may, whom the owner names."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff as the rest of the house knows them."""

    id: int | None
    public_id: str
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    is_system: bool = False
    by_name: frozenset[Permission] = field(default_factory=frozenset)
    """What this person may besides, given to them by name."""

    def may(self, permission: Permission) -> bool:
        """Whether any of this person's roles allows it; the clinic's own machinery may."""
        return (
            self.is_system
            or permission in self.by_name
            or any(permission in ROLE_PERMISSIONS[role] for role in self.roles)
        )


SYSTEM = Actor(id=None, public_id="system", name="System", is_system=True)
"""The clinic's own machinery: commands run from the console, imports, sweeps."""


def can(actor: Actor | None, permission: Permission) -> bool:
    """Whether this person may; nobody signed in may nothing."""
    return actor is not None and actor.may(permission)
