import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { systemClock } from "../../src/base/clock.ts"
import { logStore } from "../../src/fabric/embedded/store.ts"
import { logTables } from "../../src/fabric/embedded/store-tables.ts"
import type { Verification } from "../../src/fabric/ports.ts"

/** Node keeps the compiled modules here, so that the many starts cost a third. */
const compileCache = join(tmpdir(), `duck-crash-compile-cache-${process.pid}`)
const env = { ...process.env, NODE_COMPILE_CACHE: compileCache }

/** A killed process saves nothing for the next start, so one has to end by itself. */
export async function warmUp(): Promise<() => void> {
  await once(spawn(process.execPath, [writerPath], { env, stdio: "ignore" }), "exit")
  return () => rmSync(compileCache, { recursive: true, force: true })
}

const writerPath = join(import.meta.dirname, "writer.ts")

/** What a writer said of its commits before it ended, by commit id. */
export interface Said {
  readonly committed: Map<string, number>
  readonly refused: Map<string, string>
  readonly unknown: Set<string>
}

export const nothingSaid = (): Said => ({ committed: new Map(), refused: new Map(), unknown: new Set() })

export interface WriterOptions {
  readonly folder: string
  readonly said: Said
  /**
   * Called with each acknowledged commit's number in this run and the process. After it has answered "deaf" nothing more
   * is heard of the writer.
   */
  readonly onAck?: (count: number, child: ChildProcess) => unknown
  readonly onStart?: (child: ChildProcess) => void
  readonly synchronous?: "FULL" | "OFF"
  readonly giveUpAfter?: number
  /** A shell's words before the command, to set limits. */
  readonly prelude?: string
}

/** Runs a writer until it ends, however it does, and adds what it said to `said`. */
export async function runWriter(options: WriterOptions): Promise<void> {
  const { folder, said, onAck = () => {}, onStart = () => {}, synchronous = "FULL", giveUpAfter = 0 } = options
  const command = [process.execPath, writerPath, folder, synchronous, String(giveUpAfter)]
  const [program = "", ...parameters] = options.prelude
    ? ["/bin/sh", "-c", `${options.prelude}; exec "$@"`, "sh", ...command]
    : command
  const child = spawn(program, parameters, { env, stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(child, "exit")
  onStart(child)
  let count = 0
  let isDeaf = false
  if (!child.stdout) throw new Error("the writer has no standard output")
  for await (const line of createInterface(child.stdout)) {
    if (isDeaf) continue
    const [what = "", id = "", more = ""] = line.split(" ")
    if (what === "committed" && /^\d+$/.test(more)) {
      said.committed.set(id, Number(more))
      isDeaf = onAck(++count, child) === "deaf"
    } else if (what === "refused") said.refused.set(id, more)
    else if (what === "unknown") said.unknown.add(id)
  }
  await ended
}

export interface Survey {
  /** Acknowledged commits that are not there, or not where it was said. */
  readonly lost: readonly string[]
  /** Refused commits that are there. */
  readonly undead: readonly string[]
  readonly stored: ReadonlyMap<string, number>
  /** Undefined when the writer was killed before there was a log. */
  readonly verification: Verification | undefined
}

/** Reads a log as the next server would and holds it against what was said. */
export async function survey(folder: string, { committed, refused }: Said): Promise<Survey> {
  const tables = logTables({ folder })
  try {
    const store = logStore({ tables, clock: systemClock })
    const stored = new Map<string, number>()
    for (let page = store.scan("core", 0, 1000); page.length > 0; ) {
      for (const { id, pos } of page) stored.set(id, pos)
      page = store.scan("core", page.at(-1)?.pos ?? 0, 1000)
    }
    return {
      lost: [...committed].filter(([id, pos]) => stored.get(id) !== pos).map(([id]) => id),
      undead: [...refused.keys()].filter((id) => stored.has(id)),
      stored,
      verification: store.logs().includes("core") ? await store.verify("core") : undefined,
    }
  } finally {
    tables.close()
  }
}
