// A picture as a tree of groups, of which some are open: what is visible, and which arrows join it.
"use strict";

page.Groups = class {
  constructor(picture) {
    this.picture = picture;
    this.open = new Set();
    this.limits = new Map(); // group -> how many of its children are shown
    this.groups = picture.groups.map(([label, parent], id) => ({
      id, label: page.text(label), parent, groups: [], nodes: [], worst: -1, objects: 0, tally: new Map(),
    }));
    this.top = { id: -1, parent: null, groups: [], nodes: [], worst: -1, objects: 0, tally: new Map() };
    for (const group of this.groups) this.parentOf(group).groups.push(group);
    picture.nodes.forEach((node, place) => this.count(node, place));
    this.expand();
  }

  parentOf(group) { return group.parent === null ? this.top : this.groups[group.parent]; }
  groupOf(node) { return node.group === null ? this.top : this.groups[node.group]; }

  count(node, place) {
    let group = this.groupOf(node);
    group.nodes.push(place);
    for (; group; group = group === this.top ? null : this.parentOf(group)) {
      const rank = node.severity === null ? -1 : node.severity;
      group.worst = Math.max(group.worst, rank);
      group.objects += node.count;
      group.tally.set(rank, (group.tally.get(rank) || 0) + node.count);
    }
  }

  // A group that holds nothing but one other group is shown as that one.
  inner(group) {
    let label = group.label;
    while (group.groups.length === 1 && !group.nodes.length) {
      [group] = group.groups;
      label = group.label.includes("[") ? label.replace(/module\.[^.]*$/, `module.${group.label}`) : `${label}.${group.label}`;
    }
    group.shown = label;
    return group;
  }

  // Opens groups from the outside in, as long as the eye can still hold what it sees: a whole level at once, or, of a
  // few groups, the worst that fit.
  expand() {
    const most = 40, few = 6;
    const inside = (group) => group.groups.map((one) => this.inner(one));
    const added = (group) => group.groups.length + group.nodes.length - 1;
    let shown = this.children(this.top).length;
    let level = inside(this.top);
    while (level.length) {
      const fits = shown + level.reduce((sum, group) => sum + added(group), 0) <= most;
      if (!fits && level.length > few) return;
      const next = [];
      for (const group of level.sort((a, b) => b.worst - a.worst || a.id - b.id)) {
        if (level.length > 1 && shown + added(group) > most) continue;
        shown += Math.min(added(group), most);
        this.open.add(group.id);
        next.push(...inside(group));
      }
      level = next;
    }
  }

  // What stands directly in a group, worst first; what is over the limit becomes one item.
  children(group) {
    const items = [
      ...group.groups.map((one) => this.inner(one)).map((inner) => ({ key: `g${inner.id}`, group: inner, worst: inner.worst })),
      ...group.nodes.map((place) => ({ key: `n${place}`, node: place, worst: this.rank(place) })),
    ];
    items.sort((a, b) => b.worst - a.worst);
    const limit = this.limits.get(group.id) || 48;
    if (items.length <= limit + 1) return items;
    const rest = items.splice(limit);
    return [...items, { key: `m${group.id}`, more: rest.length, inside: group, rest, worst: rest[0].worst }];
  }

  rank(place) {
    const severity = this.picture.nodes[place].severity;
    return severity === null ? -1 : severity;
  }

  showMore(group) { this.limits.set(group.id, (this.limits.get(group.id) || 48) + 48); }
  toggle(group) { this.open.has(group.id) ? this.open.delete(group.id) : this.open.add(group.id); }

  // Opens whatever a node stands in.
  reveal(place) {
    let key = `n${place}`;
    for (let group = this.groupOf(this.picture.nodes[place]); ; group = this.parentOf(group)) {
      const alone = group !== this.top && group.groups.length === 1 && !group.nodes.length;
      if (!alone) {
        while (!this.children(group).some((item) => item.key === key)) this.showMore(group);
        if (group === this.top) return;
        this.open.add(group.id);
        key = `g${group.id}`;
      }
    }
  }

  // Everything visible, as a tree: items with `children` are open groups. `path` leads from the top to the item.
  visible() {
    const where = new Map(); // place of a node -> item that stands for it
    const build = (group, path) => this.children(group).map((item) => {
      item.path = [...path, item];
      if (item.group && this.open.has(item.group.id)) item.children = build(item.group, item.path);
      else this.claim(item, item, where);
      return item;
    });
    const items = build(this.top, []);
    const edges = new Map();
    for (const [source, target, forces, via] of this.picture.edges) {
      const from = where.get(source), to = where.get(target);
      if (!from || !to || from === to) continue;
      const key = `${from.key} ${to.key}`;
      const edge = edges.get(key) || { from, to, forces: 0, count: 0, via: new Set() };
      edge.forces |= forces;
      edge.count += 1;
      for (const name of via) edge.via.add(page.text(name));
      edges.set(key, edge);
    }
    return { items, edges: [...edges.values()] };
  }

  claim(item, owner, where) {
    if (item.node !== undefined) where.set(item.node, owner);
    for (const inner of item.rest || []) this.claim(inner, owner, where);
    if (item.group) {
      for (const place of item.group.nodes) where.set(place, owner);
      for (const group of item.group.groups) this.claim({ group }, owner, where);
    }
  }
};
