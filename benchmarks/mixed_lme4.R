# lme4's numbers for the cases of bench_agreement.py:  Rscript mixed_lme4.R FOLDER
#
# FOLDER/NAME.csv holds the rows, NAME.shares.csv (membership cases) a pupil's shares in the units of the one factor,
# cases.csv name, formula, REML, weighted, and theta, where the criterion is evaluated. Result: FOLDER/lme4.csv, long: case, what, at, value.
# `what` ends in ".fixed" where it was computed at the given theta, and in ".own" at lme4's optimum.

suppressMessages(library(lme4))
folder <- commandArgs(TRUE)[1]
cases <- read.csv(file.path(folder, "cases.csv"), colClasses = "character")
control <- lmerControl(optimizer = "nloptwrap", calc.derivs = FALSE, check.conv.singular = "ignore",
                       optCtrl = list(xtol_abs = 1e-13, xtol_rel = 1e-13, ftol_abs = 1e-14, maxeval = 1e5))

fitted_at <- function(parsed, theta, reml) {
  devfun <- do.call(mkLmerDevfun, c(parsed, list(control = control)))
  value <- if (is.null(theta)) NULL else devfun(theta)
  opt <- if (is.null(theta)) optimizeLmer(devfun, optimizer = "nloptwrap", control = control$optCtrl, calc.derivs = FALSE)
         else list(par = theta, fval = value, conv = 0, message = NULL)
  if (is.null(theta)) devfun(opt$par)
  mkMerMod(environment(devfun), opt, parsed$reTrms, fr = parsed$fr)
}

numbers <- function(fit, ending) {
  random <- ranef(fit, condVar = TRUE)
  sds <- lapply(random, function(r) t(apply(attr(r, "postVar"), 3, function(V) sqrt(diag(as.matrix(V))))))
  found <- list(criterion = as.numeric(-2 * logLik(fit)), beta = fixef(fit), se = sqrt(diag(as.matrix(vcov(fit)))),
                theta = getME(fit, "theta"), sigma = sigma(fit))
  for (name in names(random)) {
    found[[paste0("effect:", name)]] <- as.vector(t(as.matrix(random[[name]])))
    found[[paste0("sd:", name)]] <- if (ncol(random[[name]]) == 1) as.vector(sds[[name]]) else as.vector(t(sds[[name]]))
  }
  do.call(rbind, lapply(names(found), function(n)
    data.frame(what = paste0(n, ending), at = seq_along(found[[n]]) - 1, value = as.numeric(found[[n]]))))
}

out <- list()
for (i in seq_len(nrow(cases))) {
  case <- cases[i, ]
  reml <- case$reml == "True"
  rows <- read.csv(file.path(folder, paste0(case$name, ".csv")))
  for (unit in setdiff(names(rows), c("y", "prior", "other", "w"))) rows[[unit]] <- factor(rows[[unit]])
  shares <- file.path(folder, paste0(case$name, ".shares.csv"))
  rows$w_ <- if (case$weighted == "True") rows$w else 1
  parsed <- lFormula(as.formula(case$formula), rows, REML = reml, weights = w_, control = control)
  if (file.exists(shares)) {  # the indicator matrix of the one factor is replaced by the shares
    Z <- as(t(as.matrix(read.csv(shares))), "CsparseMatrix")
    dimnames(Z) <- dimnames(parsed$reTrms$Zt)
    parsed$reTrms$Zt <- Z
    parsed$reTrms$Ztlist[[1]] <- Z
  }
  theta <- as.numeric(strsplit(case$theta, " ")[[1]])
  for (part in list(list(theta, ".fixed"), list(NULL, ".own")))
    out[[length(out) + 1]] <- cbind(case = case$name, numbers(fitted_at(parsed, part[[1]], reml), part[[2]]))
}
result <- do.call(rbind, out)
result$value <- formatC(result$value, digits = 17, format = "g")
write.csv(result, file.path(folder, "lme4.csv"), row.names = FALSE)
