import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { expect, onTestFinished, test } from "vitest"
import { type FetchOptions, fetchPage } from "./fetch-page.ts"
import { readableOf } from "./readable.ts"
import { openWeb } from "./web.ts"

/** A server on the loopback interface; `asked` are the paths that were asked for. */
async function serving(answer: RequestListener) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? "")
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const how = (more: Partial<FetchOptions> = {}): FetchOptions => ({
  permit: async () => {},
  permitAddress: async () => false,
  signal: new AbortController().signal,
  ...more,
})

test("a page is unpacked and decoded as it says, as its document says, or as its bytes look", async () => {
  const pages: Record<string, [headers: Record<string, string>, body: Buffer]> = {
    "/plain": [{ "content-type": "text/plain" }, Buffer.from("déjà vu")],
    "/gzip": [{ "content-type": "text/plain; charset=utf-8", "content-encoding": "gzip" }, gzipSync("packed é")],
    "/br": [{ "content-type": "application/json", "content-encoding": "br" }, brotliCompressSync('{"a":1}')],
    "/latin": [{ "content-type": "text/plain; charset=ISO-8859-1" }, Buffer.from("na\u00efve", "latin1")],
    "/meta": [
      { "content-type": "text/html" },
      Buffer.concat([Buffer.from('<meta charset="shift_jis"><p>'), Buffer.from([0x93, 0xfa, 0x96, 0x7b])]),
    ],
    "/unknown": [{ "content-type": "text/plain; charset=x-nonsense" }, Buffer.from("still é")],
    "/none": [{}, Buffer.from("<!doctype html><p>hello")],
  }
  const { url } = await serving(({ url: path = "" }, response) => {
    const [headers, body] = pages[path] ?? [{}, Buffer.from("")]
    response.writeHead(200, headers).end(body)
  })
  const text = async (path: string) => (await fetchPage(url + path, how())).text
  expect(await text("/plain")).toBe("déjà vu")
  expect(await text("/gzip")).toBe("packed é")
  expect(await text("/br")).toBe('{"a":1}')
  expect(await text("/latin")).toBe("naïve")
  expect(await text("/meta")).toContain("日本")
  expect(await text("/unknown")).toBe("still é")
  expect((await fetchPage(`${url}/none`, how())).mediaType).toBe("text/html")
})

test("each address that a page leads on to is judged before it is asked for, and a loop ends", async () => {
  const { url, asked } = await serving(({ url: path }, response) => {
    if (path === "/a") response.writeHead(302, { location: "/b" }).end()
    else if (path === "/b") response.writeHead(307, { location: "secret?x#frag" }).end()
    else if (path === "/loop") response.writeHead(301, { location: "/loop" }).end()
    else if (path === "/out") response.writeHead(301, { location: "file:///etc/passwd" }).end()
    else response.end("there")
  })
  const judged: string[] = []
  const permit = async ({ pathname, search }: URL) => void judged.push(pathname + search)
  expect(await fetchPage(`${url}/a`, how({ permit }))).toMatchObject({ text: "there", url: `${url}/secret?x` })
  expect(judged).toEqual(["/a", "/b", "/secret?x"])
  const refusing = async ({ pathname }: URL) => {
    if (pathname === "/secret") throw new Error("not there")
  }
  asked.length = 0
  await expect(fetchPage(`${url}/a`, how({ permit: refusing }))).rejects.toThrow("not there")
  expect(asked).toEqual(["/a", "/b"])
  await expect(fetchPage(`${url}/loop`, how())).rejects.toMatchObject({ code: "FETCH_FAILED" })
  await expect(fetchPage(`${url}/out`, how())).rejects.toThrow("only http and https")
})

test("too much is cut, also where it was packed small; what is no text is refused", async () => {
  const { url } = await serving(({ url: path }, response) => {
    if (path === "/bomb")
      response
        .writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
        .end(gzipSync(Buffer.alloc(3e7, "a")))
    else if (path === "/pdf") response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF-1.7")
    else if (path === "/lie") response.writeHead(200, {}).end(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]))
    else if (path === "/broken") response.writeHead(200, { "content-encoding": "gzip" }).end("no gzip at all")
    else response.writeHead(200, { "content-type": "text/plain" }).end("é".repeat(100))
  })
  const bomb = await fetchPage(`${url}/bomb`, how({ maxBytes: 1000 }))
  expect([bomb.text.length, bomb.isCut]).toEqual([1000, true])
  expect(await fetchPage(`${url}/all`, how({ maxBytes: 200 }))).toMatchObject({ isCut: false })
  for (const path of ["/pdf", "/lie"])
    await expect(fetchPage(url + path, how()), path).rejects.toMatchObject({ code: "FETCH_NOT_TEXT" })
  await expect(fetchPage(`${url}/broken`, how())).rejects.toMatchObject({ code: "FETCH_FAILED" })
})

test("a server that says nothing, one that stops in the middle and one that is not there end the call, as a cancel does", async () => {
  const { url } = await serving(({ url: path }, response) => {
    if (path === "/middle") response.writeHead(200, { "content-type": "text/plain" }).write("some")
    if (path === "/torn")
      response
        .writeHead(200, { "content-type": "text/plain", "content-length": "99" })
        .write("some", () => response.destroy())
  })
  for (const path of ["/nothing", "/middle"])
    await expect(fetchPage(url + path, how({ timeoutMs: 100 })), path).rejects.toMatchObject({ code: "TIMEOUT" })
  await expect(fetchPage(`${url}/torn`, how())).rejects.toMatchObject({ code: "FETCH_FAILED" })
  await expect(fetchPage("http://127.0.0.1:1/", how())).rejects.toMatchObject({ code: "FETCH_FAILED" })
  const cancelling = new AbortController()
  const cancelled = fetchPage(`${url}/nothing`, how({ signal: cancelling.signal }))
  cancelling.abort(new Error("enough"))
  await expect(cancelled).rejects.toThrow("enough")
})

test("what is no web address, or has a password in it, is refused before anything is asked for", async () => {
  for (const address of ["", "example.com", "file:///etc/passwd", "ftp://x/", "http://", "http://ada:pw@127.0.0.1/"])
    await expect(fetchPage(address, how()), address).rejects.toMatchObject({ code: "INVALID_INPUT" })
})

test("what was read in a turn stays as it was read; a failure is asked for again", async () => {
  let count = 0
  const { url, asked } = await serving((_request, response) =>
    response.writeHead(count++ === 0 ? 500 : 200).end(`${count}`),
  )
  const web = openWeb()
  expect((await web.page(`${url}/`, how())).status).toBe(500)
  expect((await web.page(`${url}/`, how())).text).toBe("2")
  expect((await web.page(`${url}/#part`, how())).text).toBe("2")
  expect(asked.length).toBe(2)
})

test("a page is made readable on a thread of its own, also one that is nested without end", async () => {
  const { signal } = new AbortController()
  expect(await readableOf("<h1>Hi</h1>", "https://example.com/", signal)).toEqual({ title: "", text: "# Hi" })
  const nested = await readableOf("<div>".repeat(200_000), "https://example.com/", signal, 300).catch(
    (error) => error.code,
  )
  expect(nested).toBe("FETCH_UNREADABLE")
  await expect(readableOf("<p>", "https://example.com/", AbortSignal.abort(new Error("enough")))).rejects.toThrow(
    "enough",
  )
})
