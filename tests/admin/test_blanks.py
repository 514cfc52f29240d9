"""Blanks in a field are nothing typed: required ones are asked for, and none fails."""

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
