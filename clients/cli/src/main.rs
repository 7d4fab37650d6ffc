//! `centops`: the command line of CentOps, for people and pipelines.

use std::{io, process::ExitCode};

use centops_client::contract as c;
use clap::{CommandFactory as _, Parser as _, error::ErrorKind};
use jiff::Timestamp;
use serde_json::json;

use args::{ApiKey, Applied, Arguments, Certificate, Command, Routes};
use commands::{Request, follow, named};
use error::{CliError, exit};
use output::Output;
use settings::Chosen;

mod apply;
mod args;
mod commands;
mod compare;
mod confirm;
mod credentials;
mod error;
mod files;
mod manifest;
mod output;
mod remote;
mod settings;
mod table;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // If it cannot be written, the exit code says it.
            let _ = error.print();
            return if is_help { exit::OK } else { exit::ERROR }.into();
        }
    };
    let is_diff = matches!(arguments.command, Command::Diff(_));
    match run(arguments) {
        Ok(code) => code.into(),
        // `centops logs x | head` is no error.
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => exit::OK.into(),
        Err(error) => {
            Output::new(output::Format::Table, String::new()).message(&format!("error: {error}"));
            if is_diff { exit::ERROR } else { error.code() }.into()
        }
    }
}

fn run(arguments: Arguments) -> Result<u8, CliError> {
    let Arguments { environment, output, yes, command } = arguments;
    let offline = Output::new(output, String::new());
    match command {
        Command::Validate(files) => {
            let count = manifest::read(&files.files)?.len();
            offline.message(&format!("{count} valid"));
            Ok(exit::OK)
        }
        Command::Schema => {
            let text = serde_json::to_string_pretty(&manifest::schema::published()).map_err(io::Error::from)?;
            offline.bytes((text + "\n").as_bytes()).map(|()| exit::OK)
        }
        Command::Operations => commands::operations(&offline).map(|()| exit::OK),
        Command::Completion { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "centops", &mut text);
            offline.bytes(&text).map(|()| exit::OK)
        }
        command => {
            let chosen = settings::choose(environment.as_deref())?;
            let output = Output::new(output, chosen.name.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(online(command, &chosen, &output, yes))
        }
    }
}

/// Runs a command that needs the server.
async fn online(command: Command, chosen: &Chosen, output: &Output, yes: bool) -> Result<u8, CliError> {
    let client = &chosen.client;
    match command {
        Command::Diff(applied) => return apply::diff(client, &options(applied, yes), output).await,
        Command::Apply { applied, secret_dir } => {
            let options = apply::Options { secrets: secret_dir, ..options(applied, yes) };
            apply::apply(client, &options, output).await?;
        }
        Command::Delete(files) => {
            let options = apply::Options { files: files.files, prune: None, secrets: None, yes };
            apply::delete(client, &options, output).await?;
        }
        Command::Logs(arguments) => follow::logs(client, &arguments, output).await?,
        Command::Why { name, language } => commands::why(client, &name, language, output).await?,
        Command::Routes(Routes::Get { name }) => follow::routes(client, name.as_deref(), output).await?,
        Command::Routes(Routes::Watch { interval }) => follow::watch(client, interval, output).await?,
        Command::Enrol(arguments) => credentials::enrol(client, &arguments, output).await?,
        Command::Certificate(command) => certificate(command, chosen, output).await?,
        Command::ApiKey(ApiKey::Issue { profile, name, file }) => {
            credentials::issue_api_key(client, profile, &name, &file, output).await?;
        }
        command => {
            if let Some(request) = request(&command)? {
                request.run(client, output).await?;
            }
        }
    }
    Ok(exit::OK)
}

async fn certificate(command: Certificate, chosen: &Chosen, output: &Output) -> Result<(), CliError> {
    let client = &chosen.client;
    match command {
        Certificate::Issue { profile, name, days, certificate, key } => {
            credentials::issue(client, (profile, &name, days), (&certificate, &key), output).await
        }
        Certificate::Renew { within } => {
            credentials::renew(client, chosen.certificate.as_ref(), within.as_deref(), output).await
        }
        Certificate::Show => credentials::show(chosen.certificate.as_ref(), output),
        Certificate::Revoke { profile, name, serial, reason } => {
            let path = [named::profile(profile), name.as_str(), serial.as_str()];
            let request = Request::new(&c::REVOKE_CERTIFICATE, &path).body(json!({"reason": reason}));
            request.run(client, output).await
        }
    }
}

/// Returns the request of a command that is one request; none for the others.
fn request(command: &Command) -> Result<Option<Request>, CliError> {
    Ok(Some(match command {
        Command::Get(arguments) => commands::get(arguments)?,
        Command::Call(arguments) => commands::call(arguments)?,
        Command::Health { name: Some(name) } => Request::new(&c::GET_CHATBOT_HEALTH, &[name]),
        Command::Health { name: None } => Request::new(&c::GET_HEALTH, &[]),
        Command::Hold(arguments) => commands::control("hold", arguments, Timestamp::now())?,
        Command::Offline(arguments) => commands::control("force-offline", arguments, Timestamp::now())?,
        Command::Online(arguments) => commands::control("force-online", arguments, Timestamp::now())?,
        Command::Release { name } => Request::new(&c::DELETE_CONTROL, &[name]),
        Command::Probe { name } => Request::new(&c::PROBE_CHATBOT, &[name]),
        Command::Incident(command) => named::incident(command)?,
        Command::Outage(command) => named::outage(command),
        Command::Audit(arguments) => named::audit(arguments),
        Command::Events { name: Some(name), range } => Request::new(&c::LIST_CHATBOT_EVENTS, &[name]).range(range, 100),
        Command::Events { name: None, range } => Request::new(&c::LIST_EVENTS, &[]).range(range, 100),
        Command::Invite { institution, email, days } => {
            let body = json!({"institution": institution, "email": email, "days": days});
            Request::new(&c::CREATE_INVITATION, &[]).body(body)
        }
        Command::Decide(arguments) => named::decide(arguments),
        Command::ApiKey(command) => return Ok(named::api_key(command)),
        Command::Component(command) => named::component(command),
        Command::Policy(command) => named::policy(command)?,
        Command::Person(command) => named::person(command),
        Command::Subscription(command) => named::subscription(command),
        Command::Report { institution, from, to, format } => {
            let request = Request::new(&c::GET_REPORT, &[institution]).accept(format)?;
            request.query("from", from.as_deref()).query("to", to.as_deref())
        }
        Command::Whoami => Request::new(&c::GET_SESSION, &[]),
        _ => return Ok(None),
    }))
}

fn options(applied: Applied, yes: bool) -> apply::Options {
    let prune = applied.institution.filter(|_| applied.prune);
    apply::Options { files: applied.files.files, prune, secrets: None, yes }
}
