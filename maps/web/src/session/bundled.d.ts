/** The worker's script deflated, as base64: `build.mjs` bundles `session/worker.ts` into it. */
declare module "dezone:worker" {
  const text: string;
  export default text;
}
