import { asDuckError, InvalidInputError, NotFoundError } from "../../base/errors.ts"
import type { LogId } from "../../fabric/ports.ts"
import { unifiedDiff } from "../../workspace/edit/unified.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { RuleRecord } from "./record.ts"
import type { Rollback, RollbackOptions } from "./rules.ts"
import type { RuleChange } from "./view.ts"

/**
 * Writes a file of rules as it was before a change: where the change removed it, it is there again; one that the change
 * added is not removed. What the file holds now is in the record as well, so that this can be taken back the same way.
 */
export async function rollBack({
  workspace,
  record,
  log,
  changes,
  rule,
  change: wanted,
  by,
  dryRun,
  before: prepare,
}: RollbackOptions & {
  readonly workspace: Workspace
  readonly record: RuleRecord
  readonly log: LogId
  /** Of the rule, the newest first. */
  readonly changes: readonly RuleChange[]
  readonly rule: string
}): Promise<Rollback> {
  const target =
    wanted === undefined
      ? changes.find(({ before }) => before !== null)
      : changes.find(({ number }) => number === wanted)
  if (!target) {
    throw new NotFoundError({
      code: "NO_CHANGE",
      message: wanted === undefined ? `${rule} has not changed.` : `${rule} has no change ${wanted}.`,
      hint: `\`duck rules history ${rule}\` shows its changes.`,
    })
  }
  if (target.before === null) {
    throw new InvalidInputError({
      message: `Before change ${target.number} there was nothing to go back to: it was ${target.kind}.`,
      hint: `\`duck rules history ${rule}\` shows its changes.`,
    })
  }
  const { path, number } = target
  const text = await record.text(target.before)
  const now = await workspace.read(path).catch((error: unknown) => {
    if (asDuckError(error).code === "FILE_NOT_FOUND") return undefined
    throw error
  })
  const diff = unifiedDiff(now?.text ?? "", text, { from: `a/${path}`, to: `b/${path}` })
  const answer = { path, change: number, diff, isWritten: false }
  if (dryRun || diff === "") return answer
  await prepare?.()
  await workspace.write(path, text, { expectHash: now?.hash ?? null })
  const last = changes.find(({ hash }) => hash === target.before) ?? target
  const id = target.rule === "" ? last.rule : target.rule
  const file = { path, rule: id, title: "", layer: "project" as const, version: last.version, isOn: true }
  const position = await record.rolledBack(log, { ...file, hash: target.before, text }, by)
  return { ...answer, isWritten: true, position }
}
