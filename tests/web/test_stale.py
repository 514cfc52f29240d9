"""Both versions of a stale edit: each value said once, as it was typed."""

from types import SimpleNamespace

from wtforms import Form, SelectField, StringField


class Record(Form):
    city = StringField("City")
    name = StringField("Name")
    state = SelectField("State", choices=[("a", "Oil & cream"), ("b", "None")])


def test_both_versions_are_shown_as_they_are(client):
    app = client.application
    form = Record(data={"city": "Evanston", "name": "Lee & <Sons>", "state": "a"})
    saved = {"city": "", "name": "Lee", "state": "b"}
    form.stale = SimpleNamespace(saved=saved, who="", at=None)
    with app.test_request_context("/"):
        drawn = app.jinja_env.get_template("components/stale.html").module.stale_form(form)
    assert '<td>Evanston</td><td><span class="u-muted">empty</span></td>' in drawn
    assert "<td>Lee &amp; &lt;Sons&gt;</td><td>Lee</td>" in drawn
    assert "<td>Oil &amp; cream</td><td>None</td>" in drawn
