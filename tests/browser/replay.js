// Opens a WACZ in ReplayWeb.page as a person would: searches for a word, clicks the first page
// found, and prints as JSON what the browser shows.
//   node replay.js CHROMIUM ARCHIVE.wacz WORD [SCREENSHOT.png]
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, wacz, word, screenshot] = process.argv.slice(2);
const application = dirname(createRequire(import.meta.url).resolve("replaywebpage/index.html"));
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };
// No graphics, and no calls to the outside at start.
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

function fileOf(path) {
  if (path === "/archive.wacz") return wacz;
  return join(application, normalize(path === "/" ? "/index.html" : path));
}

// The application and the WACZ, in ranges, from one port of this machine.
function serve(request, response) {
  const file = fileOf(new URL(request.url, "http://localhost").pathname);
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    response.writeHead(404).end();
    return;
  }
  const [range, from, to] = request.headers.range?.match(/^bytes=(\d*)-(\d*)$/) ?? [];
  const start = from ? Number(from) : to ? Math.max(0, size - Number(to)) : 0;
  const end = from && to ? Math.min(Number(to), size - 1) : size - 1;
  response.writeHead(range ? 206 : 200, {
    "Accept-Ranges": "bytes",
    "Content-Length": end - start + 1,
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
    ...(range && { "Content-Range": `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(file, { start, end }).pipe(response);
}

// Run inside the archived page.
function whatIsShown() {
  const rulesOf = (sheet) => {
    try {
      return [...sheet.cssRules];
    } catch {
      return []; // it did not load
    }
  };
  const sheetsOf = (sheet) => [
    { address: sheet.href, rules: rulesOf(sheet).length },
    ...rulesOf(sheet).flatMap((rule) => (rule.styleSheet ? sheetsOf(rule.styleSheet) : [])),
  ];
  return {
    text: document.body.innerText,
    images: [...document.images].map((i) => ({ address: i.src, width: i.naturalWidth })),
    sheets: [...document.styleSheets].flatMap(sheetsOf),
  };
}

async function archivedPage(page) {
  for (;;) {
    const frame = page.frames().find((candidate) => candidate.url().includes("mp_/"));
    if (frame) {
      await frame.waitForLoadState("load");
      return frame;
    }
    await page.waitForTimeout(50);
  }
}

const server = createServer(serve).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath, args: flags });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 3000 } }); // nothing is lazy
  await page.goto(`${origin}/?source=${origin}/archive.wacz#view=pages`);
  await page.locator("wr-page-entry").first().waitFor();
  await page.locator("wr-page-view .search-bar input").fill(word);
  // The text below a title, in which the word is marked, is there only once the search is done.
  const hits = page.locator("wr-page-entry", { hasText: word });
  await hits.first().waitFor();
  const titles = page.locator("wr-page-entry .page-title keyword-mark");
  const found = await titles.evaluateAll((marks) => marks.map((mark) => mark.title));
  await hits.first().locator(".page-title").click();
  const frame = await archivedPage(page);
  const shown = await frame.evaluate(whatIsShown);
  if (screenshot) await page.screenshot({ path: screenshot });
  console.log(JSON.stringify({ found, address: frame.url(), ...shown }));
} finally {
  await browser.close();
  server.close();
}
