"""Verbs for payers' rules: put in what ships, add the clinic's own, change and switch them."""

from typing import Any

from clinic.core.db import db
from clinic.core.errors import DomainError
from clinic.core.guard import verb
from clinic.core.permissions import Actor, Permission
from clinic.core.words import say
from clinic.referrals.models import ReportRule
from clinic.referrals.queries import rule_codes
from clinic.referrals.rules import BASES, COUNTED, DAYS_MAX, PRESETS, VISITS_MAX
from clinic.referrals.rules.payers import RENEW_DAYS, RENEW_VISITS, REPORT_DAYS, REPORT_VISITS

FACTS = (
    "name", "payer", "report_visits", "report_days", "renew_days", "renew_visits", "visits",
    "basis", "days", "counts_missed", "counts_late_cancelled", "counts_cancelled", "is_active",
)  # fmt: skip
_BOUNDS = {
    "report_visits": REPORT_VISITS,
    "report_days": REPORT_DAYS,
    "renew_days": RENEW_DAYS,
    "renew_visits": RENEW_VISITS,
    "visits": (1, VISITS_MAX),
    "days": (1, DAYS_MAX),
}


@verb(Permission.PRACTICE_WRITE)
def stock_rules(*, actor: Actor) -> int:
    """Put in the rules that ship, and say how many were new.

    What is there already is left as it is, so doing it again adds nothing.
    """
    known = rule_codes()
    missing = [one for one in PRESETS if one.code not in known]
    for one in missing:
        db.session.add(
            ReportRule(
                code=one.code, name=one.name, payer=one.payer,
                report_visits=one.report_visits, report_days=one.report_days,
                renew_days=one.renew_days, renew_visits=one.renew_visits, visits=one.visits,
                basis=one.basis, days=one.days,
            )
        )  # fmt: skip
    return len(missing)


@verb(Permission.PRACTICE_WRITE)
def add_rule(*, actor: Actor, **facts: Any) -> ReportRule:
    """A payer's rule of the clinic's own. Raises DomainError, which names the field."""
    rule = ReportRule()
    _set(rule, facts)
    db.session.add(rule)
    return rule


@verb(Permission.PRACTICE_WRITE)
def amend_rule(rule: ReportRule, *, actor: Actor, version: int | None = None, **facts: Any) -> None:
    """Change what a payer asks for; authorisations go by it from now on, what lasts so long
    already stays. Raises StaleEdit, DomainError."""
    rule.expect(version, *FACTS)
    _set(rule, facts)


def _set(rule: ReportRule, facts: dict[str, Any]) -> None:
    facts = {name: facts.get(name) for name in FACTS}
    facts["name"], facts["payer"] = (facts["name"] or "").strip(), (facts["payer"] or "").strip()
    facts["renew_days"] = facts["renew_days"] or 0
    facts["renew_visits"] = facts["renew_visits"] or 0
    if not facts["name"]:
        raise DomainError(say("Enter a name."), field="name")
    if facts["basis"] not in BASES:
        raise DomainError(say("Choose how long it lasts."), field="basis")
    if facts["basis"] not in COUNTED:
        facts["days"] = None
    for name, (least, most) in _BOUNDS.items():
        if facts[name] is not None and not least <= facts[name] <= most:
            raise DomainError(say("Enter {least} to {most}.", least=least, most=most), field=name)
    for name, value in facts.items():
        setattr(rule, name, bool(value) if name.startswith(("counts_", "is_")) else value)
