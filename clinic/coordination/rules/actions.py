"""Words for what is next and for why: read by everybody at the desk, so none tells of health."""

from clinic.core.words import Words, say

ACTIONS: dict[str, Words] = {
    # of a referral that came in
    "acknowledge": say("Acknowledge receipt"),
    "decide": say("Accept or decline"),
    "ask_missing": say("Ask for what is missing"),
    "await_missing": say("Ask again for what is missing"),
    "contact": say("Contact the client"),
    "contact_again": say("Try again to reach the client"),
    "give_up": say("Tell the sender: not reached"),
    "first_visit": say("First visit"),
    "call_missed": say("Call about the missed visit"),
    "tell_missed": say("Tell the sender: visits missed"),
    "book_next": say("Book the next visit"),
    "next_visit": say("Next visit"),
    "report": say("Write a report"),
    "renew": say("Ask for renewal or discharge"),
    "await_renewal": say("Ask about the renewal"),
    "check_visits": say("Check the visits: none is counted"),
    "review_hold": say("Look at the pause"),
    "confirm_cancel": say("Confirm the cancellation"),
    "final_report": say("Send the final report"),
    "confirm_arrival": say("Ask whether the final report arrived"),
    "close": say("Close"),
    "renew_expired": say("Ask for renewal or send the final report"),
    "own": say("Follow up"),
}
"""Next actions; what somebody plans by hand is one of these as well."""
WAITING = ("first_visit", "next_visit")
"""Actions that are a visit's own: nothing is to do until its day."""

DECLINES: dict[str, Words] = {
    "not_suitable": say("not suitable for treatment here"),
    "out_of_scope": say("outside what we may treat"),
    "no_capacity": say("no capacity in the time asked"),
    "client_refuses": say("the client does not want it"),
    "elsewhere": say("treated elsewhere"),
    "payer": say("the payer does not cover it"),
    "no_answer": say("what was missing never came"),
    "other": say("another reason"),
}
HOLDS: dict[str, Words] = {
    "ill": say("the client is ill"),
    "away": say("the client is away"),
    "awaits_provider": say("waiting for the provider"),
    "awaits_payer": say("waiting for the payer"),
    "client_wish": say("the client asked to wait"),
    "other": say("another reason"),
}
CANCELS: dict[str, Words] = {
    "by_provider": say("the provider asked for it"),
    "by_client": say("the client asked for it"),
    "by_payer": say("the payer asked for it"),
    "duplicate": say("another order takes its place"),
    "other": say("another reason"),
}
MISTAKES: dict[str, Words] = {
    "wrong_client": say("it was logged for the wrong client"),
    "double": say("it was logged twice"),
}
ENDINGS: dict[str, Words] = {
    "not_reached": say("the client was not reached"),
    "treated": say("the treatment is over"),
    "before": say("it had ended before"),
    "window": say("its time has run out"),
}
SENDERS: dict[str, Words] = {
    "misread": say("the order names another sender than was logged"),
    "taken_over": say("somebody else looks after the client there now"),
}
"""Why another provider stands as the sender. Who took over did not write the order: what they
are told of it, the client agrees to."""
WHYS: dict[str, Words] = ENDINGS | MISTAKES | CANCELS | HOLDS | DECLINES | SENDERS
"""Every code that a referral's ``why`` may have."""
OUTCOMES: dict[str, Words] = {
    "goals_met": say("goals met"),
    "partly_met": say("goals partly met"),
    "not_met": say("goals not met"),
    "not_started": say("treatment did not start"),
    "transferred": say("treated elsewhere from now on"),
    "not_shared": say("not shared: the client declined"),
}
DEEDS: dict[str, Words] = {
    "received": say("Received"),
    "adopted": say("Taken over from before"),
    "found_incomplete": say("Found incomplete"),
    "accepted": say("Accepted"),
    "declined": say("Declined"),
    "suggested": say("Suggested to the sender instead"),
    "attempted": say("Tried to reach the client"),
    "reached": say("Client reached"),
    "booked": say("First visit booked"),
    "missed": say("First visit missed"),
    "cancelled_visit": say("First visit cancelled, none booked"),
    "first_visit": say("First visit had"),
    "uncounted": say("The visits had count no more"),
    "renewal_due": say("Renewal is due"),
    "renewed": say("More visits allowed"),
    "held": say("Put on hold"),
    "resumed": say("Taken up again"),
    "cancel_asked": say("Asked to cancel"),
    "cancelled": say("Cancelled"),
    "discharged": say("Treatment over"),
    "closed": say("Closed"),
    "window_ended": say("The time allowed has ended"),
    "gave_up": say("Not reached, sender told"),
    "mistake": say("Entered in error"),
    "planned": say("Next step planned"),
    "handed": say("Given to somebody who works here"),
    "acknowledged": say("Receipt acknowledged"),
    "precautions": say("Precautions confirmed"),
    "precautions_anew": say("Precautions changed, to be confirmed again"),
    "sender": say("Another sender"),
}
"""What a step of the history says happened."""
