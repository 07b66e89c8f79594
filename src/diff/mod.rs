//! What would change in a cluster, as plain data: verdicts, changed fields, what they cause, who owns them, and why.
//!
//! Nothing here touches a network. [`dialogue`](observe) says which questions a cluster is asked and reads the answers;
//! whoever carries them is a [`Server`]. A value that may be a secret is taken out while a [`Report`] is made, so that
//! no renderer ever holds one.

mod codes;
mod compare;
mod defaults;
mod definition;
mod dialogue;
mod digest;
mod immutable;
mod impact;
mod inventory;
mod judge;
mod kinds;
mod kustomization;
mod mask;
mod model;
mod owners;
mod path;
mod proof;
mod read;
mod refusal;
mod removal;
mod render;
mod rights;
mod risk;
mod surroundings;
mod trial;
mod value;

pub use codes::codes;
pub use dialogue::{Form, Question, Reply, Scope, Seen, Server, Verify, observe};
pub use judge::{Answer, Case, Sides, judge_offline, judge_online};
pub use kustomization::{is_chart, unfollowed};
pub use mask::{HIDDEN, safe};
pub use model::{Change, Effect, Field, Impact, Line, Moved, Owner, Report, Risk, Verdict};
pub use path::Step;
pub use read::{ReadError, read_live, read_manifests};
pub use render::{Format, Page, Terminal, render, schema, schema_text};
pub use rights::rights;
pub use surroundings::surroundings;
