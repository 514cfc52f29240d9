"""The forms as they are asked, first wording. Once used they never change: another wording is
another module with the next number.

What a history of health asks follows the lists that colleges and boards of massage therapy print
for it (College of Massage Therapists of Ontario, "Client health history"; WAC 246-830-565, which
wants the history brought up to date at every session).
"""

from clinic.core.words import Words, say
from clinic.health.rules.asking import Form, Item, Section
from clinic.health.rules.conditions import GROUPS
from clinic.health.rules.vocabulary import ANSWERS, CHECKS, PREGNANT_DAY
from clinic.health.rules.wishes import LIKES

NUMBER = 1


def _ask(name: str, hint: Words | None = None, show_if: str = "") -> Item:
    """A question of the list of answers."""
    return Item(name, "yesno", ANSWERS[name].label, hint, (f"answer:{name}",), show_if=show_if)


def _list(group: str, show_if: str = "") -> Item:
    """The conditions of one group."""
    hint = say("Tick what you have now or had in the past.")
    return Item(group, "conditions", GROUPS[group], hint, groups=(group,), show_if=show_if)


def _rows(kind: str, label: Words, hint: Words | None = None) -> Item:
    """All facts of a kind; "no" is stored as "none known"."""
    return Item(kind, "rows", label, hint, (kind,), of=(kind,))


def _text(key: str, label: Words, hint: Words | None = None, *, is_required: bool = False) -> Item:
    return Item(key, "text", label, hint, is_required=is_required)


_WHY = Section(
    "why",
    say("Why you come"),
    (
        _text("complaint", say("What would you like help with?"), is_required=True),
        Item(
            "complaint_areas",
            "areas",
            say("Where is it?"),
            say("Left and right are your own."),
            is_required=False,
        ),
        Item(
            "pain_now",
            "scale",
            say("How strong is the pain right now?"),
            say("0 is no pain, 10 the worst you can imagine."),
            is_required=False,
        ),
        _text("goals", say("What would you like to do again, or do better?")),
        Item(
            "general_health",
            "choice",
            say("How is your health in general?"),
            options=(
                ("good", say("Good")),
                ("fair", say("Fair")),
                ("poor", say("Poor")),
                ("unsure", say("I am not sure")),
            ),
        ),
        _ask("frail"),
        _text("massage_before", say("Have you had massage before? How was it?")),
        _text("doctor", say("Who is your doctor? Name, address and telephone")),
        _text("others", say("Who else treats you at present, and for what?")),
    ),
    say("Answer what you can. “I am not sure” is always a good answer."),
)
_HEART = Section(
    "heart",
    say("Heart, veins and blood"),
    (
        _list("cardio"),
        _list("vascular"),
        _list("blood"),
        _ask("one_sided_limb_swelling"),
        _ask("leg_swelling"),
    ),
    say("Some conditions change how we treat you. Only your therapist reads this."),
)
_BREATH = Section(
    "breath",
    say("Breathing, infections and skin"),
    (_list("respiratory"), _list("infection"), _list("skin"), _ask("thin_skin")),
)
_NERVES = Section(
    "nerves",
    say("Nerves, head and back"),
    (
        _list("neuro"),
        _ask("numb_areas"),
        _ask("heat_intolerant"),
        _ask("saddle_numbness"),
        _ask("bladder_bowel_change"),
        _ask("leg_weakness_progressive"),
        _ask("night_pain_unrelenting"),
        _ask("weight_loss"),
    ),
)
_JOINTS = Section(
    "joints",
    say("Bones, joints and muscles"),
    (_list("musculoskeletal"), _ask("unexplained_pain"), _ask("unexplained_lump")),
)
_ORGANS = Section(
    "organs",
    say("Digestion, hormones, kidneys and cancer"),
    (
        _list("digestive"),
        _list("endocrine"),
        _list("renal"),
        _ask("dialysis"),
        _list("cancer"),
        _ask("nodes_removed"),
        _ask("radiation_had"),
    ),
)
_MIND = Section(
    "mind",
    say("Wellbeing, and anything else"),
    (
        _list("mental"),
        _ask(
            "trauma_informed_requested",
            say(
                "You need not say why. We can ask before every step, and you can stop us any time."
            ),
        ),
        Item(
            "other_conditions",
            "rows",
            say("Do you have a condition that was not on these lists?"),
            say("Write it as you would say it. Your therapist reads it."),
            of=("condition",),
        ),
    ),
)
_MEDICINES = Section(
    "medicines",
    say("Medicines and allergies"),
    (
        _rows(
            "medicine",
            say("Do you take or use any medicine?"),
            say("Also creams, patches, injections, and what you buy without a prescription."),
        ),
        _rows("allergy", say("Do you have an allergy, or does your skin react to something?")),
    ),
)
_BEFORE = Section(
    "before",
    say("Injuries, operations and treatments"),
    (
        _rows(
            "injury",
            say("Have you had an injury or accident?"),
            say("Any in the last two years, and older ones that still bother you."),
        ),
        _rows("surgery", say("Have you had an operation?")),
        _rows(
            "device",
            say("Is there a device or an implant in or on your body?"),
            say("A pacemaker, port, pump, shunt, stoma, implant."),
        ),
        _rows(
            "treatment",
            say("Have you had a vaccine, an injection, a filler or radiation lately?"),
            say("In the last three months."),
        ),
    ),
)
_PREGNANT = Section(
    "pregnant",
    say("Pregnancy and birth"),
    (
        Item(
            "pregnancy",
            "pregnancy",
            say("Are you pregnant, or could you be?"),
            None,
            ("pregnancy",),
        ),
        Item(
            "pregnancy_conditions",
            "conditions",
            GROUPS["pregnancy"],
            groups=("pregnancy",),
            show_if="pregnancy",
        ),
        _ask("preg_multiples", show_if="pregnancy"),
        _ask("preg_bed_rest", show_if="pregnancy"),
        _ask("preg_prior_complications", show_if="pregnancy"),
        _ask("preg_three_losses", show_if="pregnancy"),
        _ask("preg_high_risk", show_if="pregnancy"),
        Item(
            "birth_recent",
            "birth",
            ANSWERS["birth_recent"].label,
            None,
            ("answer:birth_recent",),
        ),
    ),
    say("If this does not concern you, answer no."),
)
_WISHES = Section("wishes", say("What you like"), LIKES)
_NEW_WISHES = Section("wishes", say("What you like"), LIKES, say("Leave empty what is as it was."))


def _sign(said: Words) -> Section:
    return Section(
        "sign",
        say("Sign"),
        (Item("signature", "sign", say("Full name"), said),),
    )


_SIGNED = say(
    "I have answered as well as I know. I will tell my therapist when something changes. "
    "My answers are kept confidential."
)

FULL = Form(
    "full",
    NUMBER,
    say("Health history"),
    (
        *(_WHY, _HEART, _BREATH, _NERVES, _JOINTS, _ORGANS, _MIND, _MEDICINES, _BEFORE),
        *(_PREGNANT, _WISHES, _sign(_SIGNED)),
    ),
)

_NEWS = Section(
    "news",
    say("Since your last form"),
    (
        Item(
            "news_condition",
            "rows",
            say("Has a doctor told you something new, or has a condition changed?"),
            of=("condition",),
        ),
        Item(
            "news_medicine",
            "rows",
            say("Has a medicine changed, or is there a new one?"),
            of=("medicine",),
        ),
        Item("news_allergy", "rows", say("Is there a new allergy?"), of=("allergy",)),
        Item(
            "news_injury",
            "rows",
            say("Have you had an injury, an operation, a device or an injection?"),
            of=("injury", "surgery", "device", "treatment"),
        ),
        Item(
            "pregnancy",
            "pregnancy",
            say("Are you pregnant, or could you be?"),
            None,
            ("pregnancy",),
        ),
        _ask("one_sided_limb_swelling"),
        _ask("unexplained_lump"),
        _text("complaint", say("What would you like help with now?"), is_required=True),
    ),
)
UPDATE = Form("update", NUMBER, say("Health update"), (_NEWS, _NEW_WISHES, _sign(_SIGNED)))

_FOLLOW_UPS = {
    "diagnosis": ("condition",),
    "medicine": ("medicine",),
    "injury": ("injury", "surgery", "device", "treatment"),
}


def _check_items() -> list[Item]:
    items: list[Item] = []
    for check in CHECKS:
        if check.code == "pregnancy":
            items.append(Item("pregnancy", "pregnancy", check.label, None, check.topics))
            items += [
                _ask(topic.removeprefix("answer:"), show_if="pregnancy") for topic in PREGNANT_DAY
            ]
        elif check.code == "else":
            items.append(Item("else", "yesno", check.label, None, check.topics))
            items.append(
                Item("else_text", "text", say("What is it?"), is_required=True, show_if="else")
            )
        else:
            of = _FOLLOW_UPS.get(check.code, ())
            items.append(Item(check.code, "yesno", check.label, None, check.topics, of=of))
    return items


CHECK = Form(
    "check",
    NUMBER,
    say("Visit check"),
    (Section("today", say("Today"), tuple(_check_items())),),
)

FORMS = {form.code: form for form in (FULL, UPDATE, CHECK)}


def the_form(code: str, number: int = NUMBER) -> Form:
    """A form by its name and number. Raises KeyError."""
    form = FORMS[code]
    if form.number != number:
        raise KeyError((code, number))
    return form
