//! `Dockerfile.dockerignore`: nothing gets into the build but what the Dockerfile copies.

use super::dockerfile::copied;
use crate::plan::{Image, KEPT_OUT, Recipe, WEIGHTS};

pub(super) fn text(image: &Image, recipe: &Recipe, folder: &str) -> String {
    let allowed = copied(image, recipe, folder).into_iter().map(|it| format!("!{}\n", it.trim_start_matches("./")));
    let kept_out = KEPT_OUT.iter().map(|it| format!("{it}\n"));
    let weights = WEIGHTS.iter().map(|it| format!("**/*{it}\n"));
    let made = recipe.left_out().into_iter().map(|it| format!("{it}\n"));
    let needed = recipe.let_in().into_iter().chain(recipe.weights.iter().map(ToString::to_string));
    let needed = needed.map(|it| format!("!{it}\n"));
    let head = "# Made by mlopsc: everything stays out but what the Dockerfile copies.\n**\n";
    format!(
        "{head}{}# Data, weights, keys and waste stay out of copied folders, too.\n{}",
        allowed.collect::<String>(),
        kept_out.chain(weights).chain(made).chain(needed).collect::<String>()
    )
}
