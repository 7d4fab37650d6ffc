"""The chatbots of the sample network."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .instance import ROOT, Instance

TRAFFIC_FILE = ROOT / "tools" / "local" / "data" / "http-codes.ndjson"


@dataclass(frozen=True)
class Member:
    """A chatbot of the sample network."""

    name: str
    port: int
    type: str = "institution"
    institution: str = "web-archive"
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """Returns the base URL of its server."""
        return f"http://127.0.0.1:{self.port}"

    def enrolment(self) -> dict:
        """Returns the body with which an administrator enrols it."""
        return {
            "name": self.name,
            "uri": f"{self.home}/messages",
            "type": self.type,
            "institution": self.institution,
            "contact": f"{self.institution}@example.ee",
            "versions": self.versions,
        }


#: The chatbots that the demo shows one by one, in addition to those of the traffic file.
SAMPLES = [
    {"name": "opening-hours", "institution": "tallinn-library", "versions": {"intent-engine": "1.4.0"}},
    {"name": "tax-helper", "institution": "tax-board", "versions": {"intent-engine": "1.3.2", "chat-widget": "2.0.0"}},
    {
        "name": "benefit-guide",
        "type": "ministry",
        "institution": "social-affairs",
        "versions": {"intent-engine": "1.5.0", "chat-widget": "2.0.0"},
    },
]


def traffic_names() -> list[str]:
    """Returns the chatbots of the traffic file, in the order of their first request."""
    with TRAFFIC_FILE.open() as lines:
        return list(dict.fromkeys(json.loads(line)["chatbot"] for line in lines))


def compose(instance: Instance, samples: list[dict]) -> list[Member]:
    """Assigns a port to each sample and each chatbot of the traffic file. Saves the list in the instance's folder."""
    entries = samples + [{"name": name, "versions": {"chat-widget": "2.1.0"}} for name in traffic_names()]
    first = instance.port("chatbots")
    members = [Member(port=first + index, **entry) for index, entry in enumerate(entries)]
    _file(instance).write_text(json.dumps([asdict(member) for member in members], indent=1))
    return members


def read(instance: Instance) -> list[Member]:
    """Returns the saved network."""
    return [Member(**entry) for entry in json.loads(_file(instance).read_text())]


def _file(instance: Instance) -> Path:
    return instance.home / "network.json"
