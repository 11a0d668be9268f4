// The findings of one plan: search, filters, and what is known of each, made when it is opened.
"use strict";

page.Table = class {
  constructor(run, id, reveal) {
    this.run = run;
    this.id = id;
    this.reveal = reveal;
    this.limit = 60;
    this.ranks = new Set();
    this.only = null; // places of findings, and a word for them
    this.opened = new Set();
    this.haystack = run.findings.map((finding) => [finding.address, finding.message, finding.words, finding.type, finding.why]
      .map(page.text).concat(finding.rule, page.severity(finding.severity)).join("\n").toLowerCase());
    this.search = page.html("input", { type: "search", id: `${id}-search`, autocomplete: "off", spellcheck: "false",
      placeholder: "Search address, rule, reason…", "aria-label": "Search the findings", oninput: () => this.changed() });
    this.chips = page.html("div", { class: "chips", role: "group", "aria-label": "Show only" }, this.filters());
    this.only_ = page.html("div", { class: "only", hidden: true });
    this.found = page.html("p", { class: "found", role: "status" });
    this.body = page.html("tbody");
    this.table = page.html("table", { class: "findings" },
      page.html("caption", { class: "visually-hidden" }, "Findings, worst first"),
      page.html("thead", {}, page.html("tr", {}, ["Severity", "What", "Happens", "Rule"].map((name) => page.html("th", { scope: "col" }, name)))),
      this.body);
    this.more = page.html("button", { type: "button", class: "more", onclick: () => { this.limit += 200; this.render(); } });
    this.root = page.html("div", { class: "table" },
      page.html("div", { class: "bar" }, this.search, this.chips), this.only_, this.found, this.table, this.more);
    this.render();
  }

  filters() {
    const counts = new Map();
    for (const { severity } of this.run.findings) counts.set(severity, (counts.get(severity) || 0) + 1);
    return [...counts].sort((a, b) => b[0] - a[0]).map(([rank, count]) =>
      page.html("button", { type: "button", class: `chip s${rank}`, "aria-pressed": "false", onclick: (event) => {
        this.ranks.has(rank) ? this.ranks.delete(rank) : this.ranks.add(rank);
        event.currentTarget.setAttribute("aria-pressed", String(this.ranks.has(rank)));
        this.changed();
      } }, `${page.severity(rank)} `, page.html("b", {}, page.number(count))));
  }

  changed() {
    this.limit = 60;
    this.render();
  }

  // Rows as lists of places: findings that say the same share one.
  matches() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = this.only ? new Set(this.only.places) : null;
    const fits = (place) => (!wanted || wanted.has(place)) && (!this.ranks.size || this.ranks.has(this.run.findings[place].severity))
      && words.every((word) => this.haystack[place].includes(word));
    return this.run.rows.map((places) => places.filter(fits)).filter((places) => places.length);
  }

  render() {
    const rows = this.matches();
    const number = rows.reduce((sum, places) => sum + places.length, 0);
    this.body.replaceChildren(...rows.slice(0, this.limit).flatMap((places) => this.row(places)));
    const all = page.plural(this.run.findings.length, "finding");
    this.found.textContent = number === this.run.findings.length ? all : `${page.number(number)} of ${all}`;
    this.more.hidden = rows.length <= this.limit;
    this.more.textContent = `Show ${page.number(Math.min(200, rows.length - this.limit))} more`;
    this.only_.hidden = !this.only;
    if (this.only) {
      this.only_.replaceChildren(page.html("span", {}, "Only ", page.html("span", { class: "mono" }, page.short(this.only.label, 120))),
        page.html("button", { type: "button", class: "plain", onclick: () => { this.only = null; this.changed(); } }, "show all"));
    }
  }

  row(places) {
    const [place] = places, finding = this.run.findings[place];
    const open = this.opened.has(place);
    const [name, many] = page.together(places.map((one) => page.text(this.run.findings[one].address)));
    const toggle = page.html("button", { type: "button", class: "mono toggle", "aria-expanded": String(open),
      "aria-controls": `${this.id}-${place}` }, page.address(name), many && page.html("span", { class: "many" }, many));
    const row = page.html("tr", { class: `finding s${finding.severity}${open ? " open" : ""}`, id: `${this.id}-row-${place}`,
      onclick: (event) => (toggle.contains(event.target) || !event.target.closest("button, a")) && !getSelection().toString() && this.toggle(places) },
    page.html("td", {}, page.badge(finding.severity)),
    page.html("td", {}, toggle, page.html("p", { class: "message" }, page.text(finding.message))),
    page.html("td", {}, page.text(finding.words)),
    page.html("td", { class: "rule" }, finding.rule));
    return open ? [row, this.detail(places)] : [row];
  }

  toggle(places, open = !this.opened.has(places[0])) {
    const [place] = places;
    open ? this.opened.add(place) : this.opened.delete(place);
    const row = document.getElementById(`${this.id}-row-${place}`);
    if (!row) return;
    row.classList.toggle("open", open);
    row.querySelector(".toggle").setAttribute("aria-expanded", String(open));
    document.getElementById(`${this.id}-${place}`)?.remove();
    if (open) row.after(this.detail(places));
  }

  detail(places) {
    const [place] = places, finding = this.run.findings[place], first = places.length > 1;
    const entries = [
      ["Objects", first && this.objects(places)],
      ["Lost", page.text(finding.lost)],
      [first ? "Why the first" : "Why", page.text(finding.why)],
      ["Began at", finding.chain && this.chain(finding.chain)],
      ["Needed by", page.text(finding.needed)],
      ["Belongs to", page.evidence(finding.environment)],
      ["Fact", finding.facts && finding.facts.map((fact) => page.html("p", {}, page.text(fact)))],
      ["Safer", finding.remedy && finding.remedy.map(([code, text]) => this.advice(code, page.text(text)))],
      ["Source", page.text(finding.source)],
    ].filter(([, value]) => value && value.length !== 0);
    const node = this.run.picture ? this.run.picture.nodes.findIndex((one) => one.findings.includes(place)) : -1;
    return page.html("tr", { class: "detail", id: `${this.id}-${place}` }, page.html("td", { colspan: 4 },
      page.html("dl", {}, entries.map(([term, value]) => [page.html("dt", {}, term), page.html("dd", {}, value)])),
      node >= 0 && page.html("button", { type: "button", class: "plain", onclick: () => this.reveal(node) }, "Show it in the picture")));
  }

  objects(places) {
    const name = (place) => page.html("li", { class: "mono" }, page.text(this.run.findings[place].address));
    const list = page.html("ul", { class: "objects" }, places.slice(0, 24).map(name));
    if (places.length > 24) {
      list.append(page.html("li", {}, page.html("button", { type: "button", class: "plain", onclick: (event) => {
        event.target.parentNode.replaceWith(...places.slice(24).map(name));
      } }, `and ${page.number(places.length - 24)} more`)));
    }
    return list;
  }

  chain(addresses) {
    return page.html("p", { class: "chain" }, addresses.map((address, step) => [step > 0 && page.html("span", { class: "arrow", "aria-label": "then" }, " → "), page.html("span", { class: "mono" }, page.text(address))]));
  }

  advice(code, text) {
    if (!code) return page.html("p", {}, text);
    const copy = navigator.clipboard && page.html("button", { type: "button", class: "copy", onclick: (event) => {
      navigator.clipboard.writeText(text).then(() => { event.target.textContent = "copied"; });
    } }, "copy");
    return page.html("div", { class: "code" }, page.html("pre", {}, text), copy);
  }

  // Leads to findings: opens the first, and shows these alone unless they are exactly one row.
  show(places, label) {
    this.search.value = "";
    this.ranks.clear();
    for (const chip of this.chips.children) chip.setAttribute("aria-pressed", "false");
    const wanted = new Set(places);
    const number = this.run.rows.findIndex((row) => row.some((place) => wanted.has(place)));
    const row = this.run.rows[number];
    const exact = row.length === wanted.size && row.every((place) => wanted.has(place));
    this.only = exact ? null : { places, label: label || page.text(this.run.findings[places[0]].address) };
    this.limit = exact ? Math.max(60, number + 20) : 60;
    const [first] = row.filter((place) => wanted.has(place));
    this.opened.add(first);
    this.render();
    const element = document.getElementById(`${this.id}-row-${first}`);
    element.scrollIntoView({ block: exact ? "start" : "center" });
    element.querySelector(".toggle").focus({ preventScroll: true });
    element.classList.add("flash");
    setTimeout(() => element.classList.remove("flash"), 1600);
  }

  // Opens the worst, for paper.
  openWorst() {
    for (const places of this.run.rows.slice(0, 60)) {
      if (this.run.findings[places[0]].severity >= 3) this.toggle(places, true);
    }
  }
};
