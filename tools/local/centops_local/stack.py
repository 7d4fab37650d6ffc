"""One running instance of the local stack: starts it, provides its clients, stops it."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
import requests

from . import bootstraps, console_files, deployment, devices, dmr, edge, emulator, processes
from .authority import Authority, Credentials
from .clients import Api, Watcher, admin_api, network_api
from .instance import DMR, STACK, Instance, LocalError
from .issuer import Issuer, issuer_of
from .sample_network import Member, compose, read
from .signing import SigningKey

#: Receives the lines that report progress.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """A running instance."""

    instance: Instance
    outputs: dict[str, str]
    watchers: list[Watcher] = field(default_factory=list)

    @cached_property
    def authority(self) -> Authority:
        """CentOps's authority, which the edge trusts."""
        return authority_of(self.instance)

    @cached_property
    def foreign_authority(self) -> Authority:
        """An authority that the edge does not trust."""
        return Authority(self.instance.home / "foreign-authority", "Some other authority")

    @cached_property
    def issuer(self) -> Issuer:
        """The issuer of people's tokens."""
        return issuer_of(self.instance)

    @cached_property
    def members(self) -> list[Member]:
        """The chatbots of the sample network."""
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
        """The base URL of the Admin API on the emulator."""
        api, stage = self.outputs["AdminApiId"], self.outputs["Stage"]
        return f"{self.instance.url('emulator')}/restapis/{api}/{stage}/_user_request_"

    def person(self, role: str = "admin", institutions: list[str] = ()) -> Api:
        """Returns the Admin API for a person with a role."""
        token = self.issuer.token(f"{role}@example.ee", [role], institutions)
        return admin_api(self.admin_url, token, self.watchers)

    def bearer(self, token: str | None) -> Api:
        """Returns the Admin API with a token, or without one."""
        return admin_api(self.admin_url, token, self.watchers)

    def device(self, name: str, profile: str) -> Api:
        """Returns the Network API for a `dmr` or `chatbot`, with a certificate that CentOps issued."""
        return self.with_certificate(self.credentials(name, profile))

    def credentials(self, name: str, profile: str) -> Credentials:
        """Returns the certificate of a `dmr` or `chatbot`. CentOps issues it if there is none yet."""
        # Watchers see requests of tests only, not this one.
        admin = admin_api(self.admin_url, self.issuer.token("admin@example.ee", ["admin"]))
        return devices.obtain(self.instance, admin, name, profile)

    def with_certificate(self, caller: Credentials) -> Api:
        """Returns the Network API with any certificate."""
        return network_api(self.instance.url("edge"), caller, str(self.authority.certificate), self.watchers)

    def member(self, name: str) -> Member:
        """Returns a chatbot of the sample network."""
        return next(member for member in self.members if member.name == name)

    def set_failing(self, name: str, failing: bool) -> dict:
        """Makes a chatbot of the sample network fail, or ends its failure."""
        address = f"{self.instance.url('switchboard')}/control/{name}"
        response = requests.put(address, json={"failing": failing}, timeout=10)
        response.raise_for_status()
        return response.json()

    def send_message(self, chatbot: str, text: str = "When do you open?") -> int:
        """Sends a message to a chatbot through the DMR. Returns the HTTP status."""
        address = f"{self.instance.url('dmr')}/messages/{chatbot}"
        return requests.post(address, json={"text": text}, timeout=30).status_code

    def dmr_table(self) -> dict:
        """Returns the DMR's route table."""
        response = requests.get(f"{self.instance.url('dmr')}/table", timeout=10)
        response.raise_for_status()
        return response.json()

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Invokes a deployed function and returns its result. Raises `FunctionFailed` if it returns an error."""
        lambdas = self.instance.aws("lambda")
        response = lambdas.invoke(FunctionName=f"{STACK}-{function}", Payload=json.dumps(event).encode())
        result = json.loads(response["Payload"].read() or b"null")
        if "FunctionError" in response:
            raise FunctionFailed(f"{function}: {result}")
        return result


class FunctionFailed(Exception):
    """An invoked function returned an error; the text has the function and the error."""


def authority_of(instance: Instance) -> Authority:
    """Returns CentOps's authority of an instance."""
    return Authority(instance.home / "authority", "CentOps local authority")


def bring_up(instance: Instance, samples: list[dict], progress: Progress) -> Stack:
    """Starts every part of a new instance. Stops the instance of the same name first."""
    profile = bootstraps.require_current()
    console_files.require_built()
    for program in (edge.BINARY, dmr.BINARY):
        if not program.exists():
            raise LocalError(f"{program.name} is not built. Build it: make build")
    progress(f"the functions are built: {profile}")
    if take_down(instance):
        progress("stopped the instance that ran before")
    instance.save()
    members = compose(instance, samples)
    processes.require_free(instance, _ports(instance, members))
    try:
        return _start(instance, members, progress)
    except BaseException:
        processes.stop_all(instance)
        raise


def take_down(instance: Instance) -> int:
    """Stops the instance and removes its keys and data; its logs stay. Returns the number of stopped processes."""
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
        "identity": "identity provider",
        "chat": "chat",
        "console": "console",
        "dmr": "DMR",
        "switchboard": "chatbots' switchboard",
    }
    ports = {instance.port(part): description for part, description in parts.items()}
    return ports | {member.port: f"chatbot {member.name}" for member in members}


def _start(instance: Instance, members: list[Member], progress: Progress) -> Stack:
    authority = authority_of(instance)
    emulator.start(instance)
    progress(f"the AWS emulator runs ({instance.url('emulator')})")
    start_module(instance, "issuer", "issuer")
    progress(f"the token issuer runs ({instance.url('issuer')})")
    start_module(instance, "identity_provider", "identity")
    progress(f"the identity provider runs ({instance.url('identity')})")
    start_module(instance, "chat_server", "chat")
    outputs = deployment.deploy(instance)
    progress("template.yaml is deployed")
    files = console_files.upload(instance.aws("s3"), outputs["ConsoleBucket"])
    start_module(instance, "console", "console")
    progress(f"the console runs, {files} files ({instance.url('console')})")
    edge.upload_truststore(instance, outputs, authority)
    secrets = instance.aws("secretsmanager")
    secrets.put_secret_value(SecretId=outputs["AuthoritySecret"], SecretString=authority.secret())
    routes_key = SigningKey(instance.home / "routes-key")
    secrets.put_secret_value(SecretId=outputs["RoutesSecret"], SecretString=routes_key.secret())
    edge.start(instance, outputs, authority)
    progress(f"the mutual-TLS edge runs ({instance.url('edge')})")
    stack = Stack(instance, outputs)
    stack.credentials(DMR, "dmr")
    progress("a DMR is registered, and CentOps issued its certificate")
    start_module(instance, "chatbots", "switchboard")
    dmr.start(instance, authority)
    progress(
        f"{len(members)} chatbots and a DMR run ({instance.url('switchboard')}/control, {instance.url('dmr')}/table)"
    )
    return stack


def start_module(instance: Instance, name: str, part: str) -> None:
    """Starts a module of this package. It is ready when it listens on its part's port."""
    command = [sys.executable, "-m", f"centops_local.{name}", "--instance", instance.name]
    processes.start(instance, name, command, lambda: processes.is_listening(instance.port(part)))
