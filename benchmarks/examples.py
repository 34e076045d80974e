"""How far a model agrees with a reader on the transcripts of examples/: python benchmarks/examples.py [--model base]

Prints for each transcript how many labels both gave, how many only the model, how many only the reader, and the
turns on which the model is wrong.
"""

import argparse
import json
from pathlib import Path

from relcomm import load, read

EXAMPLES = Path(__file__).parents[1] / "examples"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="base")
    analyzer = load(parser.parse_args().model)
    total = [0, 0, 0]
    for path in sorted((EXAMPLES / "transcripts").iterdir()):
        expected = json.loads((EXAMPLES / "expected" / f"{path.stem}.json").read_text(encoding="utf-8"))["labels"]
        counts, wrong = [0, 0, 0], []
        for n, found in enumerate(analyzer.analyze(read(path)).predictions, 1):
            given, reader = set(found.labels), set(expected.get(str(n), ()))
            for place, some in enumerate((given & reader, given - reader, reader - given)):
                counts[place] += len(some)
            if given - reader:
                wrong.append(f"{n} {', '.join(sorted(given - reader))}")
        total = [a + b for a, b in zip(total, counts, strict=True)]
        print(f"{path.name:24} both {counts[0]:3}   model only {counts[1]:3}   reader only {counts[2]:3}")
        print(*(f"    turn {each}" for each in wrong), sep="\n", end="\n" if wrong else "")
    print(f"{'all':24} both {total[0]:3}   model only {total[1]:3}   reader only {total[2]:3}")


if __name__ == "__main__":
    main()
