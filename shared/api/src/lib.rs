//! HTTP manners, the same for every function behind a gateway.
//!
//! A handler takes a request and answers `Result<Response<Body>, Problem>`; [`serve`] does the rest.
//! Errors are values of [`Problem`] made where they are found and logged once, here. A refusal (403)
//! leaves a record in the audit trail, whoever made it; a handler that writes leaves its own, with its
//! [`Act`].

pub mod caller;
mod cors;
pub mod cursor;
pub mod etag;
pub mod problem;
pub mod reply;
pub mod request;
pub mod startup;

use std::future::Future;

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use centops_domain::audit::{Actor, Subject};
use centops_store::audit::{Act, Audit};
use jiff::Timestamp;
use lambda_http::{Body, Error, Request, RequestExt, Response, http::StatusCode, request::LambdaRequest};
use lambda_runtime::{LambdaEvent, service_fn};

pub use problem::Problem;

/// What a handler gives.
pub type Reply = Result<Response<Body>, Problem>;

/// Answers each request with `handler` until the environment ends. `operation` is the function's name,
/// the `operationId` of the contract; refusals are written to `audit`.
///
/// # Errors
/// When the Lambda Runtime API is gone.
pub async fn serve<'a, H, F>(operation: &'static str, audit: &'a Audit, handler: H) -> Result<(), Error>
where
    H: Fn(Request, Act<'a>) -> F,
    F: Future<Output = Reply> + Send,
{
    let console = &cors::Console::of_environment();
    let running = lambda_runtime::run(service_fn(|event: LambdaEvent<LambdaRequest>| {
        let request = Request::from(event.payload).with_lambda_context(event.context);
        let readable = console.asks(request.headers());
        let act = act(operation, audit, &request);
        let subject = subject(&request);
        let reply = handler(request, act.clone());
        async move {
            let mut response = answer(&act, subject, reply.await).await;
            if readable {
                console.let_read(&mut response);
            }
            Ok::<_, Error>(proxied(response))
        }
    }));
    // The handler's future is in it: on the heap, for it is large.
    Box::pin(running).await
}

/// `response` as the gateway wants it. `lambda_http::run` would make the same of it, and bring tables of all
/// the world's encodings for it, which is a sixth of a megabyte a function.
fn proxied(response: Response<Body>) -> ApiGatewayProxyResponse {
    let (head, body) = response.into_parts();
    let mut proxied = ApiGatewayProxyResponse::default();
    proxied.status_code = head.status.as_u16().into();
    // Both maps would be merged, and each header be there twice.
    proxied.multi_value_headers = head.headers;
    proxied.is_base64_encoded = matches!(body, Body::Binary(_));
    proxied.body = (!matches!(body, Body::Empty)).then_some(body);
    proxied
}

/// What the caller of `request` does.
fn act<'a>(operation: &'static str, audit: &'a Audit, request: &Request) -> Act<'a> {
    let id = request.lambda_context_ref().map(|context| context.request_id.clone());
    Act::new(audit, Actor::of(caller::caller(request)), operation, id.unwrap_or_default(), Timestamp::now())
}

/// What the path of `request` is about.
fn subject(request: &Request) -> Subject {
    Subject { chatbot: request::name(request).ok(), institution: None }
}

/// The answer that `reply` makes. That it was refused is written before it is said; where it cannot be
/// written, it is refused all the same.
async fn answer(act: &Act<'_>, subject: Subject, reply: Reply) -> Response<Body> {
    let problem = match reply {
        Ok(response) => return response,
        Err(problem) => problem,
    };
    log(&problem);
    if problem.status() == StatusCode::FORBIDDEN
        && let Err(error) = act.refused(subject, problem.detail().unwrap_or_default()).await
    {
        tracing::error!(%error, "a refusal is not in the audit trail");
    }
    problem.response(Some(act.request()).filter(|id| !id.is_empty()))
}

fn log(problem: &Problem) {
    let text = logged(problem);
    if problem.status() >= StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(status = problem.status().as_u16(), cause = problem.cause(), "failed: {text}");
    } else {
        tracing::info!(status = problem.status().as_u16(), "refused: {text}");
    }
}

/// What a log says of `problem`. A refusal repeats the value that was wrong, which may be personal data.
fn logged(problem: &Problem) -> String {
    centops_masking::mask(&problem.to_string())
}

#[cfg(test)]
mod tests {
    use centops_domain::{audit::Record, caller::Role};
    use centops_store::audit::AuditQuery;
    use centops_table::Table;
    use jiff::SignedDuration;
    use lambda_http::Context;

    use super::*;

    /// The sample event of the function `get-chatbot`, as the invocation `r1`.
    fn request(edit: impl Fn(&mut serde_json::Value)) -> Request {
        let mut event = serde_json::from_str(include_str!("../../../events/get-chatbot.json")).expect("an event");
        edit(&mut event);
        let mut context = Context::default();
        context.request_id = "r1".to_owned();
        lambda_http::request::from_str(&event.to_string()).expect("a request").with_lambda_context(context)
    }

    async fn records(table: &Table) -> Vec<Record> {
        let now = Timestamp::now();
        let (from, to) = (now - SignedDuration::from_hours(1), now + SignedDuration::from_hours(1));
        let query = AuditQuery { from, to, chatbot: None, person: None, limit: 9, after: None };
        table.audit.records(&query, now).await.expect("a page").records
    }

    async fn answered(audit: &Audit, request: &Request, reply: Reply) -> StatusCode {
        answer(&act("get-chatbot", audit, request), subject(request), reply).await.status()
    }

    #[tokio::test]
    async fn a_refusal_is_in_the_trail_before_it_is_answered() {
        let table = Table::start().await.expect("a table");
        let request = request(|event| event["requestContext"]["authorizer"]["roles"] = "viewer".into());
        let refused = caller::person(&request, &[Role::Admin]).map(|_| reply::empty(StatusCode::OK));
        assert_eq!(answered(&table.audit, &request, refused).await, StatusCode::FORBIDDEN);
        let records = records(&table).await;
        let [record] = records.as_slice() else { panic!("{records:?}") };
        let reason = "Your role does not permit this.";
        let by = Actor::Person("mari.maasikas@example.ee".to_owned());
        let subject = Subject { chatbot: "event-guide".parse().ok(), institution: None };
        assert_eq!(*record, Record::refused(by, "get-chatbot", "r1", record.at, subject, reason));
    }

    #[tokio::test]
    async fn who_is_not_recognised_is_refused_as_nobody() {
        let table = Table::start().await.expect("a table");
        let request = request(|event| {
            event["requestContext"]["authorizer"] = serde_json::json!({"kind": "printer", "subject": "lobby"});
            event["pathParameters"] = serde_json::Value::Null;
        });
        let reply = caller::dmr(&request).map(|_| reply::empty(StatusCode::OK));
        assert_eq!(answered(&table.audit, &request, reply).await, StatusCode::FORBIDDEN);
        let records = records(&table).await;
        let [record] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((&record.by, &record.subject), (&Actor::Unknown(String::new()), &Subject::default()));
    }

    #[tokio::test]
    async fn what_is_no_refusal_leaves_no_record() {
        let table = Table::start().await.expect("a table");
        let request = request(|_| ());
        for reply in [
            Ok(reply::empty(StatusCode::NO_CONTENT)),
            Err(Problem::not_found("There is no chatbot of that name.")),
            Err(Problem::invalid("#/name", "a name")),
            Err(Problem::internal("broken")),
        ] {
            answered(&table.audit, &request, reply).await;
        }
        assert!(records(&table).await.is_empty());
    }

    #[tokio::test]
    async fn who_is_refused_is_refused_although_it_cannot_be_written() {
        let Table { client, .. } = Table::start().await.expect("a table");
        let away = Audit::new(client, "no-such-table".to_owned());
        let reply = Err(Problem::forbidden("Your role does not permit this."));
        assert_eq!(answered(&away, &request(|_| ()), reply).await, StatusCode::FORBIDDEN);
    }

    #[test]
    fn a_refused_value_is_logged_masked() {
        let request = lambda_http::http::Request::new(Body::Text(r#"{"logs":[{"level":"60001019906"}]}"#.to_owned()));
        let problem = request::body::<centops_domain::report::LogReport>(&request).expect_err("a wrong level");
        assert!(problem.to_string().contains("60001019906"), "{problem}");
        assert!(logged(&problem).contains("#/logs/0/level: unknown variant `[personal code]`"), "{}", logged(&problem));
    }
}
