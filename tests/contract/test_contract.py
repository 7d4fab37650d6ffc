"""The deployed APIs have exactly the operations of the contract."""

import pytest


@pytest.mark.parametrize(("tag", "output"), [("admin", "AdminApiId"), ("network", "NetworkApiId")])
def test_deployed_api_has_exactly_the_operations_of_the_contract(stack, contract, tag, output):
    gateway = stack.instance.aws("apigateway")
    deployed = {}
    for page in gateway.get_paginator("get_resources").paginate(restApiId=stack.outputs[output], embed=["methods"]):
        for resource in page["items"]:
            for method in resource.get("resourceMethods", {}).keys() - {"OPTIONS"}:
                integration = gateway.get_integration(
                    restApiId=stack.outputs[output], resourceId=resource["id"], httpMethod=method
                )
                deployed[method, resource["path"]] = integration["uri"]
    expected = contract.operations(tag)
    assert deployed.keys() == expected.keys()
    for key, operation in expected.items():
        function = f"function:centops-local-{operation}"
        assert function in deployed[key], f"{key} should call {function}, calls {deployed[key]}"
