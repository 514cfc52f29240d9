"""Shapes of cases: for each, sheets that fire a rule and sheets that only look like it."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.health.sheets import CLEAN, DAY, ago, fact, known


def since(kind, fires, spares, **about):
    """An event so many days ago."""
    return (
        st.integers(*fires).map(lambda days: known(fact(kind, on=ago(days), **about))),
        st.integers(*spares).map(lambda days: known(fact(kind, on=ago(days), **about))),
    )


def current(code, *, area=""):
    """A condition that is so now, however long; and one that is over, refuted or another's."""
    fires = st.sampled_from(["", "active", "recurrence", "relapse"]).map(
        lambda status: known(fact(f"condition:{code}", status=status, area=area))
    )
    spares = st.sampled_from(
        [
            fact(f"condition:{code}", status="resolved"),
            fact(f"condition:{code}", status="remission"),
            fact(f"condition:{code}", verification="refuted"),
            fact(f"condition:{code}", status="active", until=ago(1)),
            fact(f"condition:{code}", on=DAY + timedelta(days=1)),
            fact("condition:BACK_PAIN"),
        ]
    ).map(known)
    return fires, spares


def medicine(*codes):
    fires = st.sampled_from(codes).map(
        lambda code: known(fact(f"medicine:{code}", status="active"))
    )
    spares = st.sampled_from(
        [
            *(fact(f"medicine:{code}", status="stopped", route="oral") for code in codes),
            *(fact(f"medicine:{code}", until=ago(1), route="oral") for code in codes),
            fact("medicine:NSAID_ANALGESIC", route="oral"),
        ]
    ).map(known)
    return fires, spares


def reading(name, fires, spares, *, times=1):
    def sheet(values):
        return known(*(fact(f"reading:{name}", on=DAY, value=value) for value in values))

    few = st.lists(st.floats(*spares), min_size=times, max_size=3)
    return st.lists(st.floats(*fires), min_size=times, max_size=3).map(sheet), few.map(sheet)


def answered(*names):
    fires = st.sampled_from(names).map(lambda name: known(yes=[f"answer:{name}"]))
    return fires, st.just(CLEAN)


def watched(topic):
    fires = st.just(known(fact(topic, on=DAY)))
    return fires, st.integers(1, 60).map(lambda days: known(fact(topic, on=ago(days))))


def either(one, *others):
    fires, spares = one
    for more_fires, more_spares in others:
        fires, spares = fires | more_fires, spares | more_spares
    return fires, spares


def exactly(fires, spares):
    return st.sampled_from(fires), st.sampled_from(spares)
