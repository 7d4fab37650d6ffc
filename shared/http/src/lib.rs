//! HTTP manners, the same for every function behind a gateway.
//!
//! A handler takes a request and answers `Result<Response<Body>, Problem>`; [`serve`] does the rest.
//! Errors are values of [`Problem`] made where they are found and logged once, here.

pub mod caller;
mod cors;
pub mod cursor;
pub mod etag;
pub mod problem;
pub mod reply;
pub mod request;

use std::future::Future;

use lambda_http::{Body, Error, Request, RequestExt, Response, http::StatusCode, service_fn};

pub use problem::Problem;

/// What a handler gives.
pub type Reply = Result<Response<Body>, Problem>;

/// Answers each request with `handler` until the environment ends.
///
/// # Errors
/// When the Lambda Runtime API is gone.
pub async fn serve<H, F>(handler: H) -> Result<(), Error>
where
    H: Fn(Request) -> F,
    F: Future<Output = Reply> + Send,
{
    let console = &cors::Console::of_environment();
    lambda_http::run(service_fn(|request: Request| {
        let readable = console.asks(request.headers());
        let id = request.lambda_context_ref().map(|context| context.request_id.clone());
        let reply = handler(request);
        async move {
            let mut response = match reply.await {
                Ok(response) => response,
                Err(problem) => {
                    log(&problem);
                    problem.response(id.as_deref())
                }
            };
            if readable {
                console.let_read(&mut response);
            }
            Ok::<_, Error>(response)
        }
    }))
    .await
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
