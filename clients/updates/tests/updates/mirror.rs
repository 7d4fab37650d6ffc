//! Malicious mirror, endless data and slow retrieval: downloads from a server that is not trusted.

use std::path::PathBuf;
use std::time::Duration;

use centops_updates::{Config, DownloadError, JobError, UpdateClient, UpdateJob};
use serde_json::json;
use tempfile::TempDir;

use crate::fixture::ARTEFACT;
use crate::server::{BodyEnd, Reply, Server};

/// A client with an accepted offer.
struct Download {
    server: Server,
    folder: TempDir,
    client: UpdateClient,
    job: UpdateJob,
}

impl Download {
    async fn start(server: Server, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = server.config(folder.path());
        change(&mut config);
        let client = UpdateClient::start(config).await.expect("a client");
        let answer = client.check(&server.running()).await.expect("an answer");
        let job = client.accept(&answer.offers[0]).await.expect("a job");
        server.take_requests();
        Self { server, folder, client, job }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bot.tar")
    }

    /// Downloads, and returns the code of the refusal.
    async fn code(&self) -> &'static str {
        match self.client.download(&self.job, &self.path()).await {
            Ok(()) => "accepted",
            Err(JobError::Download(DownloadError::Refused(refusal))) => {
                self.assert_nothing_is_kept(refusal.code());
                refusal.code()
            }
            Err(error) => panic!("not refused: {error}"),
        }
    }

    /// Asserts that there is no file but the trusted state, and that the cause was reported.
    fn assert_nothing_is_kept(&self, cause: &str) {
        let files: Vec<_> =
            self.folder.path().read_dir().expect("a folder").map(|entry| entry.expect("a file").file_name()).collect();
        assert_eq!(files, ["updates.json"]);
        let report = self.server.take_requests().pop().expect("a report");
        assert_eq!(report.line, "PUT /updates/bot/state");
        assert_eq!(report.body, json!({"version": "2.2.0", "attempt": 1, "state": "failed", "cause": cause}));
    }
}

#[tokio::test]
async fn malicious_mirror_installs_nothing() {
    let download = Download::start(Server::start().await, |_| ()).await;
    let mut same_length = ARTEFACT.to_vec();
    same_length[0] ^= 1;
    for reply in [
        Reply::new(404, ARTEFACT),
        Reply::new(206, ARTEFACT),
        Reply::new(200, same_length),
        Reply::new(200, &ARTEFACT[1..]),
        Reply::new(200, ""),
    ] {
        download.server.reply("GET /artefact", reply.clone());
        assert_eq!(download.code().await, "artefact", "{reply:?}");
    }
    download.server.centops().replies.clear();
    assert_eq!(download.code().await, "accepted");
    assert_eq!(std::fs::read(download.path()).expect("a file"), ARTEFACT);
}

#[tokio::test]
async fn malicious_mirror_does_not_redirect_to_http() {
    // The target is a good mirror, but for its scheme.
    let plain = Server::start().await;
    let download = Download::start(Server::start_tls().await, |config| config.allow_loopback_http = false).await;
    let redirect = |url: String| Reply::new(302, "").with_header("location", url);
    download.server.reply("GET /artefact", redirect(plain.url("/artefact")));
    assert_eq!(download.code().await, "artefact");
    assert_eq!(plain.take_lines(), [""; 0]);

    download.server.reply("GET /artefact", redirect(download.server.url("/artefact")));
    assert_eq!(download.code().await, "artefact", "redirects without an end");
    download.server.reply("GET /other", Reply::new(200, ARTEFACT));
    download.server.reply("GET /artefact", redirect(download.server.url("/other")));
    assert_eq!(download.code().await, "accepted");
}

#[tokio::test]
async fn malicious_mirror_without_https_is_not_asked() {
    let plain = Server::start().await;
    let server = Server::start_tls().await;
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config { allow_loopback_http: false, ..server.config(folder.path()) };
    let client = UpdateClient::start(config).await.expect("a client");
    server.centops().base = Some(plain.url(""));
    let answer = client.check(&server.running()).await.expect("an answer");
    let job = client.accept(&answer.offers[0]).await.expect("a job");
    let error = client.download(&job, &folder.path().join("bot.tar")).await.expect_err("an error");
    assert!(matches!(&error, JobError::Download(DownloadError::Refused(refusal)) if refusal.code() == "artefact"));
    assert_eq!(plain.take_lines(), [""; 0]);
}

#[tokio::test]
async fn short_artefact_is_refused_with_both_lengths() {
    let download = Download::start(Server::start().await, |_| ()).await;
    download.server.reply("GET /artefact", Reply::new(200, &ARTEFACT[1..]));
    let error = download.client.download(&download.job, &download.path()).await.expect_err("a refusal");
    assert!(error.to_string().contains("it has 24 bytes instead of 25"), "{error}");
}

#[tokio::test]
async fn endless_artefact_is_cut_at_its_length() {
    let download = Download::start(Server::start().await, |_| ()).await;
    download.server.reply("GET /artefact", Reply::new(200, ARTEFACT).with_end(BodyEnd::Repeated));
    assert_eq!(download.code().await, "too-large");
}

#[tokio::test]
async fn artefact_longer_than_the_limit_is_not_requested() {
    let limit = ARTEFACT.len() as u64 - 1;
    let download = Download::start(Server::start().await, |config| config.max_artefact_bytes = limit).await;
    assert_eq!(download.code().await, "too-large");
    assert_eq!(download.server.take_lines(), [""; 0]);
}

#[tokio::test]
async fn slow_retrieval_of_an_artefact_ends_at_the_limit_of_the_download() {
    let limit = Duration::from_millis(200);
    let download = Download::start(Server::start().await, |config| config.download_timeout = limit).await;
    let start = Reply::new(200, &ARTEFACT[..1]).with_end(BodyEnd::Silence);
    download.server.reply("GET /artefact", start);
    let ending = tokio::time::timeout(Duration::from_secs(10), download.code());
    assert_eq!(ending.await.expect("an end long after the limit"), "slow");
}

#[tokio::test]
async fn nothing_is_downloaded_for_a_superseded_update() {
    let download = Download::start(Server::start().await, |_| ()).await;
    download.server.reply("PUT /updates/bot/state", Reply::new(409, "superseded"));
    let result = download.client.download(&download.job, &download.path()).await;
    assert!(matches!(result, Err(JobError::Report(_))), "{result:?}");
    assert_eq!(download.server.take_lines(), ["PUT /updates/bot/state"]);
    // Another error of the report does not matter: states may be skipped.
    download.server.reply("PUT /updates/bot/state", Reply::new(500, ""));
    assert_eq!(download.code().await, "accepted");
}
