"""`GET /dmrs/{name}/health`: when a DMR reports, and what it reported about itself."""

from datetime import datetime

import pytest
from centops_local import devices, steps
from centops_local.clients import now, send_batch
from centops_local.polling import NotYet, wait_until

NAME = "dmr-with-health"
PATH = f"/dmrs/{NAME}/health"
UNREPORTED = {"dmr": NAME, "silent": False, "unsettledChatbots": 0}


def test_health_is_what_a_dmr_reported_since_its_registration(stack):
    admin, viewer, dmr = stack.person("admin"), stack.person("viewer"), stack.device(NAME, "dmr")
    assert steps.expect(viewer.get(PATH), 200).json() == UNREPORTED
    began = datetime.fromisoformat(now())
    heartbeat = {"codes": [], "tableRevision": 7, "clientVersion": "1.2.0"}
    steps.expect(send_batch(dmr, "/codes", heartbeat), 202)

    def reported() -> dict:
        health = steps.expect(viewer.get(PATH), 200).json()
        if "lastSeen" not in health:
            raise NotYet(health)
        return health

    health = wait_until("the report is recorded", reported, 20)
    assert began <= datetime.fromisoformat(health.pop("lastSeen"))
    # Its usual interval is known after six reports, each at least half a minute after the one before.
    assert health == UNREPORTED | {"tableRevision": 7, "clientVersion": "1.2.0"}
    steps.expect(admin.call("DELETE", f"/dmrs/{NAME}"), 204)
    steps.expect(viewer.get(PATH), 404)
    devices.register(admin, NAME)
    assert steps.expect(viewer.get(PATH), 200).json() == UNREPORTED


@pytest.mark.parametrize("name", ["dmr-nobody", "opening-hours"])
def test_returns_404_for_who_is_no_dmr(stack, online, name):
    steps.expect(stack.person("operator").get(f"/dmrs/{name}/health"), 404)


def test_owner_is_refused(stack):
    steps.expect(stack.person("owner", [devices.OPERATOR["id"]]).get(PATH), 403)
