//! Keys and certificates: made here, written into files that only their owner may read.
//!
//! A private key never leaves this machine.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use centops_client::{Client, types::Invitation};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData as _};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use x509_parser::{parse_x509_certificate, pem::parse_x509_pem};

use crate::{
    args::{Enrol, Profile},
    commands::{length, named::profile},
    error::CliError,
    files::{read_private, write_private},
    manifest::{self, Kind},
    output::Output,
};

/// Makes a key, applies with an invitation's code, waits for the decision, and writes the certificate.
///
/// It may be called again after an interruption: the key and the application are then those of before.
pub async fn enrol(client: &Client, arguments: &Enrol, output: &Output) -> Result<(), CliError> {
    if arguments.certificate.exists() {
        let file = arguments.certificate.display();
        return Err(CliError::Usage(format!("{file} exists already; name another file with --certificate")));
    }
    let wait = length(&arguments.wait)?;
    let interval =
        Duration::try_from_secs_f64(arguments.interval).map_err(|error| CliError::Usage(error.to_string()))?;
    let manifests = manifest::read(std::slice::from_ref(&arguments.file))?;
    let [chatbot] = manifests.as_slice() else {
        return Err(CliError::Usage(format!("{} must have one manifest, of a Chatbot", arguments.file)));
    };
    if chatbot.kind != Kind::Chatbot {
        return Err(CliError::Usage(format!("{}: only a Chatbot can be enrolled", chatbot.label())));
    }
    let code = code(arguments)?;
    let key = key_of(&arguments.key)?;
    let mut proposal = chatbot.spec.clone();
    // The institution is that of the invitation.
    proposal.remove("institution");
    proposal.insert("name".to_owned(), json!(chatbot.name));
    let body = json!({"code": code, "chatbot": proposal, "csr": request(&key, &chatbot.name)?});
    let mut invitation = client.submit_application(&arguments.id, &body).send().await?.body;
    let expected = chatbot.text("institution");
    if invitation.institution != expected {
        output.message(&format!("the invitation is of {}, not of {expected}", invitation.institution));
    }
    output.message(&format!("{}: applied; the key is in {}", chatbot.label(), arguments.key.display()));
    if arguments.no_wait {
        return output.item(&json!({"id": arguments.id, "status": invitation.status}));
    }
    let limit = Duration::try_from(wait).map_err(|error| CliError::Usage(error.to_string()))?;
    let end = Instant::now() + limit;
    while invitation.status == "submitted" {
        if Instant::now() >= end {
            return Err(CliError::Waited(format!("no decision after {}; run the same command again", arguments.wait)));
        }
        output.progress("waiting for the decision");
        sleep(interval).await;
        invitation = client.get_invitation(&arguments.id).send().await?.body;
    }
    output.end_progress();
    finish(&invitation, arguments, &key, output)
}

fn finish(invitation: &Invitation, arguments: &Enrol, key: &KeyPair, output: &Output) -> Result<(), CliError> {
    let Some(certificate) = &invitation.certificate else {
        let reason = invitation.history.last().and_then(|step| step.get("reason")?.as_str());
        let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
        return Err(CliError::Waited(format!("the application is {}{reason}", invitation.status)));
    };
    if !belongs(&certificate.pem, key)? {
        let file = arguments.key.display();
        return Err(CliError::Key(format!("the certificate is of another key than {file}; it was not written")));
    }
    write_private(&arguments.certificate, &certificate.pem)?;
    output.item(&json!({"id": invitation.id, "status": invitation.status, "serial": certificate.serial,
        "notAfter": certificate.not_after.to_string(), "certificate": arguments.certificate, "key": arguments.key}))
}

/// The code is a secret, so it is no argument.
fn code(arguments: &Enrol) -> Result<String, CliError> {
    let variable = std::env::var("CENTOPS_INVITATION_CODE").ok().filter(|code| !code.is_empty());
    let code = match (&arguments.code_file, variable) {
        (Some(file), _) => read_private(file)?,
        (None, Some(code)) => code,
        (None, None) => {
            let text =
                "the code of the invitation is missing: set CENTOPS_INVITATION_CODE, or name a file with --code-file";
            return Err(CliError::Usage(text.to_owned()));
        }
    };
    Ok(code.trim().to_owned())
}

/// Issues a certificate for a key of this machine.
pub async fn issue(
    client: &Client,
    (of, name, days): (Profile, &str, Option<u32>),
    (certificate, key_file): (&Path, &Path),
    output: &Output,
) -> Result<(), CliError> {
    if certificate.exists() {
        return Err(CliError::Usage(format!("{} exists already", certificate.display())));
    }
    let key = key_of(key_file)?;
    let mut body = json!({"profile": profile(of), "name": name, "csr": request(&key, name)?});
    if let (Some(days), Some(fields)) = (days, body.as_object_mut()) {
        fields.insert("days".to_owned(), json!(days));
    }
    let issued = client.issue_certificate(&body).send().await?.body;
    write_private(certificate, &issued.pem)?;
    output.item(&described(&issued.pem, certificate)?)
}

/// Issues an API key into a file. It is shown only once, so nothing is issued if the file cannot be written.
pub async fn issue_api_key(
    client: &Client,
    of: Profile,
    name: &str,
    file: &Path,
    output: &Output,
) -> Result<(), CliError> {
    if file.exists() {
        return Err(CliError::Usage(format!("{} exists already", file.display())));
    }
    write_private(file, "")?;
    let issued = client.issue_api_key(&json!({"profile": profile(of), "name": name})).send().await;
    let mut body = match issued {
        Ok(answer) => answer.body,
        Err(error) => {
            fs::remove_file(file).map_err(|error| CliError::file(file.display(), error))?;
            return Err(error.into());
        }
    };
    let secret = body.as_object_mut().and_then(|fields| fields.remove("apiKey")).unwrap_or_default();
    write_private(file, secret.as_str().unwrap_or_default())?;
    output.item(&body)
}

/// Renews the certificate of an environment with a new key, if it is due.
///
/// # Errors
/// [`CliError`]; the former key and certificate stay in use until the new ones are written.
pub async fn renew(
    client: &Client,
    files: Option<&(PathBuf, PathBuf)>,
    within: Option<&str>,
    output: &Output,
) -> Result<(), CliError> {
    let (certificate, key_file) = files.ok_or_else(no_certificate)?;
    let within = within.map(length).transpose()?;
    restore(certificate, key_file)?;
    let pem = read(certificate)?;
    let (start, end, name) = facts(&pem, certificate)?;
    // The server accepts a renewal when a third of the life has passed.
    let left = within.unwrap_or_else(|| end.duration_since(start) / 3);
    let due = end.checked_sub(left).map_err(|error| CliError::Usage(error.to_string()))?;
    if Timestamp::now() < due {
        output.message(&format!("{}: not due until {due}", certificate.display()));
        return output.item(&described(&pem, certificate)?);
    }
    let key = KeyPair::generate().map_err(key_error)?;
    // The new key is on the disk before there is a certificate of it: none is lost by an interruption.
    let new_key = beside(key_file);
    write_private(&new_key, &key.serialize_pem())?;
    let issued = match client.renew_certificate(&json!({"csr": request(&key, &name)?})).send().await {
        Ok(answer) => answer.body,
        Err(error) => {
            fs::remove_file(&new_key).map_err(|error| CliError::file(new_key.display(), error))?;
            return Err(error.into());
        }
    };
    write_private(certificate, &issued.pem)?;
    restore(certificate, key_file)?;
    output.item(&described(&issued.pem, certificate)?)
}

/// Shows the certificate of an environment.
pub fn show(files: Option<&(PathBuf, PathBuf)>, output: &Output) -> Result<(), CliError> {
    let (certificate, _) = files.ok_or_else(no_certificate)?;
    output.item(&described(&read(certificate)?, certificate)?)
}

/// Puts the key of a renewal in the place of the former one, if the certificate is already the new one.
fn restore(certificate: &Path, key_file: &Path) -> Result<(), CliError> {
    let new_key = beside(key_file);
    if !new_key.exists() {
        return Ok(());
    }
    let key = KeyPair::from_pem(&read_private(&new_key)?).map_err(key_error)?;
    if belongs(&read(certificate)?, &key)? {
        fs::rename(&new_key, key_file).map_err(|error| CliError::file(key_file.display(), error))?;
    }
    Ok(())
}

fn beside(key_file: &Path) -> PathBuf {
    let mut name = key_file.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Returns the key of a file; makes one if there is no file.
fn key_of(file: &Path) -> Result<KeyPair, CliError> {
    if file.exists() {
        return KeyPair::from_pem(&read_private(file)?).map_err(key_error);
    }
    let key = KeyPair::generate().map_err(key_error)?;
    write_private(file, &key.serialize_pem())?;
    Ok(key)
}

/// Returns a request (PKCS#10) in PEM. Only its public key is used; the name is for people.
fn request(key: &KeyPair, name: &str) -> Result<String, CliError> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serialize_request(key).and_then(|request| request.pem()).map_err(key_error)
}

/// Returns whether a certificate is of a key.
fn belongs(pem: &str, key: &KeyPair) -> Result<bool, CliError> {
    with(pem, |certificate| Ok(certificate.public_key().raw == key.subject_public_key_info()))
}

fn facts(pem: &str, file: &Path) -> Result<(Timestamp, Timestamp, String), CliError> {
    with(pem, |certificate| {
        let time = |seconds| Timestamp::from_second(seconds).map_err(|error| CliError::file(file.display(), error));
        let validity = certificate.validity();
        let name =
            certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok()).unwrap_or_default();
        Ok((time(validity.not_before.timestamp())?, time(validity.not_after.timestamp())?, name.to_owned()))
    })
}

fn described(pem: &str, file: &Path) -> Result<Value, CliError> {
    let (start, end, name) = facts(pem, file)?;
    let left = end.duration_since(Timestamp::now()).max(SignedDuration::ZERO);
    Ok(json!({"name": name, "certificate": file, "notBefore": start.to_string(), "notAfter": end.to_string(),
        "daysLeft": left.as_hours() / 24}))
}

fn with<T>(
    pem: &str,
    read: impl FnOnce(&x509_parser::certificate::X509Certificate<'_>) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let (_, block) =
        parse_x509_pem(pem.as_bytes()).map_err(|error| CliError::Key(format!("no certificate: {error}")))?;
    let (_, certificate) =
        parse_x509_certificate(&block.contents).map_err(|error| CliError::Key(format!("no certificate: {error}")))?;
    read(&certificate)
}

fn read(file: &Path) -> Result<String, CliError> {
    fs::read_to_string(file).map_err(|error| CliError::file(file.display(), error))
}

// By value, for `map_err`.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn key_error(error: rcgen::Error) -> CliError {
    CliError::Key(format!("the key: {error}"))
}

fn no_certificate() -> CliError {
    CliError::Usage("the environment has no certificate and key; set both in its configuration".to_owned())
}
