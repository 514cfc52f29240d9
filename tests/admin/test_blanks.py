"""Blanks and what was not sent are nothing typed: required ones are asked for, none fails."""

from tests.admin.test_writes import edited, fields


def test_blanks_are_nothing_typed_into_any_field(app, office, owner):
    for slug in edited(office):
        address = f"/office/{slug}/edit/?id={office.ids[slug]}"
        for name in fields(owner.get(address).text):
            typed = fields(owner.get(address).text)
            blank = owner.post(address, typed | {name: " \t "})
            empty = owner.post(address, fields(owner.get(address).text) | {name: ""})
            assert blank.status_code < 500, (slug, name)
            if name != "version":
                assert blank.status_code == empty.status_code, (slug, name)


def test_a_field_that_is_not_sent_is_nothing_typed(app, office, owner):
    for address in ("/directory/organisations/new", "/directory/new", "/tasks/new", "/clients/new"):
        typed = fields(owner.get(address).text)
        for name in typed.keys() - {"csrf_token"}:
            sent = fields(owner.get(address).text)
            sent |= {name: value or "Ann" for name, value in sent.items() if "name" in name}
            answer = owner.post(address, {key: one for key, one in sent.items() if key != name})
            assert answer.status_code < 500, (address, name)
