"""CodeDeploy in the AWS emulator, which lacks it: the answer of a hook, and what a deployment became by it.

Each deployment is one of this stack, and ends with the first answer. Nothing is deployed gradually.
"""

import json
from collections.abc import Callable, MutableMapping
from types import ModuleType

#: The version of the API, which precedes the action in the header.
_TARGET = "CodeDeploy_20141006"
_TELL = "codedeploy:PutLifecycleEventHookExecutionStatus"


def install(router: ModuleType, actions: ModuleType, services: MutableMapping[str, Callable]) -> None:
    """Adds the service to the emulator's `router`, to its IAM `actions` and to its `services`."""
    router.SERVICE_PATTERNS["codedeploy"] = {"target_prefixes": [_TARGET]}
    actions.SERVICE_TO_IAM_NAMESPACE["codedeploy"] = "codedeploy"
    services["codedeploy"] = handler()


def resource(action: str, arn: str, region: str, account: str, stack: str) -> str:
    """Returns the resource of a request: `arn`, or the deployment group, which the request does not name."""
    if action != _TELL:
        return arn
    return f"arn:aws:codedeploy:{region}:{account}:deploymentgroup:{stack}-deployments/functions"


def handler() -> Callable:
    """Returns the service: it answers requests as the emulator's other services do."""
    statuses: dict[str, str] = {}

    async def handle(_method: str, _path: str, headers: dict, body: bytes, _query: dict) -> tuple[int, dict, bytes]:
        action, data = headers.get("x-amz-target", "").rpartition(".")[2], json.loads(body)
        deployment = data.get("deploymentId", "")
        match action:
            case "PutLifecycleEventHookExecutionStatus":
                statuses.setdefault(deployment, data["status"])
                return _answer(200, {"lifecycleEventHookExecutionId": data["lifecycleEventHookExecutionId"]})
            case "GetDeployment" if deployment in statuses:
                info = {"deploymentId": deployment, "status": statuses[deployment]}
                return _answer(200, {"deploymentInfo": info})
            case "GetDeployment":
                return _answer(400, {"__type": "DeploymentDoesNotExistException", "message": deployment})
        return _answer(400, {"__type": "UnknownOperationException", "message": action})

    return handle


def _answer(status: int, content: dict) -> tuple[int, dict, bytes]:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(content).encode()
