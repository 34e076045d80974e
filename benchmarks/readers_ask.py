"""What other readers make of WhatsApp exports: reads texts from standard input, writes messages to standard output, as JSON.

Run by `readers_peers.py` with the Python of an environment that holds them; knows nothing of relcomm.
"""

import json
import logging
import os
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

# chat-miner draws a bar of progress a file.
os.environ["TQDM_DISABLE"] = "1"
warnings.filterwarnings("ignore")


def whatstk(path):
    """Time, name and words of each message, in whatstk's order."""
    from whatstk import WhatsAppChat

    frame = WhatsAppChat.from_source(str(path)).df
    return [(row.date, row.username, row.message) for row in frame.itertuples()]


def chat_miner(path):
    """The same of chat-miner, in its order, which is newest first."""
    from chatminer.chatparsers import WhatsAppParser

    parser = WhatsAppParser(str(path))
    parser.parse_file()
    return [(one.timestamp, one.author, one.message) for one in parser.parsed_messages._parsed_messages]


TOOLS = {"whatstk": whatstk, "chat-miner": chat_miner}


def main() -> None:
    """Give every text to the tool; where it raises, the error's name stands in place of the messages."""
    name, texts = sys.argv[1], json.load(sys.stdin)
    # chat-miner sets up logging when it is imported, below this and for good.
    logging.disable(logging.CRITICAL)
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.txt"
        for text in texts:
            path.write_text(text, encoding="utf-8", newline="")
            try:
                found = TOOLS[name](path)
                answers.append([[time.isoformat(), str(who), str(words)] for time, who, words in found])
            except Exception as error:
                answers.append(type(error).__name__)
    json.dump({"version": version(name), "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
