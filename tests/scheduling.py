"""Distributes the test files over the workers of pytest-xdist: those of `FIRST` first, those of `LAST` alone at the end."""

from pathlib import PurePath

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

#: These files wait for minutes of the clock. They begin at once, so that no worker waits for them at the end.
FIRST = ["test_planned_outages.py", "test_demo.py", "test_notifications.py"]

#: These files run alone and in this order, after all others. The first mails to the subscriptions of others; the metrics of
#: all tests are read; then the counts of the network are wrong for a moment, and its revision jumps; the next two change how a
#: queue is consumed. The fuzzer changes and removes arbitrary items. The privilege tests compare the recorded use of all other
#: tests.
LAST = [
    "test_schedule_reports.py", "test_metrics.py", "test_recount.py", "test_restore.py", "test_dead_letters.py", "test_canary.py",
    "test_fuzz.py", "test_privilege.py",
]  # fmt: skip


def sort(items: list[pytest.Item]) -> None:
    """Sorts the tests: the files of `FIRST`, then those that do not await the scheduled probe, the files of `LAST` last."""
    awaiting = {item.path for item in items if "online" in item.fixturenames}

    def key(item: pytest.Item) -> tuple[int, int, bool]:
        name = item.path.name
        first = FIRST.index(name) if name in FIRST else len(FIRST)
        return (LAST.index(name) if name in LAST else -1, first, item.path in awaiting)

    items.sort(key=key)


class PhasedScheduling(LoadScopeScheduling):
    """Assigns one file to one worker. The files of `LAST` are one unit, which starts when all other tests are done.

    A worker runs a test only when it knows the next one, or that there is none. Therefore all workers but one are shut
    down when the last unit is the only one left. The remaining worker gets it when the others are done.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "last" if PurePath(file).name in LAST else file

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """Marks a test complete, and assigns more work to every worker that needs it."""
        super().mark_test_complete(node, item_index, duration)
        for other in self.nodes:
            if other is not node:
                self._reschedule(other)

    def remove_node(self, node: WorkerController) -> str | None:
        """Removes a worker that ended. Its unfinished tests go to the others."""
        crashed = super().remove_node(node)
        for other in self.nodes:
            self._reschedule(other)
        return crashed

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Assigns the next unit, but the last one only when no other worker has tests."""
        if "last" in self.workqueue:
            # A unit that a crashed worker left comes before the last one.
            self.workqueue.move_to_end("last")
        if list(self.workqueue) != ["last"] or not any(self._pending(other) for other in self._others(node)):
            super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        if list(self.workqueue) == ["last"] and any(not other.shutting_down for other in self._others(node)):
            if self._pending(node) <= 1:
                node.shutdown()
            return
        super()._reschedule(node)

    def _others(self, node: WorkerController) -> list[WorkerController]:
        return [other for other in self.nodes if other is not node]

    def _pending(self, node: WorkerController) -> int:
        return self._pending_of(self.assigned_work[node])
