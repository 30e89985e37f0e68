/** The worker's script as text: `build.mjs` bundles `session/worker.ts` into it. */
declare module "dezone:worker" {
  const text: string;
  export default text;
}
