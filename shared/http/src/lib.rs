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

use std::future::Future;

use centops_domain::audit::{Actor, Subject};
use centops_store::audit::{Act, Audit};
use jiff::Timestamp;
use lambda_http::{Body, Error, Request, RequestExt, Response, http::StatusCode, service_fn};

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
    lambda_http::run(service_fn(|request: Request| {
        let readable = console.asks(request.headers());
        let act = act(operation, audit, &request);
        let subject = Subject { chatbot: request::name(&request).ok(), institution: None };
        let reply = handler(request, act.clone());
        async move {
            let mut response = answer(&act, subject, reply.await).await;
            if readable {
                console.let_read(&mut response);
            }
            Ok::<_, Error>(response)
        }
    }))
    .await
}

/// What the caller of `request` does.
fn act<'a>(operation: &'static str, audit: &'a Audit, request: &Request) -> Act<'a> {
    let id = request.lambda_context_ref().map(|context| context.request_id.clone());
    Act::new(audit, Actor::of(caller::caller(request)), operation, id.unwrap_or_default(), Timestamp::now())
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
    use super::*;

    #[test]
    fn a_refused_value_is_logged_masked() {
        let request = lambda_http::http::Request::new(Body::Text(r#"{"logs":[{"level":"60001019906"}]}"#.to_owned()));
        let problem = request::body::<centops_domain::report::LogReport>(&request).expect_err("a wrong level");
        assert!(problem.to_string().contains("60001019906"), "{problem}");
        assert!(logged(&problem).contains("#/logs/0/level: unknown variant `[personal code]`"), "{}", logged(&problem));
    }
}
