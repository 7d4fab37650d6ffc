//! `GET /institutions/{institution}/report`.

use std::fs;

use centops_api::respond;
use centops_table::Table;
use lambda_http::{Context, RequestExt, http::HeaderMap};
use serde_json::{Value, json};

use super::table::{control, fail, hours, start, table};
use crate::get_report::GetReport;

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("json")
    }
}

/// Asks as a person with `role` at `institutions` for the report of `institution`.
async fn ask(table: &Table, by: (&str, &str), institution: &str, query: &[(&str, &str)], accept: &str) -> Answer {
    let file = format!("{}/../../events/reports/get-report.json", env!("CARGO_MANIFEST_DIR"));
    let mut event: Value = serde_json::from_str(&fs::read_to_string(file).expect("a sample event")).expect("json");
    event["requestContext"]["authorizer"]["roles"] = by.0.into();
    event["requestContext"]["authorizer"]["institutions"] = by.1.into();
    event["pathParameters"]["institution"] = institution.into();
    event["multiValueQueryStringParameters"] = query.iter().map(|(name, value)| (*name, json!([value]))).collect();
    event["queryStringParameters"] = query.iter().map(|(name, value)| (*name, *value)).collect();
    event["headers"]["accept"] = accept.into();
    event["multiValueHeaders"]["accept"] = json!([accept]);
    let request = lambda_http::request::from_str(&event.to_string()).expect("a request");
    let mut context = Context::default();
    context.request_id = format!("{institution}-{}-{query:?}-{accept}", by.1);
    let response = respond::<GetReport>(&table.store, &table.audit, &request.with_lambda_context(context)).await;
    let (head, body) = response.into_parts();
    let bytes: &[u8] = body.as_ref();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        text: String::from_utf8(bytes.to_vec()).expect("text"),
    }
}

const ADMIN: (&str, &str) = ("admin", "");
const WEEK: [(&str, &str); 2] = [("from", "2026-11-15"), ("to", "2026-11-18")];

#[tokio::test]
async fn report_has_the_form_that_the_client_accepts() {
    let table = table().await;
    control(&table, "tax", Some("force-offline"), hours(24)).await;
    control(&table, "tax", Some("force-online"), hours(30)).await;
    let json = ask(&table, ADMIN, "tax-board", &WEEK, "*/*").await;
    assert_eq!((json.status, json.header("content-type"), json.header("vary")), (200, "application/json", "Accept"));
    let own = &json.json()["chatbots"][0];
    assert_eq!(own["outages"], json!({"count": 1, "longestSeconds": 6 * 3600}));
    assert_eq!(own["availability"]["forcedSeconds"], 6 * 3600);
    assert_eq!(json.json()["institutionName"], "Maksu- ja Tolliamet");

    let csv = ask(&table, ADMIN, "tax-board", &WEEK, "text/csv").await;
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"tax-board-2026-11-15.csv\"");
    assert!(csv.text.starts_with("\u{FEFF}\"Rida\";") && csv.text.contains(";\"21600\";"), "{}", csv.text);

    let english = [WEEK[0], WEEK[1], ("language", "en"), ("zone", "UTC")];
    let html = ask(&table, ADMIN, "tax-board", &english, "text/html,*/*;q=0.8").await;
    assert_eq!((html.status, html.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(html.text.contains("<html lang=\"en\">") && html.text.contains("15 November 2026, 00:00 (UTC)"));
    let policy = html.header("content-security-policy");
    assert!(policy.contains("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(ask(&table, ADMIN, "tax-board", &WEEK, "application/pdf").await.status, 406);
}

#[tokio::test]
async fn report_has_the_incidents_of_its_institution_in_each_form() {
    let table = table().await;
    let ids = [fail(&table, "tax", hours(24)).await, fail(&table, "police", hours(25)).await];
    for by in [ADMIN, ("owner", "tax-board")] {
        let json = ask(&table, by, "tax-board", &WEEK, "*/*").await.json();
        let [one] = &json["incidents"].as_array().expect("incidents")[..] else { panic!("one incident") };
        assert_eq!((&one["id"], &one["chatbot"]), (&json!(ids[0]), &json!("tax")));
        assert_eq!((&one["state"], &json["incidentFigures"]["incidents"]), (&json!("open"), &json!(1)));
    }
    let english = [WEEK[0], WEEK[1], ("language", "en")];
    for form in ["text/csv", "text/html"] {
        let text = ask(&table, ADMIN, "tax-board", &english, form).await.text;
        assert!(text.contains(&ids[0]) && !text.contains(&ids[1]), "{form}");
    }
    assert!(!ask(&table, ADMIN, "police-board", &WEEK, "text/html").await.text.contains(&ids[0]));
}

#[tokio::test]
async fn staff_see_all_and_owners_their_own() {
    let table = table().await;
    for (by, institution, status) in [
        (("admin", ""), "tax-board", 200),
        (("operator", ""), "tax-board", 200),
        (("viewer", ""), "police-board", 200),
        (("owner", "tax-board"), "tax-board", 200),
        (("owner", "police-board"), "tax-board", 403),
        (("owner", "tax-board"), "nobody", 403),
        (("owner", ""), "tax-board", 403),
        (("admin", ""), "nobody", 404),
        (("admin", ""), "No Name", 400),
    ] {
        assert_eq!(ask(&table, by, institution, &WEEK, "*/*").await.status, status, "{by:?} {institution}");
    }
    let of_police = ask(&table, ADMIN, "police-board", &WEEK, "*/*").await.json();
    assert_eq!(of_police["institutionName"], "police-board", "an institution without a record");
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let table = table().await;
    let future = "2100-01-01";
    for (query, pointer) in [
        (&[("from", "yesterday")][..], "#query/from"),
        (&[("to", "2026-11-31")], "#query/to"),
        (&[("from", "2026-11-18"), ("to", "2026-11-18")], "#query/from"),
        (&[("from", "2026-01-01"), ("to", "2026-11-18")], "#query/from"),
        (&[("from", future), ("to", "2100-01-02")], "#query/from"),
        (&[("to", future)], "#query/to"),
        (&[("zone", "Mars/Base")], "#query/zone"),
        (&[("language", "ru")], "#query/language"),
    ] {
        let answer = ask(&table, ADMIN, "tax-board", query, "*/*").await;
        assert_eq!((answer.status, &answer.json()["errors"][0]["pointer"]), (400, &json!(pointer)), "{query:?}");
    }
    assert!(start() < hours(1));
}
