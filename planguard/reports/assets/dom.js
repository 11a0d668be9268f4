// Elements from text, and the words that all parts of the page share. Nothing here or elsewhere parses HTML.
"use strict";
const page = {};

page.data = JSON.parse(document.getElementById("data").textContent);
page.text = (place) => (place === null || place === undefined ? "" : page.data.texts[place]);
page.severity = (rank) => page.data.severities[rank];
page.number = (count) => count.toLocaleString("en-US");
page.plural = (count, one, many) => `${page.number(count)} ${count === 1 ? one : many || one + "s"}`;

page.fill = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
};
// html("p", {class: "x"}, "text", otherElement)
page.html = (tag, attributes, ...children) => page.fill(document.createElement(tag), attributes, children);
page.svg = (tag, attributes, ...children) =>
  page.fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// A long name shortened in the middle: both ends of an address tell things apart.
page.short = (text, room) => {
  const letters = Array.from(text);
  if (letters.length <= room) return text;
  const head = Math.ceil((room - 1) * 0.55);
  return letters.slice(0, head).join("") + "…" + letters.slice(letters.length - (room - 1 - head)).join("");
};

page.actions = {
  "delete": "destroy", "replace": "replace", "forget": "forget", "update": "update in place", "create": "create",
  "no-op": "left alone", "read": "read", "unknown": "unknown action",
};

// An address, with places where a line may end: between its parts.
page.address = (text) => (text.length > 400 ? text : text.split(/(?<=\.)|(?=\[)/).flatMap((part, number) => (number ? [page.html("wbr"), part] : [part])));

page.badge = (rank) => page.html("span", { class: `badge s${rank}` }, page.severity(rank));

// "6 critical, 18 high" as small coloured counts, worst first.
page.tally = (ranks) => {
  const counts = new Map();
  for (const rank of ranks) counts.set(rank, (counts.get(rank) || 0) + 1);
  return [...counts].sort((a, b) => b[0] - a[0])
    .map(([rank, count]) => page.html("span", { class: `count s${rank}` }, `${page.number(count)} ${page.severity(rank)}`));
};

page.status = (message) => {
  const live = document.getElementById("live");
  if (live) live.textContent = message;
};

// A word for several addresses: the block that they share, or the first of them.
page.together = (addresses) => {
  if (addresses.length === 1) return [addresses[0] || "the whole plan", ""];
  const blocks = new Set(addresses.map((address) => address.replace(/\[[^[]*\]$/, "")));
  if (blocks.size === 1) return [[...blocks][0], ` × ${page.number(addresses.length)}`];
  return [addresses[0], ` and ${page.plural(addresses.length - 1, "other")}`];
};
