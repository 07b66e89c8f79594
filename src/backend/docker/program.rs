//! What an image tells its program, and how it starts it and asks after it.

use minijinja::Value;
use serde::Serialize;

use crate::catalogue::{ASK_HTTP, ASK_TCP};
use crate::plan::{HealthCheck, Image, Recipe, started};
use crate::spec::Language;

/// A variable with its value as the file has it.
#[derive(Serialize)]
pub(super) struct Variable {
    name: &'static str,
    value: Value,
}

/// The variables of the image.
pub(super) fn environment(image: &Image, recipe: &Recipe) -> Vec<Variable> {
    let safe = |text: &str| Value::from_safe_string(text.to_owned());
    let mut variables = Vec::new();
    let mut add = |name, value| variables.push(Variable { name, value });
    let is_installed = recipe.lock.is_some();
    add("LANG", safe("C.UTF-8"));
    match recipe.language {
        Language::Python => {
            let mut path = String::from("/app");
            if recipe.sources.iter().any(|it| it == "src") {
                path += ":/app/src";
            }
            match recipe.builder.as_ref().zip(recipe.python.as_ref()) {
                // The interpreter of such a base is not the one that the packages were installed with.
                Some((_, python)) if is_installed => {
                    path += &format!(":/venv/lib/python{python}/site-packages");
                }
                _ if is_installed => add("PATH", safe("/venv/bin:${PATH}")),
                _ => {}
            }
            add("PYTHONPATH", Value::from(path));
            add("PYTHONUNBUFFERED", safe("1"));
            add("PYTHONDONTWRITEBYTECODE", safe("1"));
        }
        Language::R if is_installed => add("R_LIBS", safe("/library")),
        Language::Node => add("NODE_ENV", safe("production")),
        // By itself the heap is a quarter of what the container may take.
        Language::Java => add("JDK_JAVA_OPTIONS", safe("-XX:MaxRAMPercentage=75")),
        Language::R | Language::Static => {}
    }
    add("HOME", safe("/tmp"));
    if image.gpu {
        // Which GPUs a container sees is said by whoever starts it, never by the image.
        add("NVIDIA_DRIVER_CAPABILITIES", safe("compute,utility"));
        if let Some(cuda) = recipe.locked_framework().and_then(|it| it.cuda()) {
            // Any driver of a major version runs all of its releases (CUDA compatibility, minor versions).
            add("NVIDIA_REQUIRE_CUDA", safe(&format!("\"cuda>={}.0\"", cuda.0)));
        }
    }
    variables
}

/// Asks as a probe would, with what every image of Python has.
pub(super) fn health(check: &HealthCheck) -> Vec<String> {
    let port = check.port;
    let (script, argument) = match &check.path {
        Some(path) => (ASK_HTTP, format!("http://127.0.0.1:{port}{path}")),
        None => (ASK_TCP, port.to_string()),
    };
    vec!["python".to_owned(), "-c".to_owned(), script.to_owned(), argument]
}

/// The one program of the image, or its interpreter where the workloads say what to run.
pub(super) fn entrypoint(image: &Image, recipe: &Recipe) -> Vec<String> {
    let entry = image.entries.first().map_or("", |it| it.as_str());
    let mut words = started(recipe.language, entry);
    if image.entries.len() != 1 {
        words.retain(|it| !it.starts_with("/app/") && it != "-jar");
    }
    words.into_iter().map(String::from).collect()
}
