import type { Clock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import { decidedStreams } from "../../fabric/decider-stream.ts"
import type { Blobs, LogId, LogStore, NodeId, Position, Sequencer } from "../../fabric/ports.ts"
import type { Views } from "../../fabric/projection.ts"
import { readRuleEvent, rulesStream, type SeenFile } from "./events.ts"
import { rulesDecider } from "./history.ts"
import { type RuleChange, type RuleUse, ruleRows, rulesProjection } from "./view.ts"

export interface RecordFabric {
  readonly sequencer: Pick<Sequencer, "append" | "settle">
  readonly store: Pick<LogStore, "stream" | "reached" | "tip" | "logs">
  readonly views: Pick<Views, "open">
  readonly blobs: Pick<Blobs, "put" | "get" | "has">
  readonly node: NodeId
}

/** A file as it was seen, with what stands in it. */
export interface SeenText extends SeenFile {
  readonly text: string
}

/** What became of the rules of a project: files are the truth, this is what was seen of them. */
export interface RuleRecord {
  /** Records what is not as it was; `isWhole`: files that are not among these are gone. Gives where the log stands. */
  see(
    log: LogId,
    files: readonly SeenText[],
    how: { gone: readonly string[]; isWhole: boolean; by: string },
  ): Promise<void>
  rolledBack(log: LogId, file: SeenText, by: string): Promise<Position>
  used(log: LogId, uses: readonly { rule: string; times: number; tokens: number }[]): Promise<void>
  changes(log: LogId, limit: number, rule?: string): Promise<RuleChange[]>
  uses(log: LogId): Promise<RuleUse[]>
  /** The text that a hash stands for. Throws NotFoundError, and BlobDamagedError. */
  text(hash: string): Promise<string>
}

/** So many files a commit: a commit has a largest size. */
const atOnce = 200
const catchUpMs = 5_000

export async function openRecord({ fabric, clock }: { fabric: RecordFabric; clock: Clock }): Promise<RuleRecord> {
  const { store, blobs } = fabric
  const view = await fabric.views.open(rulesProjection)
  const rows = ruleRows(view)
  const streams = decidedStreams({ ...fabric, decider: rulesDecider, parse: readRuleEvent, clock })
  const now = () => new Date(clock.now()).toISOString()

  const keep = async ({ text, ...file }: SeenText): Promise<SeenFile> => {
    if (!(await blobs.has(file.hash))) await blobs.put(bytesOf(text))
    return file
  }
  const current = async (log: LogId) => {
    if (!store.logs().includes(log)) return
    await view.reached(log, store.tip(log).pos, { withinMs: catchUpMs })
  }

  return {
    async see(log, files, { gone, isWhole, by }) {
      const { files: known } = streams.load(log, rulesStream).state
      const there = new Set(files.map(({ path }) => path))
      const lost = isWhole ? [...known.keys()].filter((path) => !there.has(path)) : gone
      const news = files.filter((file) => {
        const before = known.get(file.path)
        return !before || before.hash !== file.hash || before.isOn !== file.isOn
      })
      for (let from = 0; from < news.length || (from === 0 && lost.length > 0); from += atOnce) {
        const kept: SeenFile[] = []
        for (const file of news.slice(from, from + atOnce)) kept.push(await keep(file))
        const at = now()
        await streams.handle(
          log,
          rulesStream,
          { kind: "see", there: kept, gone: from === 0 ? lost : [], by, at },
          { actor: by },
        )
      }
    },
    async rolledBack(log, file, by) {
      const kept = await keep(file)
      const { head } = await streams.handle(
        log,
        rulesStream,
        { kind: "roll-back", file: kept, by, at: now() },
        { actor: by },
      )
      return head
    },
    async used(log, uses) {
      await streams.handle(log, rulesStream, { kind: "use", uses, at: now() }, { actor: "rules" })
    },
    async changes(log, limit, rule) {
      await current(log)
      return rows.changes(log, limit, rule)
    },
    async uses(log) {
      await current(log)
      return rows.uses(log)
    },
    async text(hash) {
      const parts: Uint8Array[] = []
      try {
        for await (const part of blobs.get(hash)) parts.push(part)
      } catch (error) {
        throw asDuckError(error)
      }
      return Buffer.concat(parts).toString("utf8")
    },
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
