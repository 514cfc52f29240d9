"""The screening rules: all of them, one of them, and how it is changed."""

from typing import Any

from flask import flash, redirect, url_for

from clinic.anatomy import AREAS
from clinic.catalogue.queries import techniques
from clinic.core.clock import today
from clinic.core.permissions import Permission
from clinic.health.forms.rules import CLASS_CHOICES, RuleForm
from clinic.health.queries import rules as queries
from clinic.health.rules.disagreements import DISAGREEMENTS, NOTICE
from clinic.health.rules.rulebook import ALL, CLASS_NAMES, SITE, Rule
from clinic.health.rules.saying import in_words
from clinic.health.services import rules as services
from clinic.health.views import bp
from clinic.practice.queries import the_practice
from clinic.staff.queries import qualifications
from clinic.web import aftermath
from clinic.web.guards import requires, the_actor
from clinic.web.pages import asked_text, rows, show
from clinic.web.wording import gettext, spoken
from clinic.web.wording import lazy_gettext as _l

ONLY = {
    "": _l("All"),
    "own": _l("Changed here"),
    "dated": _l("With a date"),
    "off": _l("Switched off"),
}


@bp.get("/screening/rules")
@requires(Permission.SCREENING_READ)
def rules() -> Any:
    """All rules by class, as they are today."""
    text, only = asked_text("q"), asked_text("only")
    only = only if only in ONLY else ""
    day = _today()
    return show(
        "health/rules.html",
        listed=queries.listed(day, text, only),
        disagreements=DISAGREEMENTS,
        labels={
            code: versions[-1].label for code, versions in queries.rule_book().versions.items()
        },
        is_untouched=queries.rules_version() == 0,
        text=text,
        only=only,
        onlys=ONLY,
        **_words(),
    )


@bp.get("/screening/rules/<code>")
@requires(Permission.SCREENING_READ)
def rule(code: str) -> Any:
    """One rule: when it is hit, what it does, where it comes from, what was changed."""
    versions = queries.the_rule(code)
    line = queries.line_of(queries.rule_book(), code, _today())
    return show(
        "health/rule.html",
        line=line,
        rule=line.rule,
        when=line.rule.when or spoken(in_words(line.rule.node)),
        shipped=versions[0],
        changes=queries.changes_of(code),
        **_words(),
    )


@bp.route("/screening/rules/<code>/change", methods=["GET", "POST"])
@requires(Permission.SCREENING_RULES)
def change_rule(code: str) -> Any:
    """Have a rule say something else from a day on."""
    last, day = queries.the_rule(code)[-1], _today()
    now = queries.line_of(queries.rule_book(), code, day).rule
    form = RuleForm(
        version=last.number,
        effective_from=day,
        pressure="" if now.pressure is None else str(now.pressure),
        **{name: getattr(now, name) for name in services.CHANGEABLE if name != "pressure"},
    )
    _offer(form, now)
    if form.is_sent() and form.attempt(
        lambda: services.change_rule(
            code, actor=the_actor(), version=form.version.data, **form.changes()
        )
    ):
        flash(gettext("The rule is changed."), "success")
        aftermath.tell()
        return redirect(url_for(".rule", code=code))
    return show("health/rule_change.html", form=form, rule=now, **_words())


def _offer(form: Any, now: Rule) -> None:
    names = _techniques()
    areas = {code: spoken(area.name) for code, area in AREAS.items()}
    form.klass.choices = [(klass, spoken(name)) for klass, name in CLASS_CHOICES]
    form.blocks.choices = [(ALL, gettext("Every technique")), *_also(names, now.blocks)]
    form.avoid.choices = [
        (ALL, gettext("The whole body")),
        (SITE, gettext("The place it was found at")),
        *areas.items(),
    ]
    held = {one.code: one.name for one in rows(qualifications())}
    form.qualification.choices = [("", gettext("None")), *_also(held, (now.qualification,))]


def _also(names: dict[str, str], codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """The clinic's own, and what the rule has besides."""
    more = {code: code for code in codes if code and code not in names and code != ALL}
    return [*names.items(), *more.items()]


def _techniques() -> dict[str, str]:
    return {one.code: one.name for one in rows(techniques())}


def _words() -> dict[str, Any]:
    """What the codes in rules are called."""
    return {
        "notice": NOTICE,
        "classes": CLASS_NAMES,
        "technique_names": _techniques() | {ALL: gettext("every technique")},
        "area_names": {code: spoken(area.name) for code, area in AREAS.items()}
        | {ALL: gettext("the whole body"), SITE: gettext("the place it was found at")},
        "trainings": {one.code: one.name for one in rows(qualifications())},
    }


def _today() -> Any:
    return today(the_practice().zone)
