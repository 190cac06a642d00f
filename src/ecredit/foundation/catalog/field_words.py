"""What several of the catalogue's files hold: words in two languages, and whole numbers with a least one."""

from ecredit.foundation.catalog.yaml_nodes import Fields


def read_words(fields: Fields, key: str) -> tuple[str, str]:
    """The Chinese and the English of the key; a fault and two empty texts where it is missing."""
    part = fields.sub(key)
    if part is None:
        fields.fault(key, "missing_key", f"缺少 {key}；请补上", f"{key} is missing; add it")
        return "", ""
    words = part.text("zh"), part.text("en")
    part.done()
    return words


def read_whole(fields: Fields, key: str, least: int = 0) -> int:
    """A whole number of at least `least`; a fault, and `least`, for any other."""
    number = fields.whole(key)
    if number is None or number < least:
        fields.fault(
            key,
            "bad_number",
            f"{key} 应为 {least} 或以上的整数",
            f"{key} should be a whole number not below {least}",
        )
    return max(number or 0, least)
