"""Starts the sample network on a running stack, and enrols its chatbots."""

from centops_local import steps
from centops_local.polling import wait_until
from centops_local.stack import Progress

from .parts import INSTITUTIONS, NGINX_DMR, SAMPLE_DMR, Network


def start(network: Network, progress: Progress) -> None:
    """Starts every part and waits until both DMRs have the routes of all three chatbots."""
    network.stop()
    admin = network.stack.person("admin")
    for name, institution in INSTITUTIONS.items():
        chatbot = {
            "name": name,
            "uri": f"{network.url(name)}/webhooks/rest/webhook",
            "type": "institution",
            "institution": institution,
            "contact": f"{institution}@example.ee",
        }
        if admin.get(f"/chatbots/{name}").status_code == 404:
            steps.expect(admin.post("/chatbots", chatbot), 201)
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
    steps.await_online(network.stack, list(INSTITUTIONS), probe=True)
    await_routes(network)
    progress("all chatbots are Online, and every DMR has their routes")


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
    bots = "\n".join(f"  {name:<13} {network.url(name)}/webhooks/rest/webhook" for name in INSTITUTIONS)
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
