/** Which column of a file was taken for what; another can be chosen. */

import { el } from "../dom";
import type { ReadingOptions } from "../engine/columns/plan";
import { type Role, ROLES, type Roles } from "../engine/columns/roles";
import type { OpenedReply } from "../session/messages";
import type { Words } from "../words";

const MOST_OFFERED = 500; // columns of a file
const OF_PLACES: readonly Role[] = ["latitude", "longitude", "position", "place", "governorate"];

/** Return the choice of columns; `located` is whether the file has places of its own. */
export function columnChoice(
  { headers, paths, source }: OpenedReply,
  roles: Roles,
  located: boolean,
  words: Words,
  choose: (roles: Roles) => void,
): HTMLDetailsElement {
  const shown = ROLES.filter((role) => !located || !OF_PLACES.includes(role));
  const rows = shown.map((role) => {
    const select = el("select", { "data-role": role, "data-keep": `role-${role}` });
    for (const header of ["", ...[...headers, ...paths].slice(0, MOST_OFFERED)]) {
      const one = el("option", { value: header }, header.slice(0, 60) || "–");
      one.selected = header === (roles[role] ?? "");
      select.append(one);
    }
    select.addEventListener("change", () => {
      const { [role]: _, ...others } = roles;
      choose(select.value ? { ...others, [role]: select.value } : others);
    });
    return el("label.role", {}, el("span", {}, nameOf(role, words)), select);
  });
  return el(
    "details.columns",
    {},
    el("summary", {}, words.say("checker.columns")),
    source ? el("p.secondary", {}, words.say("checker.source", { name: source })) : null,
    rows,
  );
}

/** Ways of writing a day that only its author can explain: of each the option that does, and what it then is. */
const UNCLEAR = [
  ["order", "07/03/2018", { "2018-03-07": "dmy", "2018-07-03": "mdy" }],
  ["century", "18", { "2018": 2000, "1918": 1900 }],
  ["epoch", "43166", { "2018-03-07": 1900, "2022-03-08": 1904 }],
] as const;

/** Return the choice of what such days mean. */
export function dateChoice(
  stated: ReadingOptions,
  words: Words,
  choose: (stated: ReadingOptions) => void,
): HTMLElement[] {
  return UNCLEAR.map(([option, text, ways]) => {
    const select = el("select", { "data-keep": `date-${option}`, name: `date-${option}` });
    for (const [said, value] of [["–", undefined], ...Object.entries(ways)] as const) {
      const one = el("option", {}, said);
      one.selected = value === stated[option];
      select.append(one);
    }
    select.addEventListener("change", () => {
      choose({ ...stated, [option]: (ways as Record<string, string | number>)[select.value] });
    });
    return el("label.role", {}, el("span", {}, `${words.say("field.date")}: ${text} =`), select);
  });
}

function nameOf(role: Role, words: Words): string {
  if (role === "position") return words.say("checker.position");
  if (role === "place") return words.say("checker.place_name");
  if (role === "governorate") return words.say("checker.governorate");
  const field = role === "first" || role === "last" ? `${role}_day` : role;
  return words.say(`field.${field}`);
}
