"""The conditions that a history can name, each with the group it is asked in."""

from dataclasses import dataclass

from clinic.core.words import Words, say


@dataclass(frozen=True, slots=True)
class Term:
    """A code with the words people read; ``group`` is a section of the form."""

    code: str
    label: Words
    group: str = ""


GROUPS = {
    "cardio": say("Heart and blood pressure"),
    "vascular": say("Veins, clots and swelling"),
    "blood": say("Blood"),
    "respiratory": say("Breathing"),
    "infection": say("Infections"),
    "neuro": say("Nerves, head and brain"),
    "musculoskeletal": say("Bones, joints and muscles"),
    "skin": say("Skin"),
    "digestive": say("Digestion"),
    "endocrine": say("Hormones and metabolism"),
    "renal": say("Kidneys"),
    "cancer": say("Cancer"),
    "pregnancy": say("Pregnancy"),
    "mental": say("Mental wellbeing"),
    "other": say("Something else"),
}
"""The sections of the list of conditions, in the order of the form."""

_LISTED = (
    Term("HYPERTENSION", say("High blood pressure"), "cardio"),
    Term("HYPOTENSION", say("Low blood pressure, or fainting easily"), "cardio"),
    Term("HEART_DISEASE", say("Heart disease or angina"), "cardio"),
    Term("HEART_FAILURE", say("Heart failure"), "cardio"),
    Term("MI", say("Heart attack"), "cardio"),
    Term("ARRHYTHMIA", say("Irregular heartbeat"), "cardio"),
    Term("HIGH_CHOLESTEROL", say("High cholesterol"), "cardio"),
    Term("DVT", say("Blood clot in a deep vein (DVT)"), "vascular"),
    Term("PE", say("Blood clot in the lung (pulmonary embolism)"), "vascular"),
    Term("PHLEBITIS", say("Inflamed vein (phlebitis)"), "vascular"),
    Term("VARICOSE_VEINS", say("Varicose veins"), "vascular"),
    Term("ANEURYSM", say("Aneurysm, known or suspected"), "vascular"),
    Term("LYMPHEDEMA", say("Lymphedema"), "vascular"),
    Term("EDEMA_SYSTEMIC", say("Swelling from heart, kidney or liver trouble"), "vascular"),
    Term("BLEEDING_DISORDER", say("Haemophilia or another bleeding disorder"), "blood"),
    Term("LOW_PLATELETS", say("Low platelets"), "blood"),
    Term("ANEMIA", say("Anaemia"), "blood"),
    Term("ASTHMA", say("Asthma"), "respiratory"),
    Term("COPD", say("Chronic lung disease (COPD)"), "respiratory"),
    Term("RESP_FAILURE", say("Respiratory failure"), "respiratory"),
    Term("RESP_INFECTION", say("Cold, flu, COVID-19 or a chest infection"), "infection"),
    Term("GASTRO_INFECTION", say("Stomach or bowel infection"), "infection"),
    Term("IMMUNOSUPPRESSED", say("Weakened defences against infection"), "infection"),
    Term("STROKE", say("Stroke or mini-stroke"), "neuro"),
    Term("EPILEPSY", say("Epilepsy or seizures"), "neuro"),
    Term("MULTIPLE_SCLEROSIS", say("Multiple sclerosis"), "neuro"),
    Term("CONCUSSION", say("Concussion"), "neuro"),
    Term("INTRACRANIAL_BLEED", say("Bleeding in the head"), "neuro"),
    Term("RAISED_ICP", say("Raised pressure in the head"), "neuro"),
    Term("BELLS_PALSY", say("Bell's palsy"), "neuro"),
    Term("NEURITIS", say("Inflamed nerve (neuritis)"), "neuro"),
    Term("NERVE_ENTRAPMENT", say("Trapped nerve"), "neuro"),
    Term("NEUROPATHY", say("Nerve damage or numbness (neuropathy)"), "neuro"),
    Term("MIGRAINE", say("Migraine or frequent headaches"), "neuro"),
    Term("PARKINSON", say("Parkinson's disease"), "neuro"),
    Term("DEMENTIA", say("Memory loss or dementia"), "neuro"),
    Term("OSTEOPOROSIS", say("Osteoporosis"), "musculoskeletal"),
    Term("OSTEOPENIA", say("Osteopenia (thin bones)"), "musculoskeletal"),
    Term("OSTEOARTHRITIS", say("Osteoarthritis (worn joints)"), "musculoskeletal"),
    Term(
        "INFLAMMATORY_ARTHRITIS",
        say("Inflammatory arthritis, for example rheumatoid arthritis or gout"),
        "musculoskeletal",
    ),
    Term("DISC_HERNIATION", say("Slipped disc"), "musculoskeletal"),
    Term("RADICULOPATHY", say("Pain or numbness that runs down a limb"), "musculoskeletal"),
    Term("HYPERMOBILITY", say("Hypermobile joints, connective tissue"), "musculoskeletal"),
    Term("FIBROMYALGIA", say("Fibromyalgia or widespread pain"), "musculoskeletal"),
    Term("BACK_PAIN", say("Back pain"), "musculoskeletal"),
    Term("NECK_PAIN", say("Neck pain"), "musculoskeletal"),
    Term("SKIN_CONTAGIOUS", say("Contagious skin condition (for example shingles)"), "skin"),
    Term("LICE", say("Lice"), "skin"),
    Term("SCABIES", say("Scabies"), "skin"),
    Term("ECZEMA", say("Eczema"), "skin"),
    Term("PSORIASIS", say("Psoriasis"), "skin"),
    Term("DERMATITIS", say("Dermatitis"), "skin"),
    Term("HERNIA", say("Hernia"), "digestive"),
    Term("IBD", say("Inflammatory bowel disease"), "digestive"),
    Term("LIVER_FAILURE", say("Liver failure"), "digestive"),
    Term("REFLUX", say("Heartburn or reflux"), "digestive"),
    Term("DIABETES", say("Diabetes"), "endocrine"),
    Term("THYROID", say("Thyroid condition"), "endocrine"),
    Term("RENAL_FAILURE", say("Kidney failure"), "renal"),
    Term("KIDNEY_STONES", say("Kidney stones"), "renal"),
    Term("CANCER", say("Cancer, now or earlier"), "cancer"),
    Term("PRE_ECLAMPSIA", say("Pre-eclampsia or eclampsia"), "pregnancy"),
    Term("GESTATIONAL_DIABETES", say("Diabetes in pregnancy"), "pregnancy"),
    Term("PLACENTA_PROBLEM", say("A problem with the placenta"), "pregnancy"),
    Term("ACUTE_PSYCHOSIS", say("Acute psychosis"), "mental"),
    Term("ANXIETY", say("Anxiety"), "mental"),
    Term("DEPRESSION", say("Depression"), "mental"),
    Term("OTHER", say("Another condition"), "other"),
)

CONDITIONS = {term.code: term for term in _LISTED}
"""By code, in the order of the form."""
