"""Where published sources disagree most, for the owner to look at before the doors open.

The sources of each stand with the rules named.
"""

from dataclasses import dataclass

from clinic.core.words import Words, say

NOTICE = say(
    "These rules are prompts for a licensed therapist. They do not diagnose, do not replace "
    "assessment, and do not say that a treatment is safe when nothing is hit."
)
"""Stands on every page of rules."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What is disputed, what is said, what the shipped rules do, and which they are."""

    title: Words
    text: Words
    shipped: Words
    rules: tuple[str, ...]


DISAGREEMENTS = (
    Disagreement(
        say("Cancer"),
        say(
            "General lists say never; oncology programmes call that a myth and adapt the "
            "session, given by trained people."
        ),
        say("Ask the provider first, and a therapist with oncology training."),
        ("CANCER_ACTIVE", "CANCER_HISTORY"),
    ),
    Disagreement(
        say("Blood clots"),
        say(
            "Some stop the whole session, some leave out the limb, a regulator says caution. "
            "How long to wait after a clot is settled nowhere."
        ),
        say("Stop, then ask the provider first for two years."),
        ("DVT_ACTIVE", "DVT_HISTORY"),
    ),
    Disagreement(
        say("The figure for blood pressure"),
        say("160/95, 160/100, 180/110 and 180/120 are all in use."),
        say("Ask first from 160/100, measured twice; stop from 180/110."),
        ("HTN_UNCONTROLLED", "HTN_CRISIS"),
    ),
    Disagreement(
        say("The first three months of pregnancy"),
        say("Refused by several lists, fine for others, limited to techniques for a regulator."),
        say("Techniques and positions are limited; prenatal training is needed."),
        ("PREG_ANY",),
    ),
    Disagreement(
        say("High-risk pregnancy"),
        say("Written release for most; one list says go ahead for several of the same findings."),
        say("Ask the provider first."),
        ("PREG_HIGH_RISK",),
    ),
    Disagreement(
        say("How long to wait after surgery"),
        say("From two weeks to eighteen months."),
        say("Ask the provider first for twelve weeks."),
        ("SURGERY_RECENT",),
    ),
    Disagreement(
        say("Diabetes, epilepsy, heart disease, asthma"),
        say("A doctor’s note for everybody, or adapt the session."),
        say("Adjust; ask the provider first for heart disease."),
        ("DIABETES", "EPILEPSY", "ASTHMA", "HEART_STABLE"),
    ),
    Disagreement(
        say("Pain medicine taken today"),
        say("Do not treat, or treat with less pressure."),
        say("Less pressure."),
        ("MED_ANALGESIC",),
    ),
    Disagreement(
        say("Osteoporosis"),
        say("Never, a note first, or accommodate."),
        say("Adjust."),
        ("OSTEOPOROSIS",),
    ),
    Disagreement(
        say("The doctor’s note itself"),
        say(
            "Asked for by most practices; pathology teachers say it gives neither safety nor "
            "legal protection."
        ),
        say("A recorded conversation with the provider."),
        ("NO_CONTACT_CONSENT",),
    ),
    Disagreement(
        say("Fever"),
        say("Most stop; a regulator says caution."),
        say("Stop from 38.0 °C."),
        ("FEVER",),
    ),
    Disagreement(
        say("Aneurysm, vein inflammation, varicose veins, multiple sclerosis"),
        say("Never on one list; leave out the area, or adapt, on another."),
        say("The strictest for the first two; leave out the area, or adjust, for the others."),
        ("ANEURYSM", "PHLEBITIS", "VARICOSE", "MS_HEAT"),
    ),
)
