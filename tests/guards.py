"""What no test may do: talk beyond this machine, send mail, or be skipped unnoticed."""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

import pytest

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

_TALKING = ("socket.connect", "socket.sendto", "socket.sendmsg")
_MAILING = ("smtplib.connect", "smtplib.send")
_MAILERS = ("sendmail", "mail", "mailx", "msmtp")


def _is_here(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, facts: tuple[Any, ...]) -> None:
    if event in _MAILING:
        pytest.fail("A test tried to send mail.")
    if event == "subprocess.Popen" and Path(str(facts[0] or "")).name in _MAILERS:
        pytest.fail("A test tried to send mail.")
    if event in _TALKING:
        address = facts[1]
        # A Unix socket's address is a path, a network's a tuple that begins with the host.
        if isinstance(address, tuple) and not _is_here(str(address[0])):
            pytest.fail(f"A test tried to reach {address[0]}.")
    if event == "socket.getaddrinfo" and not _is_here(_text(facts[0])):
        pytest.fail(f"A test tried to look up {_text(facts[0])}.")


def _text(host: Any) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")


def stay_on_this_machine() -> None:
    """Fail any test of this process that leaves it; cannot be undone, on purpose."""
    sys.addaudithook(_watch)


def refuse_skip(report: Any) -> None:
    """In CI a test or a file that was skipped, or expected to fail, counts as failed."""
    expected_to_fail = hasattr(report, "wasxfail")
    if not IN_CI or not (report.outcome == "skipped" or expected_to_fail):
        return
    reason = getattr(report, "wasxfail", None) or report.longrepr
    if expected_to_fail:
        del report.wasxfail
    report.outcome = "failed"
    report.longrepr = f"Not run, and in CI nothing is left out: {reason}"
