/** Files that are dropped on the page, or chosen. */

import { el } from "../dom";

const ACCEPTED = ".xlsx,.xlsm,.csv,.tsv,.txt,.json,.jsonl,.ndjson,.geojson,.kml,.gpx,text/csv";

/** Call `take` with what is dropped anywhere on the page. */
export function listenForDrops(take: (file: File) => void): void {
  const { classList } = document.body;
  for (const type of ["dragenter", "dragover"]) {
    addEventListener(type, (event) => {
      event.preventDefault(); // or the browser would open the file in place of the page
      classList.add("dropping");
    });
  }
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    classList.remove("dropping");
    const [file] = event.dataTransfer?.files ?? [];
    if (file) take(file);
  });
}

/** The field that chooses a file; its label is what one sees of it. */
export function fileField(take: (file: File) => void): HTMLInputElement {
  const marks = { id: "checker-file", "data-keep": "checker-file", type: "file" };
  const field = el("input.unseen", { ...marks, accept: ACCEPTED });
  field.addEventListener("change", () => {
    const [file] = field.files ?? [];
    if (file) take(file);
    field.value = "";
  });
  return field;
}
