/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";

import { formatOf, kindOf } from "../../src/checker/kind";

const bytes = (...codes: number[]): Uint8Array => Uint8Array.from(codes);
const text = (words: string): Uint8Array => new TextEncoder().encode(words);

test("a file that is no text is known by how it begins", () => {
  assert.equal(kindOf("a.csv", bytes(0x89, 0x50, 0x4e, 0x47, 13, 10)), "picture");
  assert.equal(kindOf("a.jpg", bytes(0xff, 0xd8, 0xff, 0xe0)), "picture");
  assert.equal(kindOf("a.pdf", text("%PDF-1.4")), "pdf");
  assert.equal(kindOf("a.zip", bytes(0x50, 0x4b, 3, 4)), "packed");
  assert.equal(kindOf("a.csv.gz", bytes(0x1f, 0x8b, 8)), "packed");
  assert.equal(kindOf("a.zip", bytes(0x50, 0x4b, 3, 4)), "packed");
});

test("a workbook is known by its name, too", () => {
  assert.equal(kindOf("a.XLSX", bytes(0x50, 0x4b, 3, 4)), null, "one that is read");
  const named = (name: string, start: Uint8Array): string => {
    const kind = kindOf(name, start);
    return typeof kind === "object" && kind ? kind.format : String(kind);
  };
  const [packed, old] = [bytes(0x50, 0x4b, 3, 4), bytes(0xd0, 0xcf, 0x11, 0xe0)];
  assert.equal(named("a.xlsb", packed), "Excel (.xlsb)");
  assert.equal(named("a.ods", packed), "OpenDocument (.ods)");
  assert.equal(named("a.kmz", packed), "KMZ (.kmz)");
  assert.equal(named("a.xls", old), "Excel (.xls)");
  assert.equal(named("a.xls", text("\tid\tdate")), "null", "text that only calls itself one");
  assert.equal(named("a.doc", old), "Word (.doc)");
  assert.equal(named("a.dta", bytes(0x72, 2, 1, 0)), "Stata (.dta)", "up to Stata 12");
  assert.equal(named("a.dta", text("<stata_dta>")), "Stata (.dta)", "from Stata 13 on");
  assert.equal(named("a.parquet", text("PAR1")), "Parquet");
  assert.equal(named("a.rds", bytes(0x1f, 0x8b, 8)), "R (.rds)");
  assert.equal(named("a.sav", text("$FL2")), "SPSS (.sav)");
  assert.equal(kindOf("a.xlsx", text("id,date")), null, "text that only calls itself one");
});

test("text of any writing is not taken for anything else", () => {
  assert.equal(kindOf("a.csv", text("id,date,latitude")), null);
  assert.equal(kindOf("a.csv", bytes(0xff, 0xfe, 0x69, 0)), null);
  assert.equal(kindOf("a.csv", bytes(0xef, 0xbb, 0xbf, 0x69)), null);
  assert.equal(kindOf("a.csv", bytes()), null);
});

test("the format of a file is told by its first bytes", () => {
  for (const [start, format] of [
    ["PK\x03\x04", "workbook"],
    ['\ufeff {"type"', "json"],
    ["[{", "json"],
    ['<?xml version="1.0"?>\n<!-- a -->\n<kml xmlns="x">', "placemarks"],
    ["<gpx>", "placemarks"],
    ["id,date", "delimited"],
    ["<html>", "delimited"],
  ] as const) {
    assert.equal(formatOf(text(start)), format, start);
  }
});
