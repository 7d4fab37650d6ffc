"""The processes of the sample network: bots, two DMRs, the chat. Each is a process of the stack's instance."""

import json
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import requests
from centops_local import processes, steps
from centops_local.instance import ROOT, LocalError
from centops_local.polling import wait_until
from centops_local.stack import Stack

FOLDER = ROOT / "examples" / "network"
BOTS = FOLDER / "bots"
PROGRAMS = ROOT / "target" / "debug"
PACKAGE = ROOT / "clients" / "agent" / "package"
#: The institution of each chatbot.
INSTITUTIONS = {"raamatukogu": "tallinn-library", "maks": "tax-board", "ilm": "weather-service"}
#: The DMRs: nginx with the agent, and the sample DMR.
NGINX_DMR, SAMPLE_DMR = "dmr-haapsalu", "dmr-rakvere"
#: nginx connects to chatbots from this address, so that the network between them can be cut for it alone.
NGINX_ADDRESS = "127.0.0.2"
_WEATHER_KEY = "local-weather-key"
#: How long an owner's page works after `make network`.
_TOKEN_MINUTES = 12 * 60
_PORTS = {
    "front": 8600,
    "chat-1": 8601,
    "chat-2": 8602,
    "nginx": 8610,
    "revision": 8611,
    "agent": 8612,
    "sample": 8620,
    "weather": 8630,
    "raamatukogu": 8631,
    "maks": 8632,
    "ilm": 8633,
    "control-raamatukogu": 8641,
    "control-maks": 8642,
    "control-ilm": 8643,
    "owner-raamatukogu": 8651,
    "owner-maks": 8652,
    "owner-ilm": 8653,
}


@dataclass(frozen=True)
class Network:
    """The sample network on a stack."""

    stack: Stack

    @property
    def folder(self) -> Path:
        """The folder of ledgers, logs and configurations."""
        return self.stack.instance.home / "network"

    @property
    def has_nginx(self) -> bool:
        """Whether this machine has nginx."""
        return shutil.which("nginx") is not None

    @property
    def chats(self) -> list[str]:
        """The addresses of the two instances of the chat."""
        return [self.url("chat-1"), self.url("chat-2")]

    def port(self, part: str) -> int:
        """Returns the port of a part."""
        return _PORTS[part] + self.stack.instance.offset

    def url(self, part: str) -> str:
        """Returns the base URL of a part."""
        return f"http://127.0.0.1:{self.port(part)}"

    def webhook(self, bot: str) -> str:
        """Returns the address with which a bot is enrolled."""
        return f"{self.url(bot)}/webhooks/rest/webhook"

    def is_running(self) -> bool:
        """Returns whether the chat runs."""
        return processes.is_listening(self.port("chat-1"))

    def set_fault(self, bot: str, fault: dict) -> None:
        """Sets the fault of a bot; `{"kind": "none"}` ends it."""
        requests.put(f"{self.url(f'control-{bot}')}/fault", json=fault, timeout=10).raise_for_status()

    def set_clock(self, seconds: int) -> None:
        """Sets by how many seconds the clock of the sample DMR is ahead; 0 sets it right."""
        address = f"{self.url('sample')}/clock"
        requests.put(address, json={"offsetSeconds": seconds}, timeout=10).raise_for_status()

    def agent_status(self) -> dict:
        """Returns the status of the agent."""
        return requests.get(f"{self.url('agent')}/status", timeout=10).json()

    def sample_status(self) -> dict:
        """Returns the table of the sample DMR, with what it has reported."""
        return requests.get(f"{self.url('sample')}/table", timeout=10).json()

    def start_bots(self) -> None:
        """Starts the weather service and the bots."""
        self.folder.mkdir(parents=True, exist_ok=True)
        weather = [_program("network-weather"), "--listen", f"127.0.0.1:{self.port('weather')}"]
        self._start("network-weather", weather, "weather", WEATHER_KEY=_WEATHER_KEY)
        for name in INSTITUTIONS:
            own = self.stack.credentials(name, "chatbot")
            command = [
                _program("network-bot"),
                str(BOTS / name),
                *("--listen", f"127.0.0.1:{self.port(name)}"),
                *("--control", f"127.0.0.1:{self.port(f'control-{name}')}"),
                *("--ledger", str(self.folder / f"bot-{name}.ndjson")),
                *self._network(own),
                *self._owner(name),
            ]
            variables = {"WEATHER_URL": self.url("weather"), "WEATHER_KEY": _WEATHER_KEY}
            self._start(f"network-{name}", command, name, **variables, CENTOPS_API_KEY=self._api_key(name))

    def _owner(self, name: str) -> tuple[str, ...]:
        """Returns the options of the page of a bot's owner, for whom the issuer signs a token."""
        institution, token = INSTITUTIONS[name], self.folder / f"owner-{name}.token"
        signed = self.stack.issuer.token(f"owner@{institution}.example.ee", ["owner"], [institution], _TOKEN_MINUTES)
        _write_secret(token, signed)
        return (
            *("--owner", f"127.0.0.1:{self.port(f'owner-{name}')}"),
            *("--admin", self.stack.admin_url),
            *("--token", str(token)),
            *("--edits", str(self.folder / f"edits-{name}.json")),
        )

    def _api_key(self, name: str) -> str:
        """Returns the API key of a bot. CentOps issues it at the first start."""
        file = self.folder / f"api-key-{name}"
        if not file.exists():
            response = self.stack.person("admin").post("/api-keys", {"profile": "chatbot", "name": name})
            _write_secret(file, steps.expect(response, 201).json()["apiKey"])
        return file.read_text()

    def start_dmrs(self) -> None:
        """Starts both DMRs; without nginx, the sample DMR alone."""
        own = self.stack.credentials(SAMPLE_DMR, "dmr")
        files = {"file": self.folder / "sample-routes", "spool": self.folder / "sample-spool"}
        listen = ("--listen", f"127.0.0.1:{self.port('sample')}")
        options = [text for name, path in files.items() for text in (f"--{name}", str(path))] + ["--adjustable-clock"]
        self._start("network-sample-dmr", [_program("centops-dmr"), *listen, *self._network(own), *options], "sample")
        if self.has_nginx:
            self._configure_nginx()
            self.start_agent()
            wait_until("the agent has written routes", (self.folder / "routes.map").exists, 30)
            nginx = ["nginx", "-c", str(self.folder / "nginx.conf")]
            self._start("network-nginx", nginx, "nginx")
            wait_until("nginx serves the newest routes", self.nginx_is_current, 30)

    def nginx_is_current(self) -> bool:
        """Returns whether nginx serves the newest table of the agent."""
        status = self.agent_status()
        served = status["nginx"]["servedRevision"]
        return served is not None and served == status["routes"]["revision"]

    def start_agent(self) -> None:
        """Starts the agent, also after it was killed."""
        command = [_program("centops-agent"), "dmr", "--config", str(self.folder / "agent.toml")]
        self._start("network-agent", command, "agent")

    def start_chats(self) -> None:
        """Starts two instances of the chat, which share posts through a topic and a queue each."""
        sns, sqs = self.stack.instance.aws("sns"), self.stack.instance.aws("sqs")
        topic = sns.create_topic(Name="network-posts")["TopicArn"]
        dmrs = [f"--sample={SAMPLE_DMR}={self.url('sample')}"]
        if self.has_nginx:
            dmrs.append(f"--nginx={NGINX_DMR}={self.url('nginx')}")
        for number in (1, 2):
            part = f"chat-{number}"
            queue = sqs.create_queue(QueueName=f"network-{part}")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            policy = json.dumps(_delivery_policy(topic, arn))
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
            raw = {"RawMessageDelivery": "true"}
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
            command = [
                _program("network-chat"),
                *("--listen", f"127.0.0.1:{self.port(part)}"),
                *("--bots", str(BOTS)),
                *("--topic", topic, "--queue", queue),
                *("--ledger", str(self.folder / f"{part}.ndjson")),
                *dmrs,
            ]
            self._start(f"network-{part}", command, part)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Sends a signal to one process of the network."""
        stored = json.loads((self.stack.instance.home / f"{name}.pid").read_text())
        os.kill(stored["pid"], number)

    def stop(self) -> None:
        """Stops the processes of the network, if they run; the stack goes on."""
        for file in sorted(self.stack.instance.home.glob("network-*.pid"), reverse=True):
            processes.stop(self.stack.instance, file.stem)

    def _start(self, name: str, command: list[str], part: str, **variables: str) -> None:
        port, instance = self.port(part), self.stack.instance
        processes.start(
            instance, name, command, lambda: processes.is_listening(port), env=instance.environment(**variables)
        )

    def _network(self, own) -> list[str]:
        """Returns the options by which a program reaches the Network API."""
        options = {
            "network": self.stack.instance.url("edge"),
            "certificate": own.certificate,
            "key": own.key,
            "authorities": self.stack.authority.certificate,
        }
        return [text for name, value in options.items() for text in (f"--{name}", str(value))]

    def _configure_nginx(self) -> None:
        """Writes the configurations of nginx and the agent: those of its package, with the paths of this folder."""
        folder, own = self.folder, self.stack.credentials(NGINX_DMR, "dmr")
        (folder / "agent-state").mkdir(exist_ok=True)
        http = (PACKAGE / "nginx-http.conf").read_text()
        http = http.replace("/var/lib/centops/routes.map", str(folder / "routes.map"))
        http = http.replace("127.0.0.1:8085", f"127.0.0.1:{self.port('revision')}")
        location = (PACKAGE / "nginx-location.conf").read_text()
        location = location.replace("/var/log/nginx/centops.log", str(folder / "centops.log"))
        location = location.replace("location = /messages {", _LOCATION.format(address=NGINX_ADDRESS), 1)
        user = "user root;" if os.geteuid() == 0 else ""
        text = _NGINX.format(
            user=user,
            folder=folder,
            http=http,
            location=location,
            port=self.port("nginx"),
            front=self.port("front"),
            chats=" ".join(f"server 127.0.0.1:{self.port(part)};" for part in ("chat-1", "chat-2")),
        )
        (folder / "nginx.conf").write_text(text)
        test = ["nginx", "-t", "-q", "-c", str(folder / "nginx.conf")]
        (folder / "agent.toml").write_text(
            f"""network = "{self.stack.instance.url("edge")}"
certificate = "{own.certificate}"
key = "{own.key}"
authorities = "{self.stack.authority.certificate}"
state = "{folder / "agent-state"}"
listen = "127.0.0.1:{self.port("agent")}"
poll_seconds = 1.0
[nginx]
map = "{folder / "routes.map"}"
revision_url = "{self.url("revision")}/centops/revision"
test = {json.dumps(test)}
pid_file = "{folder / "nginx.pid"}"
forbidden_hosts = ["chats"]
[log]
file = "{folder / "centops.log"}"
start = "beginning"
"""
        )


#: `X-Dmr-Hit` says to the chat whether the chatbot answered or nginx itself.
_LOCATION = """location = /messages {{
    proxy_bind {address};
    add_header X-Dmr-Hit $dmr_hit always;"""

_NGINX = """{user}
daemon off;
worker_processes 2;
worker_shutdown_timeout 30s;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
access_log off;
client_body_temp_path {folder}/temp-body;
proxy_temp_path {folder}/temp-proxy;
fastcgi_temp_path {folder}/temp-fastcgi;
uwsgi_temp_path {folder}/temp-uwsgi;
scgi_temp_path {folder}/temp-scgi;
{http}
server {{ listen 127.0.0.1:{port}; {location} }}
upstream chats {{ {chats} }}
server {{
    listen 127.0.0.1:{front};
    location / {{
        proxy_pass http://chats;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffering off;
        proxy_read_timeout 1h;
    }}
}}
}}
"""


def _write_secret(file: Path, text: str) -> None:
    """Writes a file that only this user can read, and renames it into place."""
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.rename(file)


def _delivery_policy(topic: str, queue: str) -> dict:
    """Returns the policy of a queue that lets the topic deliver to it."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _program(name: str) -> str:
    path = PROGRAMS / name
    if not path.exists():
        raise LocalError(f"{name} is not built. Build it: make network")
    return str(path)
