import { onlyReads } from "../../access/permissions/readers.ts"
import { type CommandPart, takeApart } from "../../access/permissions/shell/take-apart.ts"

/** Names that programs which test, compile or judge code go by, alone or as part of a script's name. */
const checking =
  /(?:^|[^a-z])(?:tests?|specs?|checks?|lint|verify|validate|typecheck|build|compile|ci|e2e|bench|tsc|vitest|jest|mocha|ava|tap|cypress|playwright|eslint|biome|oxlint|prettier|pytest|unittest|tox|nox|mypy|pyright|ruff|flake8|pylint|vet|clippy|golangci-lint|staticcheck|make|ninja|ctest|bazel|gradlew?|mvnw?|rspec|rubocop|minitest|phpunit|phpstan|psalm|dialyzer|credo|swiftlint|xcodebuild|shellcheck|hadolint)(?:[^a-z]|$)/i

/**
 * Whether a command is a check: one of the programs it starts tests, compiles or judges. One that only reads files or
 * prints is none, whatever words are in it.
 */
export function isCheck(command: string, root: string): boolean {
  return takeApart(command, root).some((part) => isRun(part, root) && checking.test(part.text))
}

/** These judge nothing, whatever the files they are given are called. */
const neverChecking =
  /^\s*(?:\S*\/)?(?:rm|rmdir|mkdir|cp|mv|ln|touch|chmod|chown|git|gh|echo|printf|tee|kill|sleep|curl|wget)(?:\s|$)/

const isRun = (part: CommandPart, root: string) =>
  part.kind === "unsure" ||
  (part.kind === "program" && !part.isTransparent && !neverChecking.test(part.text) && !onlyReads(part, root))

/** Whether the exit code may be of something else than the check: `npm test | tail`, `npm test || true`, `npm test; ls`. */
export function isMasked(command: string): boolean {
  const bare = command.replaceAll(/'[^']*'|"(?:\\.|[^"\\])*"/g, "x").replaceAll(/\d*>&\d+|&>/g, "")
  if (/\bset\s+-\w*e\w*\b/.test(bare) && !/\|/.test(bare)) return false
  if (/\bpipefail\b/.test(bare) && !/\|\|/.test(bare) && /\bset\s+-\w*e/.test(bare)) return false
  return /[|;\n]|(?<!&)&(?!&)/.test(bare.trim().replace(/;$/, ""))
}
