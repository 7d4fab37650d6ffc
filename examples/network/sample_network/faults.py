"""Plays the faults of a plan at their times."""

import signal
import time
from collections.abc import Callable

from centops_local import edge, processes, steps
from centops_local.polling import NotYet, wait_until
from centops_local.stack import authority_of

from .parts import INSTITUTIONS, NGINX_ADDRESS, Network
from .plan import BOT_FAULTS, Fault

#: Its route changes while nginx refuses its configuration.
BYSTANDER = "benefit-guide"


class Player:
    """Begins and ends faults, and notes what was seen of those that no counter shows."""

    def __init__(self, network: Network, progress: Callable[[str], None]):
        self._network = network
        self._progress = progress
        #: By fault: what was seen of it.
        self.seen: dict[str, str] = {}
        #: By fault: when it began and ended, in seconds of Unix time.
        self.times: dict[str, tuple[float, float]] = {}
        #: By fault of a bot: the bot.
        self.bots: dict[str, str] = {}
        self._edge_outputs = network.stack.outputs

    def play(self, faults: list[Fault], began: float) -> None:
        """Plays faults in the order of their beginnings and ends. `began` is of `time.monotonic`."""
        moments = [(fault.at, False, fault) for fault in faults]
        moments += [(fault.at + fault.seconds, True, fault) for fault in faults]
        for at, is_end, fault in sorted(moments, key=lambda moment: (moment[0], not moment[1])):
            time.sleep(max(0.0, began + at - time.monotonic()))
            (self._end if is_end else self._begin)(fault)

    def repair(self) -> None:
        """Ends what a plan that failed has left broken."""
        conf = self._network.folder / "nginx.conf"
        if conf.exists() and conf.read_text().startswith("broken;\n"):
            conf.write_text(conf.read_text().removeprefix("broken;\n"))
        self._network.stack.person("operator").call("DELETE", f"/chatbots/{BYSTANDER}/control")

    def _begin(self, fault: Fault) -> None:
        target = f" of {fault.bot}" if fault.bot else ""
        self._progress(f"{fault.name}{target} begins")
        self.times[fault.name] = (time.time(), float("inf"))
        if fault.name in BOT_FAULTS:
            self.bots[fault.name] = fault.bot
            self._network.set_fault(fault.bot, {"kind": fault.name})
        else:
            getattr(self, "_begin_" + fault.name.replace("-", "_"))()

    def _end(self, fault: Fault) -> None:
        if fault.name in BOT_FAULTS:
            self._network.set_fault(fault.bot, {"kind": "none"})
        else:
            getattr(self, "_end_" + fault.name.replace("-", "_"))()
        self.times[fault.name] = (self.times[fault.name][0], time.time())
        seen = f": {self.seen[fault.name]}" if fault.name in self.seen else ""
        self._progress(f"{fault.name} ends{seen}")

    def _begin_rotate(self) -> None:
        log = self._network.folder / "centops.log"
        number = 1
        while (rotated := log.with_name(f"centops.log.{number}")).exists():
            number += 1
        log.rename(rotated)
        self._network.signal("network-nginx", signal.SIGUSR1)
        self.seen["rotate"] = f"renamed to {rotated.name}"

    def _end_rotate(self) -> None:
        pass

    def _begin_nginx_test(self) -> None:
        """The operator breaks the configuration, and a route changes meanwhile."""
        conf = self._network.folder / "nginx.conf"
        conf.write_text("broken;\n" + conf.read_text())
        restores = self._network.agent_status()["nginx"]["restores"]
        operator = self._network.stack.person("operator")
        control = {"mode": "force-offline", "reason": "Fault plan of the sample network"}
        steps.expect(operator.call("PUT", f"/chatbots/{BYSTANDER}/control", control), 200)

        def is_restored() -> bool:
            status = self._network.agent_status()["nginx"]
            if status["restores"] == restores:
                raise NotYet(status)
            return True

        wait_until("the agent restores the former map", is_restored, 20)
        self.seen["nginx-test"] = "the agent kept the former map"

    def _end_nginx_test(self) -> None:
        """The agent tries again by itself, within a minute; the end of the run checks that it did."""
        conf = self._network.folder / "nginx.conf"
        conf.write_text(conf.read_text().removeprefix("broken;\n"))
        operator = self._network.stack.person("operator")
        steps.expect(operator.call("DELETE", f"/chatbots/{BYSTANDER}/control"), 204)

    def _begin_kill_agent(self) -> None:
        self._network.signal("network-agent", signal.SIGKILL)

    def _end_kill_agent(self) -> None:
        self._network.start_agent()

    def _begin_partition(self) -> None:
        for bot in INSTITUTIONS:
            self._network.set_fault(bot, {"kind": "partition", "from": NGINX_ADDRESS})

    def _end_partition(self) -> None:
        for bot in INSTITUTIONS:
            self._network.set_fault(bot, {"kind": "none"})

    def _begin_centops_away(self) -> None:
        processes.stop(self._network.stack.instance, "edge")

    def _end_centops_away(self) -> None:
        instance = self._network.stack.instance
        edge.start(instance, self._edge_outputs, authority_of(instance))
