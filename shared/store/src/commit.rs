//! Group commit: concurrent changes of the shared items are written in one transaction.
//!
//! Every change of routing state updates the same items: the network (the revision of the route table and the counts
//! of chatbots) and the change log. `DynamoDB` cancels a transaction that meets another one at the same item. One
//! change a transaction therefore gives some 50 changes a second at the best, and 29 a second with eight processes.
//! Two mechanisms raise that to some 200 a second with eight processes:
//!
//! - **Group commit**, inside a process. While one batch is being written, the [`CommitQueue`] collects the changes
//!   that arrive. Each change is planned on the network that the changes before it leave, so the cap of ejected
//!   chatbots stays exact. A batch is one transaction and one revision of the route table. The first change of a batch
//!   leads it: it writes the batch and reports the [outcome](batch::Outcome) to the others.
//! - **Advisory lock**, between processes. A process whose batch was rejected repeatedly takes the lock before it reads
//!   the network. The lock is not a mutex: a process without it may write as well. Correctness rests on the conditional
//!   transaction alone (the network's version is its condition), so neither clocks nor the return of a lock holder
//!   matter. The lock only saves transactions that would be cancelled. A process that had to wait for the lock keeps
//!   using it: leaving it every second cost as many cancelled transactions as written ones.
//!
//! A rejected change is planned again from fresh reads; see docs/architecture.md and docs/performance.md for figures.
//! A call returns after its revision is written, so every later strongly consistent read sees the change.

mod batch;
mod items;
mod leader;
mod lock;
mod queue;
mod state;

pub(crate) use batch::Plan;
pub(crate) use items::{head_of, insert_head, log_entry_of, log_item, read_network};
pub(crate) use queue::CommitQueue;
