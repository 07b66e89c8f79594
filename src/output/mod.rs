//! The file set in memory, and the only room that writes.
//!
//! Every environment is a folder `<out>/<environment>/` with a manifest that says which of its files are ours. A write
//! builds the new tree beside the old one and exchanges the two in one step, so whoever reads the folder finds the old
//! tree or the new one, and a run that is killed leaves nothing that the next one does not clear away. Files that we
//! did not write, and ours that somebody edited, are refused and never lost. What a file means is not known here.
//!
//! # Guests
//!
//! Some files have to lie in the folder and are never ours: kustomize reads a secret from a file below the
//! kustomization or not at all. The file set names the exact paths of such guests ([`FileSet::welcome`]). A guest is not
//! refused and not read; no manifest has its digest, which would tell something of a short secret; no check looks at it;
//! and every write carries it along unharmed, also one that is killed. In the place of a guest, only a plain file is one:
//! a link is refused like any other. A guest that is no longer welcome is a foreign file: refused, and never pruned.
//!
//! # Names
//!
//! In the output folder, three names of each environment belong to this room and live for one run only:
//!
//! | name | what lies there |
//! |---|---|
//! | `.mlopsc-lock` | the lock of the run that is writing |
//! | `.mlopsc-stage-<environment>` | a tree that is being built or removed: worthless when its run is gone |
//! | `.mlopsc-next-<environment>` | the journal where trees cannot be exchanged: complete, and to be put in place |
//!
//! Paths are looked at and then used. Whoever else may write to the output folder while a run is at work can mislead
//! it, as they could by editing the spec; what lies there before a run cannot.

mod check;
mod content;
mod create;
mod diff;
mod disk;
mod error;
mod exchange;
mod files;
mod gone;
mod guests;
mod halves;
mod lock;
mod manifest;
mod obstacles;
mod options;
mod place;
mod replace;
mod report;
mod stage;
mod survey;
mod system;
mod tree;
mod walk;
mod write;

pub use check::{Difference, Kind, check};
pub use create::create_new;
pub use disk::{Act, Step, Watch};
pub use error::OutputError;
pub use files::FileSet;
pub use obstacles::Obstacles;
pub use options::Options;
pub use replace::replace_file;
pub use report::{Outcome, Report, Written};
pub use write::write;
