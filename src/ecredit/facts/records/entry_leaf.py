"""The canonical bytes of a ledger entry, written so that a million of them cost seconds.

The lines are those of `actors.canonical.leaf_lines("entry", …)`; a test holds the two together. Content and original
are JSON text, which has no raw line breaks; ids, dates and numbers have none either.
"""


def entry_head(
    leaf: int,
    verb: str,
    source_id: str,
    doc_key: str,
    subject_id: int,
    valid_from: str,
    valid_to: str,
    known_at: str,
    supplier: str,
    batch_id: int | str,
    line: int | str,
    edition: str,
) -> bytes:
    """Bytes of one entry up to its content. Dates are ISO days or ""; `known_at` as `instant_text` writes it; "" for no batch."""
    return (
        f"ecredit/entry/v1\n{leaf}\n{verb}\n{source_id}\n{doc_key}\n{subject_id}\n{valid_from}\n{valid_to}\n"
        f"{known_at}\n{supplier}\n{batch_id}\n{line}\n{edition}\n"
    ).encode()


def entry_leaf(
    leaf: int,
    verb: str,
    source_id: str,
    doc_key: str,
    subject_id: int,
    valid_from: str,
    valid_to: str,
    known_at: str,
    supplier: str,
    batch_id: int | str,
    line: int | str,
    edition: str,
    content: str,
    original: str,
) -> bytes:
    """Bytes of one entry: those of `entry_head`, its content and its original."""
    head = entry_head(
        leaf,
        verb,
        source_id,
        doc_key,
        subject_id,
        valid_from,
        valid_to,
        known_at,
        supplier,
        batch_id,
        line,
        edition,
    )
    return head + f"{content}\n{original}".encode()
