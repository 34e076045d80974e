"""What other packages say of some data: reads it from standard input, writes figures to standard output, as JSON.

Run by `agreement_peers.py` with the Python of an environment that holds them; knows nothing of relcomm.
"""

import json
import math
import sys
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")


def main() -> None:
    """Answer every set of data that the packages of this environment have something to say of."""
    asked = json.load(sys.stdin)
    answer = irr if sys.argv[1] == "irr" else ratings
    out = {name: answer(np.array(rows, dtype=float)) for name, rows in asked["ratings"].items()}
    if sys.argv[1] == "main":
        out |= {name: amounts(np.array(rows, dtype=float)) for name, rows in asked["amounts"].items()}
        out |= {name: table(np.array(rows, dtype=float)) for name, rows in asked["tables"].items()}
        out |= {name: holes(np.array(rows, dtype=float)) for name, rows in asked["holes"].items()}
        out |= {name: groups([np.array(each, dtype=float) for each in some]) for name, some in asked["groups"].items()}
    json.dump(plain(out), sys.stdout)


def plain(value):
    """Lists and numbers for JSON; None for what is no number."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    number = float(value)
    return None if math.isnan(number) else number


def ratings(rows):
    """Krippendorff's alpha; for complete ratings scikit-learn's and statsmodels' kappas, and F1 of two coders."""
    import krippendorff
    from sklearn.metrics import cohen_kappa_score, f1_score
    from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa, to_table

    found = {"krippendorff alpha": krippendorff.alpha(reliability_data=rows.T, level_of_measurement="nominal")}
    if np.isnan(rows).any():
        return found
    whole = rows.astype(int)
    if whole.shape[1] == 2:
        found["scikit-learn kappa"] = cohen_kappa_score(whole[:, 0], whole[:, 1])
        found["statsmodels kappa"] = cohens_kappa(to_table(whole)[0]).kappa
        if set(np.unique(whole)) == {0, 1}:
            found["scikit-learn F1"] = f1_score(whole[:, 0], whole[:, 1])
    else:
        found["statsmodels kappa"] = fleiss_kappa(aggregate_raters(whole)[0])
    return found


def irr(rows):
    """irrCAC's AC1, alpha and kappa: Fleiss' for three coders and more, Cohen's (Conger's) for two."""
    from irrCAC.raw import CAC

    found = CAC(pd.DataFrame(rows), digits=15)
    out = {"irrCAC AC1": found.gwet()["est"], "irrCAC alpha": found.krippendorff()["est"]}
    if rows.shape[1] > 2:
        out["irrCAC kappa"] = found.fleiss()["est"]
    elif not np.isnan(rows).any():
        out["irrCAC kappa"] = found.conger()["est"]
    out["irrCAC percent"] = out["irrCAC AC1"] | {"coefficient_value": out["irrCAC AC1"]["pa"]}
    return {name: each["coefficient_value"] for name, each in out.items()}


def amounts(rows):
    """Pingouin's intraclass correlations."""
    from pingouin import intraclass_corr

    long = (
        pd.DataFrame(rows).melt(ignore_index=False, var_name="coder", value_name="amount").reset_index(names="target")
    )
    found = intraclass_corr(long, targets="target", raters="coder", ratings="amount")
    return {f"pingouin {kind}": value for kind, value in zip(found["Type"], found["ICC"], strict=True)}


def table(counts):
    """Expected counts, adjusted residuals and Yule's Q by statsmodels, the likelihood-ratio test by SciPy."""
    from scipy.stats import chi2_contingency
    from statsmodels.stats.contingency_tables import Table, Table2x2

    whole = Table(counts, shift_zeros=False)
    test = chi2_contingency(counts, correction=False, lambda_="log-likelihood")
    total = counts.sum()
    odds = np.empty_like(counts)
    for (i, j), both in np.ndenumerate(counts):
        first, second = counts[i].sum() - both, counts[:, j].sum() - both
        ratio = Table2x2(
            np.array([[both, first], [second, total - both - first - second]]), shift_zeros=False
        ).oddsratio
        odds[i, j] = 1.0 if math.isinf(ratio) else (ratio - 1) / (ratio + 1)
    return {
        "statsmodels expected": whole.fittedvalues,
        "statsmodels residuals": whole.standardized_resids,
        "statsmodels yule_q": odds,
        "scipy test": [test.statistic, test.pvalue],
    }


def holes(counts):
    """Expected counts and adjusted residuals where no code follows itself, by statsmodels' log-linear model."""
    import statsmodels.api as sm

    k = len(counts)
    rows, columns = (each.ravel() for each in np.indices(counts.shape))
    kept = rows != columns
    design = np.column_stack([rows[kept, None] == np.arange(k), columns[kept, None] == np.arange(1, k)]).astype(float)
    fit = sm.GLM(counts.ravel()[kept], design, family=sm.families.Poisson()).fit(tol=1e-14, maxiter=300)
    leverage = fit.get_influence().hat_matrix_diag
    expected, residuals = np.zeros(k * k), np.full(k * k, np.nan)
    expected[kept] = fit.fittedvalues
    residuals[kept] = fit.resid_pearson / np.sqrt(1 - leverage)
    return {
        "statsmodels expected (no repeats)": expected.reshape(k, k),
        "statsmodels residuals (no repeats)": residuals.reshape(k, k),
        "statsmodels test (no repeats)": fit.deviance,
    }


def groups(some):
    """Homogeneity of transition tables: SciPy's likelihood-ratio tests of each code's row over the groups, added up."""
    from scipy.stats import chi2_contingency

    total = 0.0
    for row in range(len(some[0])):
        counts = np.array([each[row] for each in some])
        counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
        if min(counts.shape) > 1:
            total += chi2_contingency(counts, correction=False, lambda_="log-likelihood").statistic
    return {"scipy homogeneity": total}


if __name__ == "__main__":
    main()
