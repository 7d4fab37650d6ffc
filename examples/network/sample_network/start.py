"""Starts the sample network on a running stack, and enrols its chatbots."""

from centops_local import steps
from centops_local.polling import wait_until
from centops_local.stack import Progress

from .parts import INSTITUTIONS, NGINX_DMR, SAMPLE_DMR, Network
from .recovery import ask_for_probes, await_online

#: The failed probes after a requested one that a start waits for: a loaded machine may miss the first.
_FAILURES = 2


def start(network: Network, progress: Progress) -> None:
    """Starts every part and waits until both DMRs have the routes of all three chatbots."""
    network.stop()
    for name, institution in INSTITUTIONS.items():
        _enrol(network, name, institution)
    network.start_bots()
    progress(f"{len(INSTITUTIONS)} chatbots run and are enrolled")
    network.start_dmrs()
    progress(f"DMR {SAMPLE_DMR} runs (centops-dmr)")
    if network.has_nginx:
        progress(f"DMR {NGINX_DMR} runs (nginx with centops-agent)")
    else:
        progress("nginx is missing, so there is one DMR only. Debian: apt install nginx-light")
    network.start_chats()
    progress("two instances of the chat run")
    ask_for_probes(network, progress)
    await_online(network, progress, _FAILURES)
    await_routes(network)
    progress("all chatbots are Online, and every DMR has their routes")


def _enrol(network: Network, name: str, institution: str) -> None:
    """Enrols a bot. One that is enrolled gets its address back: a load that was killed may have left another."""
    admin, address = network.stack.person("admin"), network.webhook(name)
    found = admin.get(f"/chatbots/{name}")
    if found.status_code == 404:
        chatbot = {
            "name": name,
            "uri": address,
            "type": "institution",
            "institution": institution,
            "contact": f"{institution}@example.ee",
        }
        steps.expect(admin.post("/chatbots", chatbot), 201)
    elif steps.expect(found, 200).json()["uri"] != address or "pendingUri" in found.json():
        steps.expect(admin.call("PATCH", f"/chatbots/{name}", {"uri": address}), 200)


def await_routes(network: Network) -> None:
    """Waits until every DMR serves the routes of all three chatbots."""

    def sample_has() -> bool:
        return INSTITUTIONS.keys() <= {route["name"] for route in network.sample_status()["routes"]}

    def nginx_has() -> bool:
        text = (network.folder / "routes.map").read_text()
        return network.nginx_is_current() and all(f"{name} " in text for name in INSTITUTIONS)

    wait_until(f"{SAMPLE_DMR} has the routes", sample_has, 30)
    if network.has_nginx:
        wait_until(f"{NGINX_DMR} has the routes", nginx_has, 90)


def directions(network: Network) -> str:
    """Returns the addresses of all parts."""
    front = network.url("front") if network.has_nginx else network.url("chat-1")
    bots = "\n".join(
        f"  {name:<13} {network.webhook(name)}, owner's page {network.url(f'owner-{name}')}" for name in INSTITUTIONS
    )
    nginx = f"\n  {NGINX_DMR}  {network.url('nginx')}/messages, agent {network.url('agent')}/status"
    return f"""
The sample network runs:
  Visitor page  {front}
  Chat          {", ".join(network.chats)}
{bots}
  {SAMPLE_DMR}   {network.url("sample")}/table{nginx if network.has_nginx else ""}
  Ledgers       {network.folder.relative_to(network.stack.instance.home.parents[1])}

Play the plan of faults: make load (ONLY=refuse,partition)
Stop it with the stack: make down"""
