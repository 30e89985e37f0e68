# Give the questions of the vectors to the command, and compare its answers: vectors.R DEZONE VECTORS
library(jsonlite)

given <- commandArgs(trailingOnly = TRUE)
table <- fromJSON(given[2], simplifyVector = FALSE)$tables$verdicts
names <- c(unlist(table$given), unlist(table$expected))
column <- function(name) {
  at <- match(name, names)
  vapply(table$rows, function(row) if (is.null(row[[at]])) NA_character_ else as.character(row[[at]]), "")
}
wanted <- c("longitude", "latitude", "radius_m", "first_day", "last_day", "boundary", "basis",
            "verdict", "zone", "space", "time", "phase")
asked <- as.data.frame(sapply(wanted, column, simplify = FALSE))

# A radius that is not known cannot be told from one that is not given in a table of rows.
asked <- asked[!is.na(asked$radius_m), ]
compared <- 0
for (group in split(asked, list(asked$boundary, asked$basis), drop = TRUE)) {
  questions <- tempfile(fileext = ".csv")
  answers <- tempfile(fileext = ".csv")
  rows <- group[, c("longitude", "latitude", "radius_m", "first_day", "last_day")]
  write.csv(rows, questions, row.names = FALSE, na = "")
  status <- system2(given[1], c("tag", questions, "-o", answers,
                                "--boundary", group$boundary[1], "--basis", group$basis[1]),
                    stderr = FALSE)
  stopifnot(status %in% c(0, 3))
  found <- read.csv(answers, colClasses = "character", na.strings = "")
  stopifnot(nrow(found) == nrow(group))
  for (name in c("verdict", "zone", "space", "time", "phase")) {
    same <- mapply(identical, found[[name]], group[[name]], USE.NAMES = FALSE)
    if (!all(same)) {
      print(head(cbind(group, found = found[[name]], reasons = found$reasons)[!same, ]))
      stop(sum(!same), " answers differ in ", name)
    }
  }
  compared <- compared + nrow(group)
}
cat(compared, "answers are the same\n")
