//! The surroundings of a function that is measured: its bootstrap, its table and its environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hyper::body::Bytes;

use crate::bootstraps::Bootstraps;
use crate::error::BenchError;
use crate::response::FunctionResponse;
use crate::runtime_api::{Invocation, Sandbox};
use crate::table;
use crate::tls_proxy::TlsProxy;

/// The surroundings that all measurements share.
#[derive(Debug)]
pub struct Bench {
    /// The bootstraps.
    pub bootstraps: Bootstraps,
    /// The release before, if it runs beside this one.
    pub former: Option<Former>,
    /// The address of the table.
    pub table: SocketAddr,
    /// The TLS server in front of the table.
    pub tls: TlsProxy,
    /// Prints the logs of the functions if set.
    pub logs: bool,
}

/// Another release.
#[derive(Debug)]
pub struct Former {
    /// Its bench: this program, as it was then.
    pub program: PathBuf,
    /// Its functions.
    pub bootstraps: Bootstraps,
}

impl Former {
    /// The release whose repository is in `checkout`, built there.
    #[must_use]
    pub fn new(checkout: &Path) -> Self {
        let target = checkout.join("target");
        let bootstraps = Bootstraps::new(target.join("lambda"), PathBuf::new());
        Self { program: target.join("fast/centops-bench"), bootstraps }
    }
}

/// The protocol between a function and the table.
#[derive(Debug, Clone, Copy)]
pub enum Transport {
    /// HTTP.
    Plain,
    /// HTTPS.
    Tls,
}

impl Bench {
    /// The URL of the table.
    #[must_use]
    pub fn endpoint(&self, transport: Transport) -> String {
        match transport {
            Transport::Plain => format!("http://{}", self.table),
            Transport::Tls => format!("https://localhost:{}", self.tls.port),
        }
    }

    /// Starts `function` on the table at `endpoint`.
    ///
    /// # Errors
    /// When its process cannot be started.
    pub async fn start(&self, function: &str, endpoint: &str) -> Result<Sandbox, BenchError> {
        self.start_with(function, &self.bootstraps.function(function), endpoint, Vec::new()).await
    }

    /// Starts the `bootstrap` of `function` on the table at `endpoint`, with further environment variables.
    ///
    /// # Errors
    /// When its process cannot be started.
    pub async fn start_with(
        &self,
        function: &str,
        bootstrap: &Path,
        endpoint: &str,
        further: Vec<(&str, String)>,
    ) -> Result<Sandbox, BenchError> {
        let mut environment = self.environment(endpoint);
        environment.extend(further);
        let failed = |reason| BenchError::Sandbox { function: function.to_owned(), reason };
        Sandbox::start(bootstrap, &environment, self.logs).await.map_err(failed)
    }

    /// The environment of a function on the table at `endpoint`.
    #[must_use]
    pub fn environment<'a>(&self, endpoint: &str) -> Vec<(&'a str, String)> {
        vec![
            ("TABLE", table::TABLE.to_owned()),
            ("AUDIT_TABLE", table::AUDIT.to_owned()),
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            ("METRICS_NAMESPACE", "CentOps/bench".to_owned()),
            ("ROUTES_SECRET_ARN", "bench".to_owned()),
            // A client loads its roots over plain HTTP too. This file has those that the functions trust on AWS, and
            // the authority of the TLS server.
            ("AWS_CA_BUNDLE", self.tls.roots().display().to_string()),
        ]
    }
}

/// Invokes `function` and checks the status of its response.
///
/// # Errors
/// When the function fails, or returns another status.
pub async fn invoke(
    function: &str,
    sandbox: &mut Sandbox,
    event: Bytes,
    status: u16,
) -> Result<Invocation, BenchError> {
    let failed = |reason| BenchError::Sandbox { function: function.to_owned(), reason };
    let invocation = sandbox.invoke(event).await.map_err(failed)?;
    check_status(function, &invocation, status)?;
    Ok(invocation)
}

/// Returns the response of `invocation` if it has `status`: a figure about errors would be worth nothing.
///
/// # Errors
/// When it has another status.
pub fn check_status(function: &str, invocation: &Invocation, status: u16) -> Result<FunctionResponse, BenchError> {
    let response = FunctionResponse::parse(&invocation.response);
    if response.status == status { Ok(response) } else { Err(response.unexpected(function, status)) }
}
