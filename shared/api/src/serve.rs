//! The loop of a function behind a gateway.
//!
//! For each request: refuse callers that the contract does not let in (403), read the body (400), call the handler,
//! write the answer. Errors are values of [`Problem`], made where they are found and logged once, here. A refusal
//! (403) leaves an audit record, whoever made it; a handler that writes leaves its own through its audit context.

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use centops_contract as contract;
use centops_domain::{
    audit::{Actor, Subject},
    callers::Caller,
};
use centops_masking::mask;
use centops_store::audit::{Audit, AuditContext};
use lambda_http::{Body, Error, Request, RequestExt, Response, http::StatusCode, request::LambdaRequest};
use lambda_runtime::{LambdaEvent, service_fn};

use crate::{
    Call, Operation, Problem, Reply, Setup, callers, clock,
    cors::Console,
    operation::{FromBody, FromCaller, FromSetup},
    request,
};

/// Answers each request with `O` until the environment ends.
///
/// # Errors
/// When the operation cannot start, or the Lambda Runtime API is gone.
pub(crate) async fn serve<O: Operation>() -> Result<(), Error> {
    let setup = Setup::from_environment()?;
    let state = &O::State::from_setup(&setup).await?;
    let audit = &setup.audit()?;
    let console = &Console::from_environment();
    let handler = service_fn(|event: LambdaEvent<LambdaRequest>| async move {
        let request = Request::from(event.payload).with_lambda_context(event.context);
        let mut response = respond::<O>(state, audit, &request).await;
        if console.sent(request.headers()) {
            console.allow(&mut response);
        }
        Ok::<_, Error>(proxy_response(response))
    });
    // The handler's future is in it: on the heap, for it is large.
    Box::pin(lambda_runtime::run(handler)).await
}

/// Answers one request, refusals included. Tests and simulators call it without a Lambda runtime.
pub async fn respond<O: Operation>(state: &O::State, audit: &Audit, request: &Request) -> Response<Body> {
    const { assert!(covers::<O>(), "the contract lets in a caller that the handler's Caller type does not cover") };
    let caller = callers::caller(request);
    let context = audit_context(O::CONTRACT.id, audit, request, caller.clone());
    if callers::is_over_budget(request) {
        return finish(&context, request, Err(Problem::over_budget())).await;
    }
    // The handler's future is large: on the heap.
    let reply = Box::pin(answer::<O>(state, context.clone(), request, caller)).await;
    finish(&context, request, reply).await
}

async fn answer<O: Operation>(
    state: &O::State,
    context: AuditContext<'_>,
    request: &Request,
    caller: Option<Caller>,
) -> Reply {
    let caller = authorize(&O::CONTRACT, caller)?;
    let caller = O::Caller::from_caller(caller).ok_or_else(|| Problem::internal("a caller of another kind"))?;
    let body = O::Body::from_body(request)?;
    O::call(state, Call::new(caller, body, context, request)).await
}

/// Returns whether the handler's caller type covers each caller that the contract lets in. Evaluated by the compiler.
const fn covers<O: Operation>() -> bool {
    let (allowed, covered) = (O::CONTRACT.callers, O::Caller::COVERS);
    let mut i = 0;
    while i < allowed.len() {
        let (mut j, mut found) = (0, false);
        while j < covered.len() {
            found |= allowed[i] as u8 == covered[j] as u8;
            j += 1;
        }
        if !found {
            return false;
        }
        i += 1;
    }
    true
}

/// Returns the caller where the contract lets it call `operation`; none where no credentials are needed.
fn authorize(operation: &contract::Operation, caller: Option<Caller>) -> Result<Option<Caller>, Problem> {
    match caller {
        _ if operation.is_public() => Ok(None),
        Some(caller @ Caller::Person(_)) if operation.applicant => Ok(Some(caller)),
        Some(caller) if callers::words(&caller).iter().any(|&word| operation.allows(word)) => Ok(Some(caller)),
        _ => Err(Problem::forbidden(callers::refusal(operation))),
    }
}

/// Returns the response in the gateway's form. `lambda_http::run` would do the same, and bring tables of all the
/// world's text encodings for it: a sixth of a megabyte a function.
fn proxy_response(response: Response<Body>) -> ApiGatewayProxyResponse {
    let (head, body) = response.into_parts();
    let mut proxied = ApiGatewayProxyResponse::default();
    proxied.status_code = head.status.as_u16().into();
    // The gateway merges both header maps: with each header in both it would send every header twice.
    proxied.multi_value_headers = head.headers;
    proxied.is_base64_encoded = matches!(body, Body::Binary(_));
    proxied.body = (!matches!(body, Body::Empty)).then_some(body);
    proxied
}

fn audit_context<'a>(
    operation: &'a str,
    audit: &'a Audit,
    request: &Request,
    caller: Option<Caller>,
) -> AuditContext<'a> {
    let id = request.lambda_context_ref().map(|context| context.request_id.clone());
    let context = AuditContext::new(audit, Actor::from(caller), operation, id.unwrap_or_default(), clock::now());
    context.via(callers::via(request))
}

/// Returns the response of `reply`. A refusal is written to the audit table before it is answered; where it cannot
/// be written, the caller is refused all the same.
async fn finish(context: &AuditContext<'_>, request: &Request, reply: Reply) -> Response<Body> {
    let problem = match reply {
        Ok(response) => return response,
        Err(problem) => problem,
    };
    log(&problem);
    if problem.status() == StatusCode::FORBIDDEN {
        let subject = Subject { chatbot: request::name(request).ok(), institution: None };
        if let Err(error) = context.write_refusal(subject, problem.detail().unwrap_or_default()).await {
            tracing::error!(%error, request = context.request_id(), "refusal not written to the audit table");
        }
    }
    problem.response(Some(context.request_id()).filter(|id| !id.is_empty()))
}

/// Logs `problem`, masked: a refusal repeats the value that was wrong, and a cause may repeat what a service refused, such
/// as the address of an e-mail.
fn log(problem: &Problem) {
    let (status, text) = (problem.status().as_u16(), mask(&problem.to_string()));
    if problem.status() >= StatusCode::INTERNAL_SERVER_ERROR {
        let cause = problem.cause().map(mask);
        tracing::error!(status, cause, "request failed: {text}");
    } else {
        tracing::info!(status, "request refused: {text}");
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use centops_domain::{audit::Record, callers::Person};
    use centops_store::audit::AuditQuery;
    use centops_table::Table;
    use jiff::{SignedDuration, Timestamp};
    use lambda_http::Context;

    use super::*;
    use crate::{NoBody, StartError, reply};

    /// Answers `reply`, under the contract's entry of `delete-chatbot`, which admins only may call.
    struct Fixed(fn() -> Reply);

    impl Operation for Fixed {
        const CONTRACT: contract::Operation = contract::operations::DELETE_CHATBOT;
        type Caller = Person;
        type Body = NoBody;
        type State = Self;

        async fn call(state: &Self, _: Call<'_, Self>) -> Reply {
            (state.0)()
        }
    }

    impl FromSetup for Fixed {
        async fn from_setup(_: &Setup) -> Result<Self, StartError> {
            Ok(Self(|| Ok(reply::empty(StatusCode::OK))))
        }
    }

    /// Returns the sample event of `delete-chatbot`, edited, as the invocation `r1`.
    fn request(edit: impl Fn(&mut serde_json::Value)) -> Request {
        let sample = include_str!("../../../events/chatbots/delete-chatbot.json");
        let mut event = serde_json::from_str(sample).expect("an event");
        edit(&mut event);
        let mut context = Context::default();
        context.request_id = "r1".to_owned();
        lambda_http::request::from_str(&event.to_string()).expect("a request").with_lambda_context(context)
    }

    async fn records(table: &Table) -> Vec<Record> {
        let now = Timestamp::now();
        let (from, to) = (now - SignedDuration::from_hours(1), now + SignedDuration::from_hours(1));
        let query = AuditQuery { from, to, chatbot: None, person: None, limit: 9, after: None };
        table.audit.records(&query, now).await.expect("a page").items
    }

    #[tokio::test]
    async fn record_names_what_the_person_used() {
        let table = Table::start().await.expect("a table");
        let request = request(|event| {
            event["requestContext"]["authorizer"]["roles"] = "viewer".into();
            event["requestContext"]["authorizer"]["via"] = "slack".into();
        });
        let state = Fixed(|| Ok(reply::empty(StatusCode::OK)));
        assert_eq!(respond::<Fixed>(&state, &table.audit, &request).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(records(&table).await[0].via.as_deref(), Some("slack"));
    }

    #[tokio::test]
    async fn refusal_is_audited_before_it_is_answered() {
        let table = Table::start().await.expect("a table");
        let request = request(|event| event["requestContext"]["authorizer"]["roles"] = "viewer".into());
        assert_eq!(
            respond::<Fixed>(&Fixed(|| Ok(reply::empty(StatusCode::OK))), &table.audit, &request).await.status(),
            StatusCode::FORBIDDEN
        );
        let records = records(&table).await;
        let [record] = records.as_slice() else { panic!("{records:?}") };
        let by = Actor::from(callers::caller(&request));
        assert!(matches!(by, Actor::Person(_)));
        let subject = Subject { chatbot: "event-removed".parse().ok(), institution: None };
        let reason = "Your role does not permit this.";
        assert_eq!(*record, Record::refused(by, "delete-chatbot", "r1", record.at, subject, reason));
    }

    #[tokio::test]
    async fn at_most_sixty_refusals_a_minute_are_audited() {
        let table = Table::start().await.expect("a table");
        let allowed = Fixed(|| Ok(reply::empty(StatusCode::OK)));
        for number in 0..130 {
            let mut context = Context::default();
            context.request_id = format!("r{number}");
            let request = request(|event| event["requestContext"]["authorizer"]["roles"] = "viewer".into());
            let request = request.with_lambda_context(context);
            assert_eq!(respond::<Fixed>(&allowed, &table.audit, &request).await.status(), StatusCode::FORBIDDEN);
        }
        let scan = table.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
        // The requests may fall into two minutes.
        assert!((60..=120).contains(&scan.count()), "{}", scan.count());
    }

    #[tokio::test]
    async fn unrecognised_caller_is_refused_as_unknown() {
        let table = Table::start().await.expect("a table");
        let request = request(|event| {
            event["requestContext"]["authorizer"] = serde_json::json!({"kind": "printer", "subject": "lobby"});
            event["pathParameters"] = serde_json::Value::Null;
        });
        assert_eq!(
            respond::<Fixed>(&Fixed(|| Ok(reply::empty(StatusCode::OK))), &table.audit, &request).await.status(),
            StatusCode::FORBIDDEN
        );
        let records = records(&table).await;
        let [record] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((&record.by, &record.subject), (&Actor::Unknown(String::new()), &Subject::default()));
    }

    #[tokio::test]
    async fn caller_over_budget_is_told_to_wait_and_nothing_is_done_or_written() {
        let table = Table::start().await.expect("a table");
        let request = request(|event| event["requestContext"]["authorizer"]["overBudget"] = "true".into());
        let operation = Fixed(|| panic!("the operation is not called"));
        let response = respond::<Fixed>(&operation, &table.audit, &request).await;
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()["retry-after"], "60");
        assert!(records(&table).await.is_empty());
    }

    #[tokio::test]
    async fn device_is_refused_at_an_operation_of_people() {
        let table = Table::start().await.expect("a table");
        let request = request(|event| {
            event["requestContext"]["authorizer"] = serde_json::json!({"kind": "dmr", "subject": "tallinn"});
        });
        assert_eq!(
            respond::<Fixed>(&Fixed(|| Ok(reply::empty(StatusCode::OK))), &table.audit, &request).await.status(),
            StatusCode::FORBIDDEN
        );
    }

    #[tokio::test]
    async fn other_answers_leave_no_audit_record() {
        let table = Table::start().await.expect("a table");
        let request = request(|_| ());
        let replies: [(fn() -> Reply, StatusCode); 4] = [
            (|| Ok(reply::empty(StatusCode::NO_CONTENT)), StatusCode::NO_CONTENT),
            (|| Err(Problem::not_found("There is no chatbot of that name.")), StatusCode::NOT_FOUND),
            (|| Err(Problem::invalid("#/name", "a name")), StatusCode::BAD_REQUEST),
            (|| Err(Problem::internal("broken")), StatusCode::INTERNAL_SERVER_ERROR),
        ];
        for (reply, status) in replies {
            assert_eq!(respond::<Fixed>(&Fixed(reply), &table.audit, &request).await.status(), status);
        }
        assert!(records(&table).await.is_empty());
    }

    #[tokio::test]
    async fn forbidden_is_returned_even_if_the_audit_write_fails() {
        let Table { client, .. } = Table::start().await.expect("a table");
        let broken = Audit::new(client, "no-such-table".to_owned());
        let forbidden = Fixed(|| Err(Problem::forbidden("Your role does not permit this.")));
        assert_eq!(respond::<Fixed>(&forbidden, &broken, &request(|_| ())).await.status(), StatusCode::FORBIDDEN);
    }

    /// The lines that a subscriber wrote.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the line that `log` writes about `problem`.
    fn logged(problem: &Problem) -> String {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || log(problem));
        let bytes = written.0.lock().expect("not poisoned").clone();
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn refused_value_is_masked_in_the_log() {
        let request = lambda_http::http::Request::new(Body::Text(r#"{"logs":[{"level":"60001019906"}]}"#.to_owned()));
        let problem = request::body::<centops_domain::ingestion::LogReport>(&request).expect_err("a wrong level");
        assert!(problem.to_string().contains("60001019906"), "{problem}");
        let line = logged(&problem);
        assert!(line.contains("#/logs/0/level: unknown variant `[personal code]`"), "{line}");
    }

    #[test]
    fn cause_is_masked_in_the_log() {
        let cause = "MessageRejected: Email address is not verified: mari@example.ee, +37251234567";
        for problem in [Problem::unavailable(cause), Problem::internal(cause)] {
            let line = logged(&problem);
            assert!(line.contains("Email address is not verified: [e-mail], [phone]"), "{line}");
            assert!(!line.contains("mari") && !line.contains("51234567"), "{line}");
        }
    }
}
