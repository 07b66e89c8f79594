# Describe how well the model in `metrics` separates the series of `features`, and write it to `summary`.
#
# For the training, validation and test patients: how many series, the mean score with and without a lesion, the area
# under the curve with its 95 % interval (Hanley and McNeil), and sensitivity and specificity at 0.5 with exact binomial
# intervals. Base R only; the same input gives the same bytes.
#
# Reads `metrics/predictions.csv` and `features/manifest-*.csv`, writes `summary/summary.csv`.
# Environment: DATA_METRICS, DATA_FEATURES, DATA_SUMMARY. Exit codes: 0 written; 1 it cannot be written; 2 the
# environment is wrong; 3 the data is missing or wrong. Each but the first comes with one line on stderr.

threshold <- 0.5
splits <- c("train", "val", "test")

main <- function() {
  metrics <- dataset("METRICS")
  features <- dataset("FEATURES")
  summary <- dataset("SUMMARY")
  predictions <- read_table(file.path(metrics, "predictions.csv"), c("series", "split", "label", "score"))
  manifest <- read_manifest(features)
  lost <- setdiff(predictions$series, manifest$series)
  if (length(lost) > 0) {
    give_up(sprintf("%d of the predictions are of series that DATA_FEATURES does not hold", length(lost)), 3)
  }
  predictions$slices <- manifest$slices[match(predictions$series, manifest$series)]
  rows <- lapply(splits, function(split) describe(split, predictions[predictions$split == split, ]))
  write_whole(do.call(rbind, rows), file.path(summary, "summary.csv"))
  cat(sprintf("splits=%d series=%d\n", length(rows), nrow(predictions)))
}

describe <- function(split, part) {
  lesion <- part$score[part$label == 1]
  none <- part$score[part$label == 0]
  auc <- curve_area(lesion, none)
  hit <- interval(sum(lesion > threshold), length(lesion))
  pass <- interval(sum(none <= threshold), length(none))
  data.frame(
    split = split, series = nrow(part), with_lesion = length(lesion), slices = sum(part$slices),
    mean_score_lesion = number(mean(lesion)), mean_score_none = number(mean(none)),
    auc = number(auc[1]), auc_low = number(auc[2]), auc_high = number(auc[3]),
    sensitivity = number(hit[1]), sensitivity_low = number(hit[2]), sensitivity_high = number(hit[3]),
    specificity = number(pass[1]), specificity_low = number(pass[2]), specificity_high = number(pass[3])
  )
}

# The area under the curve from ranks, with its interval.
curve_area <- function(lesion, none) {
  n <- length(lesion)
  m <- length(none)
  if (n == 0 || m == 0) {
    return(c(NA, NA, NA))
  }
  area <- (sum(rank(c(lesion, none))[seq_len(n)]) - n * (n + 1) / 2) / (n * m)
  q1 <- area / (2 - area)
  q2 <- 2 * area^2 / (1 + area)
  variance <- (area * (1 - area) + (n - 1) * (q1 - area^2) + (m - 1) * (q2 - area^2)) / (n * m)
  reach <- qnorm(0.975) * sqrt(max(variance, 0))
  c(area, max(area - reach, 0), min(area + reach, 1))
}

# A share with its exact binomial interval.
interval <- function(hits, of) {
  if (of == 0) {
    return(c(NA, NA, NA))
  }
  c(hits / of, binom.test(hits, of)$conf.int)
}

number <- function(value) if (is.na(value)) "" else sprintf("%.4f", value)

read_manifest <- function(folder) {
  parts <- sort(list.files(folder, "^manifest-.*[.]csv$", full.names = TRUE), method = "radix")
  if (length(parts) == 0) {
    give_up("DATA_FEATURES holds no manifest", 3)
  }
  manifest <- do.call(rbind, lapply(parts, read_table, columns = c("series", "slices")))
  manifest[!duplicated(manifest$series), ]
}

read_table <- function(path, columns) {
  if (!file.exists(path)) {
    give_up(sprintf("there is no %s", path), 3)
  }
  # The identifiers are longer than any number, so every column is read as text.
  table <- tryCatch(
    read.csv(path, colClasses = "character"),
    error = function(it) give_up(sprintf("%s is not a table", path), 3)
  )
  if (!all(columns %in% names(table))) {
    give_up(sprintf("%s lacks one of the columns %s", path, paste(columns, collapse = ", ")), 3)
  }
  table <- table[columns]
  for (column in intersect(columns, c("label", "score", "slices"))) {
    table[[column]] <- suppressWarnings(as.numeric(table[[column]]))
    if (anyNA(table[[column]])) {
      give_up(sprintf("%s: the column %s is not numbers", path, column), 3)
    }
  }
  table
}

write_whole <- function(table, path) {
  part <- paste0(path, ".part")
  done <- tryCatch({
    suppressWarnings(write.csv(table, part, row.names = FALSE, quote = FALSE))
    file.rename(part, path)
  }, error = function(it) FALSE)
  if (!done) {
    give_up(sprintf("%s cannot be written", path), 1)
  }
}

dataset <- function(name) {
  variable <- paste0("DATA_", name)
  path <- Sys.getenv(variable)
  if (path == "") {
    give_up(sprintf("%s is not set", variable), 2)
  }
  if (!dir.exists(path)) {
    give_up(sprintf("%s: %s is not a folder", variable, path), 2)
  }
  path
}

give_up <- function(why, code) {
  message("error: ", why)
  quit(save = "no", status = code)
}

main()
