"""Passwords, links and sittings: the figures and what follows from them.

Lengths and blocklists after NIST SP 800-63B-4 and OWASP ASVS 5.0 V6.2; the idle
and absolute limits after ASVS V7.3.
"""

import hashlib
import ipaddress
import secrets
import unicodedata
from datetime import date, datetime, timedelta

LICENCE = "LMT_LICENSE"
"""The licence without which nobody treats, whatever a service asks for besides."""
PASSWORD_MIN = 12
PASSWORD_MAX = 256
LINK_LIFE = {
    "bootstrap": timedelta(hours=24),
    "invite": timedelta(hours=72),
    "reset": timedelta(hours=1),
}
HANDS_ON = (30, 720)
"""Weighted minutes of treatment in a day: the least and the most that somebody's limit is."""
SITTING = timedelta(hours=12)
"""The longest that one sign-in lasts."""
VISITOR = timedelta(hours=1)
"""How long a browser that has not signed in is remembered."""
SEEN_EVERY = timedelta(minutes=1)
"""How often a session's last-seen time is written."""

TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100
TRIES_IN_ALL = 1000
"""So many within an hour are worth a line in the server's log; nobody is shut out by them."""
ACCOUNT_WINDOW = 15 * 60
ADDRESS_WINDOW = 60 * 60

_TOO_COMMON = (
    "password", "passwort", "qwerty", "qwertz", "azerty", "letmein", "welcome", "iloveyou",
    "admin", "massage", "clinic", "123456789", "987654321", "abcdefgh", "111111", "000000",
)  # fmt: skip


def new_token() -> str:
    """A secret for a cookie or a link: 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a secret that already is random."""
    return hashlib.sha256(token.encode()).digest()


def normal_password(text: str) -> str:
    """The same password however the keyboard composed its letters."""
    return unicodedata.normalize("NFC", text)


def normal_email(text: str) -> str:
    """One spelling for one mailbox, for finding people by what they type."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def network_of(address: str) -> str:
    """What tries are counted under: an IPv4 address, or the 64 bits that one IPv6 home has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


def is_guessable(password: str, *known: str) -> bool:
    """Whether a password is little more than a common word or what is known of the person.

    Common words and known ones are taken out; fewer than six letters, or fewer
    than five different ones, is what a guesser tries first.
    """
    left = password.casefold()
    words = [part for text in known for part in text.casefold().replace("@", " ").split()]
    for word in sorted({*_TOO_COMMON, *words}, key=len, reverse=True):
        if len(word) > 3:
            left = left.replace(word, "")
    return len(left) < 6 or len(set(left)) < 5


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
             ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def browser_name(agent: str) -> str:
    """``Firefox, Windows``: enough for a person to know their own browsers by; else nothing."""
    found = [
        next((name for sign, name in signs if sign in agent), "") for signs in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in found if name)


def is_live(
    *, signed_in: bool, created_at: datetime, last_seen_at: datetime, at: datetime, idle: timedelta
) -> bool:
    """Whether a session still counts."""
    if not signed_in:
        return at - last_seen_at <= VISITOR
    return at - last_seen_at <= idle and at - created_at <= SITTING


def is_held(*, on: date, since: date, until: date | None, revoked_on: date | None) -> bool:
    """Whether a qualification counts on a day (licences: valid on the day of the session)."""
    ended = revoked_on is not None and revoked_on <= on
    return since <= on and (until is None or on <= until) and not ended
