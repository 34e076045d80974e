"""Every check of the estimator contract on every estimator, as a table: python benchmarks/contract.py [--model base]

The checks are those of tests/contract.py, and scikit-learn's own on the same estimators reading numbers. Needs pandas,
polars and pyarrow, which the dev group has. Ends with 1 if a check fails.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from contract import CHECKS, EXPECTED, NUMBERS, estimators, run, run_theirs


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="ngram")
    model = parser.parse_args().model
    tried = estimators(model)
    print(f"Estimators on the encoder of {model!r}:")
    print(*(f"  {n} {name}" for n, name in enumerate(tried, 1)), sep="\n")
    print(f"\n{'check':40}", *(f"{n:>5}" for n in range(1, len(tried) + 1)))
    failed = []
    for name, check in CHECKS.items():
        row = {who: run(check, estimator, target) for who, (estimator, target) in tried.items()}
        print(f"{name:40}", *(f"{said if said in ('ok', '-') else 'FAIL':>5}" for said in row.values()))
        failed += [f"{name}, {who}: {said}" for who, said in row.items() if said not in ("ok", "-")]
    print("\nscikit-learn's own estimator_checks, numbers spelled out:")
    for who, estimator in NUMBERS.items():
        found = run_theirs(estimator)
        counts = Counter(each["status"] for each in found)
        print(f"  {who:28}", ", ".join(f"{n} {status}" for status, n in counts.items()))
        failed += [f"{each['check_name']}, {who}" for each in found if each["status"] == "failed"]
    print(*(f"  expected to fail: {name} ({why})" for name, why in EXPECTED.items()), sep="\n")
    print(*failed, sep="\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
