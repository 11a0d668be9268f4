// Where everything stands. Each open group is laid out by itself (dagre, for what arrows join) and packed into rows.
"use strict";

page.layout = (() => {
  const WIDTH = 212, HEIGHT = 54, GAP = 18, HEAD = 34, PAD = 14, RANKS = 56;

  const sizeOf = (item) => {
    item.width = WIDTH;
    item.height = HEIGHT;
  };

  // Arrows between the items of one level: those whose ends are these items, or stand inside them.
  const edgesAt = (items, edges, depth) => {
    const here = new Set(items);
    const found = new Map();
    for (const edge of edges) {
      const from = edge.from.path[depth], to = edge.to.path[depth];
      if (from === to || !here.has(from) || !here.has(to)) continue;
      const key = `${from.key} ${to.key}`;
      if (!found.has(key)) found.set(key, { from, to, forces: 0 });
      edge.link = found.get(key);
      edge.link.forces |= edge.forces;
    }
    return [...found.values()];
  };

  const components = (items, links) => {
    const leader = new Map(items.map((item) => [item, item]));
    const find = (item) => {
      while (leader.get(item) !== item) {
        leader.set(item, leader.get(leader.get(item)));
        item = leader.get(item);
      }
      return item;
    };
    for (const { from, to } of links) leader.set(find(from), find(to));
    const sets = new Map();
    for (const item of items) {
      const top = find(item);
      if (!sets.has(top)) sets.set(top, { items: [], links: [] });
      sets.get(top).items.push(item);
    }
    for (const link of links) sets.get(find(link.from)).links.push(link);
    return [...sets.values()];
  };

  const arrange = (part) => {
    if (part.items.length === 1) {
      const [item] = part.items;
      [item.x, item.y, part.width, part.height] = [0, 0, item.width, item.height];
      return;
    }
    const graph = new dagre.graphlib.Graph();
    graph.setGraph({ rankdir: "LR", nodesep: GAP, ranksep: RANKS, edgesep: 10, marginx: 0, marginy: 0 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const item of part.items) graph.setNode(item.key, { width: item.width, height: item.height });
    for (const { from, to, forces } of part.links) graph.setEdge(from.key, to.key, { weight: forces ? 3 : 1 });
    dagre.layout(graph);
    for (const item of part.items) {
      const placed = graph.node(item.key);
      item.x = placed.x - item.width / 2;
      item.y = placed.y - item.height / 2;
    }
    for (const link of part.links) link.points = graph.edge(link.from.key, link.to.key).points;
    part.width = graph.graph().width;
    part.height = graph.graph().height;
  };

  // Rows of parts, about as wide as the page is.
  const pack = (parts, ratio) => {
    const area = parts.reduce((sum, part) => sum + (part.width + GAP) * (part.height + GAP), 0);
    const widest = Math.max(...parts.map((part) => part.width), Math.sqrt(area * ratio));
    let x = 0, y = 0, row = 0, width = 0;
    for (const part of parts) {
      if (x && x + part.width > widest + 1) [x, y, row] = [0, y + row + GAP, 0];
      [part.x, part.y] = [x, y];
      x += part.width + GAP;
      row = Math.max(row, part.height);
      width = Math.max(width, x - GAP);
    }
    return { width, height: y + row };
  };

  const level = (items, edges, depth, ratio) => {
    for (const item of items) {
      if (!item.children) { sizeOf(item); continue; }
      const inner = level(item.children, edges, depth + 1, ratio);
      item.width = Math.max(WIDTH, inner.width + 2 * PAD);
      item.height = inner.height + HEAD + PAD;
    }
    const parts = components(items, edgesAt(items, edges, depth));
    parts.forEach(arrange);
    parts.sort((a, b) => (b.items.length > 1) - (a.items.length > 1));
    const size = pack(parts, ratio);
    for (const part of parts) {
      for (const item of part.items) [item.x, item.y] = [item.x + part.x, item.y + part.y];
      for (const link of part.links) link.shift = { x: part.x, y: part.y };
    }
    return size;
  };

  // From places inside a group to places on the sheet.
  const settle = (items, x, y) => {
    for (const item of items) {
      item.x += x;
      item.y += y;
      item.origin = { x, y };
      if (item.children) settle(item.children, item.x + PAD, item.y + HEAD);
    }
  };

  // From point to point, leaving and arriving level.
  const curve = (points) => {
    let path = `M${points[0].x.toFixed(1)} ${points[0].y.toFixed(1)}`;
    for (let i = 1; i < points.length; i += 1) {
      const from = points[i - 1], to = points[i];
      const middle = ((from.x + to.x) / 2).toFixed(1);
      path += `C${middle} ${from.y.toFixed(1)} ${middle} ${to.y.toFixed(1)} ${to.x.toFixed(1)} ${to.y.toFixed(1)}`;
    }
    return path;
  };

  const draw = (edge) => {
    const { from, to } = edge;
    const back = to.x < from.x + from.width;
    const start = { x: back ? from.x : from.x + from.width, y: from.y + from.height / 2 };
    const end = { x: back && to.x + to.width < from.x ? to.x + to.width : to.x, y: to.y + to.height / 2 };
    if (!back) {
      // Over more than one rank dagre has found a way around what lies between.
      const { points, shift, from: { origin } } = edge.link;
      const shifted = (points.length > 3 ? points.slice(1, -1) : [])
        .map((point) => ({ x: point.x + origin.x + shift.x, y: point.y + origin.y + shift.y }));
      return curve([start, ...shifted.filter((point) => point.x > start.x + 20 && point.x < end.x - 20), end]);
    }
    const bend = Math.max(40, Math.abs(end.x - start.x) / 2);
    const into = end.x === to.x ? end.x - bend : end.x + bend;
    return `M${start.x} ${start.y}C${start.x - bend} ${start.y} ${into} ${end.y} ${end.x} ${end.y}`;
  };

  return ({ items, edges }, ratio) => {
    const size = items.length ? level(items, edges, 0, ratio) : { width: 0, height: 0 };
    settle(items, 0, 0);
    for (const edge of edges) edge.path = draw(edge);
    return size;
  };
})();
