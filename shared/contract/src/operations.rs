// Generated from contract/ by `make contract`. Do not edit.

//! The operations of the contract, and all functions.

use crate::{Api, ApiKeyLocation, Caller, Function, Operation, PageLimits};

/// `POST /chatbots`: Enrol a chatbot.
pub const CREATE_CHATBOT: Operation = Operation {
    id: "create-chatbot",
    area: "chatbots",
    method: "POST",
    path: "/chatbots",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "create-chatbot",
    page: None,
};

/// `GET /chatbots`: List chatbots.
pub const LIST_CHATBOTS: Operation = Operation {
    id: "list-chatbots",
    area: "chatbots",
    method: "GET",
    path: "/chatbots",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-chatbots",
    page: Some(PageLimits { default: 50, maximum: 1000 }),
};

/// `GET /chatbots/{name}`: Get a chatbot.
pub const GET_CHATBOT: Operation = Operation {
    id: "get-chatbot",
    area: "chatbots",
    method: "GET",
    path: "/chatbots/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-chatbot",
    page: None,
};

/// `PATCH /chatbots/{name}`: Change fields of a chatbot.
pub const UPDATE_CHATBOT: Operation = Operation {
    id: "update-chatbot",
    area: "chatbots",
    method: "PATCH",
    path: "/chatbots/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "update-chatbot",
    page: None,
};

/// `DELETE /chatbots/{name}`: Delete a chatbot, its route and its health.
pub const DELETE_CHATBOT: Operation = Operation {
    id: "delete-chatbot",
    area: "chatbots",
    method: "DELETE",
    path: "/chatbots/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "delete-chatbot",
    page: None,
};

/// `GET /chatbots/{name}/health`: Get the health of a chatbot and the reason for its routing state.
pub const GET_CHATBOT_HEALTH: Operation = Operation {
    id: "get-chatbot-health",
    area: "health",
    method: "GET",
    path: "/chatbots/{name}/health",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-chatbot-health",
    page: None,
};

/// `GET /chatbots/{name}/health/history`: Get observations of a chatbot as a time series.
pub const GET_HEALTH_HISTORY: Operation = Operation {
    id: "get-health-history",
    area: "health",
    method: "GET",
    path: "/chatbots/{name}/health/history",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-health-history",
    page: None,
};

/// `PUT /chatbots/{name}/control`: Override the status of a chatbot, or freeze it.
pub const SET_CONTROL: Operation = Operation {
    id: "set-control",
    area: "health",
    method: "PUT",
    path: "/chatbots/{name}/control",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "set-control",
    page: None,
};

/// `DELETE /chatbots/{name}/control`: End the manual override of a chatbot.
pub const DELETE_CONTROL: Operation = Operation {
    id: "delete-control",
    area: "health",
    method: "DELETE",
    path: "/chatbots/{name}/control",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "delete-control",
    page: None,
};

/// `POST /chatbots/{name}/probe`: Probe a chatbot now.
pub const PROBE_CHATBOT: Operation = Operation {
    id: "probe-chatbot",
    area: "health",
    method: "POST",
    path: "/chatbots/{name}/probe",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "probe-chatbot",
    page: None,
};

/// `GET /health`: Get the health of the network.
pub const GET_HEALTH: Operation = Operation {
    id: "get-health",
    area: "health",
    method: "GET",
    path: "/health",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "get-health",
    page: None,
};

/// `GET /metrics`: Get the state of the network as metrics.
pub const GET_METRICS: Operation = Operation {
    id: "get-metrics",
    area: "health",
    method: "GET",
    path: "/metrics",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "get-metrics",
    page: None,
};

/// `GET /policy`: Get the policy of the health engine.
pub const GET_POLICY: Operation = Operation {
    id: "get-policy",
    area: "health",
    method: "GET",
    path: "/policy",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "get-policy",
    page: None,
};

/// `PUT /policy`: Replace the policy of the health engine.
pub const PUT_POLICY: Operation = Operation {
    id: "put-policy",
    area: "health",
    method: "PUT",
    path: "/policy",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "put-policy",
    page: None,
};

/// `POST /policy/dry-run`: Evaluate a proposed policy against the current windows.
pub const DRY_RUN_POLICY: Operation = Operation {
    id: "dry-run-policy",
    area: "health",
    method: "POST",
    path: "/policy/dry-run",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "dry-run-policy",
    page: Some(PageLimits { default: 50, maximum: 50 }),
};

/// `GET /routes`: Get the route table, or its changes.
pub const GET_ROUTES: Operation = Operation {
    id: "get-routes",
    area: "routes",
    method: "GET",
    path: "/routes",
    api: Api::Network,
    callers: &[Caller::Dmr],
    applicant: false,
    api_key: None,
    function: "get-routes",
    page: None,
};

/// `GET /routes/{name}`: Get the current route of one chatbot.
pub const GET_ROUTE: Operation = Operation {
    id: "get-route",
    area: "routes",
    method: "GET",
    path: "/routes/{name}",
    api: Api::Network,
    callers: &[Caller::Dmr],
    applicant: false,
    api_key: None,
    function: "get-route",
    page: None,
};

/// `PUT /route-subscription`: Subscribe a queue to changes of the route table.
pub const SUBSCRIBE_ROUTES: Operation = Operation {
    id: "subscribe-routes",
    area: "routes",
    method: "PUT",
    path: "/route-subscription",
    api: Api::Network,
    callers: &[Caller::Dmr],
    applicant: false,
    api_key: None,
    function: "subscribe-routes",
    page: None,
};

/// `DELETE /route-subscription`: End the caller's route subscription.
pub const UNSUBSCRIBE_ROUTES: Operation = Operation {
    id: "unsubscribe-routes",
    area: "routes",
    method: "DELETE",
    path: "/route-subscription",
    api: Api::Network,
    callers: &[Caller::Dmr],
    applicant: false,
    api_key: None,
    function: "unsubscribe-routes",
    page: None,
};

/// `GET /keys`: List the public keys of signed answers.
pub const LIST_SIGNING_KEYS: Operation = Operation {
    id: "list-signing-keys",
    area: "routes",
    method: "GET",
    path: "/keys",
    api: Api::Network,
    callers: &[Caller::Dmr, Caller::Chatbot],
    applicant: false,
    api_key: None,
    function: "list-signing-keys",
    page: None,
};

/// `GET /chatbots/{name}/logs`: List log entries of a chatbot, newest first.
pub const LIST_LOGS: Operation = Operation {
    id: "list-logs",
    area: "ingestion",
    method: "GET",
    path: "/chatbots/{name}/logs",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-logs",
    page: Some(PageLimits { default: 100, maximum: 500 }),
};

/// `POST /codes`: Report HTTP codes that a DMR received from chatbots.
pub const SUBMIT_CODES: Operation = Operation {
    id: "submit-codes",
    area: "ingestion",
    method: "POST",
    path: "/codes",
    api: Api::Network,
    callers: &[Caller::Dmr],
    applicant: false,
    api_key: None,
    function: "submit-codes",
    page: None,
};

/// `POST /logs`: Report log entries of the calling chatbot, or how many there were.
pub const SUBMIT_LOGS: Operation = Operation {
    id: "submit-logs",
    area: "ingestion",
    method: "POST",
    path: "/logs",
    api: Api::Network,
    callers: &[Caller::Chatbot],
    applicant: false,
    api_key: None,
    function: "submit-logs",
    page: None,
};

/// `POST /v1/logs`: Take log records by OpenTelemetry's protocol (OTLP/HTTP).
pub const RECEIVE_LOGS: Operation = Operation {
    id: "receive-logs",
    area: "ingestion",
    method: "POST",
    path: "/v1/logs",
    api: Api::Network,
    callers: &[Caller::Chatbot],
    applicant: false,
    api_key: None,
    function: "receive-logs",
    page: None,
};

/// `POST /invitations`: Invite an institution to enrol a chatbot.
pub const CREATE_INVITATION: Operation = Operation {
    id: "create-invitation",
    area: "onboarding",
    method: "POST",
    path: "/invitations",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "create-invitation",
    page: None,
};

/// `GET /invitations`: List invitations, newest first.
pub const LIST_INVITATIONS: Operation = Operation {
    id: "list-invitations",
    area: "onboarding",
    method: "GET",
    path: "/invitations",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "list-invitations",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `GET /invitations/{id}`: Get an invitation, its history and its result.
pub const GET_INVITATION: Operation = Operation {
    id: "get-invitation",
    area: "onboarding",
    method: "GET",
    path: "/invitations/{id}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: true,
    api_key: None,
    function: "get-invitation",
    page: None,
};

/// `PUT /invitations/{id}/application`: Apply for the enrolment of a chatbot with an invitation code.
pub const SUBMIT_APPLICATION: Operation = Operation {
    id: "submit-application",
    area: "onboarding",
    method: "PUT",
    path: "/invitations/{id}/application",
    api: Api::Admin,
    callers: &[Caller::Person],
    applicant: false,
    api_key: None,
    function: "submit-application",
    page: None,
};

/// `PUT /invitations/{id}/decision`: Approve or reject an application, or withdraw an invitation.
pub const DECIDE_INVITATION: Operation = Operation {
    id: "decide-invitation",
    area: "onboarding",
    method: "PUT",
    path: "/invitations/{id}/decision",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "decide-invitation",
    page: None,
};

/// `GET /own-invitations`: List the invitations that the caller applied to, newest first.
pub const LIST_OWN_INVITATIONS: Operation = Operation {
    id: "list-own-invitations",
    area: "onboarding",
    method: "GET",
    path: "/own-invitations",
    api: Api::Admin,
    callers: &[Caller::Person],
    applicant: false,
    api_key: None,
    function: "list-own-invitations",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `POST /certificates`: Issue the certificate of a DMR or a chatbot.
pub const ISSUE_CERTIFICATE: Operation = Operation {
    id: "issue-certificate",
    area: "credentials",
    method: "POST",
    path: "/certificates",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "issue-certificate",
    page: None,
};

/// `GET /certificates`: List issued certificates by profile, name and serial number.
pub const LIST_CERTIFICATES: Operation = Operation {
    id: "list-certificates",
    area: "credentials",
    method: "GET",
    path: "/certificates",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "list-certificates",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `PUT /certificates/{profile}/{holder}/{serial}/revocation`: Revoke a certificate.
pub const REVOKE_CERTIFICATE: Operation = Operation {
    id: "revoke-certificate",
    area: "credentials",
    method: "PUT",
    path: "/certificates/{profile}/{holder}/{serial}/revocation",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "revoke-certificate",
    page: None,
};

/// `POST /api-keys`: Issue an API key to a DMR or a chatbot.
pub const ISSUE_API_KEY: Operation = Operation {
    id: "issue-api-key",
    area: "credentials",
    method: "POST",
    path: "/api-keys",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "issue-api-key",
    page: None,
};

/// `GET /api-keys`: List issued API keys by profile, name and id.
pub const LIST_API_KEYS: Operation = Operation {
    id: "list-api-keys",
    area: "credentials",
    method: "GET",
    path: "/api-keys",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "list-api-keys",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `PUT /api-keys/{profile}/{holder}/{key}/revocation`: Revoke an API key.
pub const REVOKE_API_KEY: Operation = Operation {
    id: "revoke-api-key",
    area: "credentials",
    method: "PUT",
    path: "/api-keys/{profile}/{holder}/{key}/revocation",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "revoke-api-key",
    page: None,
};

/// `POST /certificate-renewals`: Renew the caller's certificate.
pub const RENEW_CERTIFICATE: Operation = Operation {
    id: "renew-certificate",
    area: "credentials",
    method: "POST",
    path: "/certificate-renewals",
    api: Api::Network,
    callers: &[Caller::Dmr, Caller::Chatbot],
    applicant: false,
    api_key: None,
    function: "renew-certificate",
    page: None,
};

/// `POST /admin/institutions`: Create an institution.
pub const CREATE_INSTITUTION: Operation = Operation {
    id: "create-institution",
    area: "institutions",
    method: "POST",
    path: "/admin/institutions",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "create-institution",
    page: None,
};

/// `GET /admin/institutions`: List institutions by id.
pub const LIST_INSTITUTIONS: Operation = Operation {
    id: "list-institutions",
    area: "institutions",
    method: "GET",
    path: "/admin/institutions",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-institutions",
    page: None,
};

/// `GET /admin/institutions/{institution}`: Get an institution.
pub const GET_INSTITUTION: Operation = Operation {
    id: "get-institution",
    area: "institutions",
    method: "GET",
    path: "/admin/institutions/{institution}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-institution",
    page: None,
};

/// `PUT /admin/institutions/{institution}`: Replace an institution.
pub const UPDATE_INSTITUTION: Operation = Operation {
    id: "update-institution",
    area: "institutions",
    method: "PUT",
    path: "/admin/institutions/{institution}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "update-institution",
    page: None,
};

/// `DELETE /admin/institutions/{institution}`: Delete an institution without chatbots and other participants.
pub const DELETE_INSTITUTION: Operation = Operation {
    id: "delete-institution",
    area: "institutions",
    method: "DELETE",
    path: "/admin/institutions/{institution}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "delete-institution",
    page: None,
};

/// `POST /releases`: Publish a version of a component.
pub const PUBLISH_RELEASE: Operation = Operation {
    id: "publish-release",
    area: "releases",
    method: "POST",
    path: "/releases",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "publish-release",
    page: None,
};

/// `GET /releases`: List published releases by component and version.
pub const LIST_RELEASES: Operation = Operation {
    id: "list-releases",
    area: "releases",
    method: "GET",
    path: "/releases",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "list-releases",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `PUT /releases/{component}/{version}/withdrawal`: Withdraw a release.
pub const WITHDRAW_RELEASE: Operation = Operation {
    id: "withdraw-release",
    area: "releases",
    method: "PUT",
    path: "/releases/{component}/{version}/withdrawal",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "withdraw-release",
    page: None,
};

/// `GET /updates`: List newer releases of the components of the calling chatbot.
pub const GET_UPDATES: Operation = Operation {
    id: "get-updates",
    area: "releases",
    method: "GET",
    path: "/updates",
    api: Api::Network,
    callers: &[Caller::Chatbot],
    applicant: false,
    api_key: None,
    function: "get-updates",
    page: None,
};

/// `PUT /versions`: Report the component versions of the calling chatbot.
pub const REPORT_VERSIONS: Operation = Operation {
    id: "report-versions",
    area: "releases",
    method: "PUT",
    path: "/versions",
    api: Api::Network,
    callers: &[Caller::Chatbot],
    applicant: false,
    api_key: None,
    function: "report-versions",
    page: None,
};

/// `POST /subscriptions`: Subscribe an address to the notifications of an institution.
pub const CREATE_SUBSCRIPTION: Operation = Operation {
    id: "create-subscription",
    area: "alerts",
    method: "POST",
    path: "/subscriptions",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "create-subscription",
    page: None,
};

/// `GET /subscriptions`: List subscriptions by institution.
pub const LIST_SUBSCRIPTIONS: Operation = Operation {
    id: "list-subscriptions",
    area: "alerts",
    method: "GET",
    path: "/subscriptions",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-subscriptions",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `GET /subscriptions/{subscription}`: Get a subscription.
pub const GET_SUBSCRIPTION: Operation = Operation {
    id: "get-subscription",
    area: "alerts",
    method: "GET",
    path: "/subscriptions/{subscription}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-subscription",
    page: None,
};

/// `PATCH /subscriptions/{subscription}`: Change, pause or resume a subscription.
pub const UPDATE_SUBSCRIPTION: Operation = Operation {
    id: "update-subscription",
    area: "alerts",
    method: "PATCH",
    path: "/subscriptions/{subscription}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "update-subscription",
    page: None,
};

/// `DELETE /subscriptions/{subscription}`: End a subscription.
pub const DELETE_SUBSCRIPTION: Operation = Operation {
    id: "delete-subscription",
    area: "alerts",
    method: "DELETE",
    path: "/subscriptions/{subscription}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "delete-subscription",
    page: None,
};

/// `POST /subscriptions/{subscription}/test`: Send a test message.
pub const TEST_SUBSCRIPTION: Operation = Operation {
    id: "test-subscription",
    area: "alerts",
    method: "POST",
    path: "/subscriptions/{subscription}/test",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "test-subscription",
    page: None,
};

/// `POST /subscriptions/{subscription}/confirmation`: Confirm a subscription by its code, or ask the recipient again.
pub const CONFIRM_SUBSCRIPTION: Operation = Operation {
    id: "confirm-subscription",
    area: "alerts",
    method: "POST",
    path: "/subscriptions/{subscription}/confirmation",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "confirm-subscription",
    page: None,
};

/// `GET /subscriptions/{subscription}/messages`: List the messages to a subscription, newest first.
pub const LIST_MESSAGES: Operation = Operation {
    id: "list-messages",
    area: "alerts",
    method: "GET",
    path: "/subscriptions/{subscription}/messages",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-messages",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `POST /subscriptions/{subscription}/messages/{message}/redelivery`: Deliver a message again.
pub const REDELIVER_MESSAGE: Operation = Operation {
    id: "redeliver-message",
    area: "alerts",
    method: "POST",
    path: "/subscriptions/{subscription}/messages/{message}/redelivery",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "redeliver-message",
    page: None,
};

/// `GET /subscriptions/{subscription}/unsubscription`: Show the recipient of a mail a page that ends the subscription.
pub const SHOW_UNSUBSCRIPTION: Operation = Operation {
    id: "show-unsubscription",
    area: "alerts",
    method: "GET",
    path: "/subscriptions/{subscription}/unsubscription",
    api: Api::Admin,
    callers: &[Caller::Anyone],
    applicant: false,
    api_key: None,
    function: "show-unsubscription",
    page: None,
};

/// `POST /subscriptions/{subscription}/unsubscription`: End the subscription of the recipient of a mail.
pub const UNSUBSCRIBE: Operation = Operation {
    id: "unsubscribe",
    area: "alerts",
    method: "POST",
    path: "/subscriptions/{subscription}/unsubscription",
    api: Api::Admin,
    callers: &[Caller::Anyone],
    applicant: false,
    api_key: None,
    function: "unsubscribe",
    page: None,
};

/// `POST /chatbots/{name}/subscriptions`: Subscribe an address to the notifications of a chatbot.
pub const SUBSCRIBE_TO_CHATBOT: Operation = Operation {
    id: "subscribe-to-chatbot",
    area: "alerts",
    method: "POST",
    path: "/chatbots/{name}/subscriptions",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "subscribe-to-chatbot",
    page: None,
};

/// `GET /events`: List events, newest first.
pub const LIST_EVENTS: Operation = Operation {
    id: "list-events",
    area: "alerts",
    method: "GET",
    path: "/events",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-events",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `GET /chatbots/{name}/events`: List the events of a chatbot, newest first.
pub const LIST_CHATBOT_EVENTS: Operation = Operation {
    id: "list-chatbot-events",
    area: "alerts",
    method: "GET",
    path: "/chatbots/{name}/events",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-chatbot-events",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `POST /events/announcement`: Announce events again, after notifications were lost.
pub const REANNOUNCE_EVENTS: Operation = Operation {
    id: "reannounce-events",
    area: "alerts",
    method: "POST",
    path: "/events/announcement",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "reannounce-events",
    page: None,
};

/// `GET /audit`: List audit records, newest first.
pub const LIST_AUDIT: Operation = Operation {
    id: "list-audit",
    area: "audit",
    method: "GET",
    path: "/audit",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "list-audit",
    page: Some(PageLimits { default: 100, maximum: 200 }),
};

/// `GET /admin/participants`: List participants of any status, in the format of the first generation.
pub const LIST_REGISTERED_PARTICIPANTS: Operation = Operation {
    id: "list-registered-participants",
    area: "legacy",
    method: "GET",
    path: "/admin/participants",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-registered-participants",
    page: None,
};

/// `POST /admin/participants`: Enrol a chatbot, or register a DMR or a classifier.
pub const CREATE_PARTICIPANT: Operation = Operation {
    id: "create-participant",
    area: "legacy",
    method: "POST",
    path: "/admin/participants",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "create-participant",
    page: None,
};

/// `GET /admin/participants/{name}`: Get a participant.
pub const GET_PARTICIPANT: Operation = Operation {
    id: "get-participant",
    area: "legacy",
    method: "GET",
    path: "/admin/participants/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-participant",
    page: None,
};

/// `PUT /admin/participants/{name}`: Replace a participant.
pub const UPDATE_PARTICIPANT: Operation = Operation {
    id: "update-participant",
    area: "legacy",
    method: "PUT",
    path: "/admin/participants/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "update-participant",
    page: None,
};

/// `DELETE /admin/participants/{name}`: Delete a participant.
pub const DELETE_PARTICIPANT: Operation = Operation {
    id: "delete-participant",
    area: "legacy",
    method: "DELETE",
    path: "/admin/participants/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "delete-participant",
    page: None,
};

/// `GET /public/participants`: List active participants, in the format of the first generation.
pub const LIST_PARTICIPANTS: Operation = Operation {
    id: "list-participants",
    area: "legacy",
    method: "GET",
    path: "/public/participants",
    api: Api::Network,
    callers: &[Caller::Dmr, Caller::Chatbot],
    applicant: false,
    api_key: Some(ApiKeyLocation::Header),
    function: "list-participants",
    page: None,
};

/// `GET /participants`: List active participants, with hosts in the format of proxies.
pub const LIST_PARTICIPANTS_BY_HOST: Operation = Operation {
    id: "list-participants-by-host",
    area: "legacy",
    method: "GET",
    path: "/participants",
    api: Api::Network,
    callers: &[Caller::Dmr, Caller::Chatbot],
    applicant: false,
    api_key: None,
    function: "list-participants",
    page: None,
};

/// `PUT /public/participants/my/state`: Take the calling chatbot out of routing, or let it follow its health again.
pub const SET_OWN_STATE: Operation = Operation {
    id: "set-own-state",
    area: "legacy",
    method: "PUT",
    path: "/public/participants/my/state",
    api: Api::Network,
    callers: &[Caller::Chatbot],
    applicant: false,
    api_key: Some(ApiKeyLocation::Header),
    function: "set-own-state",
    page: None,
};

/// `GET /integration/clients`: List chatbots with their public keys, in the format of the third generation.
pub const LIST_CLIENTS: Operation = Operation {
    id: "list-clients",
    area: "legacy",
    method: "GET",
    path: "/integration/clients",
    api: Api::Network,
    callers: &[Caller::Dmr],
    applicant: false,
    api_key: Some(ApiKeyLocation::Authorization),
    function: "list-clients",
    page: None,
};

/// `POST /dmrs`: Register a DMR.
pub const CREATE_DMR: Operation = Operation {
    id: "create-dmr",
    area: "dmrs",
    method: "POST",
    path: "/dmrs",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "create-dmr",
    page: None,
};

/// `GET /dmrs`: List registered DMRs by name.
pub const LIST_DMRS: Operation = Operation {
    id: "list-dmrs",
    area: "dmrs",
    method: "GET",
    path: "/dmrs",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "list-dmrs",
    page: None,
};

/// `GET /dmrs/{name}`: Get a DMR.
pub const GET_DMR: Operation = Operation {
    id: "get-dmr",
    area: "dmrs",
    method: "GET",
    path: "/dmrs/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "get-dmr",
    page: None,
};

/// `PATCH /dmrs/{name}`: Change, disable or enable a DMR.
pub const UPDATE_DMR: Operation = Operation {
    id: "update-dmr",
    area: "dmrs",
    method: "PATCH",
    path: "/dmrs/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "update-dmr",
    page: None,
};

/// `DELETE /dmrs/{name}`: Remove a DMR, its credentials and its route subscription.
pub const DELETE_DMR: Operation = Operation {
    id: "delete-dmr",
    area: "dmrs",
    method: "DELETE",
    path: "/dmrs/{name}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "delete-dmr",
    page: None,
};

/// `GET /dmrs/{name}/health`: Get when a DMR reports, and what it reported about itself.
pub const GET_DMR_HEALTH: Operation = Operation {
    id: "get-dmr-health",
    area: "dmrs",
    method: "GET",
    path: "/dmrs/{name}/health",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer],
    applicant: false,
    api_key: None,
    function: "get-dmr-health",
    page: None,
};

/// `DELETE /dmrs/{name}/route-subscription`: End the route subscription of a DMR.
pub const END_ROUTE_SUBSCRIPTION: Operation = Operation {
    id: "end-route-subscription",
    area: "dmrs",
    method: "DELETE",
    path: "/dmrs/{name}/route-subscription",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "end-route-subscription",
    page: None,
};

/// `GET /incidents`: List incidents, newest first.
pub const LIST_INCIDENTS: Operation = Operation {
    id: "list-incidents",
    area: "incidents",
    method: "GET",
    path: "/incidents",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-incidents",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `GET /incidents/{incident}`: Get an incident.
pub const GET_INCIDENT: Operation = Operation {
    id: "get-incident",
    area: "incidents",
    method: "GET",
    path: "/incidents/{incident}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-incident",
    page: None,
};

/// `GET /incidents/{incident}/timeline`: List what happened in an incident, oldest first.
pub const LIST_TIMELINE: Operation = Operation {
    id: "list-timeline",
    area: "incidents",
    method: "GET",
    path: "/incidents/{incident}/timeline",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-timeline",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `GET /incidents/{incident}/members`: List the members of a network incident, the active ones first.
pub const LIST_MEMBERS: Operation = Operation {
    id: "list-members",
    area: "incidents",
    method: "GET",
    path: "/incidents/{incident}/members",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-members",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `POST /incidents/{incident}/acknowledgement`: Acknowledge an incident.
pub const ACKNOWLEDGE_INCIDENT: Operation = Operation {
    id: "acknowledge-incident",
    area: "incidents",
    method: "POST",
    path: "/incidents/{incident}/acknowledgement",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "acknowledge-incident",
    page: None,
};

/// `PUT /incidents/{incident}/assignee`: Assign an incident to a person, or to nobody.
pub const ASSIGN_INCIDENT: Operation = Operation {
    id: "assign-incident",
    area: "incidents",
    method: "PUT",
    path: "/incidents/{incident}/assignee",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "assign-incident",
    page: None,
};

/// `POST /incidents/{incident}/notes`: Add a note to the timeline of an incident.
pub const ADD_NOTE: Operation = Operation {
    id: "add-note",
    area: "incidents",
    method: "POST",
    path: "/incidents/{incident}/notes",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "add-note",
    page: None,
};

/// `POST /incidents/{incident}/resolution`: Resolve an incident, or say what was done about it.
pub const RESOLVE_INCIDENT: Operation = Operation {
    id: "resolve-incident",
    area: "incidents",
    method: "POST",
    path: "/incidents/{incident}/resolution",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "resolve-incident",
    page: None,
};

/// `POST /incidents/{incident}/reopening`: Open an incident again.
pub const REOPEN_INCIDENT: Operation = Operation {
    id: "reopen-incident",
    area: "incidents",
    method: "POST",
    path: "/incidents/{incident}/reopening",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "reopen-incident",
    page: None,
};

/// `POST /incidents/{incident}/dismissal`: Dismiss an incident that is none.
pub const DISMISS_INCIDENT: Operation = Operation {
    id: "dismiss-incident",
    area: "incidents",
    method: "POST",
    path: "/incidents/{incident}/dismissal",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "dismiss-incident",
    page: None,
};

/// `PUT /incidents/{incident}/parent`: Make an incident a part of another one.
pub const MERGE_INCIDENT: Operation = Operation {
    id: "merge-incident",
    area: "incidents",
    method: "PUT",
    path: "/incidents/{incident}/parent",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "merge-incident",
    page: None,
};

/// `DELETE /incidents/{incident}/parent`: Make a part an incident of its own again.
pub const SPLIT_INCIDENT: Operation = Operation {
    id: "split-incident",
    area: "incidents",
    method: "DELETE",
    path: "/incidents/{incident}/parent",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "split-incident",
    page: None,
};

/// `GET /incident-figures`: Get how soon incidents were detected, acknowledged and over.
pub const GET_INCIDENT_FIGURES: Operation = Operation {
    id: "get-incident-figures",
    area: "incidents",
    method: "GET",
    path: "/incident-figures",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-incident-figures",
    page: None,
};

/// `GET /institutions/{institution}/report`: Get the report of an institution.
pub const GET_REPORT: Operation = Operation {
    id: "get-report",
    area: "reports",
    method: "GET",
    path: "/institutions/{institution}/report",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-report",
    page: None,
};

/// `POST /planned-outages`: Plan an outage of an institution's chatbots.
pub const CREATE_PLANNED_OUTAGE: Operation = Operation {
    id: "create-planned-outage",
    area: "outages",
    method: "POST",
    path: "/planned-outages",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "create-planned-outage",
    page: None,
};

/// `GET /planned-outages`: List planned outages by institution.
pub const LIST_PLANNED_OUTAGES: Operation = Operation {
    id: "list-planned-outages",
    area: "outages",
    method: "GET",
    path: "/planned-outages",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "list-planned-outages",
    page: Some(PageLimits { default: 50, maximum: 100 }),
};

/// `GET /planned-outages/{outage}`: Get a planned outage.
pub const GET_PLANNED_OUTAGE: Operation = Operation {
    id: "get-planned-outage",
    area: "outages",
    method: "GET",
    path: "/planned-outages/{outage}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-planned-outage",
    page: None,
};

/// `PATCH /planned-outages/{outage}`: Change a planned outage, or extend the occurrence that is in progress.
pub const UPDATE_PLANNED_OUTAGE: Operation = Operation {
    id: "update-planned-outage",
    area: "outages",
    method: "PATCH",
    path: "/planned-outages/{outage}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "update-planned-outage",
    page: None,
};

/// `DELETE /planned-outages/{outage}`: Cancel a planned outage.
pub const CANCEL_PLANNED_OUTAGE: Operation = Operation {
    id: "cancel-planned-outage",
    area: "outages",
    method: "DELETE",
    path: "/planned-outages/{outage}",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "cancel-planned-outage",
    page: None,
};

/// `POST /planned-outages/{outage}/confirmation`: Confirm a planned outage that an owner requested.
pub const CONFIRM_PLANNED_OUTAGE: Operation = Operation {
    id: "confirm-planned-outage",
    area: "outages",
    method: "POST",
    path: "/planned-outages/{outage}/confirmation",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator],
    applicant: false,
    api_key: None,
    function: "confirm-planned-outage",
    page: None,
};

/// `POST /planned-outages/{outage}/completion`: End the occurrence that is in progress before its end.
pub const COMPLETE_PLANNED_OUTAGE: Operation = Operation {
    id: "complete-planned-outage",
    area: "outages",
    method: "POST",
    path: "/planned-outages/{outage}/completion",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "complete-planned-outage",
    page: None,
};

/// `GET /institutions/{institution}/calendar`: Get the link of an institution's calendar of planned outages.
pub const GET_CALENDAR_LINK: Operation = Operation {
    id: "get-calendar-link",
    area: "outages",
    method: "GET",
    path: "/institutions/{institution}/calendar",
    api: Api::Admin,
    callers: &[Caller::Admin, Caller::Operator, Caller::Viewer, Caller::Owner],
    applicant: false,
    api_key: None,
    function: "get-calendar-link",
    page: None,
};

/// `GET /calendar`: Get an institution's calendar of planned outages.
pub const SHOW_CALENDAR: Operation = Operation {
    id: "show-calendar",
    area: "outages",
    method: "GET",
    path: "/calendar",
    api: Api::Admin,
    callers: &[Caller::Anyone],
    applicant: false,
    api_key: None,
    function: "show-calendar",
    page: None,
};

/// `GET /session/login`: Begin to sign in with the identity provider.
pub const START_LOGIN: Operation = Operation {
    id: "start-login",
    area: "session",
    method: "GET",
    path: "/session/login",
    api: Api::Admin,
    callers: &[Caller::Anyone],
    applicant: false,
    api_key: None,
    function: "start-login",
    page: None,
};

/// `GET /session/callback`: Finish signing in, on the way back from the identity provider.
pub const FINISH_LOGIN: Operation = Operation {
    id: "finish-login",
    area: "session",
    method: "GET",
    path: "/session/callback",
    api: Api::Admin,
    callers: &[Caller::Anyone],
    applicant: false,
    api_key: None,
    function: "finish-login",
    page: None,
};

/// `GET /session`: Get the session of the caller.
pub const GET_SESSION: Operation = Operation {
    id: "get-session",
    area: "session",
    method: "GET",
    path: "/session",
    api: Api::Admin,
    callers: &[Caller::Person],
    applicant: false,
    api_key: None,
    function: "get-session",
    page: None,
};

/// `DELETE /session`: Sign out.
pub const END_SESSION: Operation = Operation {
    id: "end-session",
    area: "session",
    method: "DELETE",
    path: "/session",
    api: Api::Admin,
    callers: &[Caller::Person],
    applicant: false,
    api_key: None,
    function: "end-session",
    page: None,
};

/// `POST /session/renewal`: Renew the session of the caller.
pub const RENEW_SESSION: Operation = Operation {
    id: "renew-session",
    area: "session",
    method: "POST",
    path: "/session/renewal",
    api: Api::Admin,
    callers: &[Caller::Person],
    applicant: false,
    api_key: None,
    function: "renew-session",
    page: None,
};

/// `POST /session/chat-links`: Get a code that links an account of a chat with the caller.
pub const CREATE_CHAT_LINK: Operation = Operation {
    id: "create-chat-link",
    area: "chat",
    method: "POST",
    path: "/session/chat-links",
    api: Api::Admin,
    callers: &[Caller::Person],
    applicant: false,
    api_key: None,
    function: "create-chat-link",
    page: None,
};

/// `POST /chat/{room}/requests`: Answer a command or a button of a chat.
pub const RECEIVE_CHAT_REQUEST: Operation = Operation {
    id: "receive-chat-request",
    area: "chat",
    method: "POST",
    path: "/chat/{room}/requests",
    api: Api::Admin,
    callers: &[Caller::Anyone],
    applicant: false,
    api_key: None,
    function: "receive-chat-request",
    page: None,
};

/// `POST /webhooks/{key}`: Run the action of a signed webhook.
pub const RECEIVE_WEBHOOK: Operation = Operation {
    id: "receive-webhook",
    area: "chat",
    method: "POST",
    path: "/webhooks/{key}",
    api: Api::Admin,
    callers: &[Caller::Anyone],
    applicant: false,
    api_key: None,
    function: "receive-webhook",
    page: None,
};

/// `GET /people`: List people with grants, in the order of their addition.
pub const LIST_PEOPLE: Operation = Operation {
    id: "list-people",
    area: "session",
    method: "GET",
    path: "/people",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "list-people",
    page: None,
};

/// `POST /people`: Add a person, to whom roles can be granted.
pub const ADD_PERSON: Operation = Operation {
    id: "add-person",
    area: "session",
    method: "POST",
    path: "/people",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "add-person",
    page: None,
};

/// `PUT /people/{person}/grants/{role}`: Grant a role to a person, or replace the grant.
pub const PUT_GRANT: Operation = Operation {
    id: "put-grant",
    area: "session",
    method: "PUT",
    path: "/people/{person}/grants/{role}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "put-grant",
    page: None,
};

/// `DELETE /people/{person}/grants/{role}`: End the grant of a role.
pub const END_GRANT: Operation = Operation {
    id: "end-grant",
    area: "session",
    method: "DELETE",
    path: "/people/{person}/grants/{role}",
    api: Api::Admin,
    callers: &[Caller::Admin],
    applicant: false,
    api_key: None,
    function: "end-grant",
    page: None,
};

/// Every operation.
pub static ALL: &[&Operation] = &[
    &CREATE_CHATBOT,
    &LIST_CHATBOTS,
    &GET_CHATBOT,
    &UPDATE_CHATBOT,
    &DELETE_CHATBOT,
    &GET_CHATBOT_HEALTH,
    &GET_HEALTH_HISTORY,
    &SET_CONTROL,
    &DELETE_CONTROL,
    &PROBE_CHATBOT,
    &GET_HEALTH,
    &GET_METRICS,
    &GET_POLICY,
    &PUT_POLICY,
    &DRY_RUN_POLICY,
    &GET_ROUTES,
    &GET_ROUTE,
    &SUBSCRIBE_ROUTES,
    &UNSUBSCRIBE_ROUTES,
    &LIST_SIGNING_KEYS,
    &LIST_LOGS,
    &SUBMIT_CODES,
    &SUBMIT_LOGS,
    &RECEIVE_LOGS,
    &CREATE_INVITATION,
    &LIST_INVITATIONS,
    &GET_INVITATION,
    &SUBMIT_APPLICATION,
    &DECIDE_INVITATION,
    &LIST_OWN_INVITATIONS,
    &ISSUE_CERTIFICATE,
    &LIST_CERTIFICATES,
    &REVOKE_CERTIFICATE,
    &ISSUE_API_KEY,
    &LIST_API_KEYS,
    &REVOKE_API_KEY,
    &RENEW_CERTIFICATE,
    &CREATE_INSTITUTION,
    &LIST_INSTITUTIONS,
    &GET_INSTITUTION,
    &UPDATE_INSTITUTION,
    &DELETE_INSTITUTION,
    &PUBLISH_RELEASE,
    &LIST_RELEASES,
    &WITHDRAW_RELEASE,
    &GET_UPDATES,
    &REPORT_VERSIONS,
    &CREATE_SUBSCRIPTION,
    &LIST_SUBSCRIPTIONS,
    &GET_SUBSCRIPTION,
    &UPDATE_SUBSCRIPTION,
    &DELETE_SUBSCRIPTION,
    &TEST_SUBSCRIPTION,
    &CONFIRM_SUBSCRIPTION,
    &LIST_MESSAGES,
    &REDELIVER_MESSAGE,
    &SHOW_UNSUBSCRIPTION,
    &UNSUBSCRIBE,
    &SUBSCRIBE_TO_CHATBOT,
    &LIST_EVENTS,
    &LIST_CHATBOT_EVENTS,
    &REANNOUNCE_EVENTS,
    &LIST_AUDIT,
    &LIST_REGISTERED_PARTICIPANTS,
    &CREATE_PARTICIPANT,
    &GET_PARTICIPANT,
    &UPDATE_PARTICIPANT,
    &DELETE_PARTICIPANT,
    &LIST_PARTICIPANTS,
    &LIST_PARTICIPANTS_BY_HOST,
    &SET_OWN_STATE,
    &LIST_CLIENTS,
    &CREATE_DMR,
    &LIST_DMRS,
    &GET_DMR,
    &UPDATE_DMR,
    &DELETE_DMR,
    &GET_DMR_HEALTH,
    &END_ROUTE_SUBSCRIPTION,
    &LIST_INCIDENTS,
    &GET_INCIDENT,
    &LIST_TIMELINE,
    &LIST_MEMBERS,
    &ACKNOWLEDGE_INCIDENT,
    &ASSIGN_INCIDENT,
    &ADD_NOTE,
    &RESOLVE_INCIDENT,
    &REOPEN_INCIDENT,
    &DISMISS_INCIDENT,
    &MERGE_INCIDENT,
    &SPLIT_INCIDENT,
    &GET_INCIDENT_FIGURES,
    &GET_REPORT,
    &CREATE_PLANNED_OUTAGE,
    &LIST_PLANNED_OUTAGES,
    &GET_PLANNED_OUTAGE,
    &UPDATE_PLANNED_OUTAGE,
    &CANCEL_PLANNED_OUTAGE,
    &CONFIRM_PLANNED_OUTAGE,
    &COMPLETE_PLANNED_OUTAGE,
    &GET_CALENDAR_LINK,
    &SHOW_CALENDAR,
    &START_LOGIN,
    &FINISH_LOGIN,
    &GET_SESSION,
    &END_SESSION,
    &RENEW_SESSION,
    &CREATE_CHAT_LINK,
    &RECEIVE_CHAT_REQUEST,
    &RECEIVE_WEBHOOK,
    &LIST_PEOPLE,
    &ADD_PERSON,
    &PUT_GRANT,
    &END_GRANT,
];

/// Every Lambda function, those without an operation too.
pub static FUNCTIONS: &[Function] = &[
    Function { name: "create-chatbot", area: "chatbots" },
    Function { name: "list-chatbots", area: "chatbots" },
    Function { name: "get-chatbot", area: "chatbots" },
    Function { name: "update-chatbot", area: "chatbots" },
    Function { name: "delete-chatbot", area: "chatbots" },
    Function { name: "get-chatbot-health", area: "health" },
    Function { name: "get-health-history", area: "health" },
    Function { name: "set-control", area: "health" },
    Function { name: "delete-control", area: "health" },
    Function { name: "probe-chatbot", area: "health" },
    Function { name: "get-health", area: "health" },
    Function { name: "get-metrics", area: "health" },
    Function { name: "get-policy", area: "health" },
    Function { name: "put-policy", area: "health" },
    Function { name: "dry-run-policy", area: "health" },
    Function { name: "get-routes", area: "routes" },
    Function { name: "get-route", area: "routes" },
    Function { name: "subscribe-routes", area: "routes" },
    Function { name: "unsubscribe-routes", area: "routes" },
    Function { name: "list-signing-keys", area: "routes" },
    Function { name: "list-logs", area: "ingestion" },
    Function { name: "submit-codes", area: "ingestion" },
    Function { name: "submit-logs", area: "ingestion" },
    Function { name: "receive-logs", area: "ingestion" },
    Function { name: "create-invitation", area: "onboarding" },
    Function { name: "list-invitations", area: "onboarding" },
    Function { name: "get-invitation", area: "onboarding" },
    Function { name: "submit-application", area: "onboarding" },
    Function { name: "decide-invitation", area: "onboarding" },
    Function { name: "list-own-invitations", area: "onboarding" },
    Function { name: "issue-certificate", area: "credentials" },
    Function { name: "list-certificates", area: "credentials" },
    Function { name: "revoke-certificate", area: "credentials" },
    Function { name: "issue-api-key", area: "credentials" },
    Function { name: "list-api-keys", area: "credentials" },
    Function { name: "revoke-api-key", area: "credentials" },
    Function { name: "renew-certificate", area: "credentials" },
    Function { name: "create-institution", area: "institutions" },
    Function { name: "list-institutions", area: "institutions" },
    Function { name: "get-institution", area: "institutions" },
    Function { name: "update-institution", area: "institutions" },
    Function { name: "delete-institution", area: "institutions" },
    Function { name: "publish-release", area: "releases" },
    Function { name: "list-releases", area: "releases" },
    Function { name: "withdraw-release", area: "releases" },
    Function { name: "get-updates", area: "releases" },
    Function { name: "report-versions", area: "releases" },
    Function { name: "create-subscription", area: "alerts" },
    Function { name: "list-subscriptions", area: "alerts" },
    Function { name: "get-subscription", area: "alerts" },
    Function { name: "update-subscription", area: "alerts" },
    Function { name: "delete-subscription", area: "alerts" },
    Function { name: "test-subscription", area: "alerts" },
    Function { name: "confirm-subscription", area: "alerts" },
    Function { name: "list-messages", area: "alerts" },
    Function { name: "redeliver-message", area: "alerts" },
    Function { name: "show-unsubscription", area: "alerts" },
    Function { name: "unsubscribe", area: "alerts" },
    Function { name: "subscribe-to-chatbot", area: "alerts" },
    Function { name: "list-events", area: "alerts" },
    Function { name: "list-chatbot-events", area: "alerts" },
    Function { name: "reannounce-events", area: "alerts" },
    Function { name: "list-audit", area: "audit" },
    Function { name: "list-registered-participants", area: "legacy" },
    Function { name: "create-participant", area: "legacy" },
    Function { name: "get-participant", area: "legacy" },
    Function { name: "update-participant", area: "legacy" },
    Function { name: "delete-participant", area: "legacy" },
    Function { name: "list-participants", area: "legacy" },
    Function { name: "set-own-state", area: "legacy" },
    Function { name: "list-clients", area: "legacy" },
    Function { name: "create-dmr", area: "dmrs" },
    Function { name: "list-dmrs", area: "dmrs" },
    Function { name: "get-dmr", area: "dmrs" },
    Function { name: "update-dmr", area: "dmrs" },
    Function { name: "delete-dmr", area: "dmrs" },
    Function { name: "get-dmr-health", area: "dmrs" },
    Function { name: "end-route-subscription", area: "dmrs" },
    Function { name: "list-incidents", area: "incidents" },
    Function { name: "get-incident", area: "incidents" },
    Function { name: "list-timeline", area: "incidents" },
    Function { name: "list-members", area: "incidents" },
    Function { name: "acknowledge-incident", area: "incidents" },
    Function { name: "assign-incident", area: "incidents" },
    Function { name: "add-note", area: "incidents" },
    Function { name: "resolve-incident", area: "incidents" },
    Function { name: "reopen-incident", area: "incidents" },
    Function { name: "dismiss-incident", area: "incidents" },
    Function { name: "merge-incident", area: "incidents" },
    Function { name: "split-incident", area: "incidents" },
    Function { name: "get-incident-figures", area: "incidents" },
    Function { name: "get-report", area: "reports" },
    Function { name: "create-planned-outage", area: "outages" },
    Function { name: "list-planned-outages", area: "outages" },
    Function { name: "get-planned-outage", area: "outages" },
    Function { name: "update-planned-outage", area: "outages" },
    Function { name: "cancel-planned-outage", area: "outages" },
    Function { name: "confirm-planned-outage", area: "outages" },
    Function { name: "complete-planned-outage", area: "outages" },
    Function { name: "get-calendar-link", area: "outages" },
    Function { name: "show-calendar", area: "outages" },
    Function { name: "start-login", area: "session" },
    Function { name: "finish-login", area: "session" },
    Function { name: "get-session", area: "session" },
    Function { name: "end-session", area: "session" },
    Function { name: "renew-session", area: "session" },
    Function { name: "create-chat-link", area: "chat" },
    Function { name: "receive-chat-request", area: "chat" },
    Function { name: "receive-webhook", area: "chat" },
    Function { name: "list-people", area: "session" },
    Function { name: "add-person", area: "session" },
    Function { name: "put-grant", area: "session" },
    Function { name: "end-grant", area: "session" },
    Function { name: "authorize", area: "gateway" },
    Function { name: "schedule-probes", area: "health" },
    Function { name: "sweep-recovery", area: "health" },
    Function { name: "probe-chatbots", area: "health" },
    Function { name: "recount-chatbots", area: "health" },
    Function { name: "restore-items", area: "restore" },
    Function { name: "check-versions", area: "deployment" },
    Function { name: "check-credentials", area: "credentials" },
    Function { name: "snapshot-routes", area: "routes" },
    Function { name: "publish-routes", area: "routes" },
    Function { name: "ingest-codes", area: "ingestion" },
    Function { name: "ingest-parked", area: "ingestion" },
    Function { name: "ingest-logs", area: "ingestion" },
    Function { name: "announce", area: "alerts" },
    Function { name: "track-incidents", area: "incidents" },
    Function { name: "correlate-incidents", area: "incidents" },
    Function { name: "sweep-incidents", area: "incidents" },
    Function { name: "fan-out", area: "alerts" },
    Function { name: "deliver-notifications", area: "alerts" },
    Function { name: "sweep-notifications", area: "alerts" },
    Function { name: "record-undelivered", area: "alerts" },
    Function { name: "reconcile-subscriptions", area: "alerts" },
    Function { name: "schedule-reports", area: "reports" },
    Function { name: "send-reports", area: "reports" },
    Function { name: "summarise-history", area: "reports" },
    Function { name: "advance-outages", area: "outages" },
    Function { name: "publish-status", area: "status" },
    Function { name: "post-incidents", area: "chat" },
    Function { name: "run-topic-actions", area: "chat" },
];
