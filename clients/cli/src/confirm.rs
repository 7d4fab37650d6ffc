//! Questions before something is deleted. `--yes` means that none is asked.

use std::io::{BufRead as _, stdin};

use crate::{error::CliError, output::Output};

/// Asks a question that is answered with `yes`.
///
/// # Errors
/// [`CliError::NotConfirmed`] for another answer, or none.
pub fn yes(output: &Output, is_given: bool, question: &str) -> Result<(), CliError> {
    ask(output, is_given, &format!("{question} Type yes"), "yes")
}

/// Asks a question that is answered with a name.
///
/// # Errors
/// [`CliError::NotConfirmed`] for another answer, or none.
pub fn name(output: &Output, is_given: bool, question: &str, name: &str) -> Result<(), CliError> {
    ask(output, is_given, &format!("{question} Type {name}"), name)
}

fn ask(output: &Output, is_given: bool, question: &str, expected: &str) -> Result<(), CliError> {
    if is_given {
        return Ok(());
    }
    output.message(&format!("[{}] {question}: ", output.environment));
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).map_err(|error| CliError::NotConfirmed(error.to_string()))?;
    match answer.trim() {
        answer if answer == expected => Ok(()),
        "" => Err(CliError::NotConfirmed("the question was not answered; --yes asks none".to_owned())),
        _ => Err(CliError::NotConfirmed(format!("the answer was not {expected}"))),
    }
}
