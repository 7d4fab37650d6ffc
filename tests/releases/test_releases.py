"""Publication of releases."""

from centops_local import steps

from support import error_pointers


def test_release_is_published_once(stack):
    release = {"component": "published-once", "version": "1.0.0-rc.1", "severity": "optional", "notes": "Õ"}
    operator = stack.person("operator")
    published = steps.expect(operator.post("/releases", release), 201).json()
    assert {**published, **release} == published
    steps.expect(operator.post("/releases", release), 409)
    steps.expect(operator.post("/releases", {**release, "version": "1.0.0-rc.1+build.2"}), 409)
    bad = steps.expect(operator.post("/releases", {**release, "version": "v1"}), 400)
    assert error_pointers(bad) == ["#/version"]
