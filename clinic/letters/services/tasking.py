"""What a letter that did not arrive gives somebody to do."""

from datetime import timedelta

from clinic.core.permissions import SYSTEM
from clinic.core.tongue import spoken
from clinic.core.words import say
from clinic.letters.models import Letter
from clinic.letters.services.checking import this_day
from clinic.tasks.services import finish_about, open_task

_AGAIN, _NEEDLESS = say("The letter was sent again."), say("The letter is not needed any more.")
_TO_CORRECT = timedelta(days=2)


def follow(letter: Letter) -> None:
    """One that did not arrive is somebody's task until it leaves again, or is given up."""
    about = f"letter:{letter.public_id}"
    if letter.status == "failed":
        open_task(
            actor=SYSTEM,
            kind="letter_failed",
            due_on=this_day(),
            about=about,
            client=letter.client,
            note=letter.provider.name,
            dedupe=f"letter_failed:{letter.public_id}",
        )
    elif letter.status in ("sent", "cancelled"):
        said = _AGAIN if letter.status == "sent" else _NEEDLESS
        finish_about(about, actor=SYSTEM, outcome=spoken(said), kinds=("letter_failed",))


def ask_for_number(letter: Letter) -> None:
    """The number or address on file is wrong: somebody puts the directory right."""
    provider = letter.provider
    open_task(
        actor=SYSTEM,
        kind="update_directory",
        due_on=this_day() + _TO_CORRECT,
        about=f"provider:{provider.public_id}",
        note=provider.name,
        dedupe=f"update_directory:{provider.public_id}",
    )
