/** The panel "Check an incident": a question, its answer, a file; nothing of it leaves the page. */

import L from "leaflet";

import type { Context } from "../context";
import type { Day } from "../days";
import { el } from "../dom";
import type { VerdictRecord } from "../engine/fields";
import type { Question } from "../engine/incident";
import type { Swap } from "../engine/text/axes";
import type { Offer } from "../engine/text/completion";
import type { Checker, Ground } from "../generated/payload";
import type { ShownPoints } from "../points/shown";
import type { PointSource } from "../points/source";
import { save } from "../save";
import { Client } from "../session/client";
import type { FaultReply } from "../session/messages";
import type { State } from "../state";
import { answerNodes, swapText, verdictWord } from "./answer";
import { card } from "./card";
import { fileField, listenForDrops } from "./drop";
import { FileReport } from "./file";
import { type Field, fieldOf, QuestionForm, type Typed } from "./form";
import { type Linked, readQuestion, writeQuestion } from "./link";
import { Mark } from "./mark";
import { placeOffer, readingOffer, turnedOffer } from "./offers";

/** What the checker asks of the page that it lies on. */
export interface CheckerHost extends Context {
  /** Put incidents on the map in place of the page's own; null brings those back. */
  incidents(source: PointSource | null): ShownPoints | null;
  /** The day that the map shows. */
  day(): Day;
  /** Whether a click meets an incident on the map. */
  meets(event: MouseEvent): boolean;
}

const PHONE = "(max-width: 1000px)"; // as in checker.css
const EMPTY = { where: "", when: "", precision: "" };

/** A question that was answered. */
interface Answer {
  readonly question: Question;
  readonly typed: Typed;
  readonly record: VerdictRecord;
  readonly doubt: Swap | null;
}

export class CheckerPanel {
  readonly #client: Client;
  readonly #mark: Mark;
  readonly #file: FileReport;
  readonly #card = el("div.card-paper", {});
  #open: boolean;
  #answered: Answer | null = null;
  /** The day that the last answer brought the map to. */
  #day: Day | null = null;
  #linked: Linked | null = readQuestion(location.hash);
  #turn = 0;
  // What lies in the panel, in the language that the page has now.
  #panel = el("section.panel", {});
  #form: QuestionForm | null = null;
  #answer = el("div.answer", {});
  /** What a screen reader is told of an answer: the verdict and the sentence, not the facts. */
  readonly #told = el("p.unseen", { role: "status" });

  constructor(
    private readonly host: CheckerHost,
    private readonly data: Checker,
  ) {
    this.#open = data.alone || this.#linked !== null;
    const ground: Ground = data.ground ?? host.atlas.data;
    const words = host.words.engine;
    this.#client = new Client(() => ({ ...ground, ...data.reference, words }));
    this.#mark = new Mark(host.map);
    this.#file = new FileReport(this.#client, {
      words: host.words,
      atlas: host.atlas,
      incidents: (source) => host.incidents(source),
      fit: ({ longitude, latitude }) => this.#fit(longitude, latitude),
    });
    this.#listen();
  }

  /** The panel in the language that the page has now; what was typed and answered stays. */
  elements(): HTMLElement[] {
    this.#build();
    this.#file.draw();
    if (this.#answered) void this.#ask(this.#answered.question, false);
    document.body.classList.toggle("checking", this.#open);
    document.body.classList.add("has-checker");
    this.#takeLinked();
    return [this.#panel, this.#card];
  }

  /** The place asked about, while it is on the map. */
  get place(): L.LatLngTuple | null {
    return this.#mark.at;
  }

  #build(): void {
    const { words } = this.host;
    const heading = words.say("checker.heading");
    this.#form = new QuestionForm(
      words,
      this.#form?.typed ?? EMPTY,
      () => void this.#submit(),
      (text) => this.#complete(text),
    );
    this.#answer = el("div.answer", {});
    const hint = el(
      "p.secondary.hint",
      {},
      words.say("checker.or"),
      " ",
      fileField((file) => void this.#read(file)),
      el("label.link", { for: "checker-file" }, words.say("checker.choose_file")),
      ". ",
      words.say("checker.private"),
    );
    const body = el(
      "div.checker-body",
      { id: "checker-body", hidden: !this.#open },
      this.#form.element,
      this.#told,
      this.#answer,
      hint,
      this.#file.element,
    );
    const marks = { "aria-expanded": String(this.#open), "aria-controls": "checker-body" };
    const button = el(
      "button.checker-toggle",
      { id: "checker-toggle", type: "button", ...marks, "data-keep": "checker" },
      el("span", {}, heading),
      el("span.checker-sign", { "aria-hidden": "true" }, this.#open ? "×" : "+"),
    );
    button.addEventListener("click", () => this.#toggle(!this.#open));
    this.#panel = el(
      "section.panel.checker",
      { "data-open": String(this.#open), "aria-label": heading },
      el("h2", {}, button),
      body,
    );
    // On a phone the rows lie below the panel: it leaves them the room.
    this.#panel.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest('a[href="#incidents"]');
      if (link && matchMedia(PHONE).matches) this.#toggle(false);
    });
  }

  async #complete(text: string): Promise<readonly Offer[]> {
    const [, answer] = this.#client.ask<"offers">({ type: "complete", text });
    const reply = await answer;
    return reply.type === "fault" ? [] : reply.offers;
  }

  #toggle(open: boolean): void {
    this.#open = open;
    document.body.classList.toggle("checking", open);
    this.#panel.dataset["open"] = String(open);
    this.#panel.querySelector<HTMLElement>(".checker-body")!.hidden = !open;
    const button = this.#panel.querySelector(".checker-toggle");
    button?.setAttribute("aria-expanded", String(open));
    button?.querySelector(".checker-sign")?.replaceChildren(open ? "×" : "+");
    if (open) this.#form?.focus("where");
    else this.#mark.clear();
  }

  #listen(): void {
    const container = this.host.map.getContainer();
    // Before Leaflet hears of it: on a zone, too, a click is a place while the panel is open.
    container.addEventListener("click", (event) => this.#click(event), true);
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#open || this.data.alone) return;
      if (!this.#panel.contains(document.activeElement)) return;
      this.#toggle(false);
      this.#panel.querySelector<HTMLElement>(".checker-toggle")?.focus();
    });
    addEventListener("hashchange", () => {
      this.#linked = readQuestion(location.hash);
      if (this.#linked && !this.#open) this.#toggle(true);
      this.#takeLinked();
    });
    listenForDrops((file) => void this.#read(file));
  }

  #click(event: MouseEvent): void {
    const { map } = this.host;
    if (!this.#open || !(event.target instanceof Element)) return;
    if (event.target.closest(".leaflet-popup, .leaflet-marker-icon.leaflet-interactive")) return;
    if ((map.dragging as unknown as { moved(): boolean }).moved()) return;
    if (this.host.meets(event)) return;
    event.stopPropagation();
    const { lat, lng } = map.mouseEventToLatLng(event);
    const { when } = this.#form?.typed ?? EMPTY;
    const asked = this.#answered?.typed.when;
    // The map's day, unless another was typed and not asked about yet, or is what the map shows.
    const typed = when && (when !== asked || this.#day === this.host.day());
    const date = typed ? {} : { when: this.host.day() };
    this.#form?.fill({ where: `${lat.toFixed(4)}, ${lng.toFixed(4)}`, ...date });
    void this.#submit();
  }

  async #read(file: File): Promise<void> {
    if (!this.#open) this.#toggle(true);
    this.#clear();
    await this.#file.open(file);
  }

  #clear(): void {
    this.#answered = null;
    this.#answer.replaceChildren();
    this.#told.replaceChildren();
    this.#card.replaceChildren();
    this.#mark.clear();
    for (const id of ["where", "when"] as const) this.#form?.offer(id, []);
  }

  // -- a question and its answer ----------------------------------------------------------------

  async #submit(): Promise<void> {
    if (this.#form?.question) await this.#part(this.#form.question);
    const question = this.#form?.question;
    if (question) return this.#ask(question, true);
    this.#form?.complain("where", this.host.words.say("checker.error_empty"));
    this.#form?.focus("where");
  }

  /** Put a date that stands beside the place into its own field. */
  async #part(question: Question): Promise<void> {
    if (question.date) return;
    const [, answer] = this.#client.ask<"dated">({ type: "dated", question });
    const reply = await answer;
    if (reply.type !== "dated" || !reply.question.date) return;
    const { place, position = place, date } = reply.question;
    this.#form?.fill({ where: position!, when: date });
  }

  /** Ask what a link asks, once, and show what its sender saw. */
  #takeLinked(): void {
    const linked = this.#linked;
    this.#linked = null;
    if (!linked) return;
    // The address is in sight, and in the browser's history: it keeps no incident.
    history.replaceState(null, "", this.host.address());
    this.#form?.fill(linked.typed);
    const { question } = this.#form!;
    // The map's first view is found after the panels are laid: the answer comes after that.
    if (question) setTimeout(() => void this.#ask(question, true, linked.view));
  }

  /** Ask; the map follows the answer where `moves`. */
  async #ask(question: Question, moves: boolean, view: Linked["view"] = null): Promise<void> {
    const turn = ++this.#turn;
    const { lang } = this.host.words;
    const asked = { type: "check", question: { ...question, language: lang } } as const;
    const [, answer] = this.#client.ask<"record">(asked);
    const reply = await answer;
    if (turn !== this.#turn) return; // asked again meanwhile
    this.#form?.clear();
    if (reply.type === "fault") return this.#fail(reply);
    const { record, doubt } = reply;
    const typed = moves ? this.#form!.typed : (this.#answered?.typed ?? EMPTY);
    this.#answered = { question, typed, record, doubt };
    this.#draw(this.#answered);
    if (moves) this.#go(record, view);
  }

  #fail(fault: FaultReply): void {
    const { words } = this.host;
    const { places, readings } = fault;
    const form = this.#form as QuestionForm;
    const id = fieldOf(fault.what);
    const key = fault.ambiguous ? "ambiguous" : (fault.what ?? "position");
    const choice = fault.ambiguous ? "several" : "near";
    const word = places.length ? choice : readings.length > 1 ? "readings" : key;
    // The reader's own message says most, in English; buttons say the rest of what is offered.
    const plain = !places.length && readings.length < 2;
    const own = words.lang === "en" && plain && fault.message.length < 240;
    this.#clear();
    form.complain(id, own ? fault.message : words.say(`checker.error_${word}`));
    const take = (texts: Partial<Record<Field, string>>): void => this.#take(texts);
    const offers = places.length
      ? places.map((place) => placeOffer(place, words, take))
      : readings.map((text) => readingOffer(id, text, words, take));
    form.offer(id, offers);
    form.focus(id);
  }

  /** Put texts into their fields, and check what the form then says. */
  #take(texts: Partial<Record<Field, string>>): void {
    this.#form?.fill(texts);
    // What was chosen is gone: who works by keyboard goes on from its field.
    this.#form?.focus(Object.keys(texts)[0] as Field);
    void this.#submit();
  }

  #draw({ typed, record, doubt }: Answer): void {
    const { words, atlas, facts } = this.host;
    const link = (word: string, act: () => void): HTMLElement => {
      const one = el("button.link", { type: "button" }, words.say(word));
      one.addEventListener("click", act);
      return one;
    };
    const print = link("checker.print", printCard);
    const keep = link("checker.save", () => {
      const text = `${JSON.stringify(record, null, 2)}\n`;
      save(new Blob([text], { type: "application/json" }), "verdict.json");
    });
    const said = swapText(record, doubt, words);
    const turned = `${record.longitude}, ${record.latitude}`;
    const warning = doubt
      ? el(
          "div.doubt",
          {},
          el("p", {}, said),
          turnedOffer(turned, words, (texts) => this.#take(texts)),
        )
      : null;
    const copied = el("p.answer-note", { role: "status" });
    const copy = link("checker.copy_link", () => void this.#copy(typed, copied));
    const actions = el("div", {}, el("div.actions", {}, print, keep, copy), copied);
    this.#told.replaceChildren(`${verdictWord(record, words)}. ${words.sentence(record.sentence)}`);
    this.#answer.lang = words.lang;
    this.#answer.replaceChildren(...answerNodes(record, words, atlas, facts, warning, actions));
    this.#card.replaceChildren(card(record, said, words, atlas, facts));
  }

  /** Copy the address of an answer, or lay it out to be copied; say what it holds. */
  async #copy(typed: Typed, said: HTMLElement): Promise<void> {
    const { words, map } = this.host;
    const [page = ""] = location.href.split("#");
    const address = page + writeQuestion(this.host.address(), typed, map);
    const done = await navigator.clipboard?.writeText(address).then(
      () => true,
      () => false,
    );
    const byHand = el("input", { type: "text", readonly: true, dir: "ltr", value: address });
    const word = words.say(`checker.${done ? "link_copied" : "link_by_hand"}`);
    byHand.setAttribute("aria-label", word);
    said.replaceChildren(word, " ", words.say("checker.link_holds"));
    if (done) return;
    said.append(byHand);
    byHand.select();
  }

  /** Show the day, the zone and the place of a record, in a view or as near as its place is known. */
  #go(record: VerdictRecord, view: Linked["view"]): void {
    const { latitude, longitude, first_day: day, zone, radius_m: radius } = record;
    const [first, last] = this.host.atlas.years();
    const change: Partial<State> = { zone };
    if (day !== null && day >= first && day <= last) change.date = day;
    this.host.show(change);
    this.#day = change.date ?? null;
    if (latitude !== null && longitude !== null) {
      this.#mark.show([latitude, longitude], radius ?? 0, record.verdict);
      // One move alone: of two, the motion of the first would have the last word.
      if (view) this.host.map.setView(view.center, view.zoom, { animate: false });
      else this.#fit([longitude], [latitude], Math.max(40_000, (radius ?? 0) * 3));
    } else this.#mark.clear();
    const phone = matchMedia(PHONE).matches;
    // A phone has no room for the question, too; elsewhere a file may have moved it out of sight.
    this.#panel.scrollTo({ top: phone ? this.#answer.offsetTop - 44 : 0 });
  }

  /** Show points between the panels, with so many metres of ground around. */
  #fit(longitude: ArrayLike<number>, latitude: ArrayLike<number>, around = 4_000): void {
    let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < longitude.length; i++) {
      const [x, y] = [longitude[i]!, latitude[i]!];
      if (Number.isNaN(x) || Number.isNaN(y)) continue;
      [west, east] = [Math.min(west, x), Math.max(east, x)];
      [south, north] = [Math.min(south, y), Math.max(north, y)];
    }
    if (west > east) return;
    const box = L.latLng(south, west).toBounds(around).extend(L.latLng(north, east).toBounds(around));
    this.host.map.fitBounds(box, { ...this.host.room.free(), maxZoom: 11 });
  }
}

function printCard(): void {
  const { classList } = document.body;
  classList.add("printing-card");
  addEventListener("afterprint", () => classList.remove("printing-card"), { once: true });
  print();
}
