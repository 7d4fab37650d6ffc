//! The named commands of areas, each a request.

use centops_client::contract as c;
use serde_json::{Value, json};

use crate::{
    args::{ApiKey, Audit, Component, Decide, Decision, Incident, Outage, Person, Policy, Profile, Subscription},
    commands::{Request, check_body, document, pairs},
    error::CliError,
};

/// Returns the word of a profile in the API.
pub fn profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Dmr => "dmr",
        Profile::Chatbot => "chatbot",
    }
}

/// Returns the request of `incident`.
pub fn incident(command: &Incident) -> Result<Request, CliError> {
    Ok(match command {
        Incident::List { filter, limit } => {
            let mut request = Request::new(&c::LIST_INCIDENTS, &[]).limit(*limit);
            request.query = pairs(filter)?;
            request
        }
        Incident::Show { id } => Request::new(&c::GET_INCIDENT, &[id]),
        Incident::Timeline { id } => Request::new(&c::LIST_TIMELINE, &[id]),
        Incident::Ack { id, hours } => Request::new(&c::ACKNOWLEDGE_INCIDENT, &[id]).body(json!({"hours": hours})),
        Incident::Assign { id, person } => Request::new(&c::ASSIGN_INCIDENT, &[id]).body(json!({"assignee": person})),
        Incident::Note { id, text } => Request::new(&c::ADD_NOTE, &[id]).body(json!({"text": text})),
        Incident::Resolve { id, action, helped } => {
            Request::new(&c::RESOLVE_INCIDENT, &[id]).body(json!({"action": action, "helped": helped}))
        }
        Incident::Reopen { id } => Request::new(&c::REOPEN_INCIDENT, &[id]),
        Incident::Dismiss { id } => Request::new(&c::DISMISS_INCIDENT, &[id]),
    })
}

/// Returns the request of `outage`.
pub fn outage(command: &Outage) -> Request {
    match command {
        Outage::List { institution, limit } => {
            Request::new(&c::LIST_PLANNED_OUTAGES, &[]).limit(*limit).query("institution", institution.as_deref())
        }
        Outage::Show { id } => Request::new(&c::GET_PLANNED_OUTAGE, &[id]),
        Outage::Plan { institution, start, minutes, reason, zone, chatbots, take_out } => {
            let mut rule = json!({"start": start, "minutes": minutes});
            if let (Some(zone), Some(rule)) = (zone, rule.as_object_mut()) {
                rule.insert("zone".to_owned(), json!(zone));
            }
            let chatbots = if chatbots.is_empty() { Value::Null } else { json!(chatbots) };
            let body = json!({"institution": institution, "rule": rule, "reason": reason, "chatbots": chatbots,
                "takeOut": take_out});
            Request::new(&c::CREATE_PLANNED_OUTAGE, &[]).body(body)
        }
        Outage::Confirm { id } => Request::new(&c::CONFIRM_PLANNED_OUTAGE, &[id]),
        Outage::Complete { id } => Request::new(&c::COMPLETE_PLANNED_OUTAGE, &[id]),
        Outage::Cancel { id } => Request::new(&c::CANCEL_PLANNED_OUTAGE, &[id]),
    }
}

/// Returns the request of `audit`.
pub fn audit(arguments: &Audit) -> Request {
    let Audit { chatbot, person, range } = arguments;
    let request = Request::new(&c::LIST_AUDIT, &[]).query("chatbot", chatbot.as_deref());
    request.query("person", person.as_deref()).range(range, 100)
}

/// Returns the request of `decide`.
pub fn decide(arguments: &Decide) -> Request {
    let Decide { id, decision, reason, days } = arguments;
    let decision = match decision {
        Decision::Approve => "approve",
        Decision::Reject => "reject",
    };
    Request::new(&c::DECIDE_INVITATION, &[id]).body(json!({"decision": decision, "reason": reason, "days": days}))
}

/// Returns the request of `component`.
pub fn component(command: &Component) -> Request {
    match command {
        Component::Publish { component, version, severity, notes } => {
            let body = json!({"component": component, "version": version, "severity": severity, "notes": notes});
            Request::new(&c::PUBLISH_RELEASE, &[]).body(body)
        }
        Component::Withdraw { component, version, reason } => {
            Request::new(&c::WITHDRAW_RELEASE, &[component, version]).body(json!({"reason": reason}))
        }
    }
}

/// Returns the request of `policy`.
pub fn policy(command: &Policy) -> Result<Request, CliError> {
    let (operation, file) = match command {
        Policy::Get => return Ok(Request::new(&c::GET_POLICY, &[])),
        Policy::Put { file } => (&c::PUT_POLICY, file),
        Policy::Try { file } => (&c::DRY_RUN_POLICY, file),
    };
    let body = document(file)?;
    check_body("PolicyDocument", file, &body)?;
    Ok(Request::new(operation, &[]).body(body))
}

/// Returns the request of `person`.
pub fn person(command: &Person) -> Request {
    match command {
        Person::List => Request::new(&c::LIST_PEOPLE, &[]),
        Person::Add { subject, name } => {
            Request::new(&c::ADD_PERSON, &[]).body(json!({"subject": subject, "name": name}))
        }
        Person::Grant { id, role, reason, institutions, until } => {
            let institutions = if institutions.is_empty() { Value::Null } else { json!(institutions) };
            let body = json!({"reason": reason, "institutions": institutions, "until": until});
            Request::new(&c::PUT_GRANT, &[id, role]).body(body)
        }
        Person::Revoke { id, role } => Request::new(&c::END_GRANT, &[id, role]),
    }
}

/// Returns the request of `subscription`.
pub fn subscription(command: &Subscription) -> Request {
    match command {
        Subscription::Test { id } => Request::new(&c::TEST_SUBSCRIPTION, &[id]),
        Subscription::Confirm { id, code } => Request::new(&c::CONFIRM_SUBSCRIPTION, &[id]).body(json!({"code": code})),
        Subscription::Pause { id } => Request::new(&c::UPDATE_SUBSCRIPTION, &[id]).body(json!({"paused": true})),
        Subscription::Resume { id } => Request::new(&c::UPDATE_SUBSCRIPTION, &[id]).body(json!({"paused": false})),
        Subscription::Messages { id } => Request::new(&c::LIST_MESSAGES, &[id]),
        Subscription::Redeliver { id, message } => Request::new(&c::REDELIVER_MESSAGE, &[id, message]),
    }
}

/// Returns the request of `api-key revoke`; none for `issue`, whose answer goes to a file.
pub fn api_key(command: &ApiKey) -> Option<Request> {
    let ApiKey::Revoke { profile: of, name, id, reason } = command else { return None };
    let path = [profile(*of), name.as_str(), id.as_str()];
    Some(Request::new(&c::REVOKE_API_KEY, &path).body(json!({"reason": reason})))
}
