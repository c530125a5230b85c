// Projects the world's outline once, so that pages only place lines and dots on it.
import { readFileSync } from "node:fs";
import { geoArea, geoCentroid, geoEqualEarth, geoPath } from "d3-geo";
import { feature, mesh } from "topojson-client";

const WIDTH = 960;
const HEIGHT = 468;
// Drawn with the country that the United Nations counts them to.
const DRAWN_WITH = { CYN: "CYP", SOL: "SOM" };

/** Returns world.json (paths by ISO 3166-1 alpha-3 code) and world.svg (the same as one quiet picture). */
export function world(source) {
  const topology = JSON.parse(readFileSync(source, "utf8"));
  const projection = geoEqualEarth().fitSize([WIDTH, HEIGHT], { type: "Sphere" });
  const path = geoPath(projection).digits(1);
  const paths = {};
  const centres = {};
  for (const { geometry, properties } of feature(topology, topology.objects.countries).features) {
    const code = DRAWN_WITH[properties.a3] ?? properties.a3;
    if (code === "ATA") continue;
    paths[code] = (paths[code] ?? "") + path(geometry);
    centres[code] ??= centre(geometry);
  }
  const countries = sorted(paths);
  const borders = path(
    mesh(topology, topology.objects.countries, (a, b) => {
      const [one, other] = [a, b].map(({ properties: { a3 } }) => DRAWN_WITH[a3] ?? a3);
      return a !== b && one !== other;
    }),
  );
  const [x, y] = projection.translate();
  const json = JSON.stringify({
    projection: { name: "equal-earth", scale: round(projection.scale()), x: round(x), y: round(y) },
    width: WIDTH,
    height: HEIGHT,
    centres: sorted(centres),
    countries,
  });
  const land = Object.values(countries).join("");
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
    `<path fill="#e8eef3" d="${path({ type: "Sphere" })}"/>`,
    `<path fill="#c3cfd9" d="${land}"/>`,
    `<path fill="none" stroke="#f6f9fb" stroke-width=".5" stroke-linejoin="round" d="${borders}"/>`,
    "</svg>",
  ].join("\n");
  return { json: `${json}\n`, svg: `${svg}\n` };
}

/** Longitude and latitude of the middle of a country's greatest piece: France's lies in France. */
function centre(geometry) {
  const pieces = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
  const greatest = pieces
    .map((coordinates) => ({ type: "Polygon", coordinates }))
    .reduce((one, other) => (geoArea(one) >= geoArea(other) ? one : other));
  return geoCentroid(greatest).map((degrees) => Math.round(degrees * 100) / 100);
}

const sorted = (record) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
const round = (number) => Math.round(number * 1e6) / 1e6;
