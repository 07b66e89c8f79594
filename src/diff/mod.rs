//! What would change in a cluster, as plain data: verdicts, changed fields, what they cause, who owns them, and why.
//!
//! Nothing here touches a network. [`dialogue`](observe) says which questions a cluster is asked and reads the answers;
//! whoever carries them is a [`Server`]. A value that may be a secret is taken out while a [`Report`] is made, so that
//! no renderer ever holds one.
//!
//! # How long it takes
//!
//! A thousand objects (a third each of Deployments, ConfigMaps and Services) on a real API server, behind a line of 40 ms
//! there and back, on two cores; `cargo bench --bench diff` measures it again. Kubernetes has no way to try many
//! objects at once, so a change costs a dry run; what is unchanged costs nothing but the lists.
//!
//! | what | time | beside kubectl |
//! |---|---|---|
//! | `kubectl diff --server-side`, nothing changed | 91 s | 1 |
//! | `mlopsc diff`, nothing changed since kubectl applied it on the server's side | 0.42 s, 61 MB | 217 times as fast |
//! | `mlopsc diff`, nothing changed since Argo CD applied it on the server's side | 0.37 s, 61 MB | 245 times as fast |
//! | `mlopsc diff`, nothing changed since kubectl applied it on the client's side | 0.42 s, 63 MB | 218 times as fast |
//! | `mlopsc diff`, 100 changed | 0.6 to 0.8 s, 65 to 67 MB | |
//! | `mlopsc diff --verify full`, nothing changed | 1.5 s, 74 MB | 61 times as fast |
//!
//! After a client-side apply what is unchanged costs no dry run either.
//!
//! # Who applies, and from which side
//!
//! Who is named (`--field-manager`, `[gitops]`), or else applied most of what is there, is who a server is asked for. A
//! server-side apply is asked about as such; whoever applies so takes over what a client owned, so that what goes costs one
//! question more. Where a client applied (`kubectl apply`, Argo CD unless it is told otherwise), the server is asked about
//! the patch that this client would send: it takes a port of another number, takes back what `kubectl scale` did, and
//! knows no conflicts.
//!
//! # What others set
//!
//! What is there beside the spec is somebody else's business, and no difference. But where it decides what protects data
//! (see `set-by-others`), it is a risk of an object that is otherwise the same, and the exit code is 1.

mod client;
mod codes;
mod compare;
mod custom;
mod defaults;
mod definition;
mod deletion;
mod dialogue;
mod digest;
mod immutable;
mod impact;
mod inventory;
mod judge;
mod kinds;
mod kustomization;
mod lists;
mod mask;
mod model;
mod offline;
mod owners;
mod path;
mod predict;
mod proof;
mod read;
mod refusal;
mod removal;
mod render;
mod rights;
mod risk;
mod trial;
mod value;

pub use codes::codes;
pub use dialogue::{Form, Question, Reply, Scope, Seen, Server, Verify, observe};
pub use digest::{Found as FoundPlan, PLAN_DIGITS, find_again};
pub use judge::{Answer, Case, Sides, judge_online};
pub use kustomization::{is_chart, unfollowed};
pub use mask::{HIDDEN, safe};
pub use model::{Change, Effect, Field, Impact, Line, Moved, Owner, Report, Risk, Verdict};
pub use offline::{Before, judge_offline};
pub use owners::Applier;
pub use path::Step;
pub use read::{Found, Manifests, ReadError, read};
pub use render::{Format, Page, Terminal, failed, render, schema, schema_text};
pub use rights::rights;
