//! `docker compose up` of every development environment, with every service of every profile: everything gets healthy,
//! finds each other by the names of the cluster, and does what it is for with made-up data.
//!
//! What must be true of each of them alike is asked in `up`.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use libtest_mimic::Failed;
use serde_json::Value;

use super::docker::stand_in_of;
use super::scene::Scene;
use super::up::{ONE_AT_A_TIME, Up};

pub(super) fn minimal(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let up = Up::prepare(scene, example);
    up.up(&[]);
    up.run("pipeline", "train");
    up.is_sound();
    assert!(up.secrets_arrive().is_empty());
    up.answers("predict", "http://predict:8080/readyz");
    Ok(())
}

pub(super) fn classifier(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let up = Up::prepare(scene, example);
    // Compose makes the volume of the studies, and who brings them fills it.
    up.compose(&["up", "--no-build", "--exit-code-from=prepare_volumes", "prepare_volumes"]).ok();
    let image = &scene.built(example).images()["python"];
    let volume = "--volume=mri-classifier-dev_raw:/data/raw";
    let make = ["run", "--rm", "--user=20001:10001", volume, "--entrypoint=python", image, "/app/make_synthetic.py"];
    scene.engine.run(make.iter().chain(&["/data/raw"])).ok();
    up.run("pipeline", "train");
    up.run("job-evaluate", "evaluate");
    up.run("job-statistics", "statistics");
    up.up(&[]);
    up.purges("raw");
    up.is_sound();
    assert_eq!(up.secrets_arrive(), ["deidentify"]);
    up.answers("classify", "http://classify:8080/v2/health/ready");
    Ok(())
}

pub(super) fn segmentation(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let up = Up::prepare(scene, example);
    up.up(&["database"]);
    let image = &scene.built(example).images()["programs"];
    let script = scene.built(example).folder.join("make_synthetic.py");
    let bind = format!("--volume={}:/make_synthetic.py:ro", script.display());
    let volume = "--volume=ct-segmentation-dev_scans:/data/scans";
    up.compose(&["--profile=job-ingest", "create", "--no-build", "--pull=never"]).ok();
    let make = ["run", "--rm", "--user=0:0", volume, &bind, "--entrypoint=python", image, "/make_synthetic.py"];
    scene.engine.run(make.iter().chain(&["/data/scans"])).ok();
    let taken = up.run("job-ingest", "ingest");
    assert!(taken.contains("ingested=6 rejected=2"), "{taken}");
    up.run("job-segment", "segment");
    up.run("job-report", "report");
    up.up(&[]);
    up.purges("volumes");
    up.is_sound();
    let readers = ["database", "ingest", "ingest_migrate", "report", "results", "segment"];
    assert_eq!(up.secrets_arrive(), readers);
    up.reaches("results", "database", 5432);
    let script =
        "import urllib.request as r; print(r.urlopen('http://results:8080/summary', timeout=5).read().decode())";
    let summary = up.exec("results", &["python", "-c", script]).ok();
    let summary: Value = serde_json::from_str(&summary)?;
    let states = summary.as_array().into_iter().flatten().map(|it| (it["state"].as_str(), it["series"].as_u64()));
    let states: BTreeMap<_, _> = states.collect();
    assert_eq!(states, BTreeMap::from([(Some("measured"), Some(6)), (Some("rejected"), Some(2))]), "{summary}");
    Ok(())
}

pub(super) fn reading_room(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let up = Up::prepare(scene, example);
    up.up(&[]);
    up.run("install", "seed-database");
    let user = "PGUSER=\"$(cat /run/secrets/database/username)\" PGPASSWORD=\"$(cat /run/secrets/database/password)\"";
    let ask = format!("{user} psql --tuples-only --no-align --command='SELECT * FROM study' postgres");
    assert_eq!(up.inside("seed-database", &["sh", "-ec", &ask]).ok().trim(), "1.2.826.0.1|clinical");
    up.compose(&["--profile=pipeline", "create", "--no-build", "--pull=never", "measure"]).ok();
    fill_study(&up, &scene.built(example).images()["viewer"]);
    let results = up.run("pipeline", "measure");
    assert_eq!(results.trim(), "dice=0.6667\nreport-path=/data/work/1.2.3.json");
    // Of an image that is not built here nothing is known, so that nothing in it is asked for its health.
    let up_b = up.compose(&["--profile=variant-viewer-b", "up", "--detach", "--no-build", "viewer-b"]);
    assert!(up_b.is_ok(), "{}", up_b.all);
    up.answers("viewer-b", "http://127.0.0.1:8081/healthz");
    up.purges("inbox");
    up.is_sound();
    let readers = ["database", "gateway", "gateway_migrate", "measure", "seed-database"];
    assert_eq!(up.secrets_arrive(), readers);
    up.reaches("gateway", "database", 5432);
    up.reaches("viewer", "dicom-gateway", 8080);
    up.reaches("viewer-b", "dicom-gateway", 8080);
    let running = up.running();
    for service in ["gateway", "gateway_log-shipper", "database", "node-agent", "viewer", "viewer-b"] {
        assert!(running.iter().any(|it| it == service), "{service} does not run: {running:?}");
    }
    Ok(())
}

/// A study of two slices, one of them brighter than the threshold, and that threshold.
fn fill_study(up: &Up<'_>, image: &str) {
    let volumes = ["models", "work"].map(|it| format!("--volume={}:/data/{it}", up.volume(it)));
    let run = ["run", "--rm", "--network=none", "--user=0:0", &volumes[0], &volumes[1], "--entrypoint=python", image];
    up.scene.engine.run(run.iter().chain(&["-c", STUDY])).ok();
}

const STUDY: &str = "import pathlib, struct\n\
    from pydicom.dataset import Dataset, FileMetaDataset\n\
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian\n\
    pathlib.Path('/data/models/threshold.json').write_text('{\"mean\": 200}')\n\
    folder = pathlib.Path('/data/work/1.2.3')\n\
    folder.mkdir()\n\
    for number, value in enumerate((100, 300)):\n\
    \x20   it = Dataset()\n\
    \x20   it.file_meta = FileMetaDataset()\n\
    \x20   it.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian\n\
    \x20   it.SOPClassUID, it.SOPInstanceUID = CTImageStorage, f'1.2.3.{number}'\n\
    \x20   it.Rows, it.Columns, it.BitsAllocated, it.PixelData = 2, 2, 16, struct.pack('<4H', *[value] * 4)\n\
    \x20   it.save_as(folder / f'{number}.dcm', enforce_file_format=True)\n";

/// New volumes belong to root and the group of those that write, as in the cluster. One that somebody filled stays as it
/// is: its owner is said, and a part that cannot be made ends the environment before a program misses it.
pub(super) fn keeps_volumes(scene: &Scene, example: &'static str) -> Result<(), Failed> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let up = Up::prepare(scene, example);
    let image = stand_in_of("busybox").image();
    // Whoever restores a volume may do all to it.
    let change = |script: &str| {
        let volumes = ["archive", "cache"].map(|it| format!("--volume=reading-room-dev_{it}:/volumes/{it}:nocopy"));
        let run = ["run", "--rm", "--network=none", "--entrypoint=sh", &volumes[0], &volumes[1], &image, "-ec", script];
        scene.engine.run(run).ok()
    };
    let prepare = || up.compose(&["up", "--no-build", "--exit-code-from=prepare_volumes", "prepare_volumes"]);
    prepare().ok();
    let owners = change("stat -c '%u:%g %a' /volumes/archive /volumes/archive/2026 /volumes/cache");
    assert_eq!(owners.lines().collect::<Vec<_>>(), ["0:10014 2775", "10001:10014 2775", "0:10014 2775"]);
    change("touch /volumes/cache/old && chown -R 20001:20001 /volumes/cache && chmod 755 /volumes/cache");
    let said = prepare();
    assert!(said.is_ok(), "{}", said.all);
    assert!(
        said.all.contains("the volume cache stays as it is: mode 755 of 20001:20001, and group 10014"),
        "{}",
        said.all
    );
    assert!(!said.all.contains("the volume archive"), "{}", said.all);
    change("rm -r /volumes/archive/2026 && touch /volumes/archive/old && chown 20001:20001 /volumes/archive");
    let said = prepare();
    assert_eq!(said.code, 1, "{}", said.all);
    assert!(said.all.contains("the volume archive stays as it is: mode 2775 of 20001:20001, and"), "{}", said.all);
    assert!(said.all.contains("can't create directory '/volumes/archive/2026'"), "{}", said.all);
    // What the message asks for is enough.
    change("chgrp 10014 /volumes/archive");
    prepare().ok();
    assert_eq!(change("stat -c %g /volumes/archive/2026").trim(), "10014");
    Ok(())
}
