"""The stack on which the game day is played: in use, watched, with somebody who hears the alarms."""

import json
from dataclasses import dataclass, field

from centops_local import steps
from centops_local.polling import ExpectationFailed, NotYet, wait_until
from centops_local.stack import Stack

from .traffic import DMR, Traffic
from .watch import Watch

#: The seconds after which a stack must be whole again. Some waits do not scale: a message of a failed run is delivered
#: again after up to 60 seconds, and environments keep what they read.
_WHOLE_SECONDS = 180


@dataclass
class GameStack:
    """A stack in use."""

    stack: Stack
    traffic: Traffic
    watch: Watch
    #: The id of the operators' subscription.
    subscription: str
    #: The queue that is subscribed to the operations topic.
    operations: str
    _heard: list[tuple[str, str]] = field(default_factory=list)

    def heard(self, alarm: str) -> bool:
        """Returns whether the operations topic has sent that an alarm rings, since the last call of `forget`."""
        sqs = self.stack.instance.aws("sqs")
        while messages := sqs.receive_message(QueueUrl=self.operations, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                notice = json.loads(json.loads(message["Body"])["Message"])
                self._heard.append((notice["AlarmName"], notice["NewStateValue"]))
                sqs.delete_message(QueueUrl=self.operations, ReceiptHandle=message["ReceiptHandle"])
        return (self.watch.alarms[alarm].name, "ALARM") in self._heard

    def forget(self) -> None:
        """Drops what was heard."""
        self.heard(next(iter(self.watch.alarms)))
        self._heard.clear()

    def await_whole(self, seconds: float = _WHOLE_SECONDS) -> None:
        """Waits until no alarm rings, both APIs answer, and no queue of dead letters has a message."""
        wait_until("the stack is whole", self._is_whole, seconds, every=0.5)

    def _is_whole(self) -> bool:
        if unknown := self.watch.alarms.keys() - self.watch.states.keys():
            raise NotYet(f"not evaluated yet: {', '.join(sorted(unknown))}")
        if ringing := self.watch.ringing():
            raise NotYet(f"ringing: {', '.join(ringing)}")
        try:
            steps.expect(self.stack.device(DMR, "dmr").get("/routes"), 200)
            steps.expect(self.stack.person("viewer").get("/chatbots"), 200)
        except ExpectationFailed as failure:
            raise NotYet(str(failure)) from failure
        for name in ("CodesDeadLetters", "LogsDeadLetters", "ParkedDeadLetters"):
            answer = self.stack.instance.aws("sqs").get_queue_attributes(
                QueueUrl=self.stack.outputs[name], AttributeNames=["ApproximateNumberOfMessages"]
            )
            if (count := answer["Attributes"]["ApproximateNumberOfMessages"]) != "0":
                raise NotYet(f"{name} has {count} messages")
        return True
