"""CodeDeploy asks whether the new versions are good, before they get traffic."""

import json

from centops_local import steps

from lambdas import event_of

#: The chatbot and the DMR that checks name.
NOBODY = "check-of-a-new-version"


def test_deployed_versions_pass_their_checks_and_codedeploy_hears_of_it(stack):
    hook = event_of("check-versions")
    assert stack.invoke("check-versions", hook) == {"checked": 6, "failed": []}
    deployments = stack.instance.aws("codedeploy")
    found = deployments.get_deployment(deploymentId=hook["DeploymentId"])["deploymentInfo"]
    assert found["status"] == "Succeeded"


def test_checks_leave_nothing_but_a_refused_request(stack):
    stack.invoke("check-versions", event_of("check-versions"))
    admin = stack.person("admin")
    steps.expect(admin.get(f"/chatbots/{NOBODY}"), 404)
    steps.expect(admin.get(f"/dmrs/{NOBODY}/health"), 404)
    records = steps.expect(admin.get("/audit?limit=100"), 200).json()["records"]
    [refusal, *_] = [record for record in records if NOBODY in json.dumps(record["by"])]
    assert refusal["outcome"] == "refused"
