"""Brings chatbots of the network Online, and waits for it as long as the policy of the health engine lets one wait."""

import time

from centops_local import steps
from centops_local.instance import LocalError
from centops_local.polling import NotYet, wait_until
from centops_local.stack import Progress

from .parts import INSTITUTIONS, Network

#: The time between two lines of progress, in seconds.
_LINE = 15
#: What a sequence of probes may take after it is due: the next sweep, two answers, a loaded machine.
_PROBE_SECONDS = 60


def longest_wait(open_policy: dict, failures: int) -> float:
    """Returns the longest wait before a probe after so many failures, in seconds. Jitter only shortens it."""
    wait = open_policy["baseSeconds"] * (open_policy["growthPercent"] / 100) ** failures
    return min(open_policy["capSeconds"], wait)


def describe(health: dict) -> str:
    """Returns in one line why a chatbot is not routed, or that it is."""
    if health["status"] == "Online":
        return f"{health['chatbot']} Online"
    if control := health.get("control"):
        return f"{health['chatbot']} {health['status']}, {control['mode']}"
    return f"{health['chatbot']} {health['status']}, next probe {health.get('nextProbe', 'under way')}"


def ask_for_probes(network: Network, progress: Progress) -> None:
    """Ends overrides of the network's chatbots, and has those that are not Online probed at once.

    A chatbot that failed for long, or did not run, would be probed after up to `open.capSeconds`. The request begins
    the backoff anew. It is refused with 409 if there is nothing to probe.
    """
    operator = network.stack.person("operator")
    for name in INSTITUTIONS:
        health = steps.expect(operator.get(f"/chatbots/{name}/health"), 200).json()
        if control := health.pop("control", None):
            progress(f"an override of {name} is ended: {control['reason']}")
            steps.expect(operator.call("DELETE", f"/chatbots/{name}/control"), 204)
        if health["status"] == "Online":
            continue
        answer = operator.call("POST", f"/chatbots/{name}/probe")
        if answer.status_code == 202:
            progress(f"a probe is requested: {describe(health)}")
        elif answer.status_code != 409:
            raise LocalError(f"{name} cannot be probed: {answer.status_code} {answer.text}")


def await_online(network: Network, progress: Progress, failures: int) -> None:
    """Waits until all chatbots of the network are Online, as long as the policy lets one wait after `failures`."""
    viewer = network.stack.person("viewer")
    policy = steps.expect(viewer.get("/policy"), 200).json()["defaults"]
    seconds = longest_wait(policy["open"], failures) + _PROBE_SECONDS
    line = time.monotonic() + _LINE

    def all_online() -> bool:
        nonlocal line
        steps.run_prober(network.stack)
        healths = [steps.expect(viewer.get(f"/chatbots/{name}/health"), 200).json() for name in INSTITUTIONS]
        if all(health["status"] == "Online" for health in healths):
            return True
        text = "; ".join(describe(health) for health in healths)
        if time.monotonic() >= line:
            progress(f"waiting: {text}")
            line = time.monotonic() + _LINE
        raise NotYet(text)

    wait_until(f"{len(INSTITUTIONS)} chatbots are Online", all_online, seconds, every=0.5)
