"""Deploys template.yaml, unchanged, to the emulator of an instance."""

import platform
import subprocess

from . import chats, identity_provider, invitation_mail, processes
from .bootstraps import ARCHITECTURES
from .instance import DOMAIN, REGION, ROOT, STACK, Instance, LocalError
from .issuer import AUDIENCE


#: Who is an administrator of the local stack without a grant.
FIRST_ADMINISTRATOR = "EE60001019906"


def deploy(instance: Instance) -> dict[str, str]:
    """Runs `sam deploy` with the environment `local` of samconfig.toml. Returns the stack's outputs."""
    log = instance.logs / "deploy.log"
    parameters = {
        "Architecture": ARCHITECTURES[platform.machine()],
        "TokenIssuer": instance.url("issuer"),
        "TokenAudience": AUDIENCE,
        "JwksUri": f"{instance.url('issuer')}/jwks.json",
        "NetworkDomain": DOMAIN,
        "NetworkCertificateArn": f"arn:aws:acm:{REGION}:000000000000:certificate/local",
        "ProbeNetworks": "127.0.0.0/8",
        "ConsoleOrigin": instance.url("console"),
        "LoginIssuer": instance.url("identity"),
        "LoginClient": identity_provider.CLIENT,
        "FirstAdministrator": FIRST_ADMINISTRATOR,
        # Tests and tools send as much as they can with one certificate.
        "RequestsPerHolder": "1000000",
        # The emulator resolves no host of API Gateway.
        "ApiHost": "127.0.0.1",
        "ApiPort": str(instance.port("emulator")),
        # The emulator has no AWS::WAFv2::WebACLAssociation. The web ACL itself is deployed.
        "Waf": "disabled",
        "InvitationSender": invitation_mail.SENDER,
        # The emulator does not resolve the resource of ses:SendEmail.
        "InvitationIdentityArn": "*",
        "InvitationAddress": instance.url("emulator"),
        # The emulator has no reports of SES.
        "MailFeedback": "disabled",
    }
    command = ["sam", "deploy", "--config-env", "local", "--stack-name", STACK]
    command += ["--template-file", "template.yaml", "--config-file", str(ROOT / "samconfig.toml")]
    command += ["--parameter-overrides", *(f"{key}={value}" for key, value in parameters.items())]
    environment = instance.environment(SAM_CLI_TELEMETRY="0")
    with log.open("wb") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    if done.returncode:
        raise LocalError(f"The stack could not be deployed.{_failures(instance)} {processes.tail(log, 40)}")
    invitation_mail.verify_sender(instance)
    deployed = outputs(instance)
    secret = identity_provider.client_secret(instance.home / "identity")
    instance.aws("secretsmanager").put_secret_value(SecretId=deployed["LoginSecret"], SecretString=secret)
    admin_url = f"{instance.url('emulator')}/restapis/{deployed['AdminApiId']}/{deployed['Stage']}/_user_request_"
    chats.write_settings(instance, deployed["ChatSecret"], admin_url)
    return deployed


def outputs(instance: Instance) -> dict[str, str]:
    """Returns the outputs of the deployed stack."""
    stacks = instance.aws("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


def _failures(instance: Instance) -> str:
    """Returns the resources that CloudFormation could not create, with its reasons."""
    try:
        events = instance.aws("cloudformation").describe_stack_events(StackName=STACK)["StackEvents"]
    except Exception:  # noqa: BLE001 - the stack may not exist; the log has the cause
        return ""
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    reasons = [f"\n  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]
    return "".join(reasons)
