"""Starts the AWS emulator and records its authorization decisions: principal, action, resource, allowed or denied.

The emulator authorizes every request in one function, `enforce`. It is wrapped before the emulator is loaded. Each
distinct decision about a function's role is written once, as a line of JSON, for `centops_local.privileges`.

It also publishes the metrics that AWS's services publish (`centops_local.emulator_metrics`).

Nine faults of the emulator are mended, and nothing else is changed:

- In the policy of an authorizer its `*` matches no line break, so that a path with `%0A` gets its own 403. On AWS `*`
  matches any combination of characters (IAM User Guide, Resource element), and the request reaches the function.
- It has an action for each batch request of SQS. On AWS the action of the single request permits the batch too, and
  the others do not exist (SQS Developer Guide, API permissions).
- Two threads of an environment of a function look each 100 ms whether it is stopped. Those of some hundred leave no time
  for anything else, so they look each two seconds. An event, a request and a stop wake them at once.
- CloudFormation makes no alarm on an expression of metrics. It makes one on the first of them here: alarms are not evaluated.
- CloudFormation makes no composite alarm, although CloudWatch has them.
- It has no UpdateDomainName of API Gateway.
- A batch of a table's stream is done although the function answers that items of it failed. It is delivered again here.
- SQS does not redrive dead letters. `centops_local.emulator_redrive` does.
- It has no CodeDeploy. `centops_local.emulator_deployments` takes the answers of hooks.
"""

import contextlib
import json
import os
import queue
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from . import emulator_deployments, emulator_metrics, emulator_redrive
from .instance import STACK

#: The seconds after which an idle environment looks whether it is stopped.
_IDLE_SECONDS = 2

#: The environment variable that names the file.
FILE = "CENTOPS_DECISIONS"

#: The actions that AWS checks for batch requests.
_SINGLE = {
    f"sqs:{action}Batch": f"sqs:{action}" for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
}


class Recorder:
    """The file of decisions. It is truncated when the emulator starts."""

    def __init__(self, file: Path):
        self._lines = file.open("w", buffering=1)
        self._written: set[str] = set()
        self._lock = threading.Lock()

    def record(self, **decision: Any) -> None:
        """Writes a decision, unless the same one was written before."""
        line = json.dumps(decision)
        with self._lock:
            if line not in self._written:
                self._written.add(line)
                self._lines.write(line + "\n")


def recording(enforce: Callable, principal: Callable, account: Callable, recorder: Recorder) -> Callable:
    """Returns `enforce` wrapped so that decisions about roles are recorded.

    `principal` and `account` resolve the caller, as `enforce` does. A batch request of SQS needs the action of the single
    one.
    """

    def enforced(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict | None = None,
    ):
        iam_action = _SINGLE.get(iam_action, iam_action)
        resource_arn = emulator_deployments.resource(iam_action, resource_arn, region, account(), STACK)
        denial = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        caller = principal(access_key_id or "", account())
        # An unknown caller has no role. The root user, who deploys and tests, has no policies.
        if getattr(caller, "type", None) == "AssumedRole":
            recorder.record(principal=caller.arn, action=iam_action, resource=resource_arn, allowed=denial is None)
        return denial

    return enforced


def arn_matches(pattern: str, arn: str) -> bool:
    """Returns whether an authorizer's policy with the resource `pattern` covers `arn`."""
    wildcards = {"*": ".*", "?": "."}
    expression = "".join(wildcards.get(character) or re.escape(character) for character in pattern)
    return re.fullmatch(expression, arn, re.DOTALL) is not None


class EventQueue(queue.Queue):
    """The events of an environment of a function."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Waits longer than the emulator asks for, which repeats it for ever."""
        return super().get(block, None if timeout is None else max(timeout, _IDLE_SECONDS))


def let_idle_servers_rest() -> None:
    """Lets servers of `socketserver` look less often whether they are stopped, and wakes those that are."""
    serve, stop = socketserver.BaseServer.serve_forever, socketserver.BaseServer.shutdown

    def serve_forever(server: socketserver.BaseServer, poll_interval: float = 0.5) -> None:
        serve(server, max(poll_interval, _IDLE_SECONDS))

    def shutdown(server: socketserver.BaseServer) -> None:
        stopping = threading.Thread(target=stop, args=(server,))
        stopping.start()
        # A request ends the wait. If it comes before the stop, the next look ends it.
        with contextlib.suppress(OSError):
            socket.create_connection(server.server_address, timeout=1).close()
        stopping.join()

    socketserver.BaseServer.serve_forever, socketserver.BaseServer.shutdown = serve_forever, shutdown


def with_expressions(record: Callable[[str, dict], dict]) -> Callable[[str, dict], dict]:
    """Returns `record`, which makes an alarm of its name and properties, for alarms on expressions of metrics too."""

    def made(name: str, properties: dict) -> dict:
        metrics = properties.get("Metrics", [])
        first = next((each["MetricStat"] for each in metrics if "MetricStat" in each), None)
        if first is None:
            return record(name, properties)
        plain = {key: value for key, value in properties.items() if key != "Metrics"}
        alarm = record(name, plain | first["Metric"] | {"Period": first["Period"], "Statistic": first["Stat"]})
        return alarm | {"Metrics": metrics}

    return made


def composite_alarms(cloudwatch: Any) -> dict[str, Callable]:
    """Returns how CloudFormation creates, updates and deletes a composite alarm."""

    def put(name: str, properties: dict) -> tuple[str, dict[str, str]]:
        status, _headers, body = cloudwatch._put_composite_alarm({}, properties | {"AlarmName": name}, False, is_json=True)
        if status >= 400:
            raise ValueError(f"AWS::CloudWatch::CompositeAlarm: {body!r}")
        return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}

    return {
        "create": lambda _id, properties, _stack: put(properties["AlarmName"], properties),
        "update": lambda name, _before, properties, _stack: put(name, properties),
        "delete": lambda name, _properties: cloudwatch._composite_alarms.pop(name, None),
    }


def with_domain_updates(handle: Callable, gateway: ModuleType) -> Callable:
    """Returns `handle`, which answers the control plane of API Gateway, so that it updates custom domain names too."""

    async def handled(method: str, path: str, headers: dict, body: bytes, query_params: dict) -> tuple:
        match method, path.strip("/").split("/"):
            case "PATCH", ["domainnames", name] if name in gateway._domain_names:
                domain = gateway._domain_names[name]
                gateway._apply_patch(domain, json.loads(body)["patchOperations"])
                return gateway._v1_response(domain)
        return await handle(method, path, headers, body, query_params)

    return handled


def publish_metrics() -> None:
    """Lets the emulator publish metrics, and run its schedules with the speed of the instance."""
    from ministack.services import apigateway_v1, cloudwatch, eventbridge, lambda_svc, scheduler, sqs

    names = {
        cloudwatch: ["_dims_key", "_metric_bucket", "_evaluate_alarm"],
        lambda_svc: ["_execute_function_dispatch", "_acquire_execution_slot", "_emit_lambda_logs"],
        apigateway_v1: ["_handle_execute_in_scope"],
        eventbridge: ["_parse_rate_seconds"],
    }
    missing = [name for module, wanted in names.items() for name in wanted if not callable(getattr(module, name, None))]
    if missing:
        sys.exit(f"This version of the emulator has no {', '.join(missing)}: metrics cannot be published.")
    speed = int(os.environ.get(emulator_metrics.SPEED, "1"))
    if speed > 1:
        eventbridge._parse_rate_seconds = emulator_metrics.faster(eventbridge._parse_rate_seconds, speed)
        scheduler._SCHEDULE_TICK_INTERVAL = 1
    services = {"apigateway_v1": apigateway_v1, "cloudwatch": cloudwatch, "lambda_svc": lambda_svc, "sqs": sqs}
    emulator_metrics.install(services, speed)


def main() -> None:
    """Runs the emulator."""
    from ministack.core import iam_evaluator, lambda_runtime, responses

    parts = [(iam_evaluator, "enforce"), (iam_evaluator, "resolve_principal"), (responses, "get_account_id")]
    missing = [name for module, name in parts if not callable(getattr(module, name, None))]
    if missing:
        sys.exit(f"This version of the emulator has no {', '.join(missing)}: decisions cannot be recorded.")
    if getattr(lambda_runtime, "queue", None) is not queue:
        sys.exit("This version of the emulator has another queue of events: idle functions would use the whole machine.")
    let_idle_servers_rest()
    lambda_runtime.queue = SimpleNamespace(Queue=EventQueue, Empty=queue.Empty, Full=queue.Full)
    iam_evaluator.enforce = recording(
        iam_evaluator.enforce,
        iam_evaluator.resolve_principal,
        responses.get_account_id,
        Recorder(Path(os.environ[FILE])),
    )
    # Loaded after `enforce` is wrapped.
    from ministack.services import apigateway_v1

    if not callable(getattr(apigateway_v1, "_arn_matches", None)):
        sys.exit("This version of the emulator has no _arn_matches: paths with line breaks would be refused.")
    apigateway_v1._arn_matches = arn_matches
    apigateway_v1.handle_request = with_domain_updates(apigateway_v1.handle_request, apigateway_v1)
    from ministack.services.cloudformation import provisioners

    if not callable(getattr(provisioners, "_cw_metric_alarm_record", None)):
        sys.exit("This version of the emulator has no _cw_metric_alarm_record: alarms on expressions cannot be made.")
    provisioners._cw_metric_alarm_record = with_expressions(provisioners._cw_metric_alarm_record)
    if not callable(getattr(provisioners._cw, "_put_composite_alarm", None)):
        sys.exit("This version of the emulator has no _put_composite_alarm: the alarms of objectives cannot be made.")
    provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::CompositeAlarm"] = composite_alarms(provisioners._cw)
    publish_metrics()
    from ministack.services import sqs

    needed = ("_HANDLERS", "_queues", "_queue_by_arn", "_Err", "esm_wake")
    if missing := [name for name in needed if not hasattr(sqs, name)]:
        sys.exit(f"This version of the emulator has no {', '.join(missing)}: dead letters cannot be redriven.")
    sqs._HANDLERS |= emulator_redrive.handlers(sqs)
    from ministack import app
    from ministack.core import iam_actions, router

    emulator_deployments.install(router, iam_actions, app.SERVICE_HANDLERS)
    app.main()


if __name__ == "__main__":
    main()
