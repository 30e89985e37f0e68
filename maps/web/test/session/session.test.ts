/// <reference types="node" />
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { unzipSync, zipSync } from "fflate";
import writeWorkbookFile from "write-excel-file/universal";

import { dayNumber, dayOf } from "../../src/days";
import { REASONS, VERDICTS } from "../../src/generated/codes";
import type { Format } from "../../src/engine/formats/opening";
import { readWorkbook, writeWorkbook } from "../../src/engine/formats/workbook";
import type { Reply, Request } from "../../src/session/messages";
import { Session } from "../../src/session/session";

const path = fileURLToPath(new URL("../../../../tests/vectors/atlas.json", import.meta.url));
const atlas = readFileSync(path, "utf8");

/** Return a session that is ready, and a way to ask it: all replies to a request, in order. */
async function session() {
  let replies: Reply[] = [];
  const one = new Session((reply) => replies.push(reply), dayNumber("2026-01-01"));
  const ask = async (request: Request): Promise<Reply[]> => {
    replies = [];
    await one.handle(request);
    return replies;
  };
  await ask({ type: "atlas", id: 0, atlas });
  return { one, ask };
}

function last<T extends Reply["type"]>(replies: Reply[], type: T): Extract<Reply, { type: T }> {
  const reply = replies.at(-1);
  assert.equal(reply?.type, type, JSON.stringify(reply));
  return reply as Extract<Reply, { type: T }>;
}

const FILE = `id,when,lat,lon,note
1,2018-03-01,35.9306,36.6339,"one, with ""quotes""
and a line break"
2,1 آذار 2018,"35° 55' 50"" N","36° 38' 2"" E",written out
3,,35.9306,36.6339,no date
4,2018-03-01,north of here,36.6339,no place
5,2099-01-01,35.9306,36.6339,not yet
6,2018-03-01,35.9306,36.6339

7,2018-03-01,,,nowhere
`;
const ROLES = { latitude: "lat", longitude: "lon", date: "when" };

test("a file is read, computed, shown and given back with its verdicts", async () => {
  const { ask } = await session();
  const table = last(await ask({ type: "open", id: 1, content: FILE, format: "delimited" }), "opened");
  assert.deepEqual(table.headers, ["id", "when", "lat", "lon", "note"]);
  assert.equal(table.length, 7);
  assert.equal(table.ragged, 1);
  const replies = await ask({ type: "compute", id: 2, columns: ROLES, chunk: 3 });
  const done = replies.flatMap((reply) => (reply.type === "progress" ? [reply.done] : []));
  assert.deepEqual(done, [3, 6, 7]);
  const { points, faults, faultCount, stopped } = last(replies, "computed");
  assert.equal(stopped, false);
  const verdicts = [...points.verdict].map((code) => VERDICTS[code]);
  assert.deepEqual(verdicts, ["inside", "inside", ...Array<string>(5).fill("undetermined")]);
  const reasons = [...points.reasons].map((bits) => REASONS.filter((_, i) => (bits >> i) & 1));
  assert.ok(reasons[2]!.includes("no-date"));
  assert.deepEqual(reasons[3], ["unreadable-location"]);
  assert.ok(reasons[4]!.includes("future-date") && !reasons[4]!.includes("no-date"));
  assert.deepEqual(reasons[5], ["unreadable-location", "unreadable-date"]);
  assert.deepEqual(reasons[6], ["no-location"]);
  assert.equal(dayOf(points.first[1]!), "2018-03-01");
  assert.deepEqual(
    faults.map((fault) => [fault.row, fault.what]),
    [
      [3, "position"],
      [4, "date"],
    ],
  );
  assert.equal(faultCount, 2);
  const rows = last(await ask({ type: "rows", id: 3, rows: [0], names: ["verdict", "zone"] }), "rows");
  assert.deepEqual(rows.headers.slice(-3), ["note", "verdict", "zone"]);
  assert.deepEqual(rows.rows[0]!.slice(-3), [
    'one, with "quotes"\nand a line break',
    "inside",
    "idlib",
  ]);
  const names = ["verdict", "sentence", "distance_m"] as const;
  const { file } = last(await ask({ type: "export", id: 4, names, language: "ar" }), "export");
  const lines = (await file.text()).split("\n");
  assert.equal(lines[0], "id,when,lat,lon,note,verdict,sentence,distance_m");
  assert.match(lines[2]!, /^and a line break",inside,/);
});

test("questions asked at once are answered in order", async () => {
  const { one, ask } = await session();
  const content = new TextEncoder().encode(FILE).buffer;
  const opened = ask({ type: "open", id: 1, content, format: "delimited" });
  const computed = one.handle({ type: "compute", id: 2, columns: ROLES });
  await one.handle({ type: "check", id: 3, question: {} });
  await computed;
  const types = (await opened).map((reply) => reply.type);
  assert.deepEqual(types, ["opened", "record", "progress", "computed"]);
});

test("columns of numbers are computed without a file", async () => {
  const { ask } = await session();
  const columns = {
    longitude: Float64Array.of(36.6339, NaN),
    latitude: Float64Array.of(35.9306, NaN),
    date: Int32Array.of(dayNumber("2018-03-01"), dayNumber("2018-03-01")),
  };
  const { counts } = last(await ask({ type: "compute", id: 1, columns }), "computed");
  assert.deepEqual(counts, [1, 0, 1, 0]);
});

test("GeoJSON points bring their own positions", async () => {
  const { ask } = await session();
  const feature = (coordinates: unknown, type = "Point") => ({
    type: "Feature",
    properties: { day: "2018-03" },
    geometry: { type, coordinates },
  });
  const features = [feature([36.6339, 35.9306]), feature([[36, 35]], "LineString")];
  const content = JSON.stringify({ type: "FeatureCollection", features });
  await ask({ type: "open", id: 1, content, format: "json" });
  const { counts } = last(await ask({ type: "compute", id: 2, columns: { date: "day" } }), "computed");
  assert.deepEqual(counts, [1, 0, 1, 0]);
});

test("a column proves the order of its days and its decimal mark", async () => {
  const { ask } = await session();
  const content = "d;y;x\n01/03/2018;35,55;36,38\n13/03/2018;35,9306;36,6339\n";
  await ask({ type: "open", id: 1, content, format: "delimited" });
  const columns = { date: "d", latitude: "y", longitude: "x" };
  const { points, faultCount } = last(await ask({ type: "compute", id: 2, columns }), "computed");
  assert.equal(faultCount, 0);
  assert.equal(dayOf(points.first[0]!), "2018-03-01");
  assert.equal(points.latitude[0], 35.55);
});

test("what days mean is stated where the column does not prove it", async () => {
  const { ask } = await session();
  const content = "d,y,x\n7/3/18,35.93,36.63\n43166,35.93,36.63\n";
  await ask({ type: "open", id: 1, content, format: "delimited" });
  const columns = { date: "d", latitude: "y", longitude: "x" };
  const before = last(await ask({ type: "compute", id: 2, columns }), "computed");
  assert.equal(before.faultCount, 2);
  const options = { order: "mdy", century: 2000, epoch: 1900 } as const;
  const { points, faultCount } = last(await ask({ type: "compute", id: 3, columns, options }), "computed");
  assert.equal(faultCount, 0);
  assert.deepEqual([...points.first].map(dayOf), ["2018-07-03", "2018-03-07"]);
});

test("a source's codes say how precise its places and dates are", async () => {
  const { ask } = await session();
  const content = "y,x,d,where,when\n35.93,36.63,2018-03-14,2,3\n35.93,36.63,2018-03-14,9,1\n";
  await ask({ type: "open", id: 1, content, format: "delimited" });
  const columns = {
    ...{ date: "d", latitude: "y", longitude: "x" },
    ...{ placeCodes: ["where"], dateCode: "when" },
  };
  const stated = {
    places: { "2": { radius_m: 25_000 } },
    dates: { "1": { days: 0 }, "3": { span: "month" } },
  } as const;
  const { points } = last(await ask({ type: "compute", id: 2, columns, options: stated }), "computed");
  assert.deepEqual([...points.radius], [25_000, NaN]);
  assert.deepEqual([...points.first, ...points.last].map(dayOf), [
    "2018-03-01",
    "2018-03-14",
    "2018-03-31",
    "2018-03-14",
  ]);
});

test("what is wrong is answered in one line, and a long file can be stopped", async () => {
  const { one, ask } = await session();
  const latin = Uint8Array.of(0x61, 0xe9).buffer;
  const faults = [
    await ask({ type: "open", id: 1, content: latin, format: "delimited" }),
    await ask({ type: "open", id: 2, content: 'a,b\n"open', format: "delimited" }),
    await ask({ type: "open", id: 3, content: "[]", format: "json" }),
    await ask({ type: "check", id: 4, question: { position: "35,55 36,38" } }),
    await ask({ type: "check", id: 5, question: { date: "2099" } }),
  ].map((replies) => last(replies, "fault"));
  for (const { message } of faults) assert.match(message, /^expected [^\n]*$/);
  assert.deepEqual(faults.map((fault) => fault.ambiguous), [false, false, false, true, false]);

  const columns = { longitude: new Float64Array(50), latitude: new Float64Array(50) };
  const computed = ask({ type: "compute", id: 6, columns, chunk: 10 });
  await one.handle({ type: "stop", id: 6 });
  const { stopped, points } = last(await computed, "computed");
  assert.equal(stopped, true);
  assert.ok(points.verdict.length < 50);
});

/** The rows of a file with their verdicts, and its headers. */
async function tagged(content: ArrayBuffer | string, format: Format, stated: object = {}) {
  const { ask } = await session();
  const opened = last(await ask({ type: "open", id: 1, content, format, ...stated }), "opened");
  const found = last(await ask({ type: "compute", id: 2, columns: opened.roles }), "computed");
  const names = ["verdict"] as const;
  const { file } = last(await ask({ type: "export", id: 3, names }), "export");
  return { ask, opened, found, text: await file.text() };
}

test("rows come from JSON, lines of JSON, features, placemarks and waypoints", async () => {
  const row = { id: 1, date: "2018-03-01", lat: 35.9306, lon: 36.6339, ok: true, x: [1, null] };
  const table = 'id,date,lat,lon,ok,x,verdict\n1,2018-03-01,35.9306,36.6339,true,"[1, null]",inside\n';
  assert.equal((await tagged(JSON.stringify([row]), "json")).text, table);
  assert.equal((await tagged(JSON.stringify({ data: [row] }), "json")).text, table);
  assert.equal((await tagged(`${JSON.stringify(row)}\n\n`, "json")).text, table);

  const geometry = { type: "Point", coordinates: [36.6339, 35.9306] };
  const properties = { date: "2018-03-01", note: null };
  const feature = { type: "Feature", id: "f", geometry, properties };
  const collection = JSON.stringify({ type: "FeatureCollection", features: [feature] });
  const point = "POINT (36.6339 35.9306)";
  const { opened, text } = await tagged(collection, "json");
  assert.equal(text, `id,date,note,geometry,verdict\nf,2018-03-01,,${point},inside\n`);
  assert.equal(opened.located, true);

  const kml = `<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>
    <kml><Placemark id="p"><name>A &amp; <![CDATA[<b>]]></name><Data name="date"><value>2018-03-01</value>
    </Data><Point><coordinates> 36.6339,35.9306,0 </coordinates></Point></Placemark></kml>`;
  const placemarks = await tagged(kml, "placemarks");
  assert.equal(placemarks.text, `kml_id,Name,date,geometry,verdict\np,A & <b>,2018-03-01,POINT Z (36.6339 35.9306 0),inside\n`);
  const gpx = '<gpx><wpt lat="35.9306" lon="36.6339"><cmt>a</cmt><date>2018-03-01</date></wpt></gpx>';
  const waypoints = await tagged(gpx, "placemarks");
  assert.equal(waypoints.text, `cmt,date,geometry,verdict\na,2018-03-01,${point},inside\n`);
});

test("a small file that would fill any memory, and a place that is none, are not taken", async () => {
  const { ask } = await session();
  const message = async (content: string, format: Format): Promise<string> =>
    JSON.stringify((await ask({ type: "open", id: 1, content, format })).at(-1));
  const names = Array.from({ length: 4_000 }, (_, n) => `c${n}`);
  assert.match(await message(`${names.join()}\n${"1,2\n".repeat(8_500)}`, "delimited"), /as long as the header/);
  const own = (n: number): string[] => Array.from({ length: n }, (_, k) => `{"k${k % 4_090}":1}`);
  assert.match(await message(`[${own(9_000).join()}]`, "json"), /as long as the header/);
  const many = Array.from({ length: 5_000 }, (_, k) => `{"k${k}":1}`);
  assert.match(await message(`[${many.join()}]`, "json"), /up to 4096 columns/);
  for (const deep of [600, 2_000, 50_000]) {
    const value = `${"[".repeat(deep)}${"]".repeat(deep)}`;
    assert.match(await message(`[{"x":${value}}]`, "json"), /nested too deep/);
    const shape = `{"type":"Feature","geometry":{"type":"LineString","coordinates":${value}}}`;
    assert.match(await message(`${shape}\n${shape}`, "json"), /nested too deep/);
  }
  const brackets = JSON.stringify([{ x: '["{\\'.repeat(1_000) }]);
  assert.match(await message(brackets, "json"), /"opened"/);
  for (const place of [",35.9306", "36.6339,", "0x24,35", "1_0,2", "Infinity,2"]) {
    const point = `<Point><coordinates>${place}</coordinates></Point>`;
    const kml = `<kml><Placemark><TimeStamp><when>2018-03-01</when></TimeStamp>${point}</Placemark></kml>`;
    assert.match((await tagged(kml, "placemarks")).text, /NaN.*,undetermined\n$/, place);
  }
});

test("a workbook is read as it is written, and its sheets can be chosen", async () => {
  const rows = [
    ["id", "date", "lat", "lon", "note"],
    ["007", "2018-03-01", "35.9306", "36.6339", "=1+1"],
  ];
  const content = await (await writeWorkbook(rows, "one")).arrayBuffer();
  const { ask, opened, text } = await tagged(content, "workbook");
  assert.deepEqual([opened.sheet, opened.sheets], ["one", ["one"]]);
  assert.equal(text, "id,date,lat,lon,note,verdict\n007,2018-03-01,35.9306,36.6339,=1+1,inside\n");
  const names = ["verdict"] as const;
  const asked = { type: "export", id: 4, format: "xlsx", names } as const;
  const { file } = last(await ask(asked), "export");
  const again = await readWorkbook(await file.arrayBuffer(), null);
  assert.deepEqual(again.table?.cells(0), [...rows[1]!, "inside"]);
  const broken = last(await ask({ type: "open", id: 5, content: new ArrayBuffer(9), format: "workbook" }), "fault");
  assert.match(broken.message, /^expected a workbook, found a damaged one/);
});

test("days, times and truth values of a workbook are written as the command writes them", async () => {
  const [day, clock] = [{ type: Date, format: "yyyy-mm-dd hh:mm" }, { type: Date, format: "hh:mm:ss" }];
  const rows = [
    ["day", "lat", "lon", "clock", "sure", "odd"].map((value) => ({ value, type: String })),
    [
      { ...day, value: new Date("2018-03-01T13:00:00Z") },
      { value: 35.9306, type: Number },
      { value: 36.6339, type: Number },
      { ...clock, value: new Date("1899-12-30T10:00:00Z") },
      { value: true, type: Boolean },
      { value: true, type: Boolean },
    ],
    [43160, 35.9306, 36.6339, null, false, "no"].map((value) =>
      value === null ? null : { value, type: value.constructor as StringConstructor },
    ),
  ];
  const content = await (await writeWorkbookFile(rows as never, { sheet: "a" }).toBlob()).arrayBuffer();
  const { opened, text } = await tagged(content, "workbook");
  assert.equal(opened.roles.date, "day");
  const [, first, second] = text.split("\n");
  assert.equal(first, "2018-03-01 13:00:00,35.9306,36.6339,10:00:00,true,TRUE,inside");
  assert.equal(second, "43160,35.9306,36.6339,,false,no,inside", "a serial number by the epoch");
});

test("a workbook whose farthest cell would fill the memory is refused before it is read", async () => {
  const blob = await writeWorkbook([["id"], ["1"]], "one");
  const parts = unzipSync(new Uint8Array(await blob.arrayBuffer()));
  for (const [cell, said] of [
    ["XFD1048576", /^expected a sheet of at most 16777216 cells, found its farthest in row 1048576 and column 16384;/],
    ["&#88;FD1048576", /^expected cells like B7/],
  ] as const) {
    const far = Object.entries(parts).map(([name, content]): [string, Uint8Array] => {
      const text = new TextDecoder().decode(content).replace('r="A2"', `r="${cell}"`);
      return [name, new TextEncoder().encode(text)];
    });
    const packed = zipSync(Object.fromEntries(far)).buffer as ArrayBuffer;
    await assert.rejects(readWorkbook(packed, null), { name: "TableError", message: said });
  }
});

test("of several sheets with cells none is read until one is chosen", async () => {
  const data = [[{ value: "id", type: String }]];
  const book = await writeWorkbookFile(["first", "second"].map((sheet) => ({ sheet, data }))).toBlob();
  const content = await book.arrayBuffer();
  const { ask } = await session();
  const opened = last(await ask({ type: "open", id: 1, content: content.slice(0), format: "workbook" }), "opened");
  assert.deepEqual([opened.sheet, opened.sheets, opened.headers], [null, ["first", "second"], []]);
  const chosen = { type: "open", id: 2, content, format: "workbook", sheet: "second" } as const;
  assert.equal(last(await ask(chosen), "opened").sheet, "second");
});

test("an encoding can be stated, and one that is not is asked for", async () => {
  const bytes = Uint8Array.from([..."id,date,lat,lon\n", 0xc5, ...",2018,35.9,36.6"], (one) =>
    typeof one === "number" ? one : one.charCodeAt(0),
  );
  const { ask } = await session();
  const content = bytes.buffer;
  const fault = last(await ask({ type: "open", id: 1, content, format: "delimited" }), "fault");
  assert.equal(fault.what, "encoding");
  const { text } = await tagged(content, "delimited", { encoding: "windows-1256" });
  assert.match(text, /^إ,2018/m);
});

test("repairs are told by kind, and every cell that cannot be read is handed out", async () => {
  const rows = ["1,٧ نيسان ٢٠١٨,35.5,36.5", "2,01.03.2018,0,0", "3,12.25.2017,-,-", "4,soon,95,36"];
  const { ask, found } = await tagged(`id,date,lat,lon\n${rows.join("\n")}`, "delimited");
  const kinds = found.repairs.map(({ kind, count, row, after }) => [kind, count, row, after]);
  assert.deepEqual(kinds, [
    ["arabic-digits", 1, 0, "7 نيسان 2018"],
    ["zero-point", 1, 1, ""],
    ["day-month-order", 1, 1, "2018-01-03"],
    ["missing-mark", 1, 2, ""],
  ]);
  const { file } = last(await ask({ type: "faults", id: 9 }), "export");
  const [head, ...lines] = (await file.text()).trim().split("\n");
  assert.equal(head, "row,what,text,why");
  assert.deepEqual(lines.map((line) => line.split(",").slice(0, 2)), [["4", "position"], ["4", "date"]]);
});
