"""The egress filter (SSRF guard): a chatbot's URI must be an address that a probe may connect to.

The stack allows 127.0.0.0/8. The tests of `shared/egress` cover thousands of spellings, names and DNS responses without
a stack; these tests cover the two operations that set a URI: `POST /chatbots` and `PATCH /chatbots/{name}`.
"""

import pytest

from centops_local import steps

FORBIDDEN = [
    ("http://10.0.0.1/", "10.0.0.1 is not a public address"),
    ("http://192.168.1.1:8080/admin", "192.168.1.1 is not a public address"),
    ("http://172.16.0.1/", "172.16.0.1 is not a public address"),
    ("http://100.64.0.1/", "100.64.0.1 is not a public address"),
    ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is not a public address"),
    ("http://169.254.170.2/v2/credentials", "169.254.170.2 is not a public address"),
    ("http://0.0.0.0/", "0.0.0.0 is not a public address"),
    ("http://224.0.0.1/", "224.0.0.1 is not a public address"),
    # spellings
    ("http://167772161/", "10.0.0.1 is not a public address"),
    ("http://0xa9fea9fe/", "169.254.169.254 is not a public address"),
    ("http://0251.0376.0251.0376/", "169.254.169.254 is not a public address"),
    ("http://0xa9.254.43518/", "169.254.169.254 is not a public address"),
    ("http://１０。０。０。１/", "10.0.0.1 is not a public address"),
    ("http://%31%30.0.0.1/", "10.0.0.1 is not a public address"),
    ("http://10.0.0.1./", "10.0.0.1 is not a public address"),
    ("http:\\\\10.0.0.1\\", "10.0.0.1 is not a public address"),
    # IPv6, and IPv4 in it; ::1 is not in the stack's allowed networks
    ("http://[::1]/", "::1 is not a public address"),
    ("http://[fd00:ec2::254]/", "fd00:ec2::254 is not a public address"),
    ("http://[fe80::1]/", "fe80::1 is not a public address"),
    ("http://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1 is not a public address"),
    ("http://[::ffff:8.8.8.8]/", "::ffff:8.8.8.8 is not a public address"),
    ("http://[64:ff9b::7f00:1]/", "64:ff9b::7f00:1 is not a public address"),
    ("http://[2002:7f00:1::]/", "2002:7f00:1:: is not a public address"),
    # local names that do not resolve
    ("http://metadata.google.internal/", "`metadata.google.internal` is a name of local networks, not a public one"),
    ("https://printer.local/", "`printer.local` is a name of local networks, not a public one"),
    ("https://no-such-machine/", "`no-such-machine` is a name of local networks, not a public one"),
    # other services
    ("http://chat.example.ee:25/", "port 25 is not one of HTTP"),
    ("http://127.0.0.1:6379/", "port 6379 is not one of HTTP"),
]

#: Not valid URIs.
BROKEN = ["http://[fe80::1%25eth0]/", "http://chat.example.ee@10.0.0.1/", "http://10.0.0.1#@chat.example.ee/"]

NEW = {"name": "never-reached", "type": "institution", "institution": "egress", "contact": "it@example.ee"}


def single_error(response) -> tuple[str, str]:
    """Returns the pointer and the detail of the only error."""
    (error,) = steps.expect(response, 400).json()["errors"]
    return error["pointer"], error["detail"]


@pytest.mark.parametrize(("uri", "detail"), FORBIDDEN)
def test_forbidden_address_is_refused_at_enrolment(stack, uri, detail):
    admin = stack.person("admin")
    assert single_error(admin.post("/chatbots", {**NEW, "uri": uri})) == ("#/uri", detail)
    steps.expect(admin.get(f"/chatbots/{NEW['name']}"), 404)


@pytest.mark.parametrize(("uri", "detail"), FORBIDDEN)
def test_forbidden_address_is_refused_at_update(stack, uri, detail):
    operator, path = stack.person("operator"), "/chatbots/not-moved"
    read = steps.expect(operator.get(path), 200)
    condition = {"If-Match": read.headers["ETag"]}
    assert single_error(operator.call("PATCH", path, {"uri": uri}, condition)) == ("#/uri", detail)
    assert steps.expect(operator.get(path), 200).json()["uri"] == read.json()["uri"]


@pytest.mark.parametrize("uri", BROKEN)
def test_uri_that_hides_its_address_is_refused(stack, uri):
    pointer, _ = single_error(stack.person("admin").post("/chatbots", {**NEW, "uri": uri}))
    assert pointer == "#/uri"


def test_allowed_address_and_unresolved_name_are_accepted(stack):
    admin = stack.person("admin")
    for uri in ("http://127.0.0.1:18999/", "http://[::ffff:127.0.0.1]:18999/", "https://not-yet.centops.invalid/"):
        steps.expect(admin.post("/chatbots", {**NEW, "uri": uri}), 201)
        steps.expect(admin.call("DELETE", f"/chatbots/{NEW['name']}"), 204)
