"""Runs the commands of runbooks against the deployed stack, and compares what they print with what the runbooks say."""

import re
import subprocess
import textwrap
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from centops_contract import watching
from centops_local import steps
from centops_local.alerts import owner_inbox
from centops_local.instance import DMR, ROOT, STACK
from centops_local.polling import wait_until

from operators import put_letter
from support import NEW_CHATBOT

WATCHED = watching.read()
METRICS, ALARMS = WATCHED.metrics, WATCHED.alarms
#: The runbooks of alarms.
OF_ALARMS = sorted({alarm.runbook for alarm in [*ALARMS, *WATCHED.objectives]})
#: The runbooks whose commands are run, and the page that says how commands are used.
RUNBOOKS = ["README", *OF_ALARMS, "held-outage", "dmr-disagrees", "dmr-silent", "rotate-signing-key"]

#: Commands that are not run, by a part of them, each with the reason.
NOT_RUN = {
    "export ENV=prod": "it names an environment on AWS; every other command here runs after `source`",
    "purge-queue": "it destroys letters that other tests await",
    "get-suppressed-destination": "the emulator's SES has no list of suppressed addresses",
    "CERT=dmr.pem": "it needs files that a checkout does not have; test_rotate_signing_key.py runs the command",
    "put-secret-value": "it replaces the key by which all tests verify",
}
_BLOCK = re.compile(
    r"^(?P<indent> *)```sh\n(?P<commands>.*?)^(?P=indent)```\n"
    r"(?:\s*^(?P=indent)```text\n(?P<output>.*?)^(?P=indent)```\n)?",
    re.MULTILINE | re.DOTALL,
)
_INLINE = re.compile(r"(?<!`)`(?:aws|curl|make|api|invoke) [^`]*`")
_INSTITUTION = f"runbook-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class Block:
    """Commands of a runbook, and the output that it promises."""

    runbook: str
    commands: str
    output: str | None

    @property
    def reason(self) -> str | None:
        """Why the commands are not run."""
        return next((reason for part, reason in NOT_RUN.items() if part in self.commands), None)

    def __str__(self) -> str:
        return f"{self.runbook}: {self.commands.splitlines()[0][:60]}"


def blocks(runbook: str) -> list[Block]:
    """Returns the blocks of commands of a runbook."""
    found = _BLOCK.finditer((ROOT / f"docs/runbooks/{runbook}.md").read_text())
    parts = ((match["commands"], match["output"]) for match in found)
    return [
        Block(runbook, textwrap.dedent(commands), None if output is None else textwrap.dedent(output))
        for commands, output in parts
    ]


BLOCKS = [block for runbook in RUNBOOKS for block in blocks(runbook)]
#: What no other test may change or read meanwhile, by a part of the commands.
SHARED = {"make redrive": "dead-letters", "/confirmation": "mail"}
#: The blocks that are run.
RUN = [
    pytest.param(block, marks=[pytest.mark.exclusive(name) for part, name in SHARED.items() if part in block.commands])
    for block in BLOCKS
    if block.reason is None
]


def difference(expected: str, printed: str) -> str | None:
    """Returns how an output differs from the one that a runbook promises; none if it does not."""
    examples = [line for line in expected.splitlines() if line.strip()]
    may_be_empty = "(or nothing)" in examples
    examples = [line for line in examples if line != "(or nothing)"]
    lines = [line for line in printed.splitlines() if line.strip()]
    if not lines:
        return None if may_be_empty else "it prints nothing"
    forms = [_form(example) for example in examples if example.strip() != "…"]
    remaining = iter(lines)
    for form in forms:
        if not any(form.fullmatch(_spaced(line)) for line in remaining):
            return f"no line, or none in this place, has the form {form.pattern}"
    if len(forms) < len(examples):
        return None
    other = next((line for line in lines if not any(form.fullmatch(_spaced(line)) for form in forms)), None)
    return other and f"a line has none of the forms: {other}"


def _form(example: str) -> re.Pattern[str]:
    """Returns the form of the lines that an example stands for: `…` is anything, a number any number."""
    text = re.escape(_spaced(example.replace("$STACK", STACK))).replace("…", ".*")
    return re.compile(re.sub(r"\d+", r"\\d+", text))


def _spaced(line: str) -> str:
    return " ".join(line.split())


@pytest.fixture(scope="module")
def environment(stack, online) -> dict[str, str]:
    """The environment of an operator, and a stack on which every command has something to show."""
    admin = stack.person("admin")
    put_letter(stack, "CodesDeadLetters", "poison", reason="a test")
    # A request that the authorizer refuses is an error in the log.
    steps.expect(stack.bearer("no-token").get("/health"), 401)
    for metric in METRICS:
        # CloudWatch reads the metrics from the log; the emulator does not.
        data = [{"MetricName": metric.name, "Value": 1, "Timestamp": datetime.now(UTC) - timedelta(minutes=1)}]
        stack.instance.aws("cloudwatch").put_metric_data(Namespace=f"CentOps/{STACK}", MetricData=data)
    chatbot = {**NEW_CHATBOT, "name": f"runbook-{uuid.uuid4().hex[:8]}", "institution": _INSTITUTION}
    steps.expect(admin.post("/chatbots", chatbot), 201)
    inbox = owner_inbox(stack, chatbot["name"], _INSTITUTION)
    mail = {"channel": "mail", "address": f"{uuid.uuid4().hex[:8]}@example.ee", "institution": _INSTITUTION}
    pending = steps.expect(admin.post("/subscriptions", mail), 201).json()["id"]
    subscriptions = steps.all_pages(admin, "/subscriptions", "subscriptions", institution=_INSTITUTION)
    [active] = [one["id"] for one in subscriptions if one["channel"] == "sqs"]
    steps.expect(admin.post(f"/subscriptions/{active}/test", {}), 202)
    inbox.await_kinds(["test"], 60)
    message = wait_until("the test message is sent", lambda: sent(admin, active), 30)
    # The default of version 2 of the command line.
    settings = stack.instance.home / ".aws" / "config"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text("[default]\ncli_timestamp_format = iso8601\n")
    token = admin.session.headers["Authorization"].removeprefix("Bearer ")
    # A time without events: others would be told to subscriptions of other tests.
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=40)
    span = {"FROM": f"{begin:%FT%TZ}", "TO": f"{begin + timedelta(minutes=1):%FT%TZ}"}
    yield stack.instance.environment(
        ENV="local", STACK=STACK, ADMIN=stack.admin_url, TOKEN=token, CHATBOT=chatbot["name"], DMR=DMR,
        INSTITUTION=_INSTITUTION, SUBSCRIPTION=active, PENDING=pending, MESSAGE=message, **span,
    )  # fmt: skip
    steps.expect(admin.call("DELETE", f"/chatbots/{chatbot['name']}"), 204)


def sent(admin, subscription: str) -> str | None:
    """Returns the id of a message that was sent."""
    messages = steps.expect(admin.get(f"/subscriptions/{subscription}/messages"), 200).json()["messages"]
    return next((message["id"] for message in messages if message["state"] == "sent"), None)


@pytest.mark.parametrize("block", RUN, ids=str)
def test_commands_print_what_the_runbook_says(block, environment):
    variables = environment | ({"SUBSCRIPTION": environment["PENDING"]} if "/confirmation" in block.commands else {})
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source tools/operate/operator.sh\n{block.commands}"],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found = difference(block.output, done.stdout)
    assert found is None, f"{found}\n{done.stdout}"


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_commands_have_an_expected_output(block):
    assert block.output is not None or block.reason


@pytest.mark.parametrize("runbook", OF_ALARMS)
def test_runbook_begins_with_three_commands_and_has_no_others_in_its_text(runbook):
    text = (ROOT / f"docs/runbooks/{runbook}.md").read_text()
    first = text.partition("## Commands")[2].partition("\n## ")[0]
    assert first.count("```sh") == 3
    outside = _BLOCK.sub("", text)
    inline = [command for command in _INLINE.findall(outside) if command not in ("`make recount`", "`make redrive`")]
    assert inline == []


def test_every_command_that_is_not_run_exists():
    assert {part for part in NOT_RUN if not any(part in block.commands for block in BLOCKS)} == set()


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("drift 3", "drift 41", True),
        ("drift 3", "drift  none", False),
        ("a 1\n…", "a 2\nwhatever", True),
        ("a 1", "a 2\nwhatever", False),
        ("…\nb", "a\nb", True),
        ("b\na\n…", "a\nb", False),
        ('{"queued":1…', '{"queued":7,"next":"x"}', True),
        ('{"queued":1…', '{"status":400}', False),
        ("a\n(or nothing)", "", True),
        ("a\n(or nothing)", "b", False),
        ("a", "", False),
        ("2026-11-26T08:00:00.1Z", "2027-01-02T09:08:07.654321Z", True),
    ],
)
def test_output_is_compared_by_its_form(expected, printed, same):
    assert (difference(expected, printed) is None) == same
