// What it all began with, as a list: the same as the picture, for eyes and ears that prefer words.
"use strict";

page.causes = (run, show, reveal) => {
  const FIRST = 6, CASUALTIES = 6;

  // Casualties that say the same stand in one line.
  const casualty = (places) => {
    const finding = run.findings[places[0]];
    const [name, many] = page.together(places.map((place) => page.text(run.findings[place].address)));
    return page.html("li", {},
      page.html("button", { type: "button", class: "line", title: page.text(finding.message), onclick: () => show(places, name + many) },
        page.html("span", { class: `dot s${finding.severity}` }),
        page.html("span", { class: "mono" }, page.address(name), many && page.html("b", {}, many)),
        page.html("span", { class: "visually-hidden" }, `, ${page.severity(finding.severity)}`)));
  };

  const rowOf = new Map(run.rows.flatMap((places, row) => places.map((place) => [place, row])));
  const lines = (places) => {
    const rows = new Map();
    for (const place of places) {
      const row = rowOf.get(place);
      if (!rows.has(row)) rows.set(row, []);
      rows.get(row).push(place);
    }
    return [...rows].sort((a, b) => a[0] - b[0]).map(([, inside]) => inside);
  };

  // A sentence begins with a capital, unless its first word is a name such as from_port.
  const sentence = (text) => (/^[a-z]+(?![\w.])/.test(text) && !/^\S+ changes from/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);

  const card = (cause) => {
    const title = page.text(cause.title), text = page.text(cause.text);
    const others = cause.findings.filter((place) => !(cause.address && page.text(run.findings[place].address) === title));
    const rows = lines(others);
    const list = page.html("ol", { class: "casualties" }, rows.slice(0, CASUALTIES).map(casualty));
    const more = rows.slice(CASUALTIES).flat().length;
    const rest = more > 0 && page.html("button", { type: "button", class: "plain", onclick: () => show(cause.findings, title) },
      `and ${page.number(more)} more`);
    const head = cause.address
      ? page.html("button", { type: "button", class: "root mono", title: "Show it in the picture",
        onclick: () => (cause.node === null ? show(cause.findings, title) : reveal(cause.node)) }, page.address(title))
      : page.html("p", { class: "root" }, sentence(title));
    return page.html("li", { class: "cause" }, head, text && text !== title && page.html("p", { class: "why" }, text),
      page.html("p", { class: "tally" }, page.tally(cause.findings.map((place) => run.findings[place].severity))),
      others.length > 0 && list, rest);
  };

  const list = page.html("ol", { class: "causes" }, run.causes.slice(0, FIRST).map(card));
  const more = run.causes.length - FIRST;
  const button = more > 0 && page.html("button", { type: "button", class: "plain", onclick: (event) => {
    const next = run.causes.slice(list.children.length, list.children.length + 24);
    list.append(...next.map(card));
    const left = run.causes.length - list.children.length;
    if (left > 0) event.target.textContent = `and ${page.number(left)} more beginnings`;
    else event.target.remove();
  } }, `and ${page.number(more)} more beginnings`);
  return [list, button];
};
