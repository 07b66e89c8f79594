//! What an image must not miss beside those of others: at most half of the plain one's size, not slower to build again, and
//! faster to start.

/// What was measured of one image.
#[allow(dead_code, unreachable_pub, reason = "a test judges, and does not print")]
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// In megabytes.
    pub size: f64,
    /// Seconds of a build without a cache. It has no bar.
    pub no_cache: f64,
    /// Seconds of a build after a changed line of the program, and after a changed lock file.
    pub line: f64,
    pub lock: f64,
    /// Seconds until the packages are imported, and from an archive on a node that has nothing of the image: the fastest
    /// of some, and their median.
    pub start: [f64; 2],
    pub first: [f64; 2],
}

/// The bars that one image misses beside another, a line each. The size is held against the plain one alone.
#[allow(unreachable_pub, reason = "a test judges, too")]
#[must_use]
pub fn missed(ours: &Row, other: &Row, name: &str, is_plain: bool) -> Vec<String> {
    let size = if is_plain { 0.5 } else { f64::INFINITY };
    let bars = [
        ("size", ours.size, other.size, size),
        ("a build after a changed line", ours.line, other.line, 1.0),
        ("a build after a changed lock file", ours.lock, other.lock, 1.0),
        ("start", ours.start[0], other.start[0], BELOW_ONE),
        ("first start", ours.first[0], other.first[0], BELOW_ONE),
    ];
    // What is no number has not been measured, and meets no bar.
    let is_met = |ours: f64, other: f64, bar: f64| ours > 0.0 && other > 0.0 && ours / other <= bar;
    let missed = bars.into_iter().filter(|(_, ours, other, bar)| !is_met(*ours, *other, *bar));
    missed.map(|(what, ours, other, bar)| format!("{what}: {:.2} of {name}, above {bar:.2}", ours / other)).collect()
}

/// As fast is not faster.
const BELOW_ONE: f64 = 1.0 - f64::EPSILON;
