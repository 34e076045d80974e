"""Label a conversation: the turns that carry a label, with the words that speak for it, and what stands out.

python examples/label_conversation.py [MODEL]
"""

import sys
from pathlib import Path

import relcomm

TRANSCRIPT = Path(__file__).parent / "transcripts" / "therapy_refusal.txt"

analyzer = relcomm.load(*sys.argv[1:])
analysis = analyzer.analyze(relcomm.read(TRANSCRIPT))
for said, seen in zip(analysis.conversation.utterances, analysis.predictions, strict=True):
    for span in seen.spans:
        print(f"{said.speaker}: {span.label} {seen.scores[span.label]:.2f}  {said.text[span.start : span.end]!r}")
for finding in analysis.findings:
    print(finding.summary)
