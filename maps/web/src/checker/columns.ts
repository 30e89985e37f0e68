/** Which column of a file was taken for what; another can be chosen. */

import { el } from "../dom";
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

function nameOf(role: Role, words: Words): string {
  if (role === "position") return words.say("checker.position");
  if (role === "place") return words.say("checker.place_name");
  if (role === "governorate") return words.say("checker.governorate");
  const field = role === "first" || role === "last" ? `${role}_day` : role;
  return words.say(`field.${field}`);
}
