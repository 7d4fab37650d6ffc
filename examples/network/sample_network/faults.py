"""Plays the faults of a plan at their times."""

import contextlib
import datetime
import signal
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from centops_local import edge, processes, steps
from centops_local.clients import Api
from centops_local.instance import LocalError
from centops_local.polling import ExpectationFailed, NotYet, wait_until
from centops_local.stack import authority_of

from .figures import Outage
from .parts import INSTITUTIONS, NGINX_ADDRESS, SAMPLE_DMR, Network
from .plan import BOT_FAULTS, Fault

#: Its route changes while nginx refuses its configuration.
BYSTANDER = "benefit-guide"
_BROKEN = "broken;\n"
_REASON = "Fault plan of the sample network"
#: By how much the clock of a DMR is wrong, in seconds.
_CLOCK_OFFSET = 5
#: An override that a plan sets ends by itself if the plan is killed.
_OVERRIDE = datetime.timedelta(minutes=1)


class Player:
    """Begins and ends faults, and notes what was seen of those that no counter shows."""

    def __init__(self, network: Network, progress: Callable[[str], None]):
        self._network = network
        self._progress = progress
        #: By fault: what was seen of it.
        self.seen: dict[str, str] = {}
        #: By fault: when it began and ended, in seconds of Unix time; it ends in infinity while it lasts.
        self.times: dict[str, tuple[float, float]] = {}
        #: By fault of a clock: the codes that the DMR reported while its clock was wrong.
        self.shifted: dict[str, int] = {}
        self._faults: dict[str, Fault] = {}
        self._reported_before = 0
        self._edge_outputs = network.stack.outputs

    def play(self, faults: list[Fault], began: float) -> None:
        """Plays faults in the order of their beginnings and ends. `began` is of `time.monotonic`."""
        moments = [(fault.at, False, fault) for fault in faults] + [(fault.end, True, fault) for fault in faults]
        for at, is_end, fault in sorted(moments, key=lambda moment: (moment[0], not moment[1])):
            time.sleep(max(0.0, began + at - time.monotonic()))
            (self._end if is_end else self._begin)(fault)

    def repair(self) -> None:
        """Ends the faults that a plan that failed has left. Errors are shown, so that each gets its turn."""
        for name, (_, ended) in list(self.times.items()):
            if ended == float("inf"):
                try:
                    self._end(self._faults[name])
                except (LocalError, ExpectationFailed, requests.RequestException, OSError) as error:
                    self._progress(f"{name} could not be ended: {error}")

    def outages(self) -> list[Outage]:
        """Returns the faults of bots that were played."""
        played = [(fault, self.times[name]) for name, fault in self._faults.items() if fault.bot]
        return [Outage(fault.name, fault.bot, *times, fault.offline_within) for fault, times in played]

    def _begin(self, fault: Fault) -> None:
        target = f" of {fault.bot}" if fault.bot else ""
        self._progress(f"{fault.name}{target} begins")
        self._faults[fault.name] = fault
        self.times[fault.name] = (time.time(), float("inf"))
        if fault.name in BOT_FAULTS:
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

    @property
    def _operator(self) -> Api:
        return self._network.stack.person("operator")

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
        conf.write_text(_BROKEN + conf.read_text())
        restores = self._network.agent_status()["nginx"]["restores"]
        control = {"mode": "force-offline", "reason": _REASON, "until": _in_a_minute()}
        steps.expect(self._operator.call("PUT", f"/chatbots/{BYSTANDER}/control", control), 200)

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
        conf.write_text(conf.read_text().removeprefix(_BROKEN))
        steps.expect(self._operator.call("DELETE", f"/chatbots/{BYSTANDER}/control"), 204)

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
        if self._network.has_nginx:
            # A figure only: without it the Network API comes back all the same.
            with contextlib.suppress(requests.RequestException):
                waiting = self._network.agent_status()["reports"]["waiting"]
                self.seen["centops-away"] = f"{waiting} codes wait in the spool of the agent"
        instance = self._network.stack.instance
        edge.start(instance, self._edge_outputs, authority_of(instance))

    def _begin_wrong_dns(self) -> None:
        """The address of a chatbot changes to a name that does not resolve (RFC 6761 reserves `invalid`).

        CentOps moves no traffic to an address that has not passed its probes. An override that an operator sets, and
        ends at once, lets this one into the route table.
        """
        bot = self._faults["wrong-dns"].bot
        control = {"mode": "force-online", "reason": _REASON, "until": _in_a_minute()}
        steps.expect(self._operator.call("PUT", f"/chatbots/{bot}/control", control), 200)
        right = urlsplit(self._network.webhook(bot))
        wrong = right._replace(netloc=f"{bot}.invalid:{right.port}").geturl()
        steps.expect(self._operator.call("PATCH", f"/chatbots/{bot}", {"uri": wrong}), 200)
        steps.expect(self._operator.call("DELETE", f"/chatbots/{bot}/control"), 204)
        self.seen["wrong-dns"] = f"the address was {wrong}"

    def _end_wrong_dns(self) -> None:
        """An operator corrects the address; CentOps probes it at once."""
        bot = self._faults["wrong-dns"].bot
        right = {"uri": self._network.webhook(bot)}
        steps.expect(self._operator.call("PATCH", f"/chatbots/{bot}", right), 200)
        steps.expect(self._operator.call("DELETE", f"/chatbots/{bot}/control"), 204)

    def _begin_clock_ahead(self) -> None:
        self._shift_clock(_CLOCK_OFFSET)

    def _end_clock_ahead(self) -> None:
        self._set_clock_right("clock-ahead", _CLOCK_OFFSET)

    def _begin_clock_behind(self) -> None:
        self._shift_clock(-_CLOCK_OFFSET)

    def _end_clock_behind(self) -> None:
        self._set_clock_right("clock-behind", -_CLOCK_OFFSET)

    def _shift_clock(self, offset: int) -> None:
        self._reported_before = self._network.sample_status()["codesReported"]
        self._network.set_clock(offset)

    def _set_clock_right(self, name: str, offset: int) -> None:
        self._network.set_clock(0)
        self.shifted[name] = self._network.sample_status()["codesReported"] - self._reported_before
        self.seen[name] = f"{SAMPLE_DMR} reported {self.shifted[name]} codes with its clock {offset:+d} s"


def _in_a_minute() -> str:
    return steps.rfc3339(datetime.datetime.now(datetime.UTC) + _OVERRIDE)
