//! The compiler behind `mlopsc`: one `mlops.toml` in, the files of every environment out.
//!
//! # The way of a value
//!
//! ```text
//! mlops.toml ─┐ source      parse        resolve       plan          backend         output
//! extends ────┼─> texts ──> trees ─────> Spec ───────> Plan ───────> objects ──────> files
//! overlay ────┤             (values that (typed, still (every name,  and texts       (staged, exchanged
//! --set ──────┘             know their   with origins) port, volume                  in one step)
//!                            line)                     decided)
//!                                   └────────┬────────────┘
//!                                          check ──> diagnostics ──> terminal, json, sarif, github
//! ```
//!
//! Everything between [`source`] and [`output`] is synchronous, in memory, deterministic and silent: the same input
//! gives the same bytes, whatever the clock, the machine or the order of a hash table. [`compile::compile`] is the whole
//! way; the command line ([`cli`]) and the tests call it.
//!
//! # Origins
//!
//! A [`source::Node`] is a value with its [`source::Origin`]: the node of a file that set it, the named rule of the
//! compiler that made something of it, or both. The same type holds what a user wrote and what a target emits, and
//! [`source::At`] carries origins through the typed spec and the plan. So `mlopsc explain` can name the line behind any
//! field of any object without a table of pointers kept beside it.
//!
//! This was decided by a comparison. Typed structs of k8s-openapi would need a recorder beside them for every field,
//! and pointers written by hand rot; a tree of nodes costs eight bytes a value, and its objects are judged by decoding
//! them into the typed structs and comparing what comes back ([`object::verify`]): all of them in tests. The types of the spec hold origins too, instead of spans in a table beside them: a decoder of
//! our own hands [`source::At`] the origin of the node that it decodes, which works as long as no type is flattened,
//! untagged or internally tagged. None is.
//!
//! # The rooms
//!
//! | room | purpose | must not know |
//! |---|---|---|
//! | [`source`] | files in; values and where they came from | TOML, the language |
//! | [`diag`] | what went wrong and where; one renderer a reader | the language |
//! | [`spec`] | the language: one file a table, types that give decoding and schema | files, environments, targets |
//! | [`parse`] | text to tree, tree against the schema: every mistake at once, with fixes | defaults, overlays |
//! | [`resolve`] | layers to a spec, and the files of its settings: merged, switched off, defaults last; the only maker of a `Spec` | any target |
//! | [`catalogue`] | what the world offers, as data: bases, GPUs, frameworks, images that are gone | decisions |
//! | [`plan`] | spec to plan: every decision, once | YAML, Dockerfiles, Kubernetes types, clocks |
//! | [`check`] | what a spec means: one check a file | targets |
//! | [`blueprint`] | text templates: ours, and a user's in their place | what they are for |
//! | [`backend`] | plan to objects and texts, one target a folder | the tables of the spec (its words it uses), each other, the disk |
//! | [`object`] | a Kubernetes object as data: built, patched, judged, written as YAML | the plan |
//! | [`output`] | the file set; the only room that writes | what files mean |
//! | [`diff`] | wanted objects against live ones as plain data: verdicts, fields, causes, owners; masked, then rendered | a network |
//! | [`live`] | carries the questions of `diff` to a cluster | what a difference is |
//! | [`lock`] | which images need a digest, and what becomes of the lock file, as plain data | a network, the disk |
//! | [`registry`] | asks registries, folders and archives for images, for `lock` | the plan, the lock file |
//! | [`propose`] | a first spec for a folder | the disk |
//! | [`cli`] | one file a command; the only room that prints or exits | — |
//!
//! Two rooms touch a network, [`live`] for `diff` and [`registry`] for `lock`; both only read, and no other command needs
//! one. A test keeps the doors shut. Checks are a room of their own, apart from the maker of the spec, because many of them
//! ask what only the plan knows (sums, nodes, lock files), and because one that needs the spec alone is written the same
//! way. The catalogue is apart from the plan, because its rows change with the world and not with the language.
//!
//! # Adding things
//!
//! - **A target**: a file or folder in `backend/` with a `BACKEND`, and a line in [`backend::BACKENDS`].
//! - **A check**: a file in `check/` with its codes and a `CHECK`, a line in [`check::CHECKS`], and a case for each code
//!   in `golden/errors/`.
//! - **A key of the language**: a field with a doc comment in `spec/`, which is the manual; what it decides in `plan/`.
//!   The schema and the golden trees show the rest.
//! - **A rule**: a line in `plan/rules.rs`; it is what `explain` names for what nobody wrote.

/// A compiler makes many small values on several threads: with it a check takes a sixth less than with the system's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod backend;
pub mod blueprint;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod compile;
pub mod diag;
pub mod diff;
pub mod live;
pub mod lock;
pub mod object;
pub mod output;
pub mod parse;
pub mod plan;
pub mod propose;
pub mod registry;
pub mod resolve;
pub mod source;
pub mod spec;

use diag::Code;

/// Every code that a diagnostic about a spec can have, for the tests that hold them together.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    let checks = check::CHECKS.iter().flat_map(|it| it.codes);
    let rooms = [parse::CODES, resolve::CODES, plan::CODES, blueprint::CODES, check::ACROSS_CODES];
    rooms.into_iter().chain(backend::CODES.iter().copied()).flatten().chain(checks).copied()
}

/// Every code that anything can have, those of what a diff finds too.
pub fn all_codes() -> impl Iterator<Item = &'static Code> {
    codes().chain(diff::codes())
}
