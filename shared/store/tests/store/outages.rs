//! Counts of the outages of the network.

use centops_domain::notifications::{STORM_OUTAGES, Storm};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Table, after, start};

async fn recent(table: &Table, now: Timestamp) -> Vec<Timestamp> {
    table.store.recent_outages(now).await.expect("read")
}

/// Returns what is read of `outages`: seconds, each at most as often as makes a storm.
fn expected(outages: &[Timestamp]) -> Vec<Timestamp> {
    let second = |outage: &Timestamp| Timestamp::from_second(outage.as_second()).expect("a time");
    let mut seconds: Vec<_> = outages.iter().map(second).collect();
    seconds.sort();
    let chunks = seconds.chunk_by(|one, other| one == other);
    chunks.flat_map(|same| &same[..same.len().min(STORM_OUTAGES)]).copied().collect()
}

#[tokio::test]
async fn outages_are_returned_ascending_to_the_second() {
    let table = Table::new().await;
    assert!(recent(&table, start()).await.is_empty());
    table.store.record_outages(&[]).await.expect("nothing");
    let outages = [after(61), start(), after(60) + SignedDuration::from_millis(999), after(61), after(119)];
    table.store.record_outages(&outages).await.expect("recorded");
    table.store.record_outages(&[after(-1), start()]).await.expect("recorded");
    let seconds = [-1, 0, 0, 60, 61, 61, 119];
    assert_eq!(recent(&table, after(120)).await, seconds.map(after));
}

#[tokio::test]
async fn outages_are_read_for_ten_minutes_and_kept_for_an_hour() {
    let table = Table::new().await;
    table.store.record_outages(&[start(), after(300)]).await.expect("recorded");
    assert_eq!(recent(&table, after(599)).await, [start(), after(300)]);
    // Whole minutes are read.
    assert_eq!(recent(&table, after(11 * 60)).await, [after(300)]);
    let items =
        table.client.scan().table_name(centops_table::NAME).send().await.expect("scanned").items.expect("items");
    let expires = items.iter().filter(|item| item["pk"].as_s().is_ok_and(|pk| pk == "OUTAGES"));
    let expires: Vec<_> = expires.map(|item| item["expires"].as_n().expect("a number").clone()).collect();
    assert_eq!(expires.len(), 2);
    for expires in expires {
        let expires = Timestamp::from_second(expires.parse().expect("seconds")).expect("a time");
        assert!((after(3500)..=after(3900)).contains(&expires), "{expires}");
    }
}

/// A plain list of the outages is compared with what is read after each batch.
#[tokio::test]
async fn storm_is_that_of_a_plain_list_of_all_outages() {
    let table = Table::new().await;
    let (mut seed, mut found, mut none) = (1_u64, 0, 0);
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((seed >> 33) % below).expect("a small number")
    };
    for case in 0..40 {
        // An hour apart.
        let (mut outages, mut at): (Vec<Timestamp>, _) = (vec![], after(case * 3600));
        let densest = [40, 300, 1500, 6000][usize::try_from(random(4)).expect("an index")];
        for _ in 0..=random(8) {
            let batch: Vec<_> = (0..=random(60))
                .map(|_| {
                    at += SignedDuration::from_millis(random(densest));
                    at
                })
                .collect();
            table.store.record_outages(&batch).await.expect("recorded");
            outages.extend(batch);
            let now = at + SignedDuration::from_secs(random(40));
            let since = now - SignedDuration::from_mins(10);
            let since = Timestamp::from_second(since.as_second().div_euclid(60) * 60).expect("a time");
            let read = recent(&table, now).await;
            let window: Vec<_> = outages.iter().copied().filter(|outage| *outage >= since).collect();
            assert_eq!(read, expected(&window), "case {case}");
            let seconds: Vec<_> =
                outages.iter().map(|outage| Timestamp::from_second(outage.as_second()).expect("a time")).collect();
            let (storm, plain) = (Storm::of(&read, now), Storm::of(&seconds, now));
            if outages[0] >= since {
                assert_eq!(storm, plain, "case {case}");
            }
            if storm.is_some() { found += 1 } else { none += 1 }
        }
    }
    assert!(found > 30 && none > 30, "{found} {none}");
}

#[tokio::test]
async fn concurrent_batches_all_count() {
    let table = Table::new().await;
    let batch = [after(1); 3];
    let writes = (0..6).map(|_| table.store.record_outages(&batch));
    futures::future::try_join_all(writes).await.expect("recorded");
    assert_eq!(recent(&table, after(2)).await.len(), 18);
}
