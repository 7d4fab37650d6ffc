//! `GET /institutions/{institution}/report`: returns the report of an institution in JSON, CSV or HTML.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::Name,
    notifications::{Coverage, Language, Links, UnknownLanguage, UnknownZone, Zone},
    reports::{Bound, InvalidPeriod, Report, ReportPeriod, STYLE},
};
use centops_store::Store;
use lambda_http::{
    Body, Response,
    http::{HeaderValue, header},
};
use sha2::{Digest, Sha256};

use crate::media_type::MediaType;

/// The rule of the parameters `from` and `to`.
const BOUND: &str = "a date such as 2026-11-23, or a time of RFC 3339";

/// The operation.
#[derive(Debug)]
pub struct GetReport;

impl Operation for GetReport {
    const CONTRACT: contract::Operation = operations::GET_REPORT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let institution: Name = call.path("institution")?;
        if !call.scope().includes(&institution) {
            return Err(Problem::forbidden("The report is another institution's."));
        }
        let form = MediaType::negotiate(call.headers());
        let form = form.ok_or_else(|| Problem::not_acceptable("A report is JSON, CSV (text/csv) or HTML."))?;
        let zone: Zone = call.query("zone", &UnknownZone.to_string())?.unwrap_or_default();
        let language = call.query("language", &UnknownLanguage.to_string())?.unwrap_or_default();
        let period = period(&call, zone)?;
        let coverage = Coverage::Institution { institution: institution.clone() };
        let facts = store.institution_facts(&institution, &coverage, period, zone, call.now()).await;
        let facts = facts.map_err(Problem::or_not_found("There is no institution of that id."))?;
        answer(&Report::new(facts, period, zone, call.now()), form, language)
    }
}

fn period(call: &Call<'_, GetReport>, zone: Zone) -> Result<ReportPeriod, Problem> {
    let (from, to) = (call.query::<Bound>("from", BOUND)?, call.query::<Bound>("to", BOUND)?);
    ReportPeriod::new(from, to, zone, call.now()).map_err(|invalid| {
        let pointer = match (invalid, from) {
            // Without `from`, only `to` can be wrong.
            (InvalidPeriod::Empty | InvalidPeriod::Future, None) => "#query/to",
            _ => "#query/from",
        };
        Problem::invalid(pointer, invalid)
    })
}

fn answer(report: &Report, form: MediaType, language: Language) -> Reply {
    let mut response = match form {
        MediaType::Json => reply::json(StatusCode::OK, &report.view()),
        MediaType::Html => page(report.page(language, &Links::default()))?,
        MediaType::Csv => file(report.csv(language).map_err(Problem::internal)?, &report.file_name())?,
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// Returns a page that loads nothing and runs no script. The policy has the hash of its style.
fn page(html: String) -> Reply {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).map_err(Problem::internal)?;
    let mut response = reply::text(StatusCode::OK, "text/html; charset=utf-8", html);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Returns a file that browsers save under `name`.
fn file(content: String, name: &str) -> Result<Response<Body>, Problem> {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(Problem::internal)?;
    let mut response = reply::text(StatusCode::OK, "text/csv; charset=utf-8", content);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}
