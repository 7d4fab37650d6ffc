"""Shows all that CentOps keeps about a person (GDPR, article 15), or ends what it need not keep (article 17).

    python -m centops_operate.person ENVIRONMENT [--subject SUBJECT] [--email ADDRESS] [--apply]

SUBJECT is the person's `sub`, such as EE60001019906; ADDRESS the address of a mailbox. It prints JSON: what is kept, why, and
until when. With `--apply`, grants and subscriptions are ended. The environment variable `TOKEN` has a token of an
administrator. Whoever uses it is in the audit trail.
"""

import json
import sys
from collections.abc import Iterable

from .admin import Admin, admin_of
from .deployed import Deployed, OperateError, parser, run

#: What stays, and why.
STAYS = {
    "audit": "Stored for 400 days as evidence of who changed what in a public service; nobody can remove records.",
    "invitations": "Stored for 400 days after the last step, with the application.",
    "contacts": "Whoever is the contact of a chatbot or an institution is its owner's to say: PATCH /chatbots/{name}.",
    "subscriptions": "Ended ones are kept for 400 days. One that its recipient ended stays, so that nobody else subscribes the address.",
    "chats": "Accounts of chats are linked for 30 days at most; the audit trail has when. A link has the grants of its person, and does nothing without them. What a room was told about an incident is stored for 90 days, with who acknowledged it; messages in the room are the chat's.",
    "logs": "Entries of chatbots' logs are masked before they are stored, and kept for 14 days.",
    "backups": "Stored for 35 days. After a restore, run this command again.",
}


def found(admin: Admin, subject: str | None, email: str | None) -> dict[str, list]:
    """Returns what is kept about a person, by kind."""
    people = admin.call("GET", "/people").json()["people"] if subject else []
    institutions = admin.call("GET", "/admin/institutions").json()
    return {
        "grants": [person for person in people if person["subject"] == subject],
        "audit": list(admin.pages("/audit", "records", person=subject, limit=200)) if subject else [],
        "invitations": [each for each in admin.pages("/invitations", "invitations", limit=100) if _invites(each, subject, email)],
        "subscriptions": _subscriptions(admin, email, institutions) if email else [],
        "contacts": [
            *({"chatbot": each["name"]} for each in admin.pages("/chatbots", "chatbots", limit=1000) if _same(each, email)),
            *({"institution": each["id"]} for each in institutions if _same(each, email)),
        ],
    }


def _same(holder: dict, email: str | None) -> bool:
    return email is not None and holder.get("contact", "").casefold() == email.casefold()


def _invites(invitation: dict, subject: str | None, email: str | None) -> bool:
    by_email = email is not None and invitation["email"].casefold() == email.casefold()
    return by_email or (subject is not None and invitation.get("application", {}).get("by") == subject)


def _subscriptions(admin: Admin, email: str, institutions: list[dict]) -> list[dict]:
    # Without an institution they are those of the operations centre.
    queries: Iterable[dict[str, str]] = [{}, *({"institution": each["id"]} for each in institutions)]
    listed = (each for query in queries for each in admin.pages("/subscriptions", "subscriptions", limit=100, **query))
    return [each for each in listed if each["address"].casefold() == email.casefold()]


def end(admin: Admin, kept: dict[str, list]) -> list[str]:
    """Ends the grants and the subscriptions of a person. Returns a sentence for each."""
    done = []
    for person in kept["grants"]:
        for role in person["grants"]:
            admin.call("DELETE", f"/people/{person['id']}/grants/{role}")
            done.append(f"The grant of {role} ended.")
    for subscription in kept["subscriptions"]:
        if subscription["state"]["name"] != "ended":
            admin.call("DELETE", f"/subscriptions/{subscription['id']}", 204)
            done.append(f"The subscription {subscription['id']} ended.")
    return done


def main(words: list[str] | None = None) -> int:
    """Runs the command. Returns the exit status."""
    arguments = parser("person", __doc__)
    arguments.add_argument("--subject", help="the person's `sub`, such as EE60001019906")
    arguments.add_argument("--email", help="the address of a mailbox")
    options = arguments.parse_args(words)
    if not options.subject and not options.email:
        raise OperateError("Name a person: --subject, --email or both.")
    admin = admin_of(Deployed(options.environment), "administrator")
    kept = found(admin, options.subject, options.email)
    print(json.dumps({"kept": kept, "stays": STAYS}, indent=2, ensure_ascii=False))
    if options.apply:
        for sentence in end(admin, kept) or ["There was nothing to end."]:
            print(sentence, file=sys.stderr)
    return 0


if __name__ == "__main__":
    run("person", main)
