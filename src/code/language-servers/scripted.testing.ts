import { chmodSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/**
 * A language server for tests, as a program of node alone: speaks the protocol on its standard streams and does what the
 * names of documents ask of it: "hang" is never answered, "die" ends it, "garbage" is answered with what is no message.
 * What it was told goes line by line into `heard.jsonl` beside the documents.
 */
const source = `#!/usr/bin/env node
const fs = require("node:fs")
const capabilities = JSON.parse(process.env.SCRIPTED_CAPABILITIES ?? process.argv[2] ?? "{}")
let pending = Buffer.alloc(0)
const documents = new Map()
const send = (message) => {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }))
  process.stdout.write("Content-Length: " + body.length + "\\r\\n\\r\\n")
  process.stdout.write(body)
}
const heard = (message) => fs.appendFileSync("heard.jsonl", JSON.stringify(message) + "\\n")
const range = (line, from, to) => ({ start: { line, character: from }, end: { line, character: to } })
function answer({ id, method, params }) {
  heard({ method, params })
  const uri = params?.textDocument?.uri ?? ""
  if (method === "initialize") return send({ id, result: { capabilities, serverInfo: { name: "scripted", version: process.argv[3] ?? "1" } } })
  if (method === "initialized")
    return send({ id: "r1", method: "client/registerCapability", params: { registrations: [{ id: "w", method: "workspace/didChangeWatchedFiles" }] } })
  if (method === "textDocument/didOpen") {
    documents.set(uri, params.textDocument.text)
    const diagnostics = [{ range: range(0, 0, 1), severity: 2, message: "pushed " + params.textDocument.version }]
    return send({ method: "textDocument/publishDiagnostics", params: { uri, version: params.textDocument.version, diagnostics } })
  }
  if (method === "textDocument/didChange") {
    documents.set(uri, params.contentChanges[0].text)
    const diagnostics = [{ range: range(0, 0, 1), severity: 2, message: "pushed " + params.textDocument.version }]
    return send({ method: "textDocument/publishDiagnostics", params: { uri, version: params.textDocument.version, diagnostics } })
  }
  if (method === "textDocument/didClose") return documents.delete(uri)
  if (method === "shutdown") return send({ id, result: null })
  if (method === "exit") process.exit(0)
  if (id === undefined || method === undefined) return
  if (uri.includes("hang")) return
  if (uri.includes("die")) process.exit(3)
  if (uri.includes("garbage")) return process.stdout.write("quack quack\\r\\n\\r\\nquack")
  if (method === "textDocument/hover") return send({ id, result: { contents: { kind: "plaintext", value: documents.get(uri) } } })
  if (method === "textDocument/definition") return send({ id, result: { uri, range: range(params.position.line, params.position.character, 9) } })
  if (method === "textDocument/references") return send({ id, result: { quack: true } })
  if (method === "textDocument/rename") {
    const elsewhere = uri.includes("outside") ? "file:///etc/passwd" : uri
    return send({ id, result: { changes: { [elsewhere]: [{ range: range(0, 4, 7), newText: params.newName }] } } })
  }
  send({ id, error: { code: -32603, message: "no " + method } })
}
process.stdin.on("data", (chunk) => {
  pending = Buffer.concat([pending, chunk])
  for (;;) {
    const end = pending.indexOf("\\r\\n\\r\\n")
    if (end < 0) return
    const length = Number(/Content-Length: (\\d+)/.exec(pending.subarray(0, end).toString())[1])
    if (pending.length < end + 4 + length) return
    const body = JSON.parse(pending.subarray(end + 4, end + 4 + length).toString())
    pending = pending.subarray(end + 4 + length)
    answer(body)
  }
})
process.stdin.on("end", () => process.exit(0))
`

/** Writes the server into a folder; gives the words it is started with. */
export function scriptedServer(folder: string, capabilities: object, version = "1"): string[] {
  const path = join(folder, "scripted-server.cjs")
  writeFileSync(path, source)
  chmodSync(path, 0o755)
  return [process.execPath, path, JSON.stringify(capabilities), version]
}
