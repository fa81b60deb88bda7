// Opens a WACZ in ReplayWeb.page as a person would: searches for a word, clicks the first article
// found, and prints as JSON what the browser shows of it.
//   node replay.js CHROMIUM ARCHIVE.wacz WORD [SCREENSHOT.png]
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const [executablePath, wacz, word, screenshot] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const app = dirname(require.resolve("replaywebpage/index.html"));
const types = { ".html": "text/html", ".js": "text/javascript" };

// Serves the application and the WACZ, in ranges, from one port of this machine.
function serve(request, response) {
  const path = new URL(request.url, "http://localhost").pathname;
  const file = path === "/archive.wacz" ? wacz : join(app, normalize(path === "/" ? "/index.html" : path));
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    response.writeHead(404).end();
    return;
  }
  const [, from, to] = request.headers.range?.match(/^bytes=(\d*)-(\d*)$/) ?? [];
  const start = from ? Number(from) : to ? size - Number(to) : 0;
  const end = from && to ? Math.min(Number(to), size - 1) : size - 1;
  response.writeHead(request.headers.range ? 206 : 200, {
    "Accept-Ranges": "bytes",
    "Content-Length": end - start + 1,
    "Content-Range": `bytes ${start}-${end}/${size}`,
    "Content-Type": types[extname(file)] ?? "application/octet-stream",
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(file, { start, end }).pipe(response);
}

// What the archived page shows, seen from inside its frame.
function shown() {
  const style = getComputedStyle(document.body);
  return {
    text: document.body.innerText,
    images: [...document.images].map((i) => ({ src: i.src, width: i.naturalWidth })),
    sheets: [...document.styleSheets].map((s) => ({ href: s.href, rules: s.cssRules.length })),
    background: style.backgroundColor,
  };
}

async function archivedFrame(page) {
  for (;;) {
    const frame = page.frames().find((f) => f.url().includes("mp_/"));
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
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: [...flags, ...quiet] });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${origin}/?source=${origin}/archive.wacz#view=pages`);
  await page.locator("wr-page-entry").first().waitFor();
  await page.locator("wr-page-view input[type=search], wr-page-view input.input").first().fill(word);
  await page.waitForTimeout(3000);
  const found = await page.locator("wr-page-entry a.is-size-6, wr-page-entry a").allInnerTexts();
  if (screenshot) await page.screenshot({ path: screenshot.replace(".png", "-search.png") });
  console.error(found);
  await page.locator("wr-page-entry a").first().click();
  const frame = await archivedFrame(page);
  const article = await frame.evaluate(shown);
  if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  console.log(JSON.stringify({ found, ...article }));
} finally {
  await browser.close();
  server.close();
}
