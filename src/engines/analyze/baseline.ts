import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import { byGravity, type Finding } from "../../code/finding.ts"
import { FileNotFoundError } from "../../workspace/errors.ts"
import type { Workspace } from "../../workspace/workspace.ts"

/** Findings that are known and not counted, by fingerprint; the rest is for people who read the file. */
const Baseline = z.object({
  version: z.literal(1),
  findings: z.array(z.object({ fingerprint: z.string(), rule: z.string(), path: z.string(), message: z.string() })),
})

const mostBytes = 20_000_000

/** Fingerprints in a baseline file. Throws InvalidInputError where there is none or it can't be read. */
export async function readBaseline(workspace: Pick<Workspace, "read">, path: string): Promise<ReadonlySet<string>> {
  let text: string
  try {
    text = (await workspace.read(path, { maxBytes: mostBytes })).text
  } catch (cause) {
    if (!(cause instanceof FileNotFoundError)) throw cause
    throw new InvalidInputError({
      message: `There is no baseline ${path}.`,
      hint: "`--update-baseline` writes one of all that is found now.",
      cause,
    })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError({
      message: `${path} is not JSON.`,
      hint: "Write it anew with `--update-baseline`.",
      cause,
    })
  }
  const read = Baseline.safeParse(value)
  if (!read.success)
    throw new InvalidInputError({
      message: `${path} is no baseline: ${z.prettifyError(read.error)}`,
      hint: "Write it anew with `--update-baseline`.",
    })
  return new Set(read.data.findings.map(({ fingerprint }) => fingerprint))
}

/** The text of a baseline, in a stable order, so that it can be read as a difference. */
export function baselineOf(findings: readonly Finding[]): string {
  const known = findings
    .toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : byGravity(a, b)))
    .map(({ fingerprint, rule, path, message }) => ({ fingerprint, rule, path, message }))
  return `${JSON.stringify({ version: 1, findings: known } satisfies z.infer<typeof Baseline>, null, 2)}\n`
}
