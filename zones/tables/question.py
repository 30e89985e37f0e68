"""The question about every row of a table, and the columns that answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.atlas import Atlas, read_atlas
from geodata.errors import InputError
from geodata.text.lengths import read_radius
from zones.calendar import Basis
from zones.record import record_fields
from zones.verdict import Assessor, assessor_of

EVERY_COLUMN = tuple(field.name for field in record_fields() if field.is_column)
"""Every column that a table can get, in the order of a record."""

COLUMNS = tuple(field.name for field in record_fields() if field.is_default)
"""The columns that it gets by default."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """The question about every row; it can be pickled and sent to a worker.

    Attributes
    ----------
    atlas
        What is known.
    boundary, basis, coarsest_radius_m
        As for `zones.verdict.Assessor`.
    language
        Of the sentence.
    columns
        Names of the columns to add, in the order of a record.
    """

    atlas: Atlas
    boundary: str | None = None
    basis: Basis = Basis.MEMORANDUM
    coarsest_radius_m: float | None = None
    language: str = "en"
    columns: tuple[str, ...] = COLUMNS

    @property
    def assessor(self) -> Assessor:
        """The assessor that answers it, prepared once in a process."""
        return assessor_of(self.atlas, self.boundary, self.basis, self.coarsest_radius_m)

    def to_dict(self) -> dict[str, Any]:
        """Return everything that decides the answers, as plain values."""
        return {
            "atlas_sha256": self.atlas.sha256,
            "boundary": self.assessor.boundary,
            "basis": self.basis.value,
            "coarsest_radius_m": self.assessor.coarsest_radius_m,
            "language": self.language,
            "columns": list(self.columns),
        }


def ask(
    *,
    with_: str | Iterable[str] = (),
    boundary: str | None = None,
    basis: str = "memorandum",
    coarsest_radius: float | str | None = None,
    language: str = "en",
    atlas: Atlas | str | Path | None = None,
) -> Question:
    """Return a question after checking its parts.

    Parameters
    ----------
    with_
        Names of further columns of a record, or ``all``.
    boundary, basis, coarsest_radius, language, atlas
        As for `zones.check`.

    Raises
    ------
    InputError
        There is no such column or basis, or the radius is not one.
    AtlasError
        There is no such boundary or language.
    """
    book = atlas if isinstance(atlas, Atlas) else read_atlas(atlas)
    if basis not in set(Basis):
        raise InputError(
            f"expected a basis of {', '.join(Basis)}, found {basis!r}; choose one of these."
        )
    if boundary is not None:
        book.boundary(boundary)
    book.words(language)
    return Question(
        atlas=book,
        boundary=boundary,
        basis=Basis(basis),
        coarsest_radius_m=None if coarsest_radius is None else read_radius(coarsest_radius),
        language=language,
        columns=column_names(with_),
    )


def column_names(wanted: str | Iterable[str] = ()) -> tuple[str, ...]:
    """Return the default columns and those wanted, in the order of a record.

    Raises
    ------
    InputError
        There is no such column, or it is no text. ``all`` stands for every column.

    Examples
    --------
    >>> column_names(["distance_m,software"])[-3:]
    ('guarantors', 'reasons', 'software')
    """
    texts = [wanted] if isinstance(wanted, str) or not isinstance(wanted, Iterable) else [*wanted]
    if wrong := [one for one in texts if not isinstance(one, str)]:
        raise InputError(
            f"expected names of columns as texts, found {wrong[0]!r}; give a list of them."
        )
    names = {name.strip() for text in texts for name in text.split(",") if name.strip()}
    if "all" in names:
        names = names - {"all"} | set(EVERY_COLUMN)
    unknown = sorted(names - set(EVERY_COLUMN))
    if unknown:
        choices = ", ".join(name for name in EVERY_COLUMN if name not in COLUMNS)
        raise InputError(
            f"expected a column of {choices} or all, found {unknown[0]!r}; choose among these."
        )
    return tuple(name for name in EVERY_COLUMN if name in names or name in COLUMNS)
