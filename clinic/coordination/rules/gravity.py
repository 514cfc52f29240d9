"""How grave it is to leave a referral's next action undone: what comes first on every list."""

GRADES: dict[int, tuple[str, ...]] = {
    1: ("call_now", "call_provider", "read_reply", "act_on_reply"),
    2: (
        "report", "final_report", "renew", "renew_expired", "contact", "contact_again",
        "call_missed", "give_up", "tell_missed", "tell_client", "remind", "get_consent",
    ),
    3: (
        "acknowledge", "decide", "ask_missing", "await_missing", "await_renewal", "book_next",
        "check_visits", "confirm_cancel", "review_hold", "write_letter", "approve_letter",
        "send_letter", "say_no_answer", "ask_attended", "rebook",
    ),
}  # fmt: skip
"""What leaving a next action undone comes to: 1 somebody may be harmed, 2 care or a right is
lost, 3 somebody waits; every other one is tidiness."""
TIDINESS = 4
BY_URGENCY = {"emergency": 1, "urgent": 2}


def grade_of(action: str, urgency: str) -> int:
    """How grave it is to leave a next action undone, 1 the gravest; the order's urgency counts."""
    by_action = next((grade for grade, some in GRADES.items() if action in some), TIDINESS)
    return min(by_action, BY_URGENCY.get(urgency, TIDINESS))


GRADE = (
    f"CASE WHEN urgency = 'emergency' OR next_action IN {GRADES[1]} THEN 1"
    f" WHEN urgency = 'urgent' OR next_action IN {GRADES[2]} THEN 2"
    f" WHEN next_action IN {GRADES[3]} THEN 3 ELSE {TIDINESS} END"
)
"""The same, as the database computes it for each row. Whoever changes one of the lists writes a
migration as well: a test holds them against each other."""
