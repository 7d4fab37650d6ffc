"""Additional checks for schemathesis: a 400 for a request that the schema permits must come from a known rule, and only
the gateway refuses in plain JSON."""

import re

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

#: Start of the names of the DMR and of the chatbot that call the Network API.
DEVICE = "fuzzed"

#: Rules that OpenAPI 3.0 cannot express, by the error's pointer. For `#`, the whole body, the detail is matched too.
RULES_BEYOND_SCHEMA = {
    r"#query/cursor": "a cursor must come from an earlier page",
    r"#query/(from|to|step)": "times depend on each other, and on the most points of a series",
    r"#(/chatbot)?/uri": "a chatbot's host must have an address that the egress filter allows",
    r"#(/chatbot)?/contact": "the domain of an e-mail address must have a top level domain",
    r"#(/chatbot)?/(versions|chatbots)/.*": "the keys of a map must be names",
    r"#/versions": "an update must change something",
    r"#/endpoint": "an endpoint must match its protocol",
    r"#/address": "an address must match its channel",
    r"#/settings/(zone|quietHours.*)": "a zone must be supported; quiet hours must not end when they begin",
    r"#/(from|to|cursor)": "a span must not be empty or too long ago; a cursor must come from an earlier response",
    r"#/rule.*": "a planned outage starts in the future, on a day of its rule, in a supported zone",
    r"#/until": "an outage in progress is extended by a limited time",
    r"#/code": "a code must be the one that was sent",
    r"# #: a change names at least one field|# a change names at least one field": "a change must name a field",
    r"#/(codes|counts|logs)/\d+/at": "a report's time must not be in the future",
    r"#/counts": "the counts of a report add up to 10000 at most",
    r"A participant is Active or Disabled;.*": "a state is reserved for administrators",
    r"#/until": "the time must be in the future",
    r"#/(action|helped)": "what was done about an incident is said with whether it helped",
    r"#/csr": "a signing request must be signed by its key",
    r"#/days": "only an approval may have days",
    r"#/(id|name|type)": "an id is derivable from a name; names have no outer spaces; some fields are fixed",
    r"#/(institution|institutionId|status|host)": "the institution must exist; the status is derived; the host must be allowed",
    r"#query/name": "a name needs a profile",
    r"#/institutions": "the role owner has institutions, and every other has none",
    r"#query/since": "changes since a revision are neither filtered by status or type nor paged",
    r"#query/return": "a path to return to must be one of the console",
    r"#/subject": "a subject names a country and a person",
    r"#path/id": "an id must come from an earlier response",
    r"#/reason": "a reason must not be blank",
    r"#/notes": "notes must not be blank",
    r"#/(defaults|chatbots)(/.*)?|# (defaults|chatbots).*": "the parts of a policy must be consistent",
}


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict) -> None:
    """Removes the client certificate from the schema. Schemathesis takes each scheme of the type `http` for the header
    `Authorization`, sends requests without it, and expects 401. Every request has the certificate, below HTTP."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and {"clientCertificate": []} in operation.get("security", []):
                del operation["security"]


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict) -> None:
    """Leaves alone the devices that call the Network API at the same time: lists give their names, and a change of one
    would end its requests."""
    if case.method == "GET":
        return
    for name, value in (case.path_parameters or {}).items():
        if str(value).startswith(DEVICE):
            case.path_parameters[name] = f"un{value}"


@schemathesis.check
def plain_json_comes_from_the_gateway(ctx: CheckContext, response: Response, case: Case) -> None:
    """Fails if an error is plain JSON, and not one of the gateway."""
    kind = response.headers.get("content-type", [""])[0]
    is_plain = response.status_code >= 400 and kind.startswith("application/json")
    if is_plain and "x-amzn-errortype" not in response.headers and not _answers_by_protocol(case):
        raise AssertionError(f"An error of a function is not a problem: {response.status_code} {response.text}")


@schemathesis.check
def refused_for_a_known_rule(ctx: CheckContext, response: Response, case: Case) -> None:
    """Fails if a request that the schema permits gets a 400 for another reason than `RULES_BEYOND_SCHEMA`."""
    generation = case.meta.generation if case.meta else None
    if response.status_code != 400 or generation is None or not generation.mode.is_positive:
        return
    if _answers_by_protocol(case):
        return
    locations = _locations(response)
    unknown = [where for where in locations if not any(re.fullmatch(rule, where) for rule in RULES_BEYOND_SCHEMA)]
    if unknown or not locations:
        raise AssertionError(
            f"The schema permits the request, but it was refused for {unknown or 'no field'}: {response.text}"
        )


def _answers_by_protocol(case: Case) -> bool:
    """Returns whether the operation refuses as the protocol of OpenTelemetry says, whose messages the contract only sketches."""
    return case.path == "/v1/logs"


def _locations(response: Response) -> list[str]:
    """Returns the pointers of a problem's errors, or the text of a refusal in plain text."""
    if response.headers.get("content-type", [""])[0].startswith("text/plain"):
        return [response.text]
    return [_location(error) for error in response.json().get("errors", [])]


def _location(error: dict) -> str:
    """Returns an error's pointer, with its detail if the pointer is the whole body."""
    return f"# {error['detail']}" if error["pointer"] == "#" else error["pointer"]
