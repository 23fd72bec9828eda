import type { Ledger } from "./ledger.ts"

/** What may not be lost of a ledger: each is a text that stands word for word in `ledgerText`. */
export function pinnedOf({ goal, constraints, decisions, steps, errors }: Ledger): string[] {
  return [
    ...(goal === "" ? [] : [goal]),
    ...[...constraints, ...decisions, ...errors].map(({ text }) => text),
    ...steps.map(({ state, text }) => `[${state}] ${text}`),
  ]
}

/** Files and commands beyond this many are counted, not listed: the latest are the ones that matter. */
const listedAtMost = 60

/** The ledger as a model reads it, in Markdown. */
export function ledgerText(ledger: Ledger): string {
  const { goal, constraints, decisions, steps, files, commands, errors } = ledger
  const named = (items: readonly { id: string; text: string }[]) => items.map(({ id, text }) => `- (${id}) ${text}`)
  const changedFiles = Object.entries(files).filter(([, { did }]) => did !== "read")
  const readFiles = Object.entries(files).filter(([, { did }]) => did === "read")
  return [
    section("Goal", goal === "" ? [] : [goal]),
    section("Constraints, in the words they were given", named(constraints)),
    section("Decisions", named(decisions)),
    section(
      "Plan (what is cancelled stays cancelled; what is done is not done again)",
      steps.map(({ id, state, text }) => `- (${id}) [${state}] ${text}`),
    ),
    section("Files changed", latest(changedFiles.map(([path, { did }]) => `- ${path} (${did})`))),
    section("Files read", latest(readFiles.map(([path]) => `- ${path}`))),
    section("Commands run", latest(commands.map(({ command, exitCode }) => `- \`${command}\`: ${exitText(exitCode)}`))),
    section("Unresolved errors", named(errors)),
  ]
    .filter((text) => text !== "")
    .join("\n\n")
}

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? "" : `## ${title}\n${lines.join("\n")}`

const exitText = (exitCode: number | null) => (exitCode === null ? "did not end by itself" : `exit code ${exitCode}`)

function latest(lines: readonly string[]): string[] {
  const more = lines.length - listedAtMost
  return more > 0 ? [`- (${more} more before these)`, ...lines.slice(-listedAtMost)] : [...lines]
}
