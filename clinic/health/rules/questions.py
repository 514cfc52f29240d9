"""What a person can simply be asked: yes, no, or not sure."""

from dataclasses import dataclass

from clinic.core.words import Words, say


@dataclass(frozen=True, slots=True)
class Question:
    """A question by name. ``scope`` says where it is asked: in the ``history``, on the ``day``
    of a visit, or ``both``; ``group`` is a section of the form."""

    name: str
    label: Words
    scope: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A question of the visit check. "No" answers all its topics with no, and "not sure" with
    unsure; after a "yes" each topic is asked by itself, and is unsure until then."""

    code: str
    label: Words
    topics: tuple[str, ...]


SCOPES = ("history", "day", "both")

_LISTED = (
    Question("feels_feverish", say("Do you feel feverish or unwell today?"), "day", "infection"),
    Question(
        "ill_now",
        say("Do you have a cold, flu, COVID-19 or a stomach illness now?"),
        "day",
        "infection",
    ),
    Question(
        "strong_pain_medicine_today",
        say("Have you taken a strong painkiller or a sedative today?"),
        "day",
        "medicine",
    ),
    Question("sunburn", say("Do you have a sunburn?"), "day", "skin"),
    Question("open_wound", say("Do you have a wound, burn, bite or sore?"), "day", "skin"),
    Question(
        "abdominal_pain_acute", say("Do you have new or strong belly pain?"), "day", "digestive"
    ),
    Question("new_diagnosis", say("Has a doctor told you anything new?"), "day", "news"),
    Question("new_medicine", say("Have you started or stopped a medicine?"), "day", "news"),
    Question(
        "new_injury_or_surgery",
        say("Have you had an injury, an operation or an injection?"),
        "day",
        "news",
    ),
    Question("anything_else", say("Is there anything else we should know?"), "day", "news"),
    Question(
        "one_sided_limb_swelling",
        say("Is one calf, leg or arm swollen, hot, red or painful?"),
        "both",
        "vascular",
    ),
    Question("leg_swelling", say("Do your legs swell?"), "both", "vascular"),
    Question(
        "saddle_numbness",
        say("Is there numbness between your legs, where a saddle would be?"),
        "both",
        "spine",
    ),
    Question(
        "bladder_bowel_change",
        say("Have you lost control of bladder or bowel, or feel less when you go?"),
        "both",
        "spine",
    ),
    Question(
        "leg_weakness_progressive", say("Is a leg becoming weaker and weaker?"), "both", "spine"
    ),
    Question(
        "night_pain_unrelenting",
        say("Is there pain at night that no position eases?"),
        "both",
        "spine",
    ),
    Question("weight_loss", say("Have you lost weight without meaning to?"), "both", "general"),
    Question(
        "unexplained_lump",
        say("Is there a lump or swelling that nobody has looked at?"),
        "both",
        "general",
    ),
    Question(
        "unexplained_pain", say("Is there a pain that nobody could explain?"), "both", "general"
    ),
    Question("frail", say("Do you feel frail, or fall easily?"), "history", "general"),
    Question(
        "numb_areas", say("Are there places where you feel little or nothing?"), "both", "neuro"
    ),
    Question("heat_intolerant", say("Does heat make you feel worse?"), "history", "neuro"),
    Question("thin_skin", say("Is your skin thin, does it tear easily?"), "history", "skin"),
    Question("dialysis", say("Are you on dialysis?"), "history", "renal"),
    Question(
        "nodes_removed",
        say("Have lymph nodes been removed, or treated with radiation?"),
        "history",
        "cancer",
    ),
    Question("radiation_had", say("Have you had radiation treatment?"), "history", "cancer"),
    Question(
        "trauma_informed_requested",
        say("Would you like us to ask before every step?"),
        "history",
        "mental",
    ),
    Question(
        "birth_recent",
        say("Have you given birth in the last three months?"),
        "history",
        "pregnancy",
    ),
    Question("preg_bleeding", say("Bleeding?"), "day", "pregnancy_day"),
    Question("preg_fluid_loss", say("Loss of fluid?"), "day", "pregnancy_day"),
    Question(
        "preg_sudden_swelling",
        say("Sudden swelling of face, hands or feet?"),
        "day",
        "pregnancy_day",
    ),
    Question("preg_severe_headache", say("A severe headache?"), "day", "pregnancy_day"),
    Question(
        "preg_visual_disturbance", say("Blurred or flickering sight?"), "day", "pregnancy_day"
    ),
    Question("preg_persistent_pain", say("Pain that does not go away?"), "day", "pregnancy_day"),
    Question("preg_reduced_movements", say("Is the baby moving less?"), "day", "pregnancy_day"),
    Question(
        "preg_multiples", say("Are you expecting more than one child?"), "history", "pregnancy"
    ),
    Question("preg_bed_rest", say("Have you been told to rest in bed?"), "history", "pregnancy"),
    Question(
        "preg_prior_complications",
        say("Were there complications in an earlier pregnancy?"),
        "history",
        "pregnancy",
    ),
    Question(
        "preg_three_losses", say("Have you had three or more miscarriages?"), "history", "pregnancy"
    ),
    Question(
        "preg_high_risk",
        say("Has your doctor or midwife called this pregnancy high-risk?"),
        "history",
        "pregnancy",
    ),
)

ANSWERS = {question.name: question for question in _LISTED}
"""By name, in the order of the form."""


def topics(*names: str) -> tuple[str, ...]:
    """The topics of these questions."""
    return tuple(f"answer:{name}" for name in names)


PREGNANT_DAY = topics(*(one.name for one in _LISTED if one.group == "pregnancy_day"))
"""What is asked on the day of somebody who is pregnant."""

CHECKS = (
    Check(
        "diagnosis",
        say("Since last time: a new diagnosis, or a new symptom?"),
        topics("new_diagnosis"),
    ),
    Check(
        "medicine",
        say("A new medicine, or a strong painkiller or sedative today?"),
        topics("new_medicine", "strong_pain_medicine_today"),
    ),
    Check(
        "injury",
        say("An injury, operation or injection, a wound, sore or sunburn?"),
        topics("new_injury_or_surgery", "open_wound", "sunburn"),
    ),
    Check(
        "illness",
        say("Fever, a cold or a stomach illness, or strong belly pain today?"),
        topics("feels_feverish", "ill_now", "abdominal_pain_acute"),
    ),
    Check("pregnancy", say("Are you pregnant, or could you be?"), ("pregnancy",)),
    Check("else", say("Anything else we should know today?"), topics("anything_else")),
)
"""The visit check. Together its questions answer everything that is asked of the day; a pregnant
client is asked ``PREGNANT_DAY`` as well."""
