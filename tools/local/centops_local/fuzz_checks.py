"""What schemathesis checks of us beside its own checks: a 400 to what the schema permits has a reason that we know."""

import re

import schemathesis
from schemathesis import Case, CheckContext, Response

#: Rules that OpenAPI 3.0 cannot say, by the pointer in the answer; `#`, the whole, also by how its sentence begins.
BEYOND_THE_SCHEMA = {
    r"#query/cursor": "a cursor is one that an answer gave",
    r"#query/(from|to|step)": "times are compared with each other, and with the most points of a series",
    r"#(/chatbot)?/uri": "where a chatbot may be: a host that has an address, and not one of ours",
    r"#(/chatbot)?/contact": "an address whose host has a top level domain",
    r"#(/chatbot)?/(versions|chatbots)/.*": "the keys of a map are names",
    r"#/versions": "an update names what it changes",
    r"#/endpoint": "an address fits its protocol",
    r"#/until": "a time in the future",
    r"#/csr": "a request for a certificate, signed by its key",
    r"#/days": "only an approval has days",
    r"#/(id|name|type)": "an institution's id can be made of its name, a name has no spaces around it; what cannot change",
    r"#/(institutionId|status|host)": "a participant's institution has a record, its status follows, it can be reached",
    r"#query/name": "a name goes with a profile",
    r"#path/id": "an id is one that an answer gave",
    r"#/reason": "a reason has more than spaces",
    r"#/notes": "notes have more than spaces",
    r"#/(defaults|chatbots)(/.*)?|# (defaults|chatbots).*": "the parts of a policy fit together",
}


@schemathesis.check
def refused_for_a_known_rule(ctx: CheckContext, response: Response, case: Case) -> None:
    """What the schema permits is refused for a rule of `BEYOND_THE_SCHEMA` only."""
    generation = case.meta.generation if case.meta else None
    if response.status_code != 400 or generation is None or not generation.mode.is_positive:
        return
    places = [_place(error) for error in response.json().get("errors", [])]
    unknown = [place for place in places if not any(re.fullmatch(rule, place) for rule in BEYOND_THE_SCHEMA)]
    if unknown or not places:
        raise AssertionError(f"The schema permits it, and it was refused for {unknown or 'no field'}: {response.text}")


def _place(error: dict) -> str:
    """What an error is about."""
    return f"# {error['detail']}" if error["pointer"] == "#" else error["pointer"]
