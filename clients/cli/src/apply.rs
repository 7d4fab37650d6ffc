//! `apply`, `diff`, `delete` and `--prune`.

use std::path::{Path, PathBuf};

use centops_client::Client;
use serde_json::{Value, json};

use crate::{
    compare::Difference,
    confirm,
    error::{CliError, exit},
    files,
    manifest::{self, Kind, Manifest, label},
    output::Output,
    remote::{self, Current, Remote, address},
    table::plain,
};

/// What is to be applied, and how.
#[derive(Debug)]
pub struct Options {
    /// Files and folders.
    pub files: Vec<String>,
    /// The institution of which all that the files lack is deleted.
    pub prune: Option<String>,
    /// Where the secrets of new webhooks are written.
    pub secrets: Option<PathBuf>,
    /// No question is asked.
    pub yes: bool,
}

/// What a manifest needs.
#[derive(Debug)]
enum Step {
    Create,
    Change(Current, Vec<Difference>),
    Keep(Current),
}

/// Compares manifests with the server. Returns the exit code.
pub async fn diff(client: &Client, options: &Options, output: &Output) -> Result<u8, CliError> {
    let manifests = manifest::read(&options.files)?;
    let mut remote = Remote::new(client);
    let (mut rows, mut kept) = (Vec::new(), Vec::new());
    for (at, manifest) in manifests.iter().enumerate() {
        output.progress(&format!("comparing {} of {}", at + 1, manifests.len()));
        match plan(&mut remote, manifest).await? {
            Step::Create => rows.push(row(manifest, "create", &created(manifest))),
            Step::Change(current, found) => {
                rows.push(row(manifest, "change", &found));
                kept.push((manifest.kind, current.id));
            }
            Step::Keep(current) => kept.push((manifest.kind, current.id)),
        }
    }
    if let Some(institution) = &options.prune {
        for (kind, id) in surplus(&remote, &manifests, &kept, institution).await? {
            rows.push(json!({"kind": kind.word(), "name": id, "action": "delete", "changes": []}));
        }
    }
    output.end_progress();
    output.differences(&rows)?;
    Ok(if rows.is_empty() { exit::OK } else { exit::DIFFERS })
}

/// Applies manifests, each in its turn, until one fails.
pub async fn apply(client: &Client, options: &Options, output: &Output) -> Result<(), CliError> {
    let manifests = manifest::read(&options.files)?;
    let mut remote = Remote::new(client);
    let (mut rows, mut kept) = (Vec::new(), Vec::new());
    let mut failure = None;
    for (at, manifest) in manifests.iter().enumerate() {
        output.progress(&format!("applying {} of {}", at + 1, manifests.len()));
        match apply_one(&mut remote, manifest, options, output).await {
            Ok((row, id)) => {
                rows.push(row);
                kept.push((manifest.kind, id));
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    output.end_progress();
    // What was done is said, even if the rest failed.
    output.actions(&rows)?;
    if let Some(error) = failure {
        return Err(error);
    }
    let Some(institution) = &options.prune else { return Ok(()) };
    let surplus = surplus(&remote, &manifests, &kept, institution).await?;
    if surplus.is_empty() {
        return Ok(());
    }
    for (kind, id) in &surplus {
        output.message(&format!("{} is in no file", label(*kind, id)));
    }
    let question = format!("Delete these {} of {institution}?", surplus.len());
    confirm::name(output, options.yes, &question, institution)?;
    let mut deleted = Vec::new();
    for (kind, id) in surplus {
        if let Some(current) = remote.read(kind, &id).await? {
            remote.delete(kind, &current).await?;
            deleted.push(json!({"kind": kind.word(), "name": id, "action": "deleted"}));
        }
    }
    output.actions(&deleted)
}

/// Deletes what manifests name.
pub async fn delete(client: &Client, options: &Options, output: &Output) -> Result<(), CliError> {
    let manifests = manifest::read(&options.files)?;
    let mut remote = Remote::new(client);
    let mut found = Vec::new();
    // What refers to others goes first.
    for manifest in manifests.iter().rev() {
        if manifest.kind == Kind::Policy {
            return Err(CliError::Usage(format!("{}: the policy cannot be deleted", manifest.label())));
        }
        if let Some(current) = remote.find(manifest).await? {
            found.push((manifest, current));
        } else {
            output.message(&format!("{} does not exist", manifest.label()));
        }
    }
    if found.is_empty() {
        return output.actions(&[]);
    }
    for (manifest, _) in &found {
        output.message(&manifest.label());
    }
    confirm::yes(output, options.yes, &format!("Delete these {}?", found.len()))?;
    let mut rows = Vec::new();
    for (manifest, current) in found {
        remote.delete(manifest.kind, &current).await?;
        rows.push(json!({"kind": manifest.kind.word(), "name": manifest.name, "action": "deleted"}));
    }
    output.actions(&rows)
}

async fn plan(remote: &mut Remote<'_>, manifest: &Manifest) -> Result<Step, CliError> {
    let Some(current) = remote.find(manifest).await? else { return Ok(Step::Create) };
    let found = remote::differences(manifest, &current)?;
    Ok(if found.is_empty() { Step::Keep(current) } else { Step::Change(current, found) })
}

async fn apply_one(
    remote: &mut Remote<'_>,
    manifest: &Manifest,
    options: &Options,
    output: &Output,
) -> Result<(Value, String), CliError> {
    match plan(remote, manifest).await? {
        Step::Keep(current) => Ok((row(manifest, "unchanged", &[]), current.id)),
        Step::Create => {
            check_secret(manifest, options, output)?;
            let (id, answer) = remote.create(manifest).await?;
            if let Some(secret) = answer.get("secret").and_then(Value::as_str) {
                keep_secret(manifest, secret, options.secrets.as_deref(), output)?;
            }
            Ok((row(manifest, "created", &created(manifest)), id))
        }
        Step::Change(current, found) => match remote.change(manifest, &current, &found).await {
            Ok(()) => Ok((row(manifest, "changed", &found), current.id)),
            Err(error) if error.status() == Some(412) => Err(conflict(remote, manifest, &current, &found).await?),
            Err(error) => Err(error.into()),
        },
    }
}

/// Returns both sides of a conflict: the value that the file names, and the present one.
async fn conflict(
    remote: &Remote<'_>,
    manifest: &Manifest,
    read: &Current,
    found: &[Difference],
) -> Result<CliError, CliError> {
    let label = manifest.label();
    let Some(now) = remote.read(manifest.kind, &read.id).await? else {
        return Ok(CliError::Conflict(format!("{label}: somebody deleted it meanwhile; nothing was changed")));
    };
    let mut lines = vec![format!("{label}: somebody changed it meanwhile; nothing was changed")];
    let present = remote::differences(manifest, &now)?;
    for one in found {
        let other = present.iter().find(|other| other.field == one.field);
        let server = other.map_or(Some(&one.to), |other| other.from.as_ref());
        let server = server.map_or("nothing".to_owned(), plain);
        lines.push(format!("  {}: file {}, server {server}", one.field, plain(&one.to)));
    }
    for other in present.iter().filter(|other| found.iter().all(|one| one.field != other.field)) {
        let server = other.from.as_ref().map_or("nothing".to_owned(), plain);
        lines.push(format!("  {}: file {}, server {server}", other.field, plain(&other.to)));
    }
    lines.push("Compare with `centops diff`, then apply again.".to_owned());
    Ok(CliError::Conflict(lines.join("\n")))
}

/// Returns what an institution has and no manifest names, of the kinds that the files have.
async fn surplus(
    remote: &Remote<'_>,
    manifests: &[Manifest],
    kept: &[(Kind, String)],
    institution: &str,
) -> Result<Vec<(Kind, String)>, CliError> {
    let mut surplus = Vec::new();
    // What refers to others goes first.
    for kind in Kind::ALL.into_iter().rev() {
        if !manifests.iter().any(|manifest| manifest.kind == kind) {
            continue;
        }
        let ids = remote.ids(kind, institution).await?;
        surplus.extend(ids.into_iter().map(|id| (kind, id)).filter(|one| !kept.contains(one)));
    }
    Ok(surplus)
}

/// The secret of a webhook is shown once. It must have a place to go to before it is made.
fn check_secret(manifest: &Manifest, options: &Options, output: &Output) -> Result<(), CliError> {
    if manifest.text("channel") != "webhook" || options.secrets.is_some() || output.is_attended() {
        return Ok(());
    }
    let label = manifest.label();
    Err(CliError::Usage(format!("{label}: name a folder for its secret with --secret-dir; it is shown only once")))
}

fn keep_secret(manifest: &Manifest, secret: &str, folder: Option<&Path>, output: &Output) -> Result<(), CliError> {
    let label = manifest.label();
    if let Some(folder) = folder {
        let file = folder.join(format!("{}.secret", manifest.name));
        files::write_private(&file, secret)?;
        output.message(&format!("{label}: its secret is in {}", file.display()));
    } else {
        output.message(&format!("{label}: its secret, shown only now: {secret}"));
    }
    Ok(())
}

fn created(manifest: &Manifest) -> Vec<Difference> {
    let field = |(name, value): (&String, &Value)| {
        let is_address = manifest.kind == Kind::Subscription && name == "address";
        let to = if is_address { json!(address::shown(manifest)) } else { value.clone() };
        Difference { field: name.clone(), from: None, to }
    };
    let mut fields: Vec<_> = manifest.spec.iter().map(field).collect();
    fields.sort_by(|one, other| one.field.cmp(&other.field));
    fields
}

fn row(manifest: &Manifest, action: &str, found: &[Difference]) -> Value {
    let changes: Vec<_> = found.iter().map(|one| json!({"field": one.field, "from": one.from, "to": one.to})).collect();
    json!({"kind": manifest.kind.word(), "name": manifest.name, "action": action, "changes": changes})
}
