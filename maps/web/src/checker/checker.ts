/** The sheet "Check an incident": a question, its answer, a file; nothing of it leaves the page. */

import L from "leaflet";

import type { Atlas } from "../atlas";
import type { Crowd } from "../points/shown";
import type { Source } from "../points/source";
import { el, isolated } from "../dom";
import type { Checker, Ground } from "../generated/payload";
import type { Swap } from "../engine/text/axes";
import { radiusOf, type Place } from "../engine/text/places";
import type { Facts } from "../facts";
import type { State } from "../state";
import type { Words } from "../words";
import { answerNodes, swapText } from "./answer";
import { card } from "./card";
import { Client } from "../session/client";
import { FileReport } from "./file";
import { Mark } from "./mark";
import type { VerdictRecord } from "../engine/fields";
import type { Question } from "../engine/incident";
import type { FaultReply } from "../session/messages";
import { save } from "./save";

/** What the checker asks of the page that it lies on. */
export interface Host {
  readonly map: L.Map;
  readonly words: Words;
  atlas(): Atlas;
  facts(): Facts;
  show(change: Partial<State>): void;
  /** Put incidents on the map in place of the page's own; null brings those back. */
  incidents(source: Source | null): Crowd | null;
  /** Whether a click meets an incident on the map. */
  meets(event: MouseEvent): boolean;
  /** Room that the sheets leave to the map. */
  room(): L.FitBoundsOptions;
}

const PHONE = "(max-width: 760px)"; // as in checker.css

type FieldId = "where" | "when" | "precision";

/** The field in which something is wrong. */
const FIELD_OF: Record<NonNullable<FaultReply["what"]>, FieldId> = {
  position: "where",
  place: "where",
  date: "when",
  future: "when",
  radius: "precision",
};

const RADII = ["500 m", "2 km", "5 km", "10 km", "25 km"];

export class CheckerSheet {
  readonly #client: Client;
  readonly #mark: Mark;
  readonly #file: FileReport;
  #open: boolean;
  #where = el("input", {});
  #when = el("input", {});
  #precision = el("input", {});
  #form = el("form", {});
  #answer = el("div.answer", {});
  #sheet = el("section.sheet", {});
  #record: VerdictRecord | null = null;
  #doubt: Swap | null = null;
  #asked: Question | null = null;
  #turn = 0;
  readonly #card = el("div.card-paper", {});

  constructor(
    private readonly host: Host,
    private readonly data: Checker,
  ) {
    this.#open = data.alone;
    const ground = (): Ground => data.ground ?? host.atlas().data;
    this.#client = new Client(() => ({ ...ground(), ...data.reference, words: data.words }));
    this.#mark = new Mark(host.map);
    this.#file = new FileReport(this.#client, {
      words: host.words,
      atlas: () => host.atlas(),
      incidents: (source) => host.incidents(source),
      fit: ({ longitude, latitude }) => this.#fit(longitude, latitude),
    });
    this.#listen();
  }

  /** The sheets in the language that the page has now; what was typed and answered stays. */
  elements(): HTMLElement[] {
    const { words } = this.host;
    const typed = [this.#where, this.#when, this.#precision].map((input) => input.value);
    this.#build();
    [this.#where.value, this.#when.value, this.#precision.value] = typed as [string, string, string];
    this.#file.draw();
    if (this.#asked && this.#record && this.#record.input) void this.#ask(this.#asked, false);
    document.body.classList.toggle("checking", this.#open);
    document.body.classList.add("has-checker");
    this.#sheet.setAttribute("aria-label", words.say("checker.heading"));
    return [this.#sheet, this.#card];
  }

  /** The place asked about, while it is on the map. */
  get place(): L.LatLngTuple | null {
    return this.#mark.at;
  }

  #build(): void {
    const { words } = this.host;
    const field = (id: FieldId, word: string, hint: string, wide: boolean): [HTMLElement, HTMLInputElement] => {
      const input = el("input", {
        id: `checker-${id}`,
        "data-keep": `checker-${id}`,
        type: "text",
        dir: "auto",
        autocomplete: "off",
        autocapitalize: "off",
        spellcheck: "false",
        placeholder: words.say(`checker.${hint}`),
        "aria-describedby": `checker-${id}-error`,
      });
      const name = el("label", { for: input.id }, words.say(`checker.${word}`));
      const error = el("p.error", { id: `checker-${id}-error`, role: "alert" });
      const meant = el("div.meant", { id: `checker-${id}-meant` });
      return [el(wide ? "div.field.wide" : "div.field", {}, name, input, error, meant), input];
    };
    const [where, whereInput] = field("where", "where", "where_hint", true);
    const [when, whenInput] = field("when", "when", "when_hint", false);
    const [precision, precisionInput] = field("precision", "precision", "precision_hint", false);
    precisionInput.setAttribute("list", "checker-radii");
    [this.#where, this.#when, this.#precision] = [whereInput, whenInput, precisionInput];
    const list = el("datalist", { id: "checker-radii" }, RADII.map((value) => el("option", { value })));
    const pick = el("input.unseen", {
      id: "checker-file",
      "data-keep": "checker-file",
      type: "file",
      accept: ".csv,.tsv,.txt,.json,.geojson,text/csv,application/geo+json",
    });
    pick.addEventListener("change", () => {
      const [file] = pick.files ?? [];
      if (file) void this.#read(file);
      pick.value = "";
    });
    this.#form = el(
      "form",
      { novalidate: true },
      where,
      when,
      precision,
      list,
      el("button.main", { type: "submit" }, words.say("checker.submit")),
    );
    const hint = el(
      "p.secondary.hint",
      {},
      words.say("checker.or"),
      " ",
      pick,
      el("label.link", { for: "checker-file" }, words.say("checker.choose_file")),
      ". ",
      words.say("checker.private"),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#answer = el("div.answer", { "aria-live": "polite" });
    const body = el(
      "div.checker-body",
      { id: "checker-body", hidden: !this.#open },
      this.#form,
      this.#answer,
      hint,
      this.#file.element,
    );
    const heading = words.say("checker.heading");
    const button = el(
      "button.checker-toggle",
      {
        type: "button",
        "aria-expanded": String(this.#open),
        "aria-controls": "checker-body",
        "data-keep": "checker",
      },
      el("span", {}, heading),
      el("span.checker-sign", { "aria-hidden": "true" }, this.#open ? "×" : "+"),
    );
    button.addEventListener("click", () => this.#toggle(!this.#open));
    this.#sheet = el(
      "section.sheet.checker",
      { "data-open": String(this.#open) },
      el("h2", {}, button),
      body,
    );
    // On a phone the rows lie below the sheet: it leaves them the room.
    this.#sheet.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest('a[href="#incidents"]');
      if (link && matchMedia(PHONE).matches) this.#toggle(false);
    });
  }

  #toggle(open: boolean): void {
    this.#open = open;
    document.body.classList.toggle("checking", open);
    this.#sheet.dataset["open"] = String(open);
    this.#sheet.querySelector<HTMLElement>(".checker-body")!.hidden = !open;
    const button = this.#sheet.querySelector(".checker-toggle");
    button?.setAttribute("aria-expanded", String(open));
    button?.querySelector(".checker-sign")?.replaceChildren(open ? "×" : "+");
    if (open) this.#where.focus();
    else this.#mark.clear();
  }

  #listen(): void {
    const { map } = this.host;
    const container = map.getContainer();
    // Before Leaflet hears of it: on a zone, too, a click is a place while the sheet is open.
    container.addEventListener(
      "click",
      (event) => {
        if (!this.#open || !(event.target instanceof Element)) return;
        if (event.target.closest(".leaflet-popup, .leaflet-marker-icon.leaflet-interactive")) return;
        if ((map.dragging as unknown as { moved(): boolean }).moved()) return;
        if (this.host.meets(event)) return;
        event.stopPropagation();
        const { lat, lng } = map.mouseEventToLatLng(event);
        this.#where.value = `${lat.toFixed(4)}, ${lng.toFixed(4)}`;
        void this.#submit();
      },
      true,
    );
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#open || this.data.alone) return;
      if (!this.#sheet.contains(document.activeElement)) return;
      this.#toggle(false);
      this.#sheet.querySelector<HTMLElement>(".checker-toggle")?.focus();
    });
    for (const type of ["dragenter", "dragover"]) {
      addEventListener(type, (event) => {
        event.preventDefault(); // or the browser would open the file in place of the page
        document.body.classList.add("dropping");
      });
    }
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) document.body.classList.remove("dropping");
    });
    addEventListener("drop", (event) => {
      event.preventDefault();
      document.body.classList.remove("dropping");
      const [file] = event.dataTransfer?.files ?? [];
      if (file) void this.#read(file);
    });
  }

  async #read(file: File): Promise<void> {
    if (!this.#open) this.#toggle(true);
    this.#clear();
    await this.#file.open(file);
  }

  #clear(): void {
    this.#record = null;
    this.#asked = null;
    this.#answer.replaceChildren();
    this.#card.replaceChildren();
    this.#mark.clear();
    this.#offer("where", []);
    this.#offer("when", []);
  }

  async #submit(): Promise<void> {
    const [where, date, radius] = [this.#where, this.#when, this.#precision].map((input) =>
      input.value.trim(),
    ) as [string, string, string];
    if (!where && !date) {
      this.#complain("where", this.host.words.say("checker.error_empty"));
      this.#where.focus();
      return;
    }
    // A name has no digit, a position always has.
    const named = where !== "" && !/\p{Nd}/u.test(where);
    await this.#ask(
      {
        ...(where ? (named ? { place: where } : { position: where }) : {}),
        ...(date ? { date } : {}),
        ...(radius ? { radius } : {}),
      },
      true,
    );
  }

  async #ask(question: Question, moved: boolean): Promise<void> {
    const turn = ++this.#turn;
    const { lang } = this.host.words;
    const [, answer] = this.#client.ask<"record">({
      type: "check",
      question: { ...question, language: lang },
    });
    const reply = await answer;
    if (turn !== this.#turn) return; // asked again meanwhile
    for (const id of ["where", "when", "precision"] as const) {
      this.#complain(id, "");
      this.#offer(id, []);
    }
    if (reply.type === "fault") return this.#fail(reply);
    this.#asked = question;
    this.#record = reply.record;
    this.#doubt = reply.doubt;
    this.#draw(moved);
  }

  #fail(fault: FaultReply): void {
    const { words } = this.host;
    const id = fault.what ? FIELD_OF[fault.what] : "where";
    const { places, readings } = fault;
    const key = fault.ambiguous ? "ambiguous" : (fault.what ?? "position");
    const choice = fault.ambiguous ? "several" : "near";
    const word = places.length ? choice : readings.length > 1 ? "readings" : key;
    const own = words.say(`checker.error_${word}`);
    // The reader's own message says most, in English; buttons say the rest of what is offered.
    const plain = !places.length && readings.length < 2;
    const long = words.lang === "en" && plain && fault.message.length < 240;
    this.#clear();
    this.#complain(id, long ? fault.message : own);
    if (places.length) this.#offer(id, places.map((place) => this.#placeOffer(place)));
    else this.#offer(id, readings.map((text) => this.#readingOffer(id, text)));
    this.#field(id).focus();
  }

  #field(id: FieldId): HTMLInputElement {
    return { where: this.#where, when: this.#when, precision: this.#precision }[id];
  }

  #complain(id: FieldId, message: string): void {
    const error = this.#form.querySelector(`#checker-${id}-error`);
    error?.replaceChildren(message);
    const input = this.#form.querySelector(`#checker-${id}`);
    if (message) input?.setAttribute("aria-invalid", "true");
    else input?.removeAttribute("aria-invalid");
  }

  /** Lay what a field could mean under it, to choose from. */
  #offer(id: FieldId, offers: readonly HTMLElement[]): void {
    const meant = this.#form.querySelector(`#checker-${id}-meant`);
    meant?.replaceChildren(...offers);
    if (offers.length) {
      meant?.setAttribute("role", "group");
      meant?.setAttribute("aria-label", this.host.words.say("checker.choices"));
    } else for (const name of ["role", "aria-label"]) meant?.removeAttribute(name);
  }

  /** Put texts into their fields, and check what the form then says. */
  #take(texts: Partial<Record<FieldId, string>>): void {
    for (const [id, text] of Object.entries(texts)) this.#field(id as FieldId).value = text;
    // What was chosen is gone: who works by keyboard goes on from its field.
    this.#field(Object.keys(texts)[0] as FieldId).focus();
    void this.#submit();
  }

  #readingOffer(id: FieldId, text: string): HTMLElement {
    const { words } = this.host;
    const [first = "", last = first] = text.split("/");
    const days = (): string => (first === last ? words.day(first) : words.range(first, last));
    const button = el(
      "button.place",
      { type: "button" },
      el("bdi", { dir: "ltr" }, text),
      id === "when" ? el("span.secondary", {}, isolated(days())) : null,
    );
    button.addEventListener("click", () => this.#take({ [id]: text }));
    return button;
  }

  #placeOffer(place: Place): HTMLElement {
    const { words } = this.host;
    const name = words.lang === "ar" && place.nameArabic ? place.nameArabic : place.name;
    const point = `${place.latitude.toFixed(4)}, ${place.longitude.toFixed(4)}`;
    const button = el(
      "button.place",
      { type: "button" },
      isolated(name),
      el("span.secondary", {}, el("bdi", {}, place.admin1 ?? ""), " ", el("bdi", { dir: "ltr" }, point)),
    );
    button.addEventListener("click", () => {
      // A name stands for the whole place, a point would be exact: its extent goes with it.
      const extent = this.#precision.value.trim() || `${radiusOf(place)} m`;
      this.#take({ where: point, precision: extent });
    });
    return button;
  }

  #draw(moved: boolean): void {
    const { words } = this.host;
    const record = this.#record as VerdictRecord;
    const atlas = this.host.atlas();
    const print = el("button.link", { type: "button" }, words.say("checker.print"));
    print.addEventListener("click", () => this.#print());
    const keep = el("button.link", { type: "button" }, words.say("checker.save"));
    keep.addEventListener("click", () => {
      const text = `${JSON.stringify(record, null, 2)}\n`;
      save(new Blob([text], { type: "application/json" }), "verdict.json");
    });
    const actions = el("div.actions", {}, print, keep);
    this.#answer.lang = words.lang;
    const doubt = this.#doubt ? this.#swap(record, this.#doubt) : null;
    const nodes = answerNodes(record, words, atlas, this.host.facts(), doubt, actions);
    this.#answer.replaceChildren(...nodes);
    this.#card.replaceChildren(card(record, swapText(record, this.#doubt, words), words, atlas));
    if (!moved) return;
    const { latitude, longitude, first_day: day } = record;
    const [first, last] = atlas.years();
    const change: Partial<State> = { zone: record.zone };
    if (day !== null && day >= first && day <= last) change.date = day;
    this.host.show(change);
    if (latitude !== null && longitude !== null) {
      this.#mark.show([latitude, longitude], record.radius_m ?? 0, record.verdict);
      this.#fit([longitude], [latitude], Math.max(40_000, (record.radius_m ?? 0) * 3));
    } else this.#mark.clear();
    const phone = matchMedia(PHONE).matches;
    // A phone has no room for the question, too; elsewhere a file may have moved it out of sight.
    this.#sheet.scrollTo({ top: phone ? this.#answer.offsetTop - 44 : 0 });
  }

  /** What is to be said where the axes may be swapped, and the other way round to check. */
  #swap(record: VerdictRecord, doubt: Swap): HTMLElement {
    const { words } = this.host;
    const turned = `${record.longitude}, ${record.latitude}`;
    const [before, after] = words.say("checker.check_instead", { reading: "\u0000" }).split("\u0000");
    const button = el(
      "button.place",
      { type: "button" },
      el("span", {}, before, el("bdi", { dir: "ltr" }, turned), after),
    );
    button.addEventListener("click", () => this.#take({ where: turned }));
    return el("div.doubt", {}, el("p", {}, swapText(record, doubt, words)), button);
  }

  /** Show points between the sheets, with some ground around. */
  #fit(longitude: ArrayLike<number>, latitude: ArrayLike<number>, around = 4_000): void {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < longitude.length; i++) {
      const [x, y] = [longitude[i]!, latitude[i]!];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      [west, east] = [Math.min(west, x), Math.max(east, x)];
      [south, north] = [Math.min(south, y), Math.max(north, y)];
    }
    if (west > east) return;
    const box = L.latLngBounds([south, west], [north, east]);
    const wide = L.latLng(south, west).toBounds(around).extend(L.latLng(north, east).toBounds(around));
    this.host.map.fitBounds(wide.extend(box), { ...this.host.room(), maxZoom: 11 });
  }

  #print(): void {
    document.body.classList.add("printing-card");
    addEventListener("afterprint", () => document.body.classList.remove("printing-card"), {
      once: true,
    });
    print();
  }
}
