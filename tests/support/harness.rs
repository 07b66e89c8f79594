//! A harness for suites whose tests may find out that they cannot run.
//!
//! By then the standard harness knows only passed and failed. Here such a test counts as ignored, with what was missing;
//! `Missing` itself makes it fail with `CI=true`.

#![allow(dead_code, unused_imports, unused_macros, reason = "some suites make their tests by themselves")]

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::missing::not_run;

/// The path of a function, and the function.
pub(crate) type Test = (&'static str, fn());

/// The tests of a module. One that is left out of the list is a function that nobody calls, which the compiler warns of.
macro_rules! tests {
    ($($(#[$attribute:meta])* $name:ident),+ $(,)?) => {
        pub(crate) const TESTS: &[(&str, fn())] =
            &[$($(#[$attribute])* (concat!(module_path!(), "::", stringify!($name)), $name)),+];
    };
}
pub(crate) use tests;

/// Runs the tests of a suite as the arguments of the process say, under the names that the standard harness would give
/// them, and ends the process.
pub(crate) fn run(modules: &[&[Test]]) -> ! {
    let arguments = Arguments::from_args();
    let tests = modules.iter().copied().flatten().copied();
    let trials = tests.map(|(path, test)| {
        let (_, name) = path.split_once("::").expect("a path begins with the suite");
        trial(name, move || {
            test();
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit()
}

/// A test that counts as ignored if it said of anything that it did not run.
pub(crate) fn trial(name: impl Into<String>, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || {
        // A thread runs many tests, and one that failed may have said something before.
        not_run();
        test()?;
        let reasons = not_run();
        if reasons.is_empty() { Ok(Completion::Completed) } else { Ok(Completion::ignored_with(reasons.join("; "))) }
    })
}
