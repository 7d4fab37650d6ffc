//! The function `check-versions`, on answers of AWS's clients.

use std::time::SystemTime;

use aws_sdk_codedeploy::{
    operation::put_lifecycle_event_hook_execution_status::PutLifecycleEventHookExecutionStatusOutput,
    types::LifecycleEventStatus,
};
use aws_sdk_lambda::{operation::invoke::InvokeOutput, primitives::Blob};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_api::{Consumer, Invocation, Metrics};
use serde_json::{Value, json};

use crate::{
    check_versions::{CheckVersions, Checked, Versions},
    checks::CHECKS,
};

/// Returns the ARN of the third version of a function.
fn version(function: &str) -> String {
    format!("arn:aws:lambda:eu-north-1:000000000000:function:centops-{function}:3")
}

/// Returns the right answer of a function, and whether its run fails.
fn right(function: &str) -> (Value, bool) {
    match function {
        "authorize" => (json!({"errorType": "Error", "errorMessage": "Unauthorized"}), true),
        "get-routes" => (json!({"statusCode": 200, "body": r#"{"revision": 1, "routes": []}"#}), false),
        "submit-codes" | "submit-logs" => {
            (json!({"statusCode": 400, "body": r##"{"errors": [{"pointer": "#/codes/0/at"}]}"##}), false)
        }
        _ => (json!({"batchItemFailures": []}), false),
    }
}

fn answers(function: &'static str, answer: &Value, is_failure: bool) -> Rule {
    let (payload, arn) = (answer.to_string(), version(function));
    mock!(aws_sdk_lambda::Client::invoke)
        .match_requests(move |request| request.function_name() == Some(arn.as_str()))
        .then_output(move || {
            let error = is_failure.then(|| "Unhandled".to_owned());
            InvokeOutput::builder().payload(Blob::new(payload.clone())).set_function_error(error).build()
        })
}

/// Checks all functions; `other` answers as given, the others as is right. CodeDeploy must hear `status`.
async fn check(other: Option<(&'static str, Value, bool)>, status: LifecycleEventStatus) -> Checked {
    let mut rules: Vec<_> =
        other.iter().map(|(function, answer, failure)| answers(function, answer, *failure)).collect();
    let changed = other.map(|(function, ..)| function);
    rules.extend(CHECKS.iter().filter(|check| Some(check.function) != changed).map(|check| {
        let (answer, is_failure) = right(check.function);
        answers(check.function, &answer, is_failure)
    }));
    let rules: Vec<_> = rules.iter().collect();
    let told = mock!(aws_sdk_codedeploy::Client::put_lifecycle_event_hook_execution_status)
        .match_requests(move |request| {
            let ids = (request.deployment_id(), request.lifecycle_event_hook_execution_id());
            ids == (Some("d-1"), Some("hook-1")) && request.status() == Some(&status)
        })
        .then_output(|| PutLifecycleEventHookExecutionStatusOutput::builder().build());
    let lambda = mock_client!(aws_sdk_lambda, RuleMode::MatchAny, &rules);
    let deployments = mock_client!(aws_sdk_codedeploy, RuleMode::MatchAny, [&told]);
    let versions: Vec<_> = CHECKS.iter().map(|check| version(check.function)).collect();
    let function = CheckVersions::new(lambda, deployments, versions.join(" ").parse().expect("versions"));
    let hook = serde_json::from_value(json!({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}));
    let invocation = Invocation { id: String::new(), deadline: SystemTime::now(), metrics: Metrics::default() };
    let checked = function.handle(hook.expect("a hook"), &invocation).await.expect("an answer");
    assert_eq!(told.num_calls(), 1);
    checked
}

#[tokio::test]
async fn deployment_goes_on_when_all_versions_answer_as_is_right() {
    let checked = check(None, LifecycleEventStatus::Succeeded).await;
    assert_eq!(checked, Checked { checked: CHECKS.len(), failed: vec![] });
}

#[tokio::test]
async fn deployment_ends_when_one_version_answers_otherwise() {
    for (function, answer, is_failure) in [
        ("authorize", json!({"principalId": "nobody"}), false),
        ("authorize", json!({"errorType": "Error", "errorMessage": "the table does not answer"}), true),
        ("get-routes", json!({"statusCode": 503, "body": "{}"}), false),
        ("get-routes", json!({"statusCode": 200, "body": r#"{"routes": []}"#}), false),
        ("get-routes", json!({"errorMessage": "exit status: 1", "errorType": "Runtime.ExitError"}), true),
        ("submit-codes", json!({"statusCode": 202, "body": "{}"}), false),
        ("submit-logs", json!({"statusCode": 500}), false),
        ("ingest-codes", json!({"batchItemFailures": [{"itemIdentifier": "check"}]}), false),
        ("ingest-logs", json!(null), false),
        ("ingest-logs", json!({"errorMessage": "time-out"}), true),
    ] {
        let shown = answer.to_string();
        let checked = check(Some((function, answer, is_failure)), LifecycleEventStatus::Failed).await;
        let [failed] = checked.failed.as_slice() else { panic!("one version fails: {checked:?}") };
        assert!(failed.starts_with(&version(function)), "{failed}");
        assert!(failed.contains(&shown), "{failed}");
    }
}

#[test]
fn versions_are_those_of_functions_with_a_check() {
    let text = [version("authorize"), version("get-routes")].join(" ");
    assert!(text.parse::<Versions>().is_ok());
    for bad in [
        String::new(),
        "centops-authorize".to_owned(),
        version("get-route"),
        version("xget-routes").replace("centops-", ""),
        "arn:aws:lambda:eu-north-1:000000000000:function:centops-authorize".to_owned(),
    ] {
        assert!(bad.parse::<Versions>().is_err(), "{bad}");
    }
}
