/** Nodes of the page. Text becomes a text node, never markup. */

type Attributes = Record<string, string | number | boolean | null | undefined>;
export type Content = Node | string | number | null | undefined | Content[];

export function append(parent: Element, ...content: Content[]): void {
  for (const item of content) {
    if (item === null || item === undefined || item === "") continue;
    if (Array.isArray(item)) append(parent, ...item);
    else if (item instanceof Node) parent.append(item);
    else parent.append(document.createTextNode(String(item)));
  }
}

function assign(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Make an element; `tag` may carry one class: `p.note`. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  attributes: Attributes = {},
  ...content: Content[]
): HTMLElementTagNameMap[K] {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name as K);
  if (classes.length) element.className = classes.join(" ");
  assign(element, attributes);
  append(element, ...content);
  return element;
}

/** Make an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...content: Content[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(element, attributes);
  append(element, ...content);
  return element;
}

/** Text of unknown direction, kept apart from the text around it. */
export function isolated(text: string): HTMLElement {
  return el("bdi", {}, text);
}

/** A link to a source: only to the web, and only when it is followed. */
export function sourceLink(address: string, text: string): Node {
  if (!/^https?:\/\//i.test(address)) return isolated(text);
  return el("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, isolated(text));
}
