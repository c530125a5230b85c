// Enhances pages that work without it: govuk-frontend's behaviours and three elements of our own.
import {
  Button, CharacterCount, ErrorSummary, NotificationBanner, PasswordInput, ServiceNavigation, SkipLink, createAll,
} from "govuk-frontend";

const PARTS = [Button, CharacterCount, ErrorSummary, NotificationBanner, PasswordInput, ServiceNavigation, SkipLink];
const POLL = 30_000;

document.body.classList.add("js-enabled", "govuk-frontend-supported");
const enhance = (scope) => PARTS.forEach((part) => createAll(part, part === Button ? { preventDoubleClick: true } : undefined, scope));
enhance(document);

// What htmx brings in is enhanced too, and the reader is led to its heading where it asks for that.
document.addEventListener("htmx:after:swap", ({ target }) => {
  const place = target instanceof Element && target.isConnected ? target : document.body;
  enhance(place);
  place.querySelector("[data-focus-after-swap]")?.focus();
});

/** `<case-queue>`: j and k move between rows and Enter opens one, only while the focus is inside. */
class CaseQueue extends HTMLElement {
  connectedCallback() {
    this.addEventListener("keydown", (event) => {
      const away = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
      if (away || event.ctrlKey || event.metaKey || event.altKey) return;
      const links = [...this.querySelectorAll("[data-row-link]")];
      const row = document.activeElement?.closest("tr");
      const at = links.findIndex((link) => link.closest("tr") === row);
      if (event.key === "j") links[Math.min(at + 1, links.length - 1)]?.focus();
      else if (event.key === "k") links[Math.max(at - 1, 0)]?.focus();
      else if (event.key === "Enter" && event.target.matches("tr, case-queue")) (links[at] ?? links[0])?.click();
      else return;
      event.preventDefault();
    });
  }
}

/** `<time-left due now src>`: counts down on the server's clock and asks `src` again every 30 seconds. */
class TimeLeft extends HTMLElement {
  connectedCallback() {
    this.adopt(this);
    this.ticking = setInterval(() => this.show(), 1000);
    if (this.getAttribute("src")) this.polling = setInterval(() => this.poll(), POLL);
  }

  disconnectedCallback() {
    clearInterval(this.ticking);
    clearInterval(this.polling);
  }

  adopt(told) {
    this.due = Date.parse(told.getAttribute("due"));
    this.drift = Date.parse(told.getAttribute("now")) - Date.now();
    this.setAttribute("due", told.getAttribute("due"));
    this.show();
  }

  async poll() {
    if (document.hidden) return;
    const answer = await fetch(this.getAttribute("src"), { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("time-left");
    if (told) this.adopt(told);
  }

  show() {
    if (Number.isNaN(this.due) || Number.isNaN(this.drift)) return;
    const left = this.due - Date.now() - this.drift;
    this.setAttribute("state", left <= 0 ? "over" : left < 14_400_000 ? "soon" : "fine");
    const text = (left <= 0 ? this.dataset.over : this.dataset.left).replace("%s", spoken(Math.abs(left) / 1000));
    if (this.textContent !== text) this.textContent = text;
  }
}

/** The two greatest units of a length of time, in the page's language; seconds only under ten minutes. */
function spoken(seconds) {
  const parts = [
    [Math.floor(seconds / 86_400), "day"],
    [Math.floor(seconds / 3600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds < 600 ? Math.floor(seconds) % 60 : 0, "second"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const told = first < 0 ? [[0, "second"]] : parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  const language = document.documentElement.lang || "en";
  return told
    .map(([amount, unit]) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(amount))
    .join(" ");
}

/** `<auto-save>` around a form: sends the draft two seconds after the last change; its `output` tells how it went. */
class AutoSave extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.save(), 2000);
    });
    this.form?.addEventListener("submit", () => clearTimeout(this.waiting));
  }

  disconnectedCallback() {
    clearTimeout(this.waiting);
  }

  async save() {
    const body = new FormData(this.form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    const address = this.getAttribute("src") ?? this.form.getAttribute("action") ?? location.href;
    const answer = await fetch(address, { method: "POST", body, headers: { "X-Autosave": "1" } }).catch(() => null);
    const version = answer?.ok && answer.headers.get("X-Draft-Version");
    if (version && this.form.elements.version) this.form.elements.version.value = version;
    const plain = answer?.headers.get("Content-Type")?.startsWith("text/plain");
    const told = plain ? await answer.text() : "";
    const output = this.querySelector("output");
    output.dataset.state = answer?.ok ? "saved" : "failed";
    output.textContent = told || (answer?.ok ? this.dataset.saved : this.dataset.failed);
  }
}

customElements.define("case-queue", CaseQueue);
customElements.define("time-left", TimeLeft);
customElements.define("auto-save", AutoSave);
