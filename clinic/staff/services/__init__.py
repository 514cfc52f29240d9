"""Verbs of the staff room: sign in, invite, qualify, leave."""

from clinic.staff.services.links import accept, first_owner_link, invite, kind_of, reset_link
from clinic.staff.services.passwords import check_choice, hashed
from clinic.staff.services.people import (
    amend,
    disable,
    enable,
    grant_roles,
    hire,
    name_qualification,
    prefer,
    qualify,
    requalify,
    revoke,
)
from clinic.staff.services.sessions import end, end_others, forget, keep, touch
from clinic.staff.services.sign_in import (
    SignInRefused,
    change_password,
    check_password,
    keep_password,
)

__all__ = [
    "SignInRefused",
    "accept",
    "amend",
    "change_password",
    "check_choice",
    "check_password",
    "disable",
    "enable",
    "end",
    "end_others",
    "first_owner_link",
    "forget",
    "grant_roles",
    "hashed",
    "hire",
    "invite",
    "keep",
    "keep_password",
    "kind_of",
    "name_qualification",
    "prefer",
    "qualify",
    "requalify",
    "reset_link",
    "revoke",
    "touch",
]
