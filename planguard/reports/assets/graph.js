// The interactive picture of one plan: drawing, moving about, hovering, and the keyboard.
"use strict";

page.Graph = class {
  // `show(places, label)` leads to findings; it is called with their places and a word for what they have in common.
  constructor(run, show) {
    this.picture = run.picture;
    this.show = show;
    this.groups = new page.Groups(this.picture);
    this.viewport = page.svg("g", { class: "viewport" });
    this.sheet = page.svg("svg", {
      class: "sheet", role: "group", "aria-label": "Picture of causes and casualties",
      "aria-roledescription": "graph", onkeydown: (event) => this.key(event), onwheel: (event) => this.wheel(event),
    }, page.svg("defs", {}, this.marker("force"), this.marker("need")), this.viewport);
    this.tip = page.html("div", { class: "tip", role: "tooltip", hidden: true });
    this.frame = page.html("div", { class: "frame" }, this.sheet);
    this.root = page.html("div", { class: "graph" }, this.frame, this.legend(), this.tip);
    this.sheet.addEventListener("pointerdown", (event) => { this.pressed = [event.clientX, event.clientY]; });
    window.addEventListener("beforeprint", () => this.print(true));
    window.addEventListener("afterprint", () => this.print(false));
  }

  // Drawn when it comes into sight: a page with many plans opens at once.
  start() {
    if (this.panzoom) return;
    this.panzoom = Panzoom(this.viewport, {
      canvas: true, minScale: 0.05, maxScale: 3, step: 0.25, touchAction: "pan-y", cursor: "grab", animate: false,
      overflow: "hidden",
    });
    this.draw();
    this.fit();
    new ResizeObserver(() => this.touched || this.fit()).observe(this.frame);
    this.sheet.addEventListener("pointermove", (event) => { if (event.buttons) this.touched = true; });
  }

  marker(name) {
    return page.svg("marker", {
      id: `${name}-${page.Graph.count = (page.Graph.count || 0) + 1}`, class: `head ${name}`, viewBox: "0 0 10 10",
      refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse",
    }, page.svg("path", { d: "M0 0.8L10 5L0 9.2z" }));
  }

  tools() {
    const button = (text, label, action) =>
      page.html("button", { type: "button", "aria-label": label, title: label, onclick: action }, text);
    return page.html("div", { class: "tools" },
      button("+", "Zoom in", () => this.zoom(1.3)),
      button("−", "Zoom out", () => this.zoom(1 / 1.3)),
      button("Fit", "Show all of it", () => { this.touched = false; this.fit(true); }));
  }

  legend() {
    const line = (name) => page.svg("svg", { class: "key", viewBox: "0 0 34 10", width: 34, height: 10, "aria-hidden": true },
      page.svg("path", { class: `edge ${name}`, d: "M1 5H33" }));
    const box = (name) => page.html("span", { class: `key box ${name}`, "aria-hidden": true });
    const entries = [
      this.picture.edges.some((edge) => edge[2]) && [line("force"), "makes it change"],
      this.picture.edges.some((edge) => !edge[2]) && [line("need"), "is needed by"],
      this.picture.nodes.some((node) => node.cut) && [box("cut"), "left alone, and depends on it"],
      this.picture.nodes.some((node) => node.begins) && [box("begins"), "where it begins"],
    ].filter(Boolean).map(([sign, text]) => page.html("span", {}, sign, text));
    const left = this.picture.left && page.html("span", { class: "left" }, `Not drawn: ${this.picture.left}`);
    const hint = page.html("span", { class: "hint" }, "Drag to move, Ctrl and wheel to zoom, arrow keys and Enter to walk.");
    return page.html("div", { class: "legend" }, entries, left, hint, this.tools());
  }

  // --- drawing --------------------------------------------------------------------------------------------------------

  draw(focus) {
    const view = this.groups.visible();
    const narrow = this.frame.clientWidth < 560;
    this.size = page.layout(view, narrow ? 0.8 : 1.7);
    this.items = new Map();
    const boxes = [], items = [];
    const collect = (list) => list.forEach((item) => {
      item.element = this.item(item);
      this.items.set(item.key, item);
      (item.children ? boxes : items).push(item.element);
      if (item.children) collect(item.children);
    });
    collect(view.items);
    this.edges = view.edges;
    const [force, need] = this.sheet.querySelectorAll("marker");
    const edges = view.edges.sort((a, b) => a.forces - b.forces).map((edge) => this.edge(edge, edge.forces ? force : need));
    this.viewport.replaceChildren(
      page.svg("g", { class: "boxes" }, boxes), page.svg("g", { class: "edges" }, edges), page.svg("g", { class: "items" }, items));
    const first = this.items.get(focus) || [...this.items.values()][0];
    if (first) first.element.setAttribute("tabindex", "0");
    if (this.items.has(focus)) first.element.focus({ preventScroll: true });
  }

  item(item) {
    const [kind, inside, label] = item.more ? this.moreOf(item) : item.group ? this.groupOf(item) : this.nodeOf(item);
    return page.svg("g", {
      class: `item ${kind}`, transform: `translate(${item.x.toFixed(1)} ${item.y.toFixed(1)})`, role: "button",
      tabindex: "-1", "aria-label": label, "aria-expanded": item.group ? String(!!item.children) : null,
      onclick: (event) => this.click(event, item),
      onpointerenter: (event) => event.pointerType === "mouse" && !event.buttons && this.hover(item, event),
      onpointerleave: () => this.leave(), onfocus: () => { this.rove(item); this.hover(item); }, onblur: () => this.leave(),
    }, inside);
  }

  box(item, name) {
    return page.svg("rect", { class: name, width: item.width, height: item.height, rx: 9 });
  }

  nodeOf(item) {
    const node = this.picture.nodes[item.node];
    const type = page.text(node.type), name = page.text(node.name);
    const own = name.startsWith(`${type}.`) ? name.slice(type.length + 1) : name;
    const rank = node.severity === null ? "none" : node.severity;
    const many = node.count > 1 ? ` × ${page.number(node.count)}` : "";
    const action = page.actions[node.action] || node.action;
    const kind = ["node", `s${rank}`, `a-${node.action}`, node.begins && "begins", node.cut && "cut"].filter(Boolean).join(" ");
    return [kind, [
      this.box(item, "box"),
      page.svg("path", { class: "bar", d: `M9 0H5V${item.height}H9A9 9 0 0 1 0 ${item.height - 9}V9A9 9 0 0 1 9 0z` }),
      page.svg("text", { class: "type", x: 16, y: 21 }, page.short(type || action, 31)),
      page.svg("text", { class: "name", x: 16, y: 41 }, page.short(own, (action.length > 8 ? 11 : 14) - many.length) + many),
      page.svg("text", { class: "action", x: item.width - 10, y: 41 }, action === "update in place" ? "update" : action),
      node.begins && this.flag(item),
    ], this.sentence(node)];
  }

  flag(item) {
    return page.svg("g", { class: "flag", transform: `translate(${item.width - 88} -9)` },
      page.svg("rect", { width: 80, height: 18, rx: 9 }), page.svg("text", { x: 40, y: 13 }, "begins here"));
  }

  groupOf(item) {
    const { group } = item;
    const tally = [...group.tally].sort((a, b) => b[0] - a[0]).filter(([rank]) => rank >= 0)
      .map(([rank, count]) => `${page.number(count)} ${page.severity(rank)}`);
    const inside = tally.slice(0, 2).join(", ") || page.plural(group.objects, "object");
    const label = `${group.shown}, ${page.plural(group.objects, "object")}${tally.length ? `: ${tally.join(", ")}` : ""}`;
    const rank = `s${group.worst < 0 ? "none" : group.worst}`;
    if (item.children) {
      return [`group open ${rank}`, [
        this.box(item, "box"),
        page.svg("rect", { class: "grip", width: item.width, height: 30, rx: 9 }),
        page.svg("text", { class: "name", x: 14, y: 21 }, `▾ ${page.short(group.shown, Math.floor(item.width / 8.4))}`),
      ], label];
    }
    return [`group ${rank}`, [
      page.svg("rect", { class: "under", x: 5, y: 5, width: item.width, height: item.height, rx: 9 }),
      this.box(item, "box"),
      page.svg("text", { class: "name", x: 14, y: 22 }, `▸ ${page.short(group.shown, 21)}`),
      page.svg("text", { class: "type", x: 28, y: 41 }, page.short(inside, 28)),
    ], label];
  }

  moreOf(item) {
    const text = `${page.number(item.more)} more`;
    return ["more", [this.box(item, "box"), page.svg("text", { class: "name", x: 16, y: 32 }, text)], text];
  }

  edge(edge, marker) {
    const name = edge.forces ? "force" : "need";
    const words = [edge.forces ? "makes it change" : "is needed", [...edge.via].slice(0, 4).join(", ")].filter(Boolean).join(": ");
    edge.element = page.svg("g", {
      class: `link ${name}`, onpointerenter: (event) => this.say([page.html("p", {}, words)], event), onpointerleave: () => this.leave(),
    }, page.svg("path", { class: `edge ${name}`, d: edge.path, "marker-end": `url(#${marker.id})` }),
    page.svg("path", { class: "reach", d: edge.path }));
    return edge.element;
  }

  sentence(node) {
    const parts = [page.text(node.label), node.count > 1 && page.plural(node.count, "object"), page.actions[node.action] || node.action,
      node.severity !== null && page.severity(node.severity), node.begins && "it begins here",
      node.cut && "left alone, and depends on what goes", node.why !== null && page.text(node.why)];
    return parts.filter(Boolean).join(", ");
  }

  // --- hovering -------------------------------------------------------------------------------------------------------

  hover(item, event) {
    this.light(item);
    if (item.node !== undefined) this.say(this.about(this.picture.nodes[item.node]), event, item);
    else if (item.group) {
      const { group } = item;
      const ranks = [...group.tally].filter(([rank]) => rank >= 0).flatMap(([rank, count]) => Array(count).fill(rank));
      this.say([page.html("p", { class: "mono" }, group.shown),
        page.html("p", {}, page.plural(group.objects, "object"), " ", page.tally(ranks)),
        page.html("p", { class: "dim" }, item.children ? "Click to close." : "Click to open.")], event, item);
    } else this.say([page.html("p", {}, "Click to show more of them.")], event, item);
  }

  about(node) {
    const action = page.actions[node.action] || node.action;
    const names = node.addresses.slice(0, 5).map((place) => page.html("li", { class: "mono" }, page.short(page.text(place), 70)));
    const rest = node.count - names.length;
    const number = node.findings.length;
    return [
      page.html("p", { class: "mono" }, page.short(page.text(node.label), 160)),
      page.html("p", {}, node.severity === null ? null : page.badge(node.severity), " ",
        node.count > 1 ? `${page.plural(node.count, "object")}: ${action}` : action),
      names.length > 1 && page.html("ul", {}, names, rest > 0 && page.html("li", {}, `and ${page.number(rest)} more`)),
      node.cut && page.html("p", {}, "The plan leaves it alone, and it depends on something that goes."),
      node.why !== null && page.html("p", {}, page.html("b", {}, node.count > 1 ? "Why, for the first: " : "Why: "), page.short(page.text(node.why), 360)),
      number > 0 && page.html("p", { class: "dim" }, `Click for the ${number === 1 ? "finding" : `${page.number(number)} findings`}.`),
    ].filter(Boolean);
  }

  // A tip beside the pointer, or beside the item that the keyboard stands on.
  say(content, event, item) {
    this.tip.replaceChildren(...content);
    this.tip.hidden = false;
    const area = item ? item.element.getBoundingClientRect() : null;
    const x = event ? event.clientX + 16 : area.left, y = event ? event.clientY + 16 : area.bottom + 8;
    const { width, height } = this.tip.getBoundingClientRect();
    this.tip.style.left = `${Math.max(8, Math.min(x, window.innerWidth - width - 8))}px`;
    this.tip.style.top = `${y + height > window.innerHeight - 8 ? Math.max(8, (event ? event.clientY : area.top) - height - 12) : y}px`;
  }

  leave() {
    this.tip.hidden = true;
    this.viewport.classList.remove("lit");
    for (const element of this.viewport.querySelectorAll(".on")) element.classList.remove("on");
  }

  // What leads to an item, and what follows from it.
  light(item) {
    this.leave();
    const lit = new Set([item]);
    for (const [near, far] of [["from", "to"], ["to", "from"]]) {
      const queue = [item], seen = new Set(queue);
      while (queue.length) {
        const at = queue.pop();
        for (const edge of this.edges) {
          if (edge[near] !== at) continue;
          lit.add(edge);
          if (!seen.has(edge[far])) { seen.add(edge[far]); queue.push(edge[far]); }
        }
      }
      for (const reached of seen) lit.add(reached);
    }
    if (lit.size === 1) return;
    this.viewport.classList.add("lit");
    for (const one of lit) one.element.classList.add("on");
  }

  // --- acting ---------------------------------------------------------------------------------------------------------

  click(event, item) {
    const [x, y] = this.pressed || [event.clientX, event.clientY];
    if (event.isTrusted && Math.hypot(event.clientX - x, event.clientY - y) > 5) return; // it was a drag
    event.stopPropagation();
    this.act(item);
  }

  act(item) {
    this.leave();
    if (item.more) { this.groups.showMore(item.inside); this.redraw(`m${item.inside.id}`); }
    else if (item.group) {
      this.groups.toggle(item.group);
      this.redraw(item.key);
      page.status(`${item.group.shown} is ${this.groups.open.has(item.group.id) ? "open" : "closed"}`);
    } else {
      const node = this.picture.nodes[item.node];
      if (node.findings.length) this.show(node.findings, page.text(node.label));
      else this.hover(item);
    }
  }

  // Draws again, and keeps the item that was used under the pointer.
  redraw(key) {
    const before = this.items.get(key)?.element.getBoundingClientRect();
    this.draw(key);
    const after = this.items.get(key)?.element.getBoundingClientRect();
    if (!this.touched && this.grow()) { this.fit(); return; }
    if (before && after) {
      const { x, y } = this.panzoom.getPan(), scale = this.panzoom.getScale();
      this.move(x + (before.left - after.left) / scale, y + (before.top - after.top) / scale);
    }
  }

  grow() { return this.size.width * this.panzoom.getScale() < this.frame.clientWidth * 3; }

  // Shows a node, wherever it stands, and puts the keyboard on it.
  reveal(place) {
    this.start();
    this.groups.reveal(place);
    this.draw(`n${place}`);
    const item = this.items.get(`n${place}`);
    const scale = Math.max(this.panzoom.getScale(), 0.8);
    this.touched = true;
    this.panzoom.zoom(scale, { force: true });
    this.move(this.frame.clientWidth / 2 / scale - item.x - item.width / 2, this.frame.clientHeight / 2 / scale - item.y - item.height / 2);
    this.root.scrollIntoView({ block: "center" });
    item.element.focus({ preventScroll: true });
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.touched = true;
    const area = this.frame.getBoundingClientRect();
    this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.clientX - area.left, event.clientY - area.top);
  }

  // Zooms around a point of the frame, the middle if none is given.
  zoom(factor, x = this.frame.clientWidth / 2, y = this.frame.clientHeight / 2) {
    const old = this.panzoom.getScale(), pan = this.panzoom.getPan();
    const scale = Math.min(3, Math.max(0.05, old * factor));
    this.touched = true;
    this.panzoom.zoom(scale);
    this.move(pan.x + x / scale - x / old, pan.y + y / scale - y / old);
  }

  move(x, y) {
    this.panzoom.pan(x, y, { force: true });
    this.panzoom.setOptions({ startX: x, startY: y }); // it goes there once more when it is ready
  }

  // All of it if it can be read like that; otherwise the beginning of it.
  fit(whole) {
    const margin = 24, { width, height } = this.size, room = this.frame.clientWidth - 2 * margin;
    const most = window.innerHeight * 0.72 - 2 * margin;
    const least = Math.min(0.62, room / 240);
    const scale = Math.max(Math.min(room / width, most / height, 1), whole ? 0.05 : least);
    const tall = Math.round(Math.min(most, Math.max(height * scale, 60)) + 2 * margin);
    this.frame.style.height = `${tall}px`;
    const x = width * scale < room ? (this.frame.clientWidth - width * scale) / 2 : margin;
    const y = height * scale < tall - 2 * margin ? (tall - height * scale) / 2 : margin;
    this.panzoom.zoom(scale, { force: true });
    this.move(x / scale, y / scale);
  }

  key(event) {
    const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const item = [...this.items.values()].find((one) => one.element === document.activeElement);
    if (event.key === "+" || event.key === "=") this.zoom(1.3);
    else if (event.key === "-") this.zoom(1 / 1.3);
    else if (event.key === "0") this.fit(true);
    else if (event.key === "Escape") this.leave();
    else if (item && (event.key === "Enter" || event.key === " ")) this.act(item);
    else if (item && moves[event.key]) this.step(item, moves[event.key]);
    else return;
    event.preventDefault();
  }

  // The nearest item in a direction.
  step(item, [right, down]) {
    let best = null, least = Infinity;
    for (const other of this.items.values()) {
      const x = other.x - item.x, y = other.y - item.y;
      const along = x * right + y * down, aside = Math.abs(x * down) + Math.abs(y * right);
      if (other === item || along <= 1) continue;
      const cost = along + 2.5 * aside;
      if (cost < least) [best, least] = [other, cost];
    }
    if (!best) return;
    best.element.focus({ preventScroll: true });
    this.keepInSight(best);
  }

  // One item is reached by Tab; from there the arrow keys lead on.
  rove(item) {
    for (const element of this.viewport.querySelectorAll('[tabindex="0"]')) element.setAttribute("tabindex", "-1");
    item.element.setAttribute("tabindex", "0");
  }

  keepInSight(item) {
    const frame = this.frame.getBoundingClientRect(), area = item.element.getBoundingClientRect();
    const x = Math.min(0, frame.right - 20 - area.right) + Math.max(0, frame.left + 20 - area.left);
    const y = Math.min(0, frame.bottom - 20 - area.bottom) + Math.max(0, frame.top + 20 - area.top);
    const pan = this.panzoom.getPan(), scale = this.panzoom.getScale();
    this.touched = true;
    if (x || y) this.move(pan.x + x / scale, pan.y + y / scale);
    this.hover(item);
  }

  // On paper there is no frame to look through: the whole sheet, as wide as the page.
  print(on) {
    this.start();
    this.leave();
    if (on) this.sheet.setAttribute("viewBox", `-12 -14 ${this.size.width + 24} ${this.size.height + 28}`);
    else this.sheet.removeAttribute("viewBox");
  }
};
