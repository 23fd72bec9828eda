import { setTimeout as wait } from "node:timers/promises"
import { z } from "zod"
import type { Clock } from "../../base/clock.ts"
import { CancelledError, TimeoutError } from "../../base/errors.ts"
import { version } from "../../base/version.ts"
import { Pushed, uriOf } from "./answers.ts"
import { clientCapabilities } from "./capabilities.ts"
import { LanguageServerError, type ServedFile } from "./language-servers.ts"
import type { ServerProgram } from "./program.ts"
import { openWire, type Wire } from "./wire.ts"

/** Documents that stay open; the one unused for longest is closed for the next. */
const mostOpen = 32
/** Questions without an answer one after the other, after which it is taken for hanging. */
const mostTimeouts = 3
/** To end by itself after the good-bye. */
const leaveWithinMs = 500

const Initialized = z.object({
  capabilities: z.record(z.string(), z.unknown()),
  serverInfo: z.object({ name: z.string(), version: z.string().optional() }).optional(),
})

/** A process that has been greeted, and the documents that it has open. */
export interface Session {
  /** By its own word. */
  readonly name: string
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly lost: AbortSignal
  readonly openFiles: number
  /** When it last was asked. */
  readonly usedAtMs: number
  /** Shows it the file as it is given, then asks; gives what it answered, unchecked. */
  ask(file: ServedFile | undefined, method: string, params: object, how: How): Promise<unknown>
  /** What it has said by itself about the file as it was last shown; waits for it. */
  pushed(file: ServedFile, how: How): Promise<z.infer<typeof Pushed>["diagnostics"]>
  changed(changes: readonly { readonly path: string; readonly type: 1 | 2 | 3 }[]): void
  /** Says good-bye and ends the process. */
  close(): Promise<void>
}

export interface How {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface SessionOptions {
  readonly root: string
  readonly program: ServerProgram
  readonly name: string
  /** LSP's name of the language of a path. */
  languageId(path: string): string
  /** What it is told when it asks for its settings, by section. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly startWithinMs: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
}

interface OpenDocument {
  text: string
  version: number
}

/** Greets a server. Throws LanguageServerError and TimeoutError; the process is then ended. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { root, program, name, languageId, settings, startWithinMs, clock, signal } = options
  const open = new Map<string, OpenDocument>()
  const said = new Map<string, z.infer<typeof Pushed>>()
  const listeners = new Set<() => void>()
  let watches = false
  let timeouts = 0
  let usedAtMs = clock.now()

  const answer = (method: string, params: unknown): unknown => {
    if (method === "workspace/configuration") return sectionsIn(params).map((section) => settings[section] ?? null)
    if (method === "workspace/workspaceFolders") return folders(root)
    if (method === "workspace/applyEdit") return { applied: false, failureReason: "Edits are taken as answers only." }
    if (method === "client/registerCapability" && JSON.stringify(params).includes('"workspace/didChangeWatchedFiles"'))
      watches = true
    return accepted.has(method) ? null : undefined
  }
  const hear = (method: string, params: unknown) => {
    if (method !== "textDocument/publishDiagnostics") return
    const pushed = Pushed.safeParse(params)
    if (!pushed.success) return
    said.set(pushed.data.uri, pushed.data)
    for (const listener of listeners) listener()
  }
  const wire: Wire = await openWire(name, program, { answer, hear })

  const greet = async () => {
    const how = { timeoutMs: startWithinMs, signal }
    const answered = await wire.ask("initialize", greeting(root, program), how)
    const greeted = Initialized.safeParse(answered)
    if (!greeted.success) throw new LanguageServerError(name, "did not answer the greeting as the protocol has it")
    const encoding = greeted.data.capabilities.positionEncoding ?? "utf-16"
    if (encoding !== "utf-16")
      throw new LanguageServerError(name, `counts columns in ${encoding}, which was not offered`)
    wire.notify("initialized", {})
    return greeted.data
  }
  const { capabilities, serverInfo } = await greet().catch(async (thrown) => {
    wire.close()
    await program.end()
    throw thrown
  })
  const sync = syncKindOf(capabilities)

  function show({ path, text }: ServedFile): void {
    const uri = uriOf(root, path)
    const known = open.get(uri)
    if (known) {
      open.delete(uri)
      open.set(uri, known)
      if (known.text === text || sync === 0) return
      known.text = text
      known.version++
      said.delete(uri)
      // The whole text is a change that servers of either kind of synchronisation take.
      wire.notify("textDocument/didChange", {
        textDocument: { uri, version: known.version },
        contentChanges: [{ text }],
      })
      return
    }
    open.set(uri, { text, version: 1 })
    const textDocument = { uri, languageId: languageId(path), version: 1, text }
    wire.notify("textDocument/didOpen", { textDocument })
    for (const oldest of open.keys()) {
      if (open.size <= mostOpen) break
      open.delete(oldest)
      said.delete(oldest)
      wire.notify("textDocument/didClose", { textDocument: { uri: oldest } })
    }
  }

  return {
    name: serverInfo ? [serverInfo.name, shortVersion(serverInfo.version)].filter(Boolean).join(" ") : name,
    capabilities,
    lost: wire.lost,
    get openFiles() {
      return open.size
    },
    get usedAtMs() {
      return usedAtMs
    },
    async ask(file, method, params, how) {
      usedAtMs = clock.now()
      if (file) show(file)
      try {
        const answered = await wire.ask(method, params, how)
        timeouts = 0
        return answered
      } catch (thrown) {
        if (thrown instanceof TimeoutError && ++timeouts >= mostTimeouts) void program.end()
        throw thrown
      }
    },
    async pushed(file, { timeoutMs, signal }) {
      usedAtMs = clock.now()
      show(file)
      const uri = uriOf(root, file.path)
      const version = open.get(uri)?.version
      const known = () => {
        const pushed = said.get(uri)
        // Some servers never say which version they speak of; what came before a change was forgotten with it.
        return pushed && (pushed.version == null || pushed.version === version) ? pushed.diagnostics : undefined
      }
      const { promise, resolve, reject } = Promise.withResolvers<z.infer<typeof Pushed>["diagnostics"]>()
      const look = () => {
        const diagnostics = known()
        if (diagnostics) resolve(diagnostics)
      }
      const over = AbortSignal.any([wire.lost, AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
      const give = () =>
        reject(over.reason instanceof LanguageServerError ? over.reason : endOf(name, timeoutMs, signal))
      listeners.add(look)
      over.addEventListener("abort", give, { once: true })
      look()
      try {
        return await promise
      } finally {
        listeners.delete(look)
        over.removeEventListener("abort", give)
      }
    },
    changed(changes) {
      if (!watches || changes.length === 0) return
      wire.notify("workspace/didChangeWatchedFiles", {
        changes: changes.map(({ path, type }) => ({ uri: uriOf(root, path), type })),
      })
    },
    async close() {
      // A server that hangs does not hold up the end of ours.
      await wire.ask("shutdown", undefined, { timeoutMs: 1_000 }).catch(() => {})
      wire.notify("exit")
      await Promise.race([program.ended, wait(leaveWithinMs, undefined, { ref: false })])
      wire.close()
      await program.end()
    },
  }
}

/** gopls tells as JSON all that it was built of, clangd a sentence with its platform. */
function shortVersion(version = ""): string {
  if (/^\S{1,24}$/.test(version)) return version
  return (/"Version":"([^"]{1,24})"\}$/.exec(version) ?? /(?:^|\s)v?(\d+\.\d[\w.+-]*)(?!\S)/.exec(version))?.[1] ?? ""
}

const endOf = (name: string, timeoutMs: number, signal: AbortSignal | undefined) =>
  signal?.aborted ? new CancelledError() : new TimeoutError(`${name}: diagnostics`, timeoutMs)

const folders = (root: string) => [{ uri: uriOf(root, "."), name: root.slice(root.lastIndexOf("/") + 1) }]

/** What a server may tell or ask us that needs no answer but "heard". */
const accepted = new Set([
  "client/registerCapability",
  "client/unregisterCapability",
  "window/workDoneProgress/create",
  "window/showMessageRequest",
  "workspace/semanticTokens/refresh",
  "workspace/diagnostic/refresh",
  "workspace/inlayHint/refresh",
  "workspace/codeLens/refresh",
])

const ConfigurationParams = z.object({ items: z.array(z.object({ section: z.string().catch("") })) })
const sectionsIn = (params: unknown) =>
  (ConfigurationParams.safeParse(params).data?.items ?? []).map(({ section }) => section)

const greeting = (root: string, { isSandboxed }: ServerProgram) => ({
  // In a sandbox our number is nobody's: a server that watches it would end itself.
  processId: isSandboxed ? null : process.pid,
  clientInfo: { name: "RubberDuck", version },
  rootUri: uriOf(root, "."),
  rootPath: root,
  workspaceFolders: folders(root),
  capabilities: clientCapabilities,
})

const Sync = z.union([z.int(), z.object({ change: z.int().default(1) }).transform(({ change }) => change)])
/** 0: none, 1: whole texts, 2: pieces. */
const syncKindOf = ({ textDocumentSync }: Readonly<Record<string, unknown>>) =>
  Sync.safeParse(textDocumentSync).data ?? 1
