import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { rolldown } from "rolldown"
import { expect, test } from "vitest"
import { place, root } from "./place.ts"

const chromium = ["chromium", "chromium-browser", "google-chrome"].find(
  (program) => spawnSync(program, ["--version"]).status === 0,
)
const skipped = chromium === undefined ? " (SKIPPED: no chromium is installed)" : ""

test.skipIf(chromium === undefined)(
  `a page in a real browser calls the server over HTTP and WebSocket, if its origin is allowed${skipped}`,
  async ({ signal }) => {
    await using here = place()
    await using friend = await site()
    await using stranger = await site()
    await here.duck(["config", "set", "server.allowedOrigins", JSON.stringify([friend.origin])])
    await here.duck(["search", "token"])
    const { port, token, version } = here.server() ?? {}
    const script = scriptFor({ address: { url: `http://127.0.0.1:${port}`, token }, project: here.project })

    const seen = await friend.shownBy(String(chromium), script, signal)
    expect(seen).toEqual({
      version,
      found: "src/token.ts",
      overWebSocket: "src/retry.ts",
      refusal: "INVALID_INPUT",
      phases: true,
      position: 1,
    })
    const refused = await stranger.shownBy(String(chromium), script, signal)
    expect(refused).toEqual({ error: "CONNECTION_LOST" })
  },
)

/** What the page does with the SDK; the outcome is written into the page as JSON. */
const scriptFor = (options: object) => `
  const run = async () => {
    const duck = sdk.duckClient(${JSON.stringify(options)})
    const { version } = await duck.call("version")
    const phases = []
    const onProgress = ({ phase }) => phases.push(phase)
    await duck.call("index.rebuild", {}, { onProgress })
    const { hits } = await duck.call("search", { query: "write the token file" })
    const refusal = await duck.call("search", { query: "" }).catch(({ code }) => code)
    const connection = duck.connect({ encoding: "msgpack" })
    const more = await connection.call("search", { query: "exponential backoff" })
    const { value } = await connection.events({ log: "core", after: 0 }).next()
    connection.close()
    const [found, overWebSocket] = [hits, more.hits].map(([first]) => first?.path)
    return { version, found, overWebSocket, refusal, phases: phases.length > 0, position: value.position }
  }
  run()
    .catch((error) => ({ error: error.code ?? String(error) }))
    .then((outcome) => {
      document.querySelector("pre").textContent = JSON.stringify(outcome)
      return fetch("/done")
    })`

/**
 * A site on an origin of its own with one page, which has the SDK and a script. The page counts as loaded when the script
 * is done: its picture comes only then.
 */
async function site() {
  const input = join(root, "src", "clients", "sdk", "index.ts")
  const bundle = await rolldown({ input, platform: "browser", logLevel: "silent" })
  const { output } = await bundle.generate({ format: "iife", name: "sdk", codeSplitting: false })
  await bundle.close()
  let script = ""
  let done = Promise.withResolvers<void>()
  const server = createServer(async ({ url }, response) => {
    if (url === "/done") done.resolve()
    if (url === "/picture") await done.promise
    const text = url === "/sdk.js" ? output[0].code : url === "/page.js" ? script : url === "/" ? page : ""
    response.setHeader("content-type", url === "/" ? "text/html; charset=utf-8" : "text/javascript; charset=utf-8")
    response.end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    async shownBy(browser: string, wanted: string, signal: AbortSignal): Promise<unknown> {
      script = wanted
      done = Promise.withResolvers()
      const dom = await dumped(browser, `${origin}/`, signal)
      const text = /<pre>(.*)<\/pre>/s.exec(dom)?.[1] ?? ""
      return JSON.parse(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&") || "null")
    },
    async [Symbol.asyncDispose]() {
      done.resolve()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const page = `<!doctype html><title>duck</title><pre></pre><img src="/picture" alt="">
<script src="/sdk.js"></script><script src="/page.js"></script>`

/** The page as it stands once it is loaded. The browser gets a profile of its own and asks nobody but the page. */
async function dumped(browser: string, url: string, signal: AbortSignal): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "duck-browser-"))
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--proxy-server=direct://",
    `--user-data-dir=${profile}`,
  ]
  const env = { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile }
  // A group of its own, so that none of the browser's processes stays.
  const child = spawn(browser, [...flags, "--dump-dom", url], {
    detached: true,
    env,
    stdio: ["ignore", "pipe", "ignore"],
  })
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    } catch {
      // All of them are gone.
    }
  }
  signal.addEventListener("abort", end)
  try {
    let dom = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      dom += text
    })
    await new Promise<void>((resolve, reject) => child.once("close", () => resolve()).once("error", reject))
    return dom
  } finally {
    signal.removeEventListener("abort", end)
    end()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}
