//! Writers in another process, as another release has them.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use centops_bench::figures::histories::writes::{Reply, Request, WriteKind, Writes};
use centops_table::Table;

async fn written(writes: &Writes, kind: WriteKind) -> (Reply, usize) {
    let uri = "https://tax.example.ee/".to_owned();
    let mut begun = 0;
    let request = Request { kind, name: "tax".parse().expect("a name"), uri };
    let reply = writes.write(&request, || begun += 1).await.expect("a reply");
    (reply, begun)
}

#[tokio::test]
async fn writer_in_another_process_has_the_results_of_one_in_this() {
    let program = Path::new(env!("CARGO_BIN_EXE_centops-bench"));
    for program in [None, Some(program)] {
        let table = Table::start().await.expect("a table");
        let writes = Writes::start(table.address, program).expect("a writer");
        assert!(matches!(written(&writes, WriteKind::Online).await, (Reply::Refused, 0)), "not enrolled");
        assert!(matches!(written(&writes, WriteKind::Enrol).await, (Reply::Done, 0)));
        assert!(matches!(written(&writes, WriteKind::Enrol).await, (Reply::Refused, 0)));
        assert!(matches!(written(&writes, WriteKind::Online).await, (Reply::Done, 0)));
        assert!(matches!(written(&writes, WriteKind::Offline).await, (Reply::Done, 0)));
        assert!(matches!(written(&writes, WriteKind::Probe).await, (Reply::Done, 1)), "its probe begins later");
        assert!(matches!(written(&writes, WriteKind::Remove).await, (Reply::Done, 0)));
    }
}
