"""What made-up clients tell of their health, and how their sessions went: all of it invented."""

from clinic.anatomy import Finding

YES = "1"
TOLD: dict[str, dict[str, str]] = {
    "Grace Nakamura": {
        "complaint": "Neck pain with headache after long rehearsals",
        "complaint_areas.0.area": "NECK_BACK",
        "complaint_areas.0.side": "R",
        "neuro.MIGRAINE": YES,
        "neuro.MIGRAINE.status": "active",
        "neuro.MIGRAINE.on": "2011",
        "medicine": "yes",
        "medicine.medicine.0.code": "NSAID_ANALGESIC",
        "medicine.medicine.0.text": "Ibuprofen 400 mg when the head aches",
        "medicine.medicine.0.route": "oral",
        "pressure": "3",
        "lubricant": "oil",
    },
    "Leila Haddad": {
        "complaint": "Tight between the shoulder blades, headaches on working days",
        "musculoskeletal.NECK_PAIN": YES,
        "musculoskeletal.NECK_PAIN.status": "active",
        "musculoskeletal.NECK_PAIN.on": "2025",
    },
    "Tom Becker": {
        "complaint": "Stiff low back in the morning",
        "cardio.HYPERTENSION": YES,
        "cardio.HYPERTENSION.status": "active",
        "cardio.HYPERTENSION.on": "2014",
        "cardio.HYPERTENSION.controlled": "yes",
        "medicine": "yes",
        "medicine.medicine.0.code": "ANTIHYPERTENSIVE",
        "medicine.medicine.0.text": "Lisinopril 10 mg in the morning",
        "medicine.medicine.0.route": "oral",
        "allergy": "yes",
        "allergy.allergy.0.code": "LATEX",
        "allergy.allergy.0.text": "Rash from gloves",
    },
    "Amara Diallo": {
        "complaint": "Low back, since the fifth month",
        "pregnancy": "yes",
    },
    "Noor van Dijk": {
        "complaint": "Heavy legs at the end of the day",
        "endocrine.THYROID": YES,
        "endocrine.THYROID.status": "active",
    },
    "Chidi Eze": {
        "complaint": "Left calf after a strain, wants to run again",
        "injury": "yes",
        "injury.injury.0.code": "SPRAIN_STRAIN",
        "injury.injury.0.text": "Felt it pull on a sprint",
        "injury.injury.0.area": "CALF",
        "injury.injury.0.side": "L",
        "injury.injury.0.on": "2025-02",
        "injury.injury.0.healed": "yes",
    },
    "Patrick Walsh": {
        "complaint": "Shoulders",
        "medicine": "yes",
        "medicine.medicine.0.code": "ANTICOAGULANT",
        "medicine.medicine.0.text": "Apixaban, for the heart rhythm",
        "medicine.medicine.0.route": "oral",
    },
    "Ruth Lindqvist": {
        "complaint": "Hips and knees",
        "musculoskeletal.OSTEOPOROSIS": YES,
        "musculoskeletal.OSTEOPOROSIS.status": "active",
        "musculoskeletal.OSTEOARTHRITIS": YES,
        "musculoskeletal.OSTEOARTHRITIS.status": "active",
    },
    "Nadia Petrova": {
        "complaint": "Aches all over",
        "musculoskeletal.FIBROMYALGIA": YES,
        "musculoskeletal.FIBROMYALGIA.status": "active",
        "trauma_informed_requested": "yes",
    },
}
"""Answers of a full form that are not simply no, by client."""
CHECKED = {"Amara Diallo": {"pregnancy": "yes"}}
"""The same of the questions of the day."""

CLOT = {
    "complaint": "Stiff all over, and would like to rest",
    "vascular.DVT": YES,
    "vascular.DVT.status": "resolved",
    "vascular.DVT.on": "{year_ago}",
    "vascular.DVT.until": "{months_ago}",
    "vascular.DVT.area": "CALF",
    "vascular.DVT.side": "L",
}
OPERATED = {
    "complaint": "Neck and shoulders",
    "surgery": "yes",
    "surgery.surgery.0.code": "ABDOMINAL",
    "surgery.surgery.0.text": "Gallbladder taken out",
    "surgery.surgery.0.on": "{weeks_ago}",
    "surgery.surgery.0.area": "ABDOMEN",
    "surgery.surgery.0.side": "R",
    "surgery.surgery.0.healed": "yes",
}
UNSURE = {
    "complaint": "Shoulder, since the cast came off",
    "blood": "unsure",
    "thin_skin": "unsure",
    "medicine": "unsure",
}
EXPECTING = {"complaint": "Low back and hips, sixth month", "pregnancy": "yes"}
YOUNG = {
    "complaint": "Shoulders, from swimming",
    "respiratory.ASTHMA": YES,
    "respiratory.ASTHMA.status": "active",
}
"""What some tell on a day that is given."""

Said = tuple[str, str, str, str]
SESSIONS: tuple[tuple[Said, tuple[Finding, ...]], ...] = (
    (
        (
            "Stiff on the right since Monday, worse at the desk.",
            "Right shoulder top and neck tight and tender; turning to the left is short.",
            "Moves more freely after treatment; no headache brought on.",
            "Again in a week, shoulders first.",
        ),
        (
            Finding("SHOULDER_TOP", "R", "tension", kind="hypertonicity", severity=6),
            Finding("NECK_BACK", "R", "pain", kind="tenderness", severity=5),
            Finding("SHOULDER_TOP", "R", "treated", minutes=15, pressure=3),
            Finding("NECK_BACK", "R", "treated", minutes=10, pressure=2),
        ),
    ),
    (
        (
            "Low back tired after a long drive. Slept well.",
            "Low back tight on both sides, left more than right.",
            "Bends further forward than before; comfortable.",
            "Two weeks; go on walking every day.",
        ),
        (
            Finding("LOW_BACK", "L", "tension", kind="hypertonicity", severity=5),
            Finding("LOW_BACK", "L", "treated", minutes=20, pressure=3),
            Finding("LOW_BACK", "R", "treated", minutes=15, pressure=3),
        ),
    ),
    (
        (
            "Between the shoulder blades it pulls when carrying.",
            "Upper back tight, shoulder blades move little.",
            "Breathes and lifts the arms more easily.",
            "Keep to the plan; look at the range of movement next time.",
        ),
        (
            Finding("UPPER_BACK", "L", "tension", kind="restriction", severity=4),
            Finding("UPPER_BACK", "L", "treated", minutes=15, pressure=3),
            Finding("SCAPULA", "R", "treated", minutes=10, pressure=3),
        ),
    ),
    (
        (
            "Legs heavy after the weekend's run; nothing sharp.",
            "Calves firm, front of the thighs tight.",
            "Softer afterwards; walks off without a limp.",
            "Before the next race, lighter.",
        ),
        (
            Finding("CALF", "R", "tension", kind="hypertonicity", severity=4),
            Finding("CALF", "R", "treated", minutes=12, pressure=3),
            Finding("THIGH_FRONT", "L", "treated", minutes=12, pressure=3),
        ),
    ),
)
"""What a client said, what was found, how it was judged, what comes next; and the marks."""
