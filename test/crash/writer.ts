import { writeSync } from "node:fs"
import { asDuckError } from "../../src/base/errors.ts"
import { newId } from "../../src/base/ids.ts"
import { embeddedSequencer } from "../../src/fabric/embedded/sequencer.ts"
import type { Synchronous } from "../../src/fabric/embedded/sqlite-open.ts"
import { logTables } from "../../src/fabric/embedded/store-tables.ts"
import type { Commit } from "../../src/fabric/ports.ts"

/**
 * `node writer.ts <folder> [FULL|OFF] [giveUpAfter]`: six appenders that write into `core` without an end and say on
 * standard output what became of each commit, one line each, before they go on. Made to be killed. With `giveUpAfter` it
 * ends by itself after so many appends that were not stored; without a folder at once.
 */
const [folder = "", synchronous = "FULL", giveUpAfter = "0"] = process.argv.slice(2)
const mode: Synchronous = synchronous === "OFF" ? "OFF" : "FULL"
const tables = logTables({ folder, synchronous: mode })
const sequencer = embeddedSequencer({ tables, synchronous: mode })
let failures = 0

// Synchronous, so that a line that was written is with the parent whatever happens next.
const say = (...words: (string | number)[]) => void writeSync(1, `${words.join(" ")}\n`)
const isOver = () => Number(giveUpAfter) > 0 && failures >= Number(giveUpAfter)

async function appendOn(stream: string) {
  let head = await sequencer.head("core", stream)
  while (!isOver()) {
    const commit: Commit = {
      id: newId(),
      stream,
      expect: head,
      events: [{ type: "test.wrote", v: 1, data: { text: "x".repeat(200 + (head % 7) * 100) } }],
      meta: { actor: "user.ann", node: "node-a", epoch: 0, at: new Date().toISOString() },
    }
    try {
      const answer = await sequencer.append("core", commit)
      say(answer.kind, commit.id, answer.kind === "committed" ? answer.pos : 0)
      if (answer.kind === "committed") head = answer.pos
      else failures++
      if (answer.kind === "unknown") return
    } catch (error) {
      failures++
      say("refused", commit.id, asDuckError(error).code)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

if (folder !== "") await Promise.all(Array.from({ length: 6 }, (_, i) => appendOn(`s.${i}`)))
