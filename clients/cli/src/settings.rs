//! The environment that a command works on: its addresses and credentials.
//!
//! An environment is named with `-e`, or is the only one of the file. No file says which one is current: a command
//! would work on another environment than its reader believes.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use centops_client::{Client, Secret, Settings};
use serde::Deserialize;
use url::Url;

use crate::{
    error::CliError,
    files::{expanded, read_private},
};

/// The file of environments.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    environments: BTreeMap<String, Environment>,
}

/// An environment of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Environment {
    admin: Option<Url>,
    network: Option<Url>,
    authorities: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    token_file: Option<String>,
    api_key_file: Option<String>,
}

/// The environment of a command.
#[derive(Debug)]
pub struct Chosen {
    /// Its name, as shown in questions.
    pub name: String,
    /// Its client.
    pub client: Client,
    /// The files of the certificate and of the private key.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Returns the path of the file: `CENTOPS_CONFIG`, or `centops/config.yaml` in the folder of settings.
pub fn path() -> PathBuf {
    if let Some(path) = env::var_os("CENTOPS_CONFIG") {
        return path.into();
    }
    let folder = env::var_os("XDG_CONFIG_HOME").map_or_else(|| expanded("~/.config"), PathBuf::from);
    folder.join("centops/config.yaml")
}

/// Returns the environment with a name. Variables of the process add credentials, and addresses if no name is given.
///
/// # Errors
/// [`CliError::Usage`] if it is not clear which environment is meant; [`CliError::File`].
pub fn choose(name: Option<&str>) -> Result<Chosen, CliError> {
    let (name, environment) = environment(name)?;
    let variable = |variable: &str| env::var(variable).ok().filter(|value| !value.is_empty());
    let file =
        |name: &str, of_file: &Option<String>| variable(name).or_else(|| of_file.clone()).map(|path| expanded(&path));
    let secret = |name: &str, of_file: &Option<String>| match (variable(name), of_file) {
        (Some(text), _) => Ok(Some(Secret::new(&text))),
        (None, Some(path)) => read_private(&expanded(path)).map(|text| Some(Secret::new(&text))),
        (None, None) => Ok::<_, CliError>(None),
    };
    let certificate = file("CENTOPS_CERTIFICATE", &environment.certificate);
    let certificate = certificate.zip(file("CENTOPS_KEY", &environment.key));
    let identity = match &certificate {
        // Without them, an operation of the Admin API works all the same.
        Some((certificate, key)) if certificate.exists() && key.exists() => {
            let text = fs::read_to_string(certificate).map_err(|error| CliError::file(certificate.display(), error))?;
            Some(Secret::new(&format!("{text}\n{}", read_private(key)?)))
        }
        _ => None,
    };
    let authorities = file("CENTOPS_AUTHORITIES", &environment.authorities);
    let authorities = authorities.map(|path| fs::read(&path).map_err(|error| CliError::file(path.display(), error)));
    let settings = Settings {
        admin: environment.admin,
        network: environment.network,
        token: secret("CENTOPS_TOKEN", &environment.token_file)?,
        api_key: secret("CENTOPS_API_KEY", &environment.api_key_file)?,
        identity,
        authorities: authorities.transpose()?,
        user_agent: concat!("centops/", env!("CARGO_PKG_VERSION")),
        ..Settings::default()
    };
    Ok(Chosen { name, client: Client::new(settings), certificate })
}

fn environment(name: Option<&str>) -> Result<(String, Environment), CliError> {
    let address = |variable: &str| match env::var(variable) {
        Ok(text) if !text.is_empty() => {
            let url = text.parse::<Url>();
            url.map(Some).map_err(|error| CliError::Usage(format!("{variable} is not a URL: {error}")))
        }
        _ => Ok(None),
    };
    let (admin, network) = (address("CENTOPS_ADMIN")?, address("CENTOPS_NETWORK")?);
    let has_address = admin.is_some() || network.is_some();
    if name.is_some() && has_address {
        let text =
            "the variables CENTOPS_ADMIN and CENTOPS_NETWORK are set, and an environment is named; use one of both";
        return Err(CliError::Usage(text.to_owned()));
    }
    if has_address {
        let name = admin.as_ref().or(network.as_ref()).map(Url::to_string).unwrap_or_default();
        return Ok((name, Environment { admin, network, ..Environment::default() }));
    }
    let file = read()?;
    let names: Vec<_> = file.environments.keys().cloned().collect();
    let known = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
    let place = path();
    let Some(name) = name.map(str::to_owned).or_else(|| (names.len() == 1).then(|| names[0].clone())) else {
        let text = format!("name an environment of {} with -e ({known}), or set CENTOPS_ADMIN", place.display());
        return Err(CliError::Usage(text));
    };
    let found = file.environments.get(&name).cloned();
    let missing = || CliError::Usage(format!("{} has no environment {name}; {known}", place.display()));
    found.map(|environment| (name.clone(), environment)).ok_or_else(missing)
}

fn read() -> Result<File, CliError> {
    let path = path();
    match fs::read_to_string(&path) {
        Ok(text) => serde_saphyr::from_str(&text).map_err(|error| CliError::file(path.display(), error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(CliError::file(path.display(), error)),
    }
}
