/** What the columns of a file mean, and what is stated about the file. */

import type { Checker } from "../incident";
import { columnDecimal } from "../text/coordinates";
import { columnCentury, columnOrder, daysExchanged, type Order } from "../text/dates";
import type { Decimal } from "../text/position";
import { type Cells, type Column, everyCell } from "./cells";

/** Which column holds what. */
export interface Columns {
  readonly latitude?: Cells | Float64Array;
  readonly longitude?: Cells | Float64Array;
  /** A whole position in one text; with `geopoint`, as ODK and Kobo write it. */
  readonly position?: Cells;
  readonly geopoint?: boolean;
  /** Degrees, minutes, seconds and perhaps a direction, of both axes in turn. */
  readonly dms?: readonly Cells[];
  /** A second position, in one column or two. */
  readonly also?: readonly Cells[];
  /** What a place is called where a row has no position, and in which units it lies. */
  readonly place?: Cells;
  readonly placeCode?: Cells;
  readonly subdistrict?: Cells;
  readonly district?: Cells;
  readonly governorate?: Cells;
  readonly date?: Cells | Int32Array;
  readonly first?: Cells | Int32Array;
  readonly last?: Cells | Int32Array;
  readonly year?: Cells;
  readonly month?: Cells;
  readonly day?: Cells;
  /** Year, month and day of a first and a last day. */
  readonly span?: readonly Cells[];
  /** Year, month and day beside a date. */
  readonly alsoDays?: readonly Cells[];
  readonly radius?: Cells | Float64Array;
  /** The source's own codes of how precise place and date are. */
  readonly placeCodes?: readonly Cells[];
  readonly dateCode?: Cells;
}

/** What is stated about a file as a whole, where the file itself does not prove it. */
export interface ReadingOptions {
  /** How the radii of codes are called: the source and its columns. */
  readonly coded?: string;
  /** Metres in the unit of the column of radii. */
  readonly unit?: number;
  /** Whether the longitude comes first in a plain pair, as its header says; and in a second one. */
  readonly turned?: boolean;
  readonly alsoTurned?: boolean;
  /** Whether latitude and longitude are whole ten-millionths of a degree. */
  readonly tenmillionths?: boolean;
  /** A column whose years prove the century of short ones. */
  readonly years?: Cells;
  /** Metres within which every place is known; by default a point is exact. */
  readonly radius?: number;
  readonly order?: Order;
  /** The first year of the century of years of two digits. */
  readonly century?: number;
  readonly decimal?: Decimal;
  /** Whether the column of dates, which somebody chose, holds Unix times alone. */
  readonly unix?: boolean;
  /** Whether times without a zone are in UTC, as the header of their column says. */
  readonly utc?: boolean;
  /** Of a spreadsheet's serial dates. */
  readonly epoch?: 1900 | 1904;
  /** What the codes mean: without a radius, the place is not known. */
  readonly places?: Readonly<Record<string, PlacePrecision>>;
  readonly dates?: Readonly<Record<string, DatePrecision>>;
}

/** How precisely a code says where: within a radius, or in an administrative area, which is no place here. */
export interface PlacePrecision {
  readonly radius_m?: number;
  readonly area?: string;
  readonly source?: string;
}

/** How precisely a code says when: so many days around, or the whole month or year. */
export interface DatePrecision {
  readonly days?: number;
  readonly span?: string;
}

/** How one file is read, and what its columns prove as a whole: asked for last, and once. */
export class Plan {
  #decimal: Decimal | undefined;
  readonly #orders = new Map<Column, Order>();
  readonly #centuries = new Map<Column, number | null>();
  readonly #exchanged = new Map<Column, boolean>();

  constructor(
    readonly checker: Checker,
    readonly columns: Columns,
    readonly options: ReadingOptions = {},
  ) {}

  /** Return the decimal mark that the columns of places prove, or null. */
  get decimal(): Decimal {
    const { latitude, longitude, position } = this.columns;
    return (this.#decimal ??= columnDecimal(everyCell(latitude, longitude, position)));
  }

  /** Return the century of the years of four digits in a column, else in one of years, or null. */
  century(column: Cells): number | null {
    let century = this.#centuries.get(column);
    if (century === undefined) {
      century = columnCentury(everyCell(column)) ?? columnCentury(everyCell(this.options.years));
      this.#centuries.set(column, century);
    }
    return century;
  }

  /** Tell whether a column proves that a spreadsheet exchanged days and months in it. */
  exchanged(column: Cells): boolean {
    let found = this.#exchanged.get(column);
    if (found === undefined) this.#exchanged.set(column, (found = daysExchanged(everyCell(column))));
    return found;
  }

  /** Return the order of day and month that a column proves, or null. */
  order(column: Cells): Order {
    let order = this.#orders.get(column);
    if (order === undefined) this.#orders.set(column, (order = columnOrder(everyCell(column))));
    return order;
  }
}
