"""A session that cannot be kept is a 503, and the log says where and not what."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError

from tests.factories import staff as people


def fail(*_, **__):
    raise OperationalError("UPDATE web_session", {}, Exception("near Jane Doe"))


@pytest.mark.parametrize("verb", ["keep", "forget"])
def test_a_session_that_cannot_be_kept_is_a_503_and_says_nothing(app, monkeypatch, caplog, verb):
    browser = people.signed_in(app)
    token = people.token_of(browser, "/account")
    store = replace(app.session_interface.store, **{verb: fail})
    monkeypatch.setattr(app.session_interface, "store", store)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.post("/sign-out", data={"csrf_token": token})
    assert answer.status_code == 503
    assert "Jane" not in answer.text + caplog.text
    assert "OperationalError" in caplog.text
