"""What somebody must know before an assistant gets to read their words."""

DISCLOSURE = (
    "The labels are worked out on this machine and nothing is stored, but the assistant that calls these tools, and the\n"
    "company that runs it, see every text they are given and every answer. Give them only words that all who wrote them\n"
    "agreed to have read there."
)
