from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from flask_login import login_user, logout_user
from flask_wtf.csrf import generate_csrf

from clinic.core.errors import DomainError, NotFound
from clinic.core.permissions import SYSTEM, Permission, Role, can
from clinic.core.transactions import transaction
from clinic.practice.queries import the_practice
from clinic.staff import queries, services
from clinic.staff.forms import (
    ChangePasswordForm,
    FirstOwnerForm,
    InviteForm,
    LookForm,
    NewPasswordForm,
    SignInForm,
)
from clinic.staff.rules import browser_name
from clinic.web import aftermath
from clinic.web.guards import is_safe_path, me, open_door, requires, the_actor
from clinic.web.pages import rows, show
from clinic.web.wording import gettext, spoken

bp = Blueprint("staff", __name__)

CLEAR = '"cache", "storage"'


@bp.route("/sign-in", methods=["GET", "POST"])
@open_door("everybody begins here")
def sign_in() -> Any:
    after = _next()
    if me() is not None and request.method == "GET":
        return redirect(after)
    form = SignInForm()
    if form.is_sent():
        try:
            member = services.check_password(
                form.email.data, form.password.data, address=request.remote_addr or ""
            )
        except DomainError as error:
            form.blame(error)
        else:
            _let_in(member)
            return redirect(after)
    return show("staff/sign_in.html", form=form, after=after)


def _next() -> str:
    """Where to go after signing in: a place in this house, or its front."""
    wanted = request.values.get("next", "")
    return wanted if is_safe_path(wanted) else url_for("staff.front")


def _let_in(member: Any) -> None:
    """Begin a fresh session: the one from before signing in dies."""
    session.renew()  # type: ignore[attr-defined]
    actor = queries.actor_of(member)
    login_user(_as_user(actor))
    generate_csrf()


def _as_user(actor: Any) -> Any:
    return current_app.extensions["signed_in"](actor)


@bp.post("/sign-out")
@requires(Permission.ACCOUNT_OWN)
def sign_out() -> Any:
    logout_user()
    session.renew()  # type: ignore[attr-defined]
    flash(gettext("You are signed out."), "success")
    answer = redirect(url_for(".sign_in"))
    answer.headers["Clear-Site-Data"] = CLEAR
    return answer


@bp.get("/")
@requires(Permission.ACCOUNT_OWN)
def front() -> Any:
    """The front page: the board for the desk, one's own day for who treats."""
    if not the_practice().version and can(the_actor(), Permission.PRACTICE_WRITE):
        return redirect(url_for("practice.setup"))
    own = the_actor().roles == {Role.THERAPIST}
    endpoint = "desk.my_day" if own else "office_board.index"
    if endpoint not in current_app.view_functions:
        endpoint = ".account"
    return redirect(url_for(endpoint))


@bp.route("/link/<token>", methods=["GET", "POST"])
@open_door("who holds the link has no password yet")
def link(token: str) -> Any:
    """Use a one-time link. The token is random, dies with use, and names nobody."""
    kind, name = services.kind_of(token)
    form = FirstOwnerForm() if kind == "bootstrap" else NewPasswordForm()
    if form.is_sent() and _accepted(form, token, name):
        _let_in(form.result)
        flash(gettext("Your password is set. You are signed in."), "success")
        return redirect(url_for(".front"))
    return show("staff/link.html", form=form, kind=kind, name=name)


def _accepted(form: Any, token: str, name: str) -> bool:
    typed = form.values()
    password = typed.pop("password")
    try:
        services.check_choice(password, name, *typed.values())
    except DomainError as error:
        form.blame(error)
        return False
    hashed = services.hashed(password)
    return bool(
        form.attempt(
            lambda: services.accept(actor=SYSTEM, token=token, password_hash=hashed, **typed)
        )
    )


@bp.get("/account")
@requires(Permission.ACCOUNT_OWN)
def account() -> Any:
    return _account(LookForm(**_look()), ChangePasswordForm(formdata=None))


def _look() -> dict[str, Any]:
    sitting = session.sitting  # type: ignore[attr-defined]
    return {"theme": sitting.theme, "has_shortcuts": sitting.has_shortcuts}


def _account(look: LookForm, password: ChangePasswordForm) -> Any:
    known = rows(queries.sessions_of(the_actor()))
    sessions = [(one, browser_name(one.agent)) for one in known]
    here = session.reference  # type: ignore[attr-defined]
    status = max(look.status, password.status)
    return show(
        "staff/account.html",
        look=look,
        password=password,
        sessions=sessions,
        here=here,
        status=status,
    )


@bp.post("/account/look")
@requires(Permission.ACCOUNT_OWN)
def look() -> Any:
    form = LookForm()
    if form.is_sent() and form.attempt(lambda: services.prefer(actor=the_actor(), **form.values())):
        return redirect(url_for(".account"))
    return _account(form, ChangePasswordForm(formdata=None))


@bp.post("/account/password")
@requires(Permission.ACCOUNT_OWN)
def password() -> Any:
    form, here = ChangePasswordForm(), session.reference  # type: ignore[attr-defined]
    if form.is_sent():
        try:
            hashed = services.change_password(actor=the_actor(), **form.values())
        except DomainError as error:
            form.blame(error)
        else:
            with transaction():
                services.keep_password(actor=the_actor(), password_hash=hashed, session_ref=here)
            _let_in(queries.the_member(the_actor().public_id))
            flash(
                gettext("Your password is changed. Everywhere else you are signed out."), "success"
            )
            return redirect(url_for(".account"))
    return _account(LookForm(formdata=None, **_look()), form)


@bp.post("/account/sessions/<pid:session_id>/end")
@requires(Permission.ACCOUNT_OWN)
def end_session(session_id: str) -> Any:
    with transaction():
        services.end(session_id, actor=the_actor())
    return redirect(url_for(".account"))


@bp.post("/account/sessions/end-others")
@requires(Permission.ACCOUNT_OWN)
def end_other_sessions() -> Any:
    with transaction():
        services.end_others(actor=the_actor(), session_ref=session.reference)  # type: ignore[attr-defined]
    return redirect(url_for(".account"))


@bp.get("/staff")
@requires(Permission.STAFF_READ)
def index() -> Any:
    return show("staff/index.html", people=rows(queries.everyone()))


@bp.route("/staff/invite", methods=["GET", "POST"])
@requires(Permission.STAFF_WRITE)
def invite() -> Any:
    form = InviteForm()
    if form.is_sent():
        typed = form.values()
        roles = frozenset(Role(role) for role in typed.pop("roles"))
        if form.attempt(lambda: services.invite(actor=the_actor(), roles=roles, **typed)):
            member, token = form.result
            return _show_link(member.name, "invite", token)
    return show("staff/invite.html", form=form)


@bp.post("/staff/<pid:member_id>/new-link")
@requires(Permission.STAFF_WRITE)
def new_link(member_id: str) -> Any:
    with transaction():
        member = queries.the_member(member_id)
        token = services.reset_link(member, actor=the_actor())
        name = member.name
    return _show_link(name, "reset", token)


def _show_link(name: str, kind: str, token: str) -> Any:
    """Show a link once: it is kept only as a hash, so nobody can show it again."""
    address = current_app.config["BASE_URL"] + url_for(".link", token=token)
    return show("staff/new_link.html", name=name, kind=kind, address=address)


@bp.post("/staff/<pid:member_id>/disable")
@requires(Permission.STAFF_WRITE)
def disable(member_id: str) -> Any:
    return _change(member_id, services.disable)


@bp.post("/staff/<pid:member_id>/enable")
@requires(Permission.STAFF_WRITE)
def enable(member_id: str) -> Any:
    return _change(member_id, services.enable)


def _change(member_id: str, act: Any) -> Any:
    try:
        with transaction():
            act(queries.the_member(member_id), actor=the_actor())
    except NotFound:
        raise
    except DomainError as error:
        flash(spoken(error.words), "error")
    else:
        aftermath.tell()
    return redirect(url_for(".index"))
