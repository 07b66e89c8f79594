//! The bars of the benchmark of images can be missed.

#[path = "../../benches/images/bars.rs"]
mod measured;

use measured::{Row, missed};

use crate::support::judges::harness::tests;

tests!(
    each_of_them_can_be_missed,
    half_the_size_is_asked_beside_the_plain_image_alone,
    what_was_measured_meets_all_of_them,
);

const PLAIN: Row = Row { size: 752.0, no_cache: 13.6, line: 12.6, lock: 12.3, start: [0.75, 0.8], first: [8.7, 9.0] };
const OURS: Row = Row { size: 230.0, no_cache: 13.9, line: 0.6, lock: 5.9, start: [0.65, 0.7], first: [3.7, 4.0] };

fn what_was_measured_meets_all_of_them() {
    assert_eq!(missed(&OURS, &PLAIN, "one stage", true), Vec::<String>::new());
    // A build without a cache has none, and half is not more than half.
    let slow = Row { no_cache: 100.0, size: 376.0, lock: 12.3, ..OURS };
    assert_eq!(missed(&slow, &PLAIN, "one stage", true), Vec::<String>::new());
}

fn each_of_them_can_be_missed() {
    for (row, what) in [
        (Row { size: 376.1, ..OURS }, "size: 0.50 of one stage, above 0.50"),
        (Row { line: 12.7, ..OURS }, "a build after a changed line: 1.01 of one stage, above 1.00"),
        (Row { lock: 24.6, ..OURS }, "a build after a changed lock file: 2.00 of one stage, above 1.00"),
        (Row { start: [0.75, 0.1], ..OURS }, "start: 1.00 of one stage, above 1.00"),
        (Row { first: [9.0, 9.0], ..OURS }, "first start: 1.03 of one stage, above 1.00"),
        (Row { start: [f64::NAN, 0.7], ..OURS }, "start: NaN of one stage, above 1.00"),
        (Row { lock: 0.0, ..OURS }, "a build after a changed lock file: 0.00 of one stage, above 1.00"),
    ] {
        assert_eq!(missed(&row, &PLAIN, "one stage", true), [what]);
    }
    assert_eq!(missed(&PLAIN, &OURS, "ours", true).len(), 5);
}

fn half_the_size_is_asked_beside_the_plain_image_alone() {
    let large = Row { size: 700.0, ..OURS };
    assert_eq!(missed(&large, &PLAIN, "BentoML", false), Vec::<String>::new());
    assert_eq!(missed(&large, &PLAIN, "one stage", true).len(), 1);
}
