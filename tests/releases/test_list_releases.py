"""`GET /releases` on the deployed stack."""

from centops_local import steps

from lambdas import proxied
from support import error_pointers


def test_releases_are_listed_by_component_and_page(stack):
    operator = stack.person("operator")
    for version in ("1.0.0", "1.1.0", "2.0.0"):
        release = {"component": "listed-releases", "version": version, "severity": "optional"}
        steps.expect(operator.post("/releases", release), 201)
    viewer = stack.person("viewer")
    first = steps.expect(viewer.get("/releases?component=listed-releases&limit=2"), 200).json()
    assert [release["version"] for release in first["releases"]] == ["1.0.0", "1.1.0"]
    second = steps.expect(viewer.get(f"/releases?component=listed-releases&cursor={first['next']}"), 200).json()
    assert [release["version"] for release in second["releases"]] == ["2.0.0"]
    everything = steps.expect(viewer.get("/releases"), 200).json()["releases"]
    assert {"listed-releases"} <= {release["component"] for release in everything}
    for wrong in ("limit=0", "component=A", f"component=another&cursor={first['next']}"):
        refused = steps.expect(viewer.get(f"/releases?{wrong}"), 400)
        assert error_pointers(refused) == [f"#query/{wrong.rpartition('&')[2].partition('=')[0]}"]


def test_answers_its_sample_event(stack):
    assert isinstance(proxied(stack, "list-releases", 200)["releases"], list)
