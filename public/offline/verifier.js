"use strict";
// Judges a licence by a border pack. Nothing is asked of a network; the order of the rules is that of
// licensing.credentials.checking, and a test holds the verdicts of both against each other.
const GIVEN = /* GIVEN */ null;
const ENTRIES = 131072;
const SIZES = { refresh: 1, revocation: 1, message: 2, suspension: 1 };
const MESSAGES = { 1: "exhausted", 2: "expired", 3: "surrendered" };
const KINDS = ["vc+jwt", "vc+sd-jwt", "licence-code"];

class Flaw extends Error {}
const fail = (code) => { throw new Flaw(code); };

function unb64(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) fail("unreadable");
  const raw = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  if (b64(raw) !== text) fail("unreadable"); // unused bits are zero: a token has one form
  return raw;
}

function b64(raw) {
  let text = "";
  for (const byte of raw) text += String.fromCharCode(byte);
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function parsed(raw) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
  } catch {
    return fail("unreadable");
  }
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const bytes = (text) => new TextEncoder().encode(text);
const hash = async (text) => b64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes(text))));

// The one JSON of a payload: names sorted, no spaces.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

function read(text) {
  const parts = text.split(".");
  if (parts.length !== 3) fail("unreadable");
  const [header, payload] = [parsed(unb64(parts[0])), parsed(unb64(parts[1]))];
  if (!isObject(header) || !isObject(payload)) fail("unreadable");
  return { header, payload, said: { ...payload }, signed: `${parts[0]}.${parts[1]}`, signature: unb64(parts[2]) };
}

async function signedBy(token, kinds, keys) {
  const { header, payload } = token;
  if (header.alg !== "ES256" || "crit" in header) fail("wrong_algorithm");
  if (!kinds.includes(header.typ)) fail("wrong_type");
  const key = keys.find((one) => one.kid === header.kid);
  if (key && key.iss !== payload.iss) fail("key_of_another_issuer");
  if (!key) fail(keys.some((one) => one.iss === payload.iss) ? "unknown_key" : "unknown_issuer");
  const jwk = { kty: key.kty, crv: key.crv, x: key.x, y: key.y };
  const way = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("jwk", jwk, way, false, ["verify"]);
  if (!(await crypto.subtle.verify(way, imported, token.signature, bytes(token.signed)))) fail("signature_wrong");
  if (!Number.isInteger(payload.iat) || payload.iat < key.valid_from) fail("key_not_then");
  if (key.revoked_at !== null && payload.iat >= key.revoked_at) fail("key_revoked");
  if (key.retired_at !== null && payload.iat > key.retired_at) fail("key_not_then");
  return key;
}

async function openPack(text) {
  let token;
  let key;
  try {
    token = read(text.trim());
    key = await signedBy(token, ["border-pack+jwt"], GIVEN.keys);
  } catch (flaw) {
    if (!(flaw instanceof Flaw)) throw flaw;
    fail(["unreadable", "wrong_type"].includes(flaw.message) ? "pack_unreadable" : "pack_not_trusted");
  }
  const pack = token.payload;
  if (!key.iss.endsWith(`:${String(pack.member).toLowerCase()}`)) fail("pack_not_trusted");
  if (!Array.isArray(pack.keys) || !Array.isArray(pack.licences) || !isObject(pack.status)) fail("pack_unreadable");
  pack.recorded = new Map(pack.licences.flatMap((one) => one.names.map((name) => [name, one.digests])));
  pack.byNumber = new Map(pack.licences.map((one) => [one.number, one.credential]));
  pack.lists = new Map();
  return pack;
}

async function revealed(claims, disclosures) {
  const waiting = new Map();
  for (const text of disclosures) {
    let said;
    try {
      said = parsed(unb64(text));
    } catch {
      fail("disclosure_wrong");
    }
    const name = await hash(text);
    const whole = Array.isArray(said) && said.length === 3 && typeof said[1] === "string";
    if (!whole || ["_sd", "...", "_sd_alg"].includes(said[1]) || waiting.has(name)) fail("disclosure_wrong");
    waiting.set(name, said);
  }
  const walk = (value) => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value)) return value;
    const found = {};
    for (const [name, entry] of Object.entries(value)) if (name !== "_sd" && name !== "_sd_alg") found[name] = walk(entry);
    for (const one of value._sd ?? []) {
      if (!waiting.has(one)) continue;
      const [, name, entry] = waiting.get(one);
      waiting.delete(one);
      if (name in found) fail("disclosure_wrong");
      found[name] = entry;
    }
    return found;
  };
  const shown = walk(claims);
  if (waiting.size) fail("disclosure_wrong");
  return shown;
}

const home = (issuer) => issuer.replace("did:web:", "").split(":").map(decodeURIComponent).join("/");
const place = (issuer, purpose, number) => `${home(issuer)}/status/${purpose}/${number}/`;

async function status(pack, issuer, purpose, number, index, at) {
  const where = place(issuer, purpose, number);
  if (!pack.lists.has(where)) pack.lists.set(where, await readList(pack, where, issuer, purpose));
  const { raw, until } = pack.lists.get(where);
  if (at >= until) fail("status_stale");
  const size = SIZES[purpose];
  if ((index + 1) * size > raw.length * 8) fail("status_unreadable");
  let found = 0;
  for (let bit = index * size; bit < (index + 1) * size; bit += 1) found = (found << 1) | ((raw[bit >> 3] >> (7 - (bit & 7))) & 1);
  return found;
}

async function readList(pack, where, issuer, purpose) {
  if (typeof pack.status[where] !== "string") fail("status_missing");
  const token = read(pack.status[where]);
  const key = await signedBy(token, ["vc+jwt"], pack.keys);
  const subject = token.payload.credentialSubject;
  if (key.iss !== issuer) fail("status_of_another_issuer");
  if (!isObject(subject) || String(token.payload.id).split("://")[1] !== where) fail("status_unreadable");
  if (subject.statusPurpose !== purpose || String(subject.encodedList)[0] !== "u") fail("status_unreadable");
  let raw;
  try {
    const packed = new Blob([unb64(subject.encodedList.slice(1))]).stream();
    raw = new Uint8Array(await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  } catch {
    fail("status_unreadable");
  }
  if (raw.length * 8 < ENTRIES * SIZES[purpose]) fail("status_unreadable");
  return { raw, until: Date.parse(token.payload.validUntil) };
}

function ofCode(token, key) {
  const said = token.payload;
  const instant = (seconds) => new Date(seconds * 1000).toISOString();
  if (!Array.isArray(said.s) || said.s.length !== 2) fail("wrong_content");
  const subject = { number: said.n, edition: said.e, territory: said.t };
  if ("c" in said) subject.confirmBy = instant(said.c);
  return {
    id: `${said.n}/${said.e}`, iat: said.iat, issuer: key.iss, credentialSubject: subject, place: said.s,
    validFrom: instant(said.f), validUntil: instant(said.u),
  };
}

function understood(claims, form, issuer) {
  const subject = claims.credentialSubject;
  const whole = isObject(subject) && typeof subject.number === "string" && Number.isInteger(subject.edition)
    && Array.isArray(subject.territory) && typeof claims.id === "string" && claims.issuer === issuer;
  if (!whole) fail("wrong_content");
  if (form === "licence-code") return claims.place;
  if (!Array.isArray(claims.type) || !claims.type.includes("ExportLicenceCredential")) fail("wrong_content");
  if (!Array.isArray(claims.credentialStatus)) fail("wrong_content");
  const places = {};
  for (const entry of claims.credentialStatus) {
    const address = String(entry.statusListCredential);
    const number = /\/(\d{1,9})\/$/.exec(address);
    if (!number || !/^\d{1,9}$/.test(String(entry.statusListIndex))) fail("wrong_content");
    if (address.split("://")[1] !== place(issuer, entry.statusPurpose, Number(number[1]))) fail("status_of_another_issuer");
    places[entry.statusPurpose] = [Number(number[1]), Number(entry.statusListIndex)];
  }
  const names = Object.keys(SIZES);
  const same = new Set(Object.values(places).map(String)).size === 1;
  if (Object.keys(places).length !== names.length || !names.every((name) => name in places) || !same) fail("wrong_content");
  return places.revocation;
}

async function state(claims, where, pack, at) {
  const subject = claims.credentialSubject;
  const [begins, ends] = [Date.parse(claims.validFrom), Date.parse(claims.validUntil)];
  if (Number.isNaN(begins) || Number.isNaN(ends)) fail("wrong_content");
  const bits = {};
  for (const purpose of Object.keys(SIZES)) bits[purpose] = await status(pack, claims.issuer, purpose, ...where, at);
  if (bits.refresh) return "superseded";
  if (MESSAGES[bits.message] === "surrendered") return "surrendered";
  if (bits.revocation) return "revoked";
  if ("confirmBy" in subject && (at >= Date.parse(subject.confirmBy) || at >= ends)) return "revoked";
  if (bits.message) return MESSAGES[bits.message];
  if (at >= ends) return "expired";
  if (!subject.territory.includes(pack.member)) return "not_valid_here";
  if (!pack.recorded.has(claims.id)) return (claims.iat ?? 0) >= pack.iat ? "newer_than_pack" : "unknown";
  if (bits.suspension) return "suspended";
  return at < begins ? "not_yet_valid" : "valid";
}

async function check(text, pack, at) {
  let claims = {};
  try {
    if (at >= pack.exp * 1000) fail("pack_expired");
    if (at < (pack.iat - 300) * 1000) fail("clock_behind");
    let shown = text.replace(/\s+/g, "");
    shown = pack.byNumber.get(shown.toUpperCase()) ?? shown;
    if (/^https?:\/\//.test(shown)) shown = shown.slice(shown.lastIndexOf("#") + 1);
    const [head, ...rest] = shown.split("~");
    const token = read(head);
    const form = String(token.header.typ);
    if (rest.length && (form !== "vc+sd-jwt" || rest.at(-1) !== "")) fail(form === "vc+sd-jwt" ? "disclosure_wrong" : "wrong_type");
    if (form === "vc+sd-jwt" && !rest.length) fail("unreadable");
    if (form === "licence-code") {
      const full = pack.keys.find((one) => one.kid.endsWith(`:members:${token.header.kid}`))?.kid ?? String(token.header.kid);
      token.header = { ...token.header, kid: full };
      token.payload = { ...token.payload, iss: full.split("#")[0] };
    }
    const key = await signedBy(token, KINDS, pack.keys);
    const found = form === "licence-code" ? ofCode(token, key) : await revealed(token.payload, rest.slice(0, -1));
    const where = understood(found, form, key.iss);
    const { iat, ...said } = token.said;
    const told = pack.recorded.get(found.id);
    if (told && !told.includes(await hash(canonical(said)))) fail("not_as_recorded");
    const code = await state(found, where, pack, at);
    claims = { ...found, iat };
    return { code, claims };
  } catch (flaw) {
    if (flaw instanceof Flaw) return { code: flaw.message, claims };
    return { code: "unreadable", claims };
  }
}

// The page -----------------------------------------------------------------------------------------------------

const element = (id) => document.getElementById(id);
const words = GIVEN.words;
const written = (at) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
let pack = null;

function described(one) {
  const told = { member: one.member, made: written(one.iat * 1000), until: written(one.exp * 1000), count: one.licences.length };
  return words.serves.replace(/\{(\w+)\}/g, (_whole, name) => told[name]);
}

function show(found) {
  const rule = GIVEN.rules.find((one) => one.code === found.code);
  const subject = found.claims.credentialSubject ?? {};
  element("answer").hidden = false;
  element("box").className = `answer ${rule.tone}`;
  element("number").textContent = subject.number ?? "";
  element("title").textContent = rule.title;
  element("says").textContent = rule.says;
  const facts = element("facts");
  facts.replaceChildren();
  const parties = [subject.holder, ...(subject.parties ?? [])].filter(Boolean);
  const rows = {
    edition: subject.edition,
    until: found.claims.validUntil && written(found.claims.validUntil),
    territory: subject.territory?.join(", "),
    parties: parties.map((one) => one.name ?? one.lei ?? words.unnamed).join("; "),
    conditions: (subject.conditions ?? []).map((one) => one.says ?? words.unsaid).join("; "),
    pack: pack ? described(pack) : "",
  };
  for (const [name, value] of Object.entries(rows)) {
    if (value === undefined || value === "") continue;
    facts.append(cell("dt", words[name]), cell("dd", String(value)));
  }
  const limits = element("limits");
  limits.replaceChildren();
  if (subject.items?.length) {
    const table = document.createElement("table");
    table.append(cell("caption", words.limits));
    const head = table.insertRow();
    for (const name of ["line", "item", "code", "most"]) head.append(cell("th", words[name]));
    for (const one of subject.items) {
      const row = table.insertRow();
      for (const value of [one.line, one.description, one.controlCode, `${one.quantity} ${one.unit}`]) row.append(cell("td", String(value)));
    }
    limits.append(table);
  }
  element("answer").focus();
}

function cell(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

element("pack").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  pack = null;
  element("pack-state").textContent = "";
  let told = "";
  try {
    pack = await openPack(await file.text());
    told = described(pack);
  } catch (flaw) {
    const rule = GIVEN.rules.find((one) => one.code === (flaw instanceof Flaw ? flaw.message : "pack_unreadable"));
    told = `${rule.title}. ${rule.says}`;
  }
  element("pack-state").textContent = told;
});

element("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [file] = element("file").files;
  const text = element("text").value.trim() || (file ? await file.text() : "");
  if (!pack) {
    show({ code: "status_missing", claims: {} });
    return;
  }
  show(await check(text, pack, Date.now()));
});
