//! Errors of the API as `application/problem+json` (RFC 9457).

use std::fmt;

use centops_domain::chatbots::Status;
use centops_store::{StoreError, institutions::InstitutionError};
use jiff::Timestamp;
use lambda_http::{
    Body, Response,
    http::{StatusCode, header},
};
use serde::Serialize;

use crate::reply;

/// An error answer. Its `type` is stable, for programs; its texts are for people.
/// Boxed: it is the error type of nearly every function here.
#[derive(Debug)]
pub struct Problem(Box<Content>);

#[derive(Debug)]
struct Content {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Option<String>,
    field: Option<(String, String)>,
    /// The status of the requested chatbot, and the time since which it has it.
    chatbot: Option<(Status, Timestamp)>,
    /// The internal cause: logged, never sent.
    cause: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<[Fault<'a>; 1]>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    chatbot: Option<ChatbotStatus>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChatbotStatus {
    chatbot_status: Status,
    since: Timestamp,
}

#[derive(Serialize)]
struct Fault<'a> {
    pointer: &'a str,
    detail: &'a str,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Self(Box::new(Content { status, kind, title, detail: None, field: None, chatbot: None, cause: None }))
    }

    /// 400: the part of the request at `pointer` breaks `rule`.
    pub fn invalid(pointer: impl Into<String>, rule: impl fmt::Display) -> Self {
        let (pointer, rule) = (pointer.into(), rule.to_string());
        let detail = Some(format!("{pointer}: {rule}"));
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request is not valid");
        problem.0.detail = detail;
        problem.0.field = Some((pointer, rule));
        problem
    }

    /// 401: the request does not authenticate its sender.
    #[must_use]
    pub fn unauthenticated(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Not authenticated").with_detail(detail)
    }

    /// 403: the caller may not do this.
    #[must_use]
    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted").with_detail(detail)
    }

    /// 404: the resource does not exist.
    #[must_use]
    pub fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found").with_detail(detail)
    }

    /// Maps the store's errors to answers, with `detail` as the sentence of a 404.
    pub fn or_not_found(detail: &'static str) -> impl Fn(StoreError) -> Self {
        move |error| match error {
            StoreError::NotFound => Self::not_found(detail),
            error => error.into(),
        }
    }

    /// 406: no representation fits a header of the request.
    #[must_use]
    pub fn not_acceptable(detail: &str) -> Self {
        Self::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "Not available in that form").with_detail(detail)
    }

    /// 409: the resource exists already.
    #[must_use]
    pub fn exists(detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "exists", "It exists already").with_detail(detail)
    }

    /// 409: the request conflicts with the present state.
    #[must_use]
    pub fn conflict(detail: &str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Not as things stand").with_detail(detail)
    }

    /// 409: the present state does not allow the request, for this `reason`: the detail is a sentence of it.
    #[must_use]
    pub fn refused(reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        let mut letters = reason.chars();
        let first = letters.next().map(char::to_uppercase).into_iter().flatten();
        Self::conflict(&format!("{}.", first.chain(letters).collect::<String>()))
    }

    /// 409: the chatbot is enrolled and has `status` since `since`, so there is no route to it.
    #[must_use]
    pub fn not_online(status: Status, since: Timestamp) -> Self {
        let mut problem = Self::new(StatusCode::CONFLICT, "not-online", "The chatbot is not online");
        problem.0.chatbot = Some((status, since));
        problem.with_detail(match status {
            Status::Offline => "It is enrolled, and out of routing: it fails, or an administrator took it out.",
            Status::Unknown | Status::Online => "It is enrolled, and was not yet seen healthy.",
        })
    }

    /// 410: the change log no longer reaches back to the requested revision.
    #[must_use]
    pub fn gone(detail: &str) -> Self {
        Self::new(StatusCode::GONE, "revision-gone", "Not kept any more").with_detail(detail)
    }

    /// 412: the `If-Match` precondition failed.
    #[must_use]
    pub fn precondition_failed() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "changed", "It has changed since it was read")
            .with_detail("Read it again and repeat the change with the new ETag.")
    }

    /// 413: the body is larger than the limit.
    #[must_use]
    pub fn too_large(detail: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large").with_detail(detail)
    }

    /// 422: the idempotency key was used for another body.
    pub fn key_reused(rule: impl fmt::Display) -> Self {
        let mut problem = Self::invalid("#header/Idempotency-Key", rule);
        let content = &mut problem.0;
        content.status = StatusCode::UNPROCESSABLE_ENTITY;
        (content.kind, content.title) = ("key-reused", "The idempotency key was used for another body");
        problem
    }

    /// 429: the caller has sent more requests than it may.
    #[must_use]
    pub fn over_budget() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many requests")
            .with_detail("This certificate has sent more requests in this minute than its holder may.")
    }

    /// 503: a dependency did not answer. Nothing was changed, or the request is safe to repeat.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available now");
        problem.with_detail("Try again in a moment.").with_cause(&cause)
    }

    /// 500: an error on our side.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "An error on our side").with_cause(&cause)
    }

    fn with_detail(mut self, detail: &str) -> Self {
        self.0.detail = Some(detail.to_owned());
        self
    }

    fn with_cause(mut self, cause: &impl fmt::Display) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the sentence about this request, where more than the status is known.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// Returns the internal cause, for the log.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// Returns the response to the request `id`.
    #[must_use]
    pub fn response(&self, id: Option<&str>) -> Response<Body> {
        let content = &self.0;
        let document = Document {
            r#type: format!("urn:centops:problem:{}", content.kind),
            title: content.title,
            status: content.status.as_u16(),
            detail: content.detail.as_deref(),
            instance: id.map(|id| format!("urn:centops:request:{id}")),
            chatbot: content.chatbot.map(|(chatbot_status, since)| ChatbotStatus { chatbot_status, since }),
            errors: content.field.as_ref().map(|(pointer, detail)| [Fault { pointer, detail }]),
        };
        let mut response = reply::serialize(content.status, "application/problem+json", &document);
        // In seconds. A budget is of a minute.
        let wait = match content.status {
            StatusCode::SERVICE_UNAVAILABLE => "1",
            StatusCode::TOO_MANY_REQUESTS => "60",
            _ => return response,
        };
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(wait));
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.detail {
            Some(detail) => write!(f, "{}: {detail}", self.0.title),
            None => f.write_str(self.0.title),
        }
    }
}

/// Maps the store's errors to answers. Handlers that know a better text match before this.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found("There is no chatbot of that name."),
            StoreError::Exists => Self::exists("The name is taken."),
            StoreError::Changed => Self::precondition_failed(),
            StoreError::Gone => {
                Self::gone("The changes since that revision are not kept any more: fetch the whole table.")
            }
            StoreError::Contended | StoreError::Unavailable(_) => Self::unavailable(error),
            StoreError::Unreadable(ref source) => Self::internal(format!("{error}: {source}")),
        }
    }
}

/// Maps the refusals of a change of an institution to answers.
impl From<InstitutionError> for Problem {
    fn from(error: InstitutionError) -> Self {
        match error {
            InstitutionError::IdTaken => Self::exists("An institution has that id: give another."),
            InstitutionError::NameTaken => {
                Self::exists("Another institution has this name, or one that reads the same.")
            }
            InstitutionError::HasParticipants => {
                Self::conflict("Chatbots or other participants name the institution: remove or move them first.")
            }
            InstitutionError::Store(StoreError::NotFound) => Self::not_found("There is no institution of that id."),
            InstitutionError::Store(error) => error.into(),
        }
    }
}
