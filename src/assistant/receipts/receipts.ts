import { z } from "zod"
import type { Ledger } from "../ledger/ledger.ts"
import { isCheck, isMasked } from "./check.ts"
import { claimsCompletion } from "./claim.ts"

const hash = z.string()

/** Evidence: a check that was run, what came of it, and the tree it was run on. */
export const receipt = z.object({
  command: z.string(),
  /** Null: it did not end by itself. */
  exitCode: z.number().nullable(),
  /** SHA-256 of its output. */
  outputHash: hash,
  /** Of the tree it was run on. */
  tree: hash,
  /** The exit code may be that of another program of the command (`npm test | tail`): it proves nothing. */
  isMasked: z.boolean(),
})
export type Receipt = z.infer<typeof receipt>

/** What is proved at the end of a turn. `valid` and `failed` are of the tree as it is; `stale` of what it was before. */
export const receipts = z.object({
  /** The tree at the end; null where it could not be told, and everything counts as stale. */
  tree: hash.nullable(),
  valid: z.array(receipt),
  failed: z.array(receipt),
  stale: z.array(receipt),
  /**
   * `none`: the answer says nothing of the kind; `verified`: it claims that something is achieved, a check has passed on
   * this very tree and none has failed on it; `unverified`: it claims so without.
   */
  claim: z.enum(["none", "verified", "unverified"]),
})
export type Receipts = z.infer<typeof receipts>

/** Of each kind the latest are named. */
const mostNamed = 20

/**
 * The receipts of a turn that ended well: the checks among the commands that were run, held against the tree as it is,
 * and against what the last answer claims. A later edit makes every receipt before it stale. Pure.
 */
export function receiptsOf({
  commands,
  tree,
  root,
  answer,
}: {
  readonly commands: Ledger["commands"]
  readonly tree: string | null
  /** Of the project, absolute. */
  readonly root: string
  readonly answer: string
}): Receipts {
  const checks = commands
    .filter(({ command }) => isCheck(command, root))
    .map((one): Receipt => ({ ...one, isMasked: isMasked(one.command) }))
  const here = checks.filter((one) => one.tree === tree)
  const failed = here.filter(({ exitCode }) => exitCode !== 0)
  const valid = here.filter(({ exitCode, isMasked: masked }) => exitCode === 0 && !masked)
  const unproved = here.filter(({ exitCode, isMasked: masked }) => exitCode === 0 && masked)
  const stale = checks.filter((one) => one.tree !== tree)
  const isProved = valid.length > 0 && failed.length === 0
  return {
    tree,
    valid: [...unproved, ...valid].slice(-mostNamed),
    failed: failed.slice(-mostNamed),
    stale: stale.slice(-mostNamed),
    claim: claimsCompletion(answer) ? (isProved ? "verified" : "unverified") : "none",
  }
}

/** A line each for people: what is proved, what failed, what is stale, and what was claimed without proof. */
export function receiptLines({ valid, failed, stale, claim }: Receipts): readonly string[] {
  const masked = ({ isMasked: is }: Receipt) => (is ? " (its exit code may be another program's)" : "")
  return [
    ...valid.map((one) => `passed: ${one.command}${masked(one)}`),
    ...failed.map((one) => `failed: ${one.command}, ${exitText(one)}`),
    ...stale.map((one) => `stale: ${one.command}, ${exitText(one)} before files changed`),
    ...(claim === "unverified" ? [unverifiedBecause(valid, failed, stale)] : []),
  ]
}

const exitText = ({ exitCode }: Receipt) => (exitCode === null ? "did not end by itself" : `exit code ${exitCode}`)

function unverifiedBecause(valid: readonly Receipt[], failed: readonly Receipt[], stale: readonly Receipt[]): string {
  if (failed.length > 0) return "unverified: the answer says it is done, and a check failed on the files as they are."
  if (valid.length > 0) return "unverified: the answer says it is done, and no check's own exit code shows it."
  if (stale.length > 0) return "unverified: the answer says it is done, and files changed after the last check."
  return "unverified: the answer says it is done, and no check was run."
}
