import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CrawlOptions, crawlSite, fileOf } from "./crawl-site.ts";

type Route = string | ((answer: ServerResponse) => void);

let out: string;
let server: Server;
let asked: { path: string; at: number }[];
let routes: Record<string, Route>;

beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), "hone-crawl-"));
  asked = [];
  server = createServer(({ url = "" }, answer) => {
    asked.push({ path: url, at: performance.now() });
    const route = routes[url];
    if (typeof route === "function") return route(answer);
    answer.writeHead(route === undefined ? 404 : 200, { "content-type": "text/html" }).end(route);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(out, { recursive: true });
});

const site = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const crawl = (options: Partial<CrawlOptions> = {}) =>
  crawlSite({ address: `${site()}/docs/`, delayMs: 0, out, ...options });
const page = (path: string): string =>
  readFileSync(join(out, site().slice(7).replace(":", "_"), path), "utf8");
const paths = (): string[] => asked.map(({ path }) => path);

describe("the crawl of a site", () => {
  it("writes pages as Markdown with absolute addresses, without what is around them", async () => {
    routes = {
      "/docs/": `<html><head><title>x</title><script>no()</script></head><body><nav>menu</nav>
        <h1>Pump</h1><p>It <b>turns</b>.</p><img src="../img/p.png" alt="A pump">
        <img src="data:image/gif;base64,R0lGODlhAQ" data-src="late.png" alt="Late">
        <figure><img src=q.png alt=Q><figcaption>How it turns</figcaption></figure>
        <a href="valve.html#top">valve</a> <a href="https://other.example/">other</a></body></html>`,
      "/docs/valve.html": "<h1>Valve</h1>",
    };
    const report = await crawl();
    expect(report).toEqual({ pages: 2, skipped: {} });
    const text = page("docs/index.md");
    expect(text).toContain(`url: ${site()}/docs/`);
    expect(text).toContain("# Pump\n\nIt **turns**.");
    expect(text).toContain(`![A pump](${site()}/img/p.png)`);
    expect(text).toContain(`![Late](${site()}/docs/late.png)`);
    expect(text).toContain(`src="${site()}/docs/q.png"`);
    expect(text).toContain("<figcaption>How it turns</figcaption>");
    expect(text).not.toMatch(/menu|no\(\)/);
    expect(page("docs/valve.md")).toContain("# Valve");
  });

  it("keeps to robots.txt, its delay, and links that are not to be followed", async () => {
    routes = {
      "/robots.txt": (answer) =>
        answer
          .writeHead(200, { "content-type": "text/plain" })
          .end("User-agent: *\nDisallow: /docs/secret\nCrawl-delay: 0.1\n"),
      "/docs/":
        '<a href="secret">1</a> <a href="open">2</a> <a rel="nofollow" href="not">3</a> <a href="to">4</a>',
      "/docs/open": "<p>open</p>",
      "/docs/to": (answer) => answer.writeHead(302, { location: "/docs/secret" }).end(),
      "/docs/secret": "<p>secret</p>",
    };
    expect(await crawl()).toEqual({ pages: 2, skipped: { "forbidden by robots.txt": 2 } });
    expect(paths()).not.toContain("/docs/not");
    expect(existsSync(join(out, site().slice(7).replace(":", "_"), "docs/secret.md"))).toBe(false);
    const open = asked.find(({ path }) => path === "/docs/open")!;
    const first = asked.find(({ path }) => path === "/docs/")!;
    expect(open.at - first.at).toBeGreaterThanOrEqual(95);
  });

  it("makes every address of a Markdown page absolute, and leaves its front matter out", async () => {
    const secret = "../../../../home/me/secret.png";
    const text = [
      "---\nurl: https://other.example/\nbase: x\n---\n# Pump\n",
      `![one](${secret}) ![two [2]](<my pump.png> "t") ![three][ref] <img src="${secret}" alt="four">\n`,
      `<figure><img src='${secret}'><figcaption>Five</figcaption></figure>\n`,
      `<image src="${secret}" alt="six">\n\n[valve](valve.md)\n\n[ref]: ${secret}`,
    ];
    const markdown = (answer: ServerResponse, body: string) =>
      answer.writeHead(200, { "content-type": "text/markdown" }).end(body);
    routes = {
      "/docs/": (answer) => markdown(answer, text.join("\n")),
      "/docs/valve.md": (answer) => markdown(answer, "# Valve"),
    };
    expect(await crawl()).toEqual({ pages: 2, skipped: {} });
    const written = page("docs/index.md");
    expect(written.match(/^---$/gm)).toHaveLength(2);
    expect(written).not.toMatch(/other\.example|\.\./);
    expect(written.split(`${site()}/home/me/secret.png`)).toHaveLength(6);
    expect(written).toContain(`](${site()}/docs/my%20pump.png`);
    expect(page("docs/valve.md")).toContain("# Valve");
  });

  it("reads a robots.txt that lies elsewhere, and says why one cannot be read", async () => {
    const other = createServer((_, answer) =>
      answer
        .writeHead(200, { "content-type": "application/octet-stream" })
        .end("User-agent: *\nDisallow: /docs/secret\n"),
    );
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/robots`;
    routes = {
      "/robots.txt": (answer) => answer.writeHead(301, { location }).end(),
      "/docs/": '<a href="secret">1</a> <a href="open">2</a>',
      "/docs/open": "<p>open</p>",
    };
    expect(await crawl()).toEqual({ pages: 2, skipped: { "forbidden by robots.txt": 1 } });
    other.close();
    routes["/robots.txt"] = (answer) => answer.writeHead(302, { location: "/robots.txt" }).end();
    await expect(crawl()).rejects.toThrow("its robots.txt cannot be read (redirects without end)");
  });

  it("gives up redirects without end, other hosts, other content and answers without end", async () => {
    routes = {
      "/docs/": ["round", "away", "data", "huge", "gone", "down"]
        .map((name) => `<a href="${name}">${name}</a>`)
        .join(""),
      "/docs/round": (answer) => answer.writeHead(301, { location: "/docs/round" }).end(),
      "/docs/away": (answer) => answer.writeHead(302, { location: "http://127.0.0.2/" }).end(),
      "/docs/data": (answer) =>
        answer.writeHead(200, { "content-type": "application/json" }).end("{}"),
      "/docs/huge": (answer) => {
        answer.writeHead(200, { "content-type": "text/html" });
        const more = (): void => void (answer.destroyed || answer.write("x".repeat(1e6), more));
        more();
      },
      "/docs/down": (answer) => answer.destroy(),
    };
    expect((await crawl()).skipped).toEqual({
      ...{ "redirects without end": 1, "a redirect to another host": 1 },
      ...{ "content that is no page": 1, "larger than 2 MB": 1, "status 404": 1, "no answer": 1 },
    });
    expect(paths().filter((path) => path === "/docs/round")).toHaveLength(6);
  });

  it("follows links to a depth, and stops at the limit of pages", async () => {
    const link = (to: number): string => `<a href="/docs/${to}">next</a>`;
    routes = { "/docs/": link(1), "/docs/1": link(2), "/docs/2": link(3), "/docs/3": "end" };
    expect((await crawl({ depth: 0 })).pages).toBe(1);
    expect((await crawl({ depth: 2 })).pages).toBe(3);
    expect(await crawl({ depth: 9, maxPages: 2 })).toEqual({
      ...{ pages: 2, skipped: { "more pages than the limit": 1 } },
    });
  });

  it("asks for no more pages than the limit, though some are not there", async () => {
    routes = { "/docs/": ["a", "b", "c", "d"].map((to) => `<a href="${to}">x</a>`).join("") };
    expect(await crawl({ maxPages: 3 })).toEqual({
      ...{ pages: 1, skipped: { "status 404": 2, "more pages than the limit": 2 } },
    });
    expect(paths()).toEqual(["/robots.txt", "/docs/", "/docs/a", "/docs/b"]);
  });

  it("refuses what is no address, a first page that is forbidden, and rules that fail", async () => {
    routes = {
      "/robots.txt": (answer) => answer.writeHead(500).end(),
      "/docs/": "<p>all</p>",
    };
    await expect(crawl()).rejects.toMatchObject({ code: "CRAWL_FAILED" });
    await expect(crawl({ address: "ftp://pump.example" })).rejects.toMatchObject({
      code: "CRAWL_ADDRESS_INVALID",
    });
    const secret = crawl({ address: "http://me:hidden@pump.example" });
    await expect(secret).rejects.toThrow(/^(?!.*hidden)/);
  });

  it("leaves out a page that is nested without end, and goes on", async () => {
    routes = {
      "/docs/": '<a href="deep">deep</a>',
      "/docs/deep": "<div>".repeat(60_000),
    };
    expect(await crawl()).toEqual({
      pages: 1,
      skipped: { "HTML of too many tags, or nested too deep": 1 },
    });
  });

  it("ends when it is aborted", async () => {
    routes = {
      "/docs/": (answer) => answer.writeHead(200, { "content-type": "text/html" }).flushHeaders(),
    };
    await expect(crawl({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });
});

it("names a page's file by its address, inside of the folder", () => {
  expect(
    [
      "https://a.example/",
      "https://a.example:80/b/c.html",
      "https://a.example/b?page=2&x=/../y",
    ].map(fileOf),
  ).toEqual(["a.example/index.md", "a.example_80/b/c.md", "a.example/b-page_2_x__.._y.md"]);
});
