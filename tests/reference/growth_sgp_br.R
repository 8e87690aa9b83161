# Growth percentiles of the SGPdata slice by quantreg's exact simplex, rq(method = "br"), and splines::bs.
#
#     Rscript growth_sgp_br.R sgpdata_long_slice.csv.gz growth_sgp_br.csv
#
# One group: a subject, a year, a grade ("all" together as well), every pupil with a score of the year before; two priors
# where at least 1,000 pupils have them. Only the number of pupils at each percentile and the MD5 of the percentiles
# in the order of the pupils' ID are kept, one group a line: no pupil's row.

suppressMessages({library(quantreg); library(splines)})
arguments <- commandArgs(TRUE)
TAUS <- (0:99 + 0.5) / 100
YEARS <- c("2022_2023", "2023_2024", "2024_2025")
FEWEST <- 1000

basis <- function(x) {
  margin <- 0.1 * diff(range(x))
  list(knots = unique(round(quantile(x, c(0.2, 0.4, 0.6, 0.8)), 3)),
       ends = round(c(min(x) - margin, max(x) + margin), 3))
}

percentiles <- function(post, priors) {
  found <- integer(length(post))
  for (k in seq_len(ncol(priors))) {
    rows <- which(rowSums(is.na(priors[, seq_len(k), drop = FALSE])) == 0)
    if (length(rows) < FEWEST) break
    # With two priors the pupils with both are scored again; the basis of the first prior is that of all who have it.
    if (k == 1) first <- basis(priors[rows, 1])
    block <- function(j) {
      b <- if (j == 1) first else basis(priors[rows, j])
      bs(priors[rows, j], knots = b$knots, Boundary.knots = b$ends)
    }
    X <- do.call(cbind, c(list(1), lapply(seq_len(k), block)))
    b <- sapply(TAUS, function(tau) suppressWarnings(rq.fit(X, post[rows], tau = tau, method = "br")$coefficients))
    fitted <- t(apply(X %*% b, 1, sort))
    found[rows] <- pmin(pmax(rowSums(round(fitted, 5) < post[rows]), 1), 99)
  }
  found
}

md5 <- function(values) {
  file <- tempfile()
  writeLines(paste(values, collapse = " "), file, sep = "")
  unname(tools::md5sum(file))
}

rows <- read.csv(gzfile(arguments[1]), colClasses = c(ID = "character"))
rows <- rows[!is.na(rows$SCALE_SCORE), ]
lines <- list()
for (subject in c("MATHEMATICS", "READING")) for (t in 2:3) {
  own <- rows[rows$CONTENT_AREA == subject, ]
  now <- own[own$YEAR == YEARS[t], ]
  now <- now[order(now$ID, method = "radix"), ]
  earlier <- function(year) { e <- own[own$YEAR == year, ]; e$SCALE_SCORE[match(now$ID, e$ID)] }
  priors <- sapply(YEARS[(t - 1):1], earlier)
  for (grade in c("all", 6, 7, 8)) {
    here <- (grade == "all" | now$GRADE == grade) & !is.na(priors[, 1])
    found <- percentiles(now$SCALE_SCORE[here], priors[here, , drop = FALSE])
    counts <- paste(tabulate(found, 99), collapse = " ")
    lines[[length(lines) + 1]] <- data.frame(subject, year = YEARS[t], grade, n = length(found), counts, md5 = md5(found))
  }
}
write.csv(do.call(rbind, lines), arguments[2], row.names = FALSE, quote = FALSE)
