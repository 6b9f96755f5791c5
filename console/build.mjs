// Builds the console into the Python package: scripts, styles and the licences of what is in them.
import { build } from "esbuild";
import { readFile, readdir, rm, writeFile, mkdir, copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const assets = process.env.CONSOLE_ASSETS ?? join(here, "../ddbmock/server/console/assets");

await rm(assets, { recursive: true, force: true });
await mkdir(assets, { recursive: true });
const result = await build({
  entryPoints: { console: join(here, "src/main.tsx") },
  outdir: assets,
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  chunkNames: "[name]-[hash]",
  legalComments: "none",
  metafile: true,
  absWorkingDir: here,
});
await copyFile(join(here, "src/index.html"), join(assets, "index.html"));
await copyFile(join(here, "src/icon.svg"), join(assets, "icon.svg"));

// Every package that is in the bundle, with its version and licence.
const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (found) packages.add(found[1]);
}
let text = "The console's scripts contain these packages from npm.\n";
for (const name of [...packages].sort()) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  text += `\n${"=".repeat(70)}\n${name} ${version} (${license})\n\n`;
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  text += file ? (await readFile(join(folder, file), "utf8")).trim() + "\n" : "";
}
await writeFile(join(assets, "licences.txt"), text);
