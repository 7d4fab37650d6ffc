"""The whole of one copy: brings it up, gives its clients, takes it down."""

import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import boto3
import requests

from . import deployment, devices, dmr, edge, emulator, processes
from .authority import Authority, Credentials
from .clients import Api, Watcher, admin_api, network_api
from .instance import DMR, Instance, LocalError
from .issuer import Issuer, issuer_of
from .roster import Member, compose, read
from .signing import SigningKey

#: Gets one line each time a part is up.
Say = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """A running copy."""

    instance: Instance
    outputs: dict[str, str]
    watchers: list[Watcher] = field(default_factory=list)

    @cached_property
    def authority(self) -> Authority:
        """The authority that the edge trusts."""
        return authority_of(self.instance)

    @cached_property
    def foreign_authority(self) -> Authority:
        """An authority that the edge does not trust."""
        return Authority(self.instance.home / "foreign-authority", "Some other authority")

    @cached_property
    def issuer(self) -> Issuer:
        """Who signs the people's tokens."""
        return issuer_of(self.instance)

    @cached_property
    def members(self) -> list[Member]:
        """The sample network."""
        return read(self.instance)

    @cached_property
    def table(self):
        """CentOps's table."""
        client = self.instance.aws("dynamodb")
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        resource = boto3.resource(
            "dynamodb", endpoint_url=client.meta.endpoint_url, region_name=client.meta.region_name, **credentials
        )
        return resource.Table(self.outputs["Table"])

    @property
    def audit_arn(self) -> str:
        """The audit table's ARN."""
        table = self.instance.aws("dynamodb").describe_table(TableName=self.outputs["AuditTable"])
        return table["Table"]["TableArn"]

    @property
    def admin_url(self) -> str:
        """The Admin API on the emulator."""
        api, stage = self.outputs["AdminApiId"], self.outputs["Stage"]
        return f"{self.instance.url('emulator')}/restapis/{api}/{stage}/_user_request_"

    def person(self, role: str = "admin", institutions: list[str] = ()) -> Api:
        """The Admin API as a person with a role."""
        token = self.issuer.token(f"{role}@example.ee", [role], institutions)
        return admin_api(self.admin_url, token, self.watchers)

    def bearer(self, token: str | None) -> Api:
        """The Admin API with a given token, or none."""
        return admin_api(self.admin_url, token, self.watchers)

    def device(self, name: str, profile: str) -> Api:
        """The Network API as the `dmr` or `chatbot` of that name, with a certificate that CentOps signed."""
        return self.holder(self.credentials(name, profile))

    def credentials(self, name: str, profile: str) -> Credentials:
        """The certificate of a `dmr` or `chatbot`, signed by CentOps where there is none yet."""
        # Not watched: a certificate is no part of what is being shown.
        admin = admin_api(self.admin_url, self.issuer.token("admin@example.ee", ["admin"]))
        return devices.enrol(self.instance, admin, name, profile)

    def holder(self, caller: Credentials) -> Api:
        """The Network API as the holder of any certificate."""
        return network_api(self.instance.url("edge"), caller, str(self.authority.certificate), self.watchers)

    def member(self, name: str) -> Member:
        """One chatbot of the sample network."""
        return next(member for member in self.members if member.name == name)

    def switch(self, name: str, failing: bool) -> dict:
        """Tells a chatbot of the sample network to fail, or not to."""
        address = f"{self.instance.url('switchboard')}/control/{name}"
        response = requests.put(address, json={"failing": failing}, timeout=10)
        response.raise_for_status()
        return response.json()

    def say_to(self, chatbot: str, text: str = "When do you open?") -> int:
        """Sends a message to a chatbot through the DMR and returns the HTTP status that came back."""
        address = f"{self.instance.url('dmr')}/messages/{chatbot}"
        return requests.post(address, json={"text": text}, timeout=30).status_code

    def dmr_table(self) -> dict:
        """The route table as the DMR has it."""
        response = requests.get(f"{self.instance.url('dmr')}/table", timeout=10)
        response.raise_for_status()
        return response.json()


def authority_of(instance: Instance) -> Authority:
    """CentOps's authority in one copy."""
    return Authority(instance.home / "authority", "CentOps local authority")


def bring_up(instance: Instance, samples: list[dict], say: Say) -> Stack:
    """Starts every part of a fresh copy; the one that ran before is stopped first."""
    deployment.require_bootstraps()
    for program in (edge.BINARY, dmr.BINARY):
        if not program.exists():
            raise LocalError(f"{program.name} is not built. `make build` builds it.")
    if take_down(instance):
        say("stopped the copy that ran before")
    instance.save()
    members = compose(instance, samples)
    processes.require_free(instance, _ports(instance, members))
    try:
        return _start(instance, members, say)
    except BaseException:
        processes.stop_all(instance)
        raise


def take_down(instance: Instance) -> int:
    """Stops every process of the copy, removes its keys and data, keeps its logs. Says how many ran."""
    stopped = processes.stop_all(instance)
    for entry in instance.home.glob("*"):
        if entry == instance.logs:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return stopped


def _ports(instance: Instance, members: list[Member]) -> dict[int, str]:
    parts = {
        "emulator": "AWS emulator",
        "edge": "mutual-TLS edge",
        "issuer": "token issuer",
        "dmr": "DMR",
        "switchboard": "chatbots' switchboard",
    }
    ports = {instance.port(part): what for part, what in parts.items()}
    return ports | {member.port: f"chatbot {member.name}" for member in members}


def _start(instance: Instance, members: list[Member], say: Say) -> Stack:
    authority = authority_of(instance)
    emulator.start(instance)
    say(f"the AWS emulator runs ({instance.url('emulator')})")
    _start_module(instance, "issuer", "issuer")
    say(f"the token issuer runs ({instance.url('issuer')})")
    outputs = deployment.deploy(instance)
    say("template.yaml is deployed")
    edge.upload_truststore(instance, outputs, authority)
    secrets = instance.aws("secretsmanager")
    secrets.put_secret_value(SecretId=outputs["AuthoritySecret"], SecretString=authority.secret())
    routes_key = SigningKey(instance.home / "routes-key")
    secrets.put_secret_value(SecretId=outputs["RoutesSecret"], SecretString=routes_key.secret())
    edge.start(instance, outputs, authority)
    say(f"the mutual-TLS edge runs ({instance.url('edge')})")
    stack = Stack(instance, outputs)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda member: stack.credentials(member.name, "chatbot"), members))
    stack.credentials(DMR, "dmr")
    say(f"CentOps signed the certificates of {len(members)} chatbots and a DMR")
    _start_module(instance, "chatbots", "switchboard")
    dmr.start(instance, authority)
    say(f"{len(members)} chatbots and a DMR run ({instance.url('switchboard')}/control, {instance.url('dmr')}/table)")
    return stack


def _start_module(instance: Instance, name: str, part: str) -> None:
    """Starts one of this package's modules, which is ready when its part's port answers."""
    command = [sys.executable, "-m", f"centops_local.{name}", "--instance", instance.name]
    processes.start(instance, name, command, lambda: processes.answers(instance.port(part)))
