"""Write the fields of a record as a JSON Schema and as a table of the documentation.

Both follow from `zones/record.py`: run this after a change there (`make fields`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from zones.record import RecordField, json_schema, record_fields  # noqa: E402

SCHEMA = ROOT / "zones" / "record.schema.json"
PAGE = ROOT / "docs" / "record.md"
_BEGIN, _END = "<!-- fields -->\n", "<!-- end of fields -->\n"
_COLUMN = {"default": "yes", "further": "`--with`", "none": "no"}


def schema_text() -> str:
    """Return the JSON Schema of a record as the text of its file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def page_text() -> str:
    """Return the page of the documentation with its table of fields as they are now."""
    head, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    return head + _BEGIN + table() + _END + tail


def table() -> str:
    """Return the fields as a table in Markdown."""
    properties = json_schema()["properties"]
    lines = ["| field | what it says | type | column of a table |", "|---|---|---|---|"]
    for field in record_fields():
        known = properties[field.name]
        column = _COLUMN[known["x-column"]]
        lines.append(f"| `{field.name}` | {_meaning(known)} | {_type(field, known)} | {column} |")
    return "\n".join(lines) + "\n"


def _type(field: RecordField, known: dict[str, Any]) -> str:
    plain = next((one for one in known.get("anyOf", [known]) if one.get("type") != "null"), known)
    names = {"array": "list", "object": "pairs", "integer": "whole number", "string": "text"}
    name = "day" if plain.get("format") == "date" else str(plain.get("type", "object"))
    return names.get(name, name) + (", or null" if field.nullable else "")


def _meaning(known: dict[str, Any]) -> str:
    said: str = known["description"]
    codes = _codes(known)
    return f"{said}: {', '.join(f'`{code}`' for code in codes)}" if codes else said


def _codes(known: dict[str, Any]) -> list[str]:
    inner = [known, *known.get("anyOf", ()), known.get("items", {})]
    return next((one["enum"] for one in inner if "enum" in one), [])


FILES = {SCHEMA: schema_text, PAGE: page_text}

if __name__ == "__main__":
    for path, text in FILES.items():
        path.write_text(text(), "utf-8")
