"""The people of the demonstration clinic: all of them invented."""

from typing import Any

THERAPISTS = (
    ("Tessa Brandt", "tessa@willowrow.example", "female", ("PRENATAL", "SCAR_TRAINING")),
    ("Marek Dvorak", "marek@willowrow.example", "male", ("HOTSTONE_TRAINING", "CUPPING_TRAINING")),
    ("Aisha Bello", "aisha@willowrow.example", "female", ("MLD_TRAINING", "ONCOLOGY_24H")),
    ("Jun Ito", "jun@willowrow.example", "male", ("CST_TRAINING",)),
    ("Imani Cole", "imani@willowrow.example", "female", ("INTRAORAL",)),
)
"""Name, e-mail, gender, trainings held beside licence and cover."""

HOURS: dict[str, tuple[Any, ...]] = {
    "Tessa Brandt": (1, (3, 4), (8 * 60, 12 * 60), (12 * 60 + 45, 16 * 60 + 30)),
    "Jun Ito": (2, (4, 5), (10 * 60, 14 * 60), (14 * 60 + 45, 18 * 60 + 30)),
    "Marek Dvorak": (3, (2, 5), (9 * 60, 13 * 60), (13 * 60 + 45, 17 * 60 + 30)),
    "Imani Cole": (4, (2, 6), (12 * 60, 16 * 60 + 30), (17 * 60, 19 * 60 + 30)),
    "Aisha Bello": (5, (1, 6), (9 * 60, 12 * 60 + 30), (13 * 60 + 15, 17 * 60)),
}
"""Number of their room; the days of the week on which they are free, counted from the weekday
on which the demonstration is made, on which all of them work; and minutes after midnight."""

CAUTIONS = (
    ("Grace Nakamura", "Rings at the side door", False),
    ("Sofía Márquez", "Speaks Spanish; her daughter helps on the phone", False),
    ("Farid Rahimi", "", True),
)
"""Client, what everybody is told of them, whether they pay before they come."""

ORGANISATIONS = (
    ("Eastside Family Practice", "practice", "+1 312 555 0110", "Springfield"),
    ("Springfield Sports Clinic", "practice", "+1 312 555 0120", "Springfield"),
    ("Riverside Women's Health", "practice", "+1 312 555 0130", "Riverside"),
    ("Doherty Chiropractic", "practice", "+1 312 555 0140", "Springfield"),
    ("Mercy General Hospital", "hospital", "+1 312 555 0150", "Springfield"),
)

PROVIDERS = (
    ("Samuel", "Adeyemi", "MD", "Family medicine", "1400000000", "Eastside Family Practice"),
    ("Helena", "Vogt", "DO", "Sports medicine", "1412345674", "Springfield Sports Clinic"),
    ("Priya", "Mehta", "MD", "Obstetrics", "1424691347", "Riverside Women's Health"),
    ("Colm", "Doherty", "DC", "Chiropractic", "1437037017", "Doherty Chiropractic"),
    ("Yara", "Haddad", "PT", "Physical therapy", "1449382682", "Springfield Sports Clinic"),
    ("Bettina", "Krug", "NP", "Pain management", "1461728358", "Mercy General Hospital"),
)
"""First and last name, credentials, specialty, a number of the right form, where they work."""

CLIENTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "Grace",
        "Nakamura",
        "1985-04-08",
        {
            "pronouns": "she/her",
            "occupation": "cellist",
            "emergency_name": "Ken Nakamura",
            "emergency_relation": "brother",
            "emergency_phone": "+13125550177",
        },
    ),
    ("Leila", "Haddad", "1993-02-17", {}),
    ("Chidi", "Eze", "1979-11-30", {}),
    ("Sofía", "Márquez", "1990-06-21", {}),
    ("Tom", "Becker", "1961-01-05", {}),
    ("Ayşe", "Yılmaz", "1988-09-14", {}),
    ("Oluwaseun", "Adebayo", "1996-03-03", {}),
    ("Noor", "van Dijk", "1972-12-12", {}),
    ("Siobhán", "O'Neill", "1983-07-27", {}),
    ("Wei", "Zhang", "", {}),
    ("Marta", "Kowalska", "1968-10-02", {}),
    ("Henrik", "Ångström", "1955-08-16", {}),
    ("Zoë", "Laurent", "1998-04-29", {"preferred_name": "Zo", "pronouns": "they/them"}),
    ("Daniel", "Osei", "1982-02-11", {}),
    ("Ruth", "Lindqvist", "1949-06-06", {"needs": "step_free"}),
    ("Malik", "Johnson", "1991-01-23", {}),
    ("Hana", "Kobayashi", "1987-12-31", {}),
    ("Pedro", "Alves", "1975-05-08", {}),
    ("Ingrid", "Moen", "1964-03-17", {}),
    ("Farid", "Rahimi", "1994-11-09", {}),
    ("Lucia", "Bianchi", "1980-08-25", {}),
    ("Jonah", "Levi", "1999-07-13", {}),
    ("Amara", "Diallo", "1986-10-20", {}),
    ("Elif", "Demir", "1977-04-04", {}),
    ("Patrick", "Walsh", "1959-09-29", {}),
    ("Nadia", "Petrova", "1992-06-15", {}),
    ("Kofi", "Mensah", "1984-01-30", {}),
    ("Clara", "Hoffmann", "1970-02-22", {}),
    ("Rosalind", "Price", "1966-11-11", {}),
    ("Mateo", "Rojas", "1995-08-07", {}),
    ("Beatrice", "Lund", "1981-03-26", {}),
    ("Yusuf", "Karim", "1989-05-31", {}),
    (
        "Emma",
        "Thistle",
        "2010-09-09",
        {
            "guardian_name": "Judith Thistle",
            "guardian_relation": "mother",
            "guardian_phone": "+13125550199",
        },
    ),
    ("Gareth", "Pugh", "1978-12-03", {}),
)
"""First and last name, birth date (none: not known), and what else is known of them."""

ORDERS = (
    (0, 0, 8, "Neck pain with headache after desk work", "M54.2"),
    (2, 1, 6, "Calf strain, returning to running", "S86.811A"),
    (5, 4, 10, "Shoulder stiffness after immobilisation", "M25.611"),
    (12, 3, 6, "Low back pain", "M54.50"),
    (22, 2, 4, "Prenatal low back pain, second trimester", "O26.892"),
)
"""Number of the client and of the provider, visits, reason, diagnosis code (ICD-10-CM)."""
ARRIVALS = (
    (3, 0, 9, 0, "Tension headache", ("accept", "try", "try", "try")),
    (4, 1, 8, 6, "Stiff upper back", ("accept", "try", "try")),
    (6, 3, 7, 6, "Sore shoulder after a fall", ("incomplete",)),
    (7, 5, 6, 8, "Stiff neck", ("mail", "hold")),
    (8, 2, 5, 6, "Low back pain", ("decline",)),
    (9, 4, 4, 12, "Knee pain when climbing stairs", ("accept",)),
    (10, 0, 3, 4, "Jaw tension", ("accept", "cancel")),
    (11, 1, 2, 6, "Tight calves", ("mail",)),
    (13, 3, 1, 8, "Elbow pain from typing", ()),
)
"""Orders that came later: client, provider, days ago, visits allowed, reason, what was done."""
