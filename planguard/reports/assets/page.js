// Puts the page together: one part for each plan, the picture when it comes into sight.
"use strict";

page.evidence = (environment) => {
  const tiers = { production: "production", other: "not production", unknown: "unknown" };
  const words = page.text(environment.words);
  return [page.html("p", {}, page.html("span", { class: `tier ${environment.tier}` }, tiers[environment.tier]),
    words.startsWith(`${tiers[environment.tier]}: `) ? words.slice(tiers[environment.tier].length + 2) : "")];
};

page.section = (title, number, ...content) =>
  page.html("section", { class: "block" }, page.html("h2", {}, title, number ? page.html("span", { class: "number" }, page.number(number)) : null), content);

page.list = (entries) => page.html("ul", { class: "entries" }, entries.map((entry) => page.html("li", {}, entry)));

page.remarks = (run) => [
  run.undecided.length > 0 && page.section("Cannot be told", run.undecided.length, page.list(run.undecided.map(([rule, address, missing]) => [
    page.html("p", { class: "mono" }, page.text(address) || "the whole plan"), page.html("p", {}, page.text(missing)), page.html("p", { class: "dim" }, rule)]))),
  run.failed.length > 0 && page.section("Rules that broke", run.failed.length, page.list(run.failed.map(([rule, address, error]) => [
    page.html("p", { class: "mono" }, rule, " ", page.text(address)), page.html("p", {}, page.text(error))]))),
  run.waived.length > 0 && page.section("Waived beforehand", run.waived.length, page.list(run.waived.map(([finding, reason, by, until]) => [
    page.html("p", {}, page.badge(finding.severity), " ", page.html("span", { class: "mono" }, page.text(finding.address))),
    page.html("p", {}, page.text(finding.message)),
    page.html("p", { class: "dim" }, `${page.text(reason)} (${page.text(by)}${until ? `, until ${until}` : ""}), ${finding.rule}`)]))),
  run.notes.length > 0 && page.section("Notes", 0, page.list(run.notes.map(page.text))),
];

page.facts = (run) => page.html("dl", { class: "facts" }, [
  ["Plan", page.html("span", { class: "mono" }, page.text(run.source))],
  ["Made by", page.text(run.made)],
  ["Changes", run.counts],
  ["Belongs to", page.evidence(run.environment)],
  run.fingerprint && ["Fingerprint", page.html("span", { class: "mono", title: run.fingerprint }, run.fingerprint.slice(0, 16))],
].filter(Boolean).map(([term, value]) => page.html("div", {}, page.html("dt", {}, term), page.html("dd", {}, value))));

page.run = (run, number, several) => {
  const id = `p${number}`;
  let graph = null;
  const reveal = (node) => graph && graph.reveal(node);
  const table = run.findings.length ? new page.Table(run, id, reveal) : null;
  const show = (places, label) => table.show(places, label);
  if (run.picture && run.picture.nodes.length) graph = new page.Graph(run, show);
  const reasons = several || run.reasons.length > 1;
  const root = page.html("article", { class: `run ${run.outcome}`, id },
    reasons && page.html("div", { class: "reasons" },
      several && page.html("h2", {}, page.html("span", { class: "word" }, run.word), " ", page.html("span", { class: "mono" }, page.text(run.source))),
      run.reasons.length > 0 && page.html("ul", {}, run.reasons.map((reason) => page.html("li", {}, page.text(reason))))),
    page.facts(run),
    (graph || run.causes.length > 0) && page.html("section", { class: "block story" },
      page.html("h2", {}, "Where it begins, and what follows"),
      page.html("div", { class: "split" },
        run.causes.length > 0 && page.html("div", { class: "words" }, page.causes(run, show, reveal)),
        graph && graph.root)),
    table && page.section("Findings", 0, table.root),
    page.remarks(run));
  if (graph) {
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watch.disconnect();
      graph.start();
    }, { rootMargin: "400px" });
    watch.observe(graph.root);
  }
  window.addEventListener("beforeprint", () => table && table.openWorst());
  root.find = (fingerprint) => {
    const place = run.findings.findIndex((finding) => finding.fingerprint === fingerprint);
    if (place >= 0) table.show([place]);
    return place >= 0;
  };
  return root;
};

(() => {
  const several = page.data.runs.length > 1;
  // Of many plans, those that pass with nothing to tell are one line that can be opened.
  const quiet = page.data.runs.filter((run) => run.silent);
  const silent = quiet.length > 1 ? quiet : [];
  const runs = page.data.runs.filter((run) => !silent.includes(run));
  const parts = runs.map((run, number) => page.run(run, number, several));
  const main = document.getElementById("main");
  if (several) {
    main.append(page.html("nav", { class: "plans", "aria-label": "Plans" },
      page.html("ol", {}, runs.map((run, number) =>
        page.html("li", {}, page.html("a", { href: `#p${number}`, class: run.outcome }, page.html("span", { class: "word" }, run.word), " ", page.html("span", { class: "mono" }, page.text(run.source)))))),
      silent.length > 0 && page.html("details", { class: "silent" },
        page.html("summary", {}, page.html("span", { class: "word" }, "PASS"), ` ${page.number(silent.length)} ${runs.length ? "more " : ""}plans with nothing to tell`),
        page.html("ul", {}, silent.map((run) => page.html("li", {}, page.html("span", { class: "mono" }, page.text(run.source)), page.html("span", { class: "dim" }, ` ${run.counts}`)))))));
  }
  main.append(...parts, page.html("p", { id: "live", class: "visually-hidden", role: "status" }));
  // A link to a finding ends in #FINGERPRINT.
  const follow = () => {
    const wanted = location.hash.slice(1);
    if (wanted && !document.getElementById(wanted)) parts.some((part) => part.find(wanted));
  };
  window.addEventListener("hashchange", follow);
  follow();
  document.documentElement.dataset.ready = "true";
})();
