"""For every rule but the always-on one: what fires it, and what only looks like it.

Each case is a pair of strategies for sheets.
"""

from datetime import timedelta

from hypothesis import strategies as st

from clinic.health.rules.case import add_months
from tests.health.shapes import (
    answered,
    current,
    either,
    exactly,
    medicine,
    reading,
    since,
    watched,
)
from tests.health.sheets import DAY, ago, fact, known

PREGNANT = fact("pregnancy:PREGNANCY", status="current")
DELIVERED = {"status": "delivered"}


def delivered(days, kind):
    return known(fact("pregnancy:PREGNANCY", until=ago(days), delivery=kind, **DELIVERED))


CASES = {
    "FEVER": either(reading("temp_c", (38.0, 42.0), (35.0, 37.9)), answered("feels_feverish")),
    "CONTAGIOUS_SYS": either(
        answered("ill_now"), current("RESP_INFECTION"), current("GASTRO_INFECTION")
    ),
    "IMPAIRED": watched("observation:impaired"),
    "EMERGENCY_SIGNS": watched("observation:emergency_sign"),
    "SPINE_RED_FLAGS": either(
        answered("saddle_numbness", "bladder_bowel_change", "leg_weakness_progressive"),
        since("injury:MAJOR_TRAUMA", (0, 13), (14, 400), healed="yes"),
        exactly(
            [
                known(yes=["answer:night_pain_unrelenting", "answer:weight_loss"]),
                known(yes=["answer:night_pain_unrelenting", "answer:feels_feverish"]),
                known(
                    fact("condition:CANCER", status="remission"),
                    yes=["answer:night_pain_unrelenting"],
                ),
            ],
            [known(yes=["answer:night_pain_unrelenting"]), known(yes=["answer:weight_loss"])],
        ),
    ),
    "NO_CONTACT_CONSENT": exactly(
        [known(fact("condition:BLEEDING_DISORDER"), refused=["SHARE_PROVIDER"])],
        [
            known(refused=["SHARE_PROVIDER"]),
            known(fact("condition:BLEEDING_DISORDER")),
            known(fact("condition:BLEEDING_DISORDER"), refused=["PHOTO"]),
        ],
    ),
    "DVT_SUSPECT": either(answered("one_sided_limb_swelling"), watched("observation:dvt_signs")),
    "DVT_ACTIVE": either(current("DVT"), current("PE")),
    "DVT_HISTORY": (
        st.sampled_from(["DVT", "PE"]).flatmap(
            lambda code: st.integers(0, 700).map(
                lambda days: known(
                    fact(f"condition:{code}", status="resolved", on=ago(4000), until=ago(days))
                )
            )
        )
        | st.just(
            known(
                fact("condition:DVT", status="resolved", on=ago(4000)),
                fact("medicine:ANTICOAGULANT"),
            )
        ),
        st.integers(0, 3000).map(
            lambda days: known(
                fact(
                    "condition:DVT",
                    status="resolved",
                    on=add_months(DAY, -24) - timedelta(days=days),
                )
            )
        )
        | st.just(known(fact("medicine:ANTICOAGULANT"))),
    ),
    "PHLEBITIS": current("PHLEBITIS"),
    "VARICOSE": current("VARICOSE_VEINS", area="CALF"),
    "ANEURYSM": current("ANEURYSM"),
    "BLEEDING_DISORDER": current("BLEEDING_DISORDER"),
    "ANTICOAGULANT": medicine("ANTICOAGULANT", "ANTIPLATELET"),
    "THROMBOCYTOPENIA": either(
        current("LOW_PLATELETS"), reading("platelets_per_ul", (0, 49_999), (50_000, 400_000))
    ),
    "HTN_CRISIS": either(
        reading("bp_sys", (180, 250), (90, 179)), reading("bp_dia", (110, 150), (50, 109))
    ),
    "HTN_UNCONTROLLED": either(
        reading("bp_sys", (160, 250), (90, 159), times=2),
        reading("bp_dia", (100, 150), (50, 99), times=2),
        exactly(
            [known(fact("condition:HYPERTENSION", controlled="no"))],
            [
                known(fact("condition:HYPERTENSION", controlled="yes")),
                known(fact("reading:bp_sys", on=DAY, value=170)),
                known(
                    fact("reading:bp_sys", on=DAY, value=170),
                    fact("reading:bp_sys", on=ago(1), value=170),
                ),
            ],
        ),
    ),
    "HTN_CONTROLLED": exactly(
        [known(fact("condition:HYPERTENSION", controlled="yes"))],
        [known(fact("condition:HYPERTENSION", controlled="no"))],
    ),
    "HYPOTENSION": either(
        current("HYPOTENSION"), medicine("ANTIHYPERTENSIVE", "DIURETIC", "MUSCLE_RELAXANT")
    ),
    "HEART_UNSTABLE": either(
        since("condition:MI", (0, 41), (42, 4000)),
        since("condition:STROKE", (0, 41), (42, 4000)),
        exactly(
            [
                known(fact("condition:HEART_DISEASE", stable="no")),
                known(fact("condition:HEART_FAILURE", stable="no")),
            ],
            [known(fact("condition:HEART_DISEASE", stable="yes"))],
        ),
    ),
    "HEART_STABLE": either(
        current("HEART_DISEASE"),
        current("ARRHYTHMIA"),
        since("condition:MI", (42, 9000), (0, 41)),
        since("condition:STROKE", (42, 9000), (0, 41)),
        exactly([known(fact("device:PACEMAKER"))], [known(fact("device:PORT"))]),
    ),
    "EDEMA_SYSTEMIC": either(
        current("EDEMA_SYSTEMIC"),
        exactly(
            [known(fact("condition:HEART_FAILURE"), yes=["answer:leg_swelling"])],
            [known(fact("condition:HEART_FAILURE")), known(yes=["answer:leg_swelling"])],
        ),
    ),
    "CANCER_ACTIVE": current("CANCER"),
    "CANCER_HISTORY": (
        st.sampled_from(["inactive", "remission", "resolved"]).flatmap(
            lambda status: st.sampled_from(["nodes_removed", "radiation_had"]).map(
                lambda name: known(fact("condition:CANCER", status=status), yes=[f"answer:{name}"])
            )
        ),
        st.sampled_from(
            [
                known(fact("condition:CANCER", status="remission")),
                known(fact("condition:CANCER"), yes=["answer:radiation_had"]),
                known(yes=["answer:nodes_removed"]),
            ]
        ),
    ),
    "LYMPHEDEMA": current("LYMPHEDEMA", area="UPPER_ARM"),
    "LUMP_UNDIAGNOSED": either(
        answered("unexplained_lump", "unexplained_pain"),
        (
            st.integers(0, 300).map(lambda days: known(fact("finding:LUMP", on=ago(days)))),
            st.just(known(fact("finding:LUMP", on=ago(9), until=ago(1)))),
        ),
    ),
    "DEVICE": exactly(
        [known(fact(f"device:{code}")) for code in ("PORT", "STOMA", "IMPLANT", "OTHER")],
        [known(fact("device:PORT", status="removed")), known(fact("device:DRAIN", until=ago(1)))],
    ),
    "OSTEOPOROSIS": either(
        current("OSTEOPOROSIS"),
        current("OSTEOPENIA"),
        exactly(
            [known(fact("medicine:CORTICOSTEROID_SYSTEMIC", long_term="yes"))],
            [known(fact("medicine:CORTICOSTEROID_SYSTEMIC", long_term="no"))],
        ),
    ),
    "FRACTURE_RECENT": either(
        since("injury:FRACTURE", (0, 41), (42, 4000), healed="yes"),
        since("injury:DISLOCATION", (0, 41), (42, 4000), healed="yes"),
        exactly(
            [known(fact("injury:FRACTURE", on=ago(900), healed="no"))],
            [known(fact("injury:FRACTURE", on=ago(900), healed="no", until=ago(30)))],
        ),
    ),
    "ACUTE_INJURY": either(
        since("injury:SPRAIN_STRAIN", (0, 3), (4, 900)),
        since("injury:WHIPLASH", (0, 3), (4, 900)),
        since("injury:CONTUSION", (0, 3), (4, 900)),
    ),
    "SURGERY_RECENT": either(
        since("surgery:JOINT_REPLACEMENT", (0, 83), (84, 9000)),
        since("surgery:OTHER", (0, 83), (84, 9000)),
        (
            st.integers(0, 83).map(lambda days: delivered(days, "caesarean")),
            st.integers(0, 400).map(lambda days: delivered(days, "vaginal")),
        ),
    ),
    "SCAR_NEW": exactly(
        [
            known(fact("surgery:ABDOMINAL", on=ago(300), healed="no")),
            known(fact("injury:WOUND", on=ago(30), healed="no", scar="yes")),
        ],
        [
            known(fact("surgery:ABDOMINAL", on=ago(300), healed="yes")),
            known(fact("injury:WOUND", on=ago(30), healed="no", scar="no")),
            known(fact("injury:WOUND", on=ago(30), healed="yes", scar="yes")),
        ],
    ),
    "JOINT_REPLACEMENT": exactly(
        [known(fact("surgery:JOINT_REPLACEMENT")), known(fact("surgery:INTERNAL_FIXATION"))],
        [known(fact("surgery:ABDOMINAL")), known(fact("surgery:OTHER", sorted="yes"))],
    ),
    "DISC_RADICULOPATHY": either(current("DISC_HERNIATION"), current("RADICULOPATHY")),
    "RA_FLARE": exactly(
        [known(fact("condition:INFLAMMATORY_ARTHRITIS", flare="yes"))],
        [known(fact("condition:INFLAMMATORY_ARTHRITIS", flare="no"))],
    ),
    "HYPERMOBILITY": current("HYPERMOBILITY"),
    "FIBROMYALGIA": current("FIBROMYALGIA"),
    "REDUCED_SENSATION": either(current("NEUROPATHY"), answered("numb_areas")),
    "DIABETES": current("DIABETES"),
    "EPILEPSY": current("EPILEPSY"),
    "MS_HEAT": either(current("MULTIPLE_SCLEROSIS"), answered("heat_intolerant")),
    "CONCUSSION": either(
        since("injury:HEAD_INJURY", (0, 13), (14, 4000)),
        since("injury:SKULL_FRACTURE", (0, 13), (14, 4000), healed="yes"),
        current("CONCUSSION"),
    ),
    "BELLS_NEURITIS": either(
        current("BELLS_PALSY"), current("NEURITIS"), current("NERVE_ENTRAPMENT")
    ),
    "ASTHMA": either(current("ASTHMA"), current("COPD")),
    "ORGAN_FAILURE": either(
        current("RENAL_FAILURE"),
        current("LIVER_FAILURE"),
        current("RESP_FAILURE"),
        answered("dialysis"),
    ),
    "SKIN_CONTAGIOUS": either(current("SKIN_CONTAGIOUS"), watched("finding:CONTAGIOUS_LESION")),
    "LICE_SCABIES": either(current("LICE"), current("SCABIES")),
    "SKIN_FRAGILE": either(
        current("ECZEMA"), current("PSORIASIS"), current("DERMATITIS"), answered("thin_skin")
    ),
    "OPEN_SKIN": either(watched("finding:OPEN_SKIN"), answered("sunburn", "open_wound")),
    "HERNIA": current("HERNIA"),
    "ABDO_ACUTE": either(
        answered("abdominal_pain_acute"),
        current("KIDNEY_STONES"),
        since("surgery:ABDOMINAL", (0, 83), (84, 4000)),
        since("surgery:CAESAREAN", (0, 83), (84, 4000)),
        exactly(
            [known(fact("condition:IBD", flare="yes"))], [known(fact("condition:IBD", flare="no"))]
        ),
    ),
    "PREG_RED_FLAGS": (
        st.sampled_from(["preg_bleeding", "preg_reduced_movements", "feels_feverish"]).map(
            lambda name: known(PREGNANT, yes=[f"answer:{name}"])
        ),
        st.sampled_from([known(PREGNANT), known(yes=["answer:preg_bleeding"])]),
    ),
    "PREG_ECLAMPSIA": exactly(
        [known(PREGNANT, fact("condition:PRE_ECLAMPSIA"))],
        [known(PREGNANT), known(fact("condition:PRE_ECLAMPSIA"))],
    ),
    "PREG_HIGH_RISK": (
        st.sampled_from(["preg_multiples", "preg_bed_rest", "preg_three_losses"]).map(
            lambda name: known(PREGNANT, yes=[f"answer:{name}"])
        )
        | st.sampled_from(["HYPERTENSION", "GESTATIONAL_DIABETES", "PLACENTA_PROBLEM"]).map(
            lambda code: known(PREGNANT, fact(f"condition:{code}"))
        ),
        st.sampled_from([known(PREGNANT), known(yes=["answer:preg_multiples"])]),
    ),
    "PREG_ANY": exactly(
        [known(PREGNANT), known(yes=["pregnancy"])],
        [delivered(1, "vaginal"), known(fact("pregnancy:PREGNANCY", status="ended", until=ago(3)))],
    ),
    "POSTPARTUM_EARLY": (
        st.integers(0, 41).map(lambda days: delivered(days, "vaginal"))
        | st.integers(0, 83).map(lambda days: delivered(days, "caesarean")),
        st.integers(42, 900).map(lambda days: delivered(days, "vaginal"))
        | st.integers(84, 900).map(lambda days: delivered(days, "caesarean")),
    ),
    "MED_ANALGESIC": either(medicine("OPIOID", "SEDATIVE"), answered("strong_pain_medicine_today")),
    "MED_STEROID": medicine("CORTICOSTEROID_SYSTEMIC"),
    "INJECTION_SITE": either(
        since("treatment:INSULIN_INJECTION", (0, 1), (2, 400)),
        since("treatment:VACCINE", (0, 2), (3, 400)),
        since("treatment:CORTISONE_INJECTION", (0, 6), (7, 400)),
        since("treatment:TOXIN_OR_FILLER", (0, 2), (3, 400), area="CALF"),
        since("treatment:TOXIN_OR_FILLER", (0, 13), (14, 400), area="FACE"),
        since("treatment:TOXIN_OR_FILLER", (0, 13), (14, 400), area="NECK_BACK"),
    ),
    "TOPICAL_PATCH": exactly(
        [
            known(fact("medicine:OTHER", route="topical", area="KNEE")),
            known(fact("medicine:OPIOID", route="transdermal")),
        ],
        [known(fact("medicine:OPIOID", route="oral"))],
    ),
    "ALLERGY_PRODUCT": (
        st.sampled_from(["OIL", "LOTION", "LATEX", "FRAGRANCE", "ADHESIVE", "NUT"]).map(
            lambda code: known(fact(f"allergy:{code}"))
        ),
        st.sampled_from(
            [
                known(fact("allergy:FOOD")),
                known(fact("allergy:MEDICINE")),
                known(fact("allergy:OIL", status="resolved")),
            ]
        ),
    ),
    "IMMUNOSUPPRESSED": either(
        current("IMMUNOSUPPRESSED"), medicine("IMMUNOSUPPRESSANT", "CHEMOTHERAPY")
    ),
    "HEAT_BLOCK": either(
        medicine("PHOTOSENSITISER"),
        current("DIABETES"),
        answered("heat_intolerant", "sunburn", "numb_areas"),
        exactly([known(PREGNANT)], [delivered(60, "vaginal")]),
    ),
    "CUPPING_BLOCK": either(
        medicine("ANTICOAGULANT"), current("LYMPHEDEMA"), answered("thin_skin")
    ),
    "MLD_BLOCK": either(
        current("HEART_FAILURE"),
        current("RENAL_FAILURE"),
        answered("feels_feverish", "one_sided_limb_swelling"),
    ),
    "CST_BLOCK": either(
        current("ANEURYSM"),
        current("INTRACRANIAL_BLEED"),
        current("RAISED_ICP"),
        since("surgery:CRANIAL", (0, 83), (84, 4000)),
        since("injury:SKULL_FRACTURE", (0, 83), (84, 4000), healed="yes"),
        exactly(
            [known(fact("device:SHUNT", working="no"))],
            [known(fact("device:SHUNT", working="yes"))],
        ),
    ),
    "OLDER_FRAIL": answered("frail"),
    "MENTAL_ACUTE": either(
        answered("trauma_informed_requested"),
        watched("observation:acute_distress"),
        current("ACUTE_PSYCHOSIS"),
    ),
}
