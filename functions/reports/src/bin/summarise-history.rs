//! The Lambda function `summarise-history`.

fn main() -> Result<(), lambda_runtime::Error> {
    centops_api::run_consumer::<functions_reports::summarise_history::SummariseHistory>()
}
