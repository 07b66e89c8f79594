//! What belongs into `mlops.lock`, as plain data: which images are to be looked at, what became of each, and the text
//! that shows it.
//!
//! Two kinds of digests are kept. Those of images that are fetched are found by asking where they come from; one that
//! could not be had keeps the digest that it had. Those of the project's own images are written down when they were
//! built, for one environment, and handed on to another one without building again. Who is asked, and how, is not known
//! here, and nothing is written here.

mod built;
mod promote;
mod render;
mod report;
mod update;
mod wanted;

pub use built::record;
pub use promote::promote;
pub use render::{Format, render};
pub use report::{Entry, Report, Trouble, Verdict};
pub use update::{Answer, Scope, update};
pub use wanted::{Wanted, wanted};

use smol_str::SmolStr;

use crate::plan::Plan;

/// One environment, as far as its images go.
pub struct Environment<'e> {
    pub name: &'e str,
    pub plan: &'e Plan,
    /// A hash of all that defines an image of the plan.
    pub definition: &'e dyn Fn(&crate::plan::Image) -> SmolStr,
}
