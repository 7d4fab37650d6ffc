//! The methods of [`Client`], one for each operation, by area of the contract.

use serde::Serialize;
use serde_json::Value;

use crate::{
    Call, Client,
    contract::{self, Operation},
    types::{Health, Invitation, IssuedCertificate, Session},
};

/// A method of [`Client`], callable by the operationId.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// The operation.
    pub operation: &'static Operation,
    /// The names of the parameters of the path, in the order of the method's arguments.
    pub path: &'static [&'static str],
    /// Whether the method takes a body.
    pub has_body: bool,
    /// Calls the method. Missing parameters are empty texts, which no operation accepts.
    pub call: for<'a> fn(&'a Client, &[&str], &Value) -> Call<'a, Value>,
}

/// Declares methods: the constant of the operation, then the method with its parameters of the path, `; body` if it has
/// one, and the type of the answer.
macro_rules! operations {
    ($($(#[$doc:meta])* $operation:ident $name:ident($($path:ident),* $(; $body:ident)?) -> $answer:ty;)*) => {
        impl Client {
            $(
                $(#[$doc])*
                pub fn $name(&self, $($path: &str,)* $($body: &impl Serialize)?) -> Call<'_, $answer> {
                    Call::new(self, &contract::$operation, &[$($path),*])$(.body($body))?
                }
            )*
        }

        /// All methods.
        pub const METHODS: &[Method] = &[$(
            Method {
                operation: &contract::$operation,
                path: &[$(stringify!($path)),*],
                has_body: has_body!($($body)?),
                call: |client, path, body| {
                    let mut path = path.iter().copied();
                    let _ = (&mut path, body);
                    client.$name($(next!(path, $path),)* $(given!($body, body))?).untyped()
                },
            },
        )*];
    };
}

macro_rules! has_body {
    () => {
        false
    };
    ($body:ident) => {
        true
    };
}

macro_rules! next {
    ($values:ident, $path:ident) => {
        $values.next().unwrap_or_default()
    };
}

macro_rules! given {
    ($body:ident, $value:ident) => {
        $value
    };
}

operations! {
    // chatbots
    /// `GET /chatbots`: List chatbots.
    LIST_CHATBOTS list_chatbots() -> Value;
    /// `POST /chatbots`: Enrol a chatbot.
    CREATE_CHATBOT create_chatbot(; body) -> Value;
    /// `GET /chatbots/{name}`: Get a chatbot.
    GET_CHATBOT get_chatbot(name) -> Value;
    /// `PATCH /chatbots/{name}`: Change fields of a chatbot.
    UPDATE_CHATBOT update_chatbot(name; body) -> Value;
    /// `DELETE /chatbots/{name}`: Delete a chatbot, its route and its health.
    DELETE_CHATBOT delete_chatbot(name) -> Value;

    // health
    /// `GET /chatbots/{name}/health`: Get the health of a chatbot and the reason for its routing state.
    GET_CHATBOT_HEALTH get_chatbot_health(name) -> Health;
    /// `GET /chatbots/{name}/health/history`: Get observations of a chatbot as a time series.
    GET_HEALTH_HISTORY get_health_history(name) -> Value;
    /// `PUT /chatbots/{name}/control`: Override the status of a chatbot, or freeze it.
    SET_CONTROL set_control(name; body) -> Value;
    /// `DELETE /chatbots/{name}/control`: End the manual override of a chatbot.
    DELETE_CONTROL delete_control(name) -> Value;
    /// `POST /chatbots/{name}/probe`: Probe a chatbot now.
    PROBE_CHATBOT probe_chatbot(name) -> Value;
    /// `GET /health`: Get the health of the network.
    GET_HEALTH get_health() -> Value;
    /// `GET /metrics`: Get the state of the network as metrics.
    GET_METRICS get_metrics() -> Value;
    /// `GET /policy`: Get the policy of the health engine.
    GET_POLICY get_policy() -> Value;
    /// `PUT /policy`: Replace the policy of the health engine.
    PUT_POLICY put_policy(; body) -> Value;
    /// `POST /policy/dry-run`: Evaluate a proposed policy against the current windows.
    DRY_RUN_POLICY dry_run_policy(; body) -> Value;

    // routes
    /// `GET /routes`: Get the route table, or its changes.
    GET_ROUTES get_routes() -> Value;
    /// `GET /routes/{name}`: Get the current route of one chatbot.
    GET_ROUTE get_route(name) -> Value;
    /// `PUT /route-subscription`: Subscribe a queue to changes of the route table.
    SUBSCRIBE_ROUTES subscribe_routes(; body) -> Value;
    /// `DELETE /route-subscription`: End the caller's route subscription.
    UNSUBSCRIBE_ROUTES unsubscribe_routes() -> Value;
    /// `GET /keys`: List the public keys of signed answers.
    LIST_SIGNING_KEYS list_signing_keys() -> Value;

    // ingestion
    /// `GET /chatbots/{name}/logs`: List log entries of a chatbot, newest first.
    LIST_LOGS list_logs(name) -> Value;
    /// `POST /codes`: Report HTTP codes that a DMR received from chatbots.
    SUBMIT_CODES submit_codes(; body) -> Value;
    /// `POST /logs`: Report log entries of the calling chatbot, or how many there were.
    SUBMIT_LOGS submit_logs(; body) -> Value;
    /// `POST /v1/logs`: Take log records by OpenTelemetry's protocol (OTLP/HTTP).
    RECEIVE_LOGS receive_logs(; body) -> Value;

    // onboarding
    /// `GET /invitations`: List invitations, newest first.
    LIST_INVITATIONS list_invitations() -> Value;
    /// `POST /invitations`: Invite an institution to enrol a chatbot.
    CREATE_INVITATION create_invitation(; body) -> Value;
    /// `GET /invitations/{id}`: Get an invitation, its history and its result.
    GET_INVITATION get_invitation(id) -> Invitation;
    /// `PUT /invitations/{id}/application`: Apply for the enrolment of a chatbot with an invitation code.
    SUBMIT_APPLICATION submit_application(id; body) -> Invitation;
    /// `PUT /invitations/{id}/decision`: Approve or reject an application, or withdraw an invitation.
    DECIDE_INVITATION decide_invitation(id; body) -> Value;
    /// `GET /own-invitations`: List the invitations that the caller applied to, newest first.
    LIST_OWN_INVITATIONS list_own_invitations() -> Value;

    // credentials
    /// `GET /certificates`: List issued certificates by profile, name and serial number.
    LIST_CERTIFICATES list_certificates() -> Value;
    /// `POST /certificates`: Issue the certificate of a DMR or a chatbot.
    ISSUE_CERTIFICATE issue_certificate(; body) -> IssuedCertificate;
    /// `PUT /certificates/{profile}/{holder}/{serial}/revocation`: Revoke a certificate.
    REVOKE_CERTIFICATE revoke_certificate(profile, holder, serial; body) -> Value;
    /// `GET /api-keys`: List issued API keys by profile, name and id.
    LIST_API_KEYS list_api_keys() -> Value;
    /// `POST /api-keys`: Issue an API key to a DMR or a chatbot.
    ISSUE_API_KEY issue_api_key(; body) -> Value;
    /// `PUT /api-keys/{profile}/{holder}/{key}/revocation`: Revoke an API key.
    REVOKE_API_KEY revoke_api_key(profile, holder, key; body) -> Value;
    /// `POST /certificate-renewals`: Renew the caller's certificate.
    RENEW_CERTIFICATE renew_certificate(; body) -> IssuedCertificate;

    // institutions
    /// `GET /admin/institutions`: List institutions by id.
    LIST_INSTITUTIONS list_institutions() -> Value;
    /// `POST /admin/institutions`: Create an institution.
    CREATE_INSTITUTION create_institution(; body) -> Value;
    /// `GET /admin/institutions/{institution}`: Get an institution.
    GET_INSTITUTION get_institution(institution) -> Value;
    /// `PUT /admin/institutions/{institution}`: Replace an institution.
    UPDATE_INSTITUTION update_institution(institution; body) -> Value;
    /// `DELETE /admin/institutions/{institution}`: Delete an institution without chatbots and other participants.
    DELETE_INSTITUTION delete_institution(institution) -> Value;

    // releases
    /// `GET /releases`: List published releases by component and version.
    LIST_RELEASES list_releases() -> Value;
    /// `POST /releases`: Publish a version of a component.
    PUBLISH_RELEASE publish_release(; body) -> Value;
    /// `PUT /releases/{component}/{version}/withdrawal`: Withdraw a release.
    WITHDRAW_RELEASE withdraw_release(component, version; body) -> Value;
    /// `GET /updates`: List newer releases of the components of the calling chatbot.
    GET_UPDATES get_updates() -> Value;
    /// `PUT /versions`: Report the component versions of the calling chatbot.
    REPORT_VERSIONS report_versions(; body) -> Value;

    // alerts
    /// `GET /subscriptions`: List subscriptions by institution.
    LIST_SUBSCRIPTIONS list_subscriptions() -> Value;
    /// `POST /subscriptions`: Subscribe an address to the notifications of an institution.
    CREATE_SUBSCRIPTION create_subscription(; body) -> Value;
    /// `GET /subscriptions/{subscription}`: Get a subscription.
    GET_SUBSCRIPTION get_subscription(subscription) -> Value;
    /// `PATCH /subscriptions/{subscription}`: Change, pause or resume a subscription.
    UPDATE_SUBSCRIPTION update_subscription(subscription; body) -> Value;
    /// `DELETE /subscriptions/{subscription}`: End a subscription.
    DELETE_SUBSCRIPTION delete_subscription(subscription) -> Value;
    /// `POST /subscriptions/{subscription}/test`: Send a test message.
    TEST_SUBSCRIPTION test_subscription(subscription) -> Value;
    /// `POST /subscriptions/{subscription}/confirmation`: Confirm a subscription by its code, or ask the recipient again.
    CONFIRM_SUBSCRIPTION confirm_subscription(subscription; body) -> Value;
    /// `GET /subscriptions/{subscription}/messages`: List the messages to a subscription, newest first.
    LIST_MESSAGES list_messages(subscription) -> Value;
    /// `POST /subscriptions/{subscription}/messages/{message}/redelivery`: Deliver a message again.
    REDELIVER_MESSAGE redeliver_message(subscription, message) -> Value;
    /// `GET /subscriptions/{subscription}/unsubscription`: Show the recipient of a mail a page that ends the subscription.
    SHOW_UNSUBSCRIPTION show_unsubscription(subscription) -> Value;
    /// `POST /subscriptions/{subscription}/unsubscription`: End the subscription of the recipient of a mail.
    UNSUBSCRIBE unsubscribe(subscription) -> Value;
    /// `POST /chatbots/{name}/subscriptions`: Subscribe an address to the notifications of a chatbot.
    SUBSCRIBE_TO_CHATBOT subscribe_to_chatbot(name; body) -> Value;
    /// `GET /events`: List events, newest first.
    LIST_EVENTS list_events() -> Value;
    /// `GET /chatbots/{name}/events`: List the events of a chatbot, newest first.
    LIST_CHATBOT_EVENTS list_chatbot_events(name) -> Value;
    /// `POST /events/announcement`: Announce events again, after notifications were lost.
    REANNOUNCE_EVENTS reannounce_events(; body) -> Value;

    // audit
    /// `GET /audit`: List audit records, newest first.
    LIST_AUDIT list_audit() -> Value;

    // legacy
    /// `GET /admin/participants`: List participants of any status, in the format of the first generation.
    LIST_REGISTERED_PARTICIPANTS list_registered_participants() -> Value;
    /// `POST /admin/participants`: Enrol a chatbot, or register a DMR or a classifier.
    CREATE_PARTICIPANT create_participant(; body) -> Value;
    /// `GET /admin/participants/{name}`: Get a participant.
    GET_PARTICIPANT get_participant(name) -> Value;
    /// `PUT /admin/participants/{name}`: Replace a participant.
    UPDATE_PARTICIPANT update_participant(name; body) -> Value;
    /// `DELETE /admin/participants/{name}`: Delete a participant.
    DELETE_PARTICIPANT delete_participant(name) -> Value;
    /// `GET /public/participants`: List active participants, in the format of the first generation.
    LIST_PARTICIPANTS list_participants() -> Value;
    /// `GET /participants`: List active participants, with hosts in the format of proxies.
    LIST_PARTICIPANTS_BY_HOST list_participants_by_host() -> Value;
    /// `PUT /public/participants/my/state`: Take the calling chatbot out of routing, or let it follow its health again.
    SET_OWN_STATE set_own_state(; body) -> Value;
    /// `GET /integration/clients`: List chatbots with their public keys, in the format of the third generation.
    LIST_CLIENTS list_clients() -> Value;

    // dmrs
    /// `GET /dmrs`: List registered DMRs by name.
    LIST_DMRS list_dmrs() -> Value;
    /// `POST /dmrs`: Register a DMR.
    CREATE_DMR create_dmr(; body) -> Value;
    /// `GET /dmrs/{name}`: Get a DMR.
    GET_DMR get_dmr(name) -> Value;
    /// `PATCH /dmrs/{name}`: Change, disable or enable a DMR.
    UPDATE_DMR update_dmr(name; body) -> Value;
    /// `DELETE /dmrs/{name}`: Remove a DMR, its credentials and its route subscription.
    DELETE_DMR delete_dmr(name) -> Value;
    /// `GET /dmrs/{name}/health`: Get when a DMR reports, and what it reported about itself.
    GET_DMR_HEALTH get_dmr_health(name) -> Value;
    /// `DELETE /dmrs/{name}/route-subscription`: End the route subscription of a DMR.
    END_ROUTE_SUBSCRIPTION end_route_subscription(name) -> Value;

    // incidents
    /// `GET /incidents`: List incidents, newest first.
    LIST_INCIDENTS list_incidents() -> Value;
    /// `GET /incidents/{incident}`: Get an incident.
    GET_INCIDENT get_incident(incident) -> Value;
    /// `GET /incidents/{incident}/timeline`: List what happened in an incident, oldest first.
    LIST_TIMELINE list_timeline(incident) -> Value;
    /// `GET /incidents/{incident}/members`: List the members of a network incident, the active ones first.
    LIST_MEMBERS list_members(incident) -> Value;
    /// `POST /incidents/{incident}/acknowledgement`: Acknowledge an incident.
    ACKNOWLEDGE_INCIDENT acknowledge_incident(incident; body) -> Value;
    /// `PUT /incidents/{incident}/assignee`: Assign an incident to a person, or to nobody.
    ASSIGN_INCIDENT assign_incident(incident; body) -> Value;
    /// `POST /incidents/{incident}/notes`: Add a note to the timeline of an incident.
    ADD_NOTE add_note(incident; body) -> Value;
    /// `POST /incidents/{incident}/resolution`: Resolve an incident, or say what was done about it.
    RESOLVE_INCIDENT resolve_incident(incident; body) -> Value;
    /// `POST /incidents/{incident}/reopening`: Open an incident again.
    REOPEN_INCIDENT reopen_incident(incident) -> Value;
    /// `POST /incidents/{incident}/dismissal`: Dismiss an incident that is none.
    DISMISS_INCIDENT dismiss_incident(incident) -> Value;
    /// `PUT /incidents/{incident}/parent`: Make an incident a part of another one.
    MERGE_INCIDENT merge_incident(incident; body) -> Value;
    /// `DELETE /incidents/{incident}/parent`: Make a part an incident of its own again.
    SPLIT_INCIDENT split_incident(incident) -> Value;
    /// `GET /incident-figures`: Get how soon incidents were detected, acknowledged and over.
    GET_INCIDENT_FIGURES get_incident_figures() -> Value;

    // reports
    /// `GET /institutions/{institution}/report`: Get the report of an institution.
    GET_REPORT get_report(institution) -> Value;

    // outages
    /// `GET /planned-outages`: List planned outages by institution.
    LIST_PLANNED_OUTAGES list_planned_outages() -> Value;
    /// `POST /planned-outages`: Plan an outage of an institution's chatbots.
    CREATE_PLANNED_OUTAGE create_planned_outage(; body) -> Value;
    /// `GET /planned-outages/{outage}`: Get a planned outage.
    GET_PLANNED_OUTAGE get_planned_outage(outage) -> Value;
    /// `PATCH /planned-outages/{outage}`: Change a planned outage, or extend the occurrence that is in progress.
    UPDATE_PLANNED_OUTAGE update_planned_outage(outage; body) -> Value;
    /// `DELETE /planned-outages/{outage}`: Cancel a planned outage.
    CANCEL_PLANNED_OUTAGE cancel_planned_outage(outage) -> Value;
    /// `POST /planned-outages/{outage}/confirmation`: Confirm a planned outage that an owner requested.
    CONFIRM_PLANNED_OUTAGE confirm_planned_outage(outage) -> Value;
    /// `POST /planned-outages/{outage}/completion`: End the occurrence that is in progress before its end.
    COMPLETE_PLANNED_OUTAGE complete_planned_outage(outage) -> Value;
    /// `GET /institutions/{institution}/calendar`: Get the link of an institution's calendar of planned outages.
    GET_CALENDAR_LINK get_calendar_link(institution) -> Value;
    /// `GET /calendar`: Get an institution's calendar of planned outages.
    SHOW_CALENDAR show_calendar() -> Value;

    // chat
    /// `POST /session/chat-links`: Get a code that links an account of a chat with the caller.
    CREATE_CHAT_LINK create_chat_link() -> Value;
    /// `POST /chat/{room}/requests`: Answer a command or a button of a chat.
    RECEIVE_CHAT_REQUEST receive_chat_request(room; body) -> Value;
    /// `POST /webhooks/{key}`: Run the action of a signed webhook.
    RECEIVE_WEBHOOK receive_webhook(key; body) -> Value;

    // session
    /// `GET /session/login`: Begin to sign in with the identity provider.
    START_LOGIN start_login() -> Value;
    /// `GET /session/callback`: Finish signing in, on the way back from the identity provider.
    FINISH_LOGIN finish_login() -> Value;
    /// `GET /session`: Get the session of the caller.
    GET_SESSION get_session() -> Session;
    /// `DELETE /session`: Sign out.
    END_SESSION end_session() -> Value;
    /// `POST /session/renewal`: Renew the session of the caller.
    RENEW_SESSION renew_session() -> Value;
    /// `GET /people`: List people with grants, in the order of their addition.
    LIST_PEOPLE list_people() -> Value;
    /// `POST /people`: Add a person, to whom roles can be granted.
    ADD_PERSON add_person(; body) -> Value;
    /// `PUT /people/{person}/grants/{role}`: Grant a role to a person, or replace the grant.
    PUT_GRANT put_grant(person, role; body) -> Value;
    /// `DELETE /people/{person}/grants/{role}`: End the grant of a role.
    END_GRANT end_grant(person, role) -> Value;
}
