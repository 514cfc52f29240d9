"""Working days, by which due dates count: Monday to Friday."""

from datetime import date, timedelta

_DAY = timedelta(days=1)


def is_working(day: date) -> bool:
    """Whether the clinic's correspondence is expected to be done on this day."""
    return day.weekday() < 5


def after(day: date, count: int) -> date:
    """The working day that comes so many working days after a day; with 0 the first on it or
    after it."""
    while not is_working(day):
        day += _DAY
        count = max(count - 1, 0)
    for _ in range(count):
        day += _DAY
        while not is_working(day):
            day += _DAY
    return day


def between(first: date, last: date) -> int:
    """How many working days come after the first, up to the last; never below 0."""
    days = (first + _DAY * number for number in range(1, (last - first).days + 1))
    return sum(1 for day in days if is_working(day))
