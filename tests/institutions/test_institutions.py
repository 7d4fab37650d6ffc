"""Records of institutions."""

import unicodedata

import pytest

from centops_local import steps

from support import error_pointers, institution_record

RECORDED = {"id": "recorded-institution", "name": "Kirjas Asutus", "contact": "it@recorded.example"}


def test_institution_can_be_created_read_replaced_and_deleted(stack):
    admin = stack.person("admin")
    created = steps.expect(admin.post("/admin/institutions", {"name": "Rändav Mõõdukoda", "status": "Active"}), 201)
    path = "/admin/institutions/randav-moodukoda"
    assert created.headers["Location"] == path
    assert created.json() == {"id": "randav-moodukoda", "name": "Rändav Mõõdukoda", "status": "Active"}
    steps.expect(admin.post("/admin/institutions", {"name": "Rändav Mõõdukoda"}), 409)
    steps.expect(admin.post("/admin/institutions", {"id": "randav-moodukoda", "name": "Another"}), 409)
    decomposed = unicodedata.normalize("NFD", "rändav mõõdukoda")
    steps.expect(admin.post("/admin/institutions", {"id": "look-alike", "name": decomposed}), 409)
    first = steps.expect(admin.get(path), 200)
    steps.expect(admin.get(path, {"If-None-Match": first.headers["ETag"]}), 304)
    renamed = steps.expect(admin.call("PUT", path, {"name": "Paikne Mõõdukoda"}, {"If-Match": first.headers["ETag"]}), 200)
    assert renamed.json() == {"id": "randav-moodukoda", "name": "Paikne Mõõdukoda", "status": "Unknown"}
    steps.expect(admin.call("PUT", path, {"name": "Again"}, {"If-Match": first.headers["ETag"]}), 412)
    other = {"id": "moodukoda-2", "name": "Rändav Mõõdukoda"}
    steps.expect(admin.post("/admin/institutions", other), 201)
    steps.expect(admin.call("PUT", path, {"name": other["name"]}), 409)
    assert renamed.json() in steps.expect(stack.person("viewer").get("/admin/institutions"), 200).json()
    owner = stack.person("owner", ["moodukoda-2"])
    own = steps.expect(owner.get("/admin/institutions"), 200).json()
    assert [institution["id"] for institution in own] == ["moodukoda-2"]
    steps.expect(owner.get(path), 403)
    for remaining in (path, "/admin/institutions/moodukoda-2"):
        steps.expect(admin.call("DELETE", remaining), 204)
        steps.expect(admin.get(remaining), 404)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "abc"}, "#/name"),
        ({"name": "x" * 51}, "#/name"),
        ({"name": "Mõõdukoda", "status": "Deleted"}, "#/status"),
        ({"name": "Mõõdukoda", "contact": "nobody"}, "#/contact"),
        ({"name": "警察警察"}, "#/id"),
        ({"status": "Active"}, "#/name"),
    ],
)
def test_invalid_institution_is_refused_with_its_pointer(stack, body, pointer):
    assert error_pointers(steps.expect(stack.person("admin").post("/admin/institutions", body), 400)) == [pointer]


def test_only_administrators_change_institutions(stack):
    with institution_record(stack, RECORDED) as institution:
        path = f"/admin/institutions/{institution}"
        for role in ("operator", "viewer", "owner"):
            person = stack.person(role, [institution])
            steps.expect(person.get(path), 200)
            steps.expect(person.post("/admin/institutions", RECORDED), 403)
            steps.expect(person.call("PUT", path, RECORDED), 403)
            steps.expect(person.call("DELETE", path), 403)
