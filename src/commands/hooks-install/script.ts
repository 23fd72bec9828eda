import { createHash } from "node:crypto"

const mark = "# Made by RubberDuck: `duck hooks uninstall` takes it away."
/** The hook that was there before, beside ours. */
export const chainedName = "pre-commit.before-duck"

const looks = { analyze: "analyze --staged", review: "review --staged --no-model" } as const

export interface HookOptions {
  readonly run: keyof typeof looks
  readonly failOn: "error" | "warning" | "note" | "never"
  /** A commit is held up too where the look can't be had. */
  readonly strict: boolean
}

/** The pre-commit hook: runs what was there before, then looks at what is staged. For any POSIX shell. */
export function hookScript({ run, failOn, strict }: HookOptions): string {
  const body = `# What was there before comes first, and decides as it did.
before="$(dirname "$0")/${chainedName}"
if [ -x "$before" ]; then
  "$before" "$@" || exit $?
fi

top="$(git rev-parse --show-toplevel)" || exit 0
cd "$top" || exit 0
duck="$(command -v duck || true)"
[ -n "$duck" ] || duck="$top/node_modules/.bin/duck"
if [ ! -x "$duck" ]; then
  echo "duck: not found, so nothing looked at this commit." >&2
  exit ${strict ? 1 : 0}
fi

# What is to be committed, as a tree: \`git commit -a\` and \`git commit file\` have an index that only hooks see.
git diff --cached --quiet && exit 0
tree="$(git write-tree)" || exit ${strict ? 1 : 0}
# What duck starts is not to take this commit's index for the repository's.
unset $(git rev-parse --local-env-vars)

# Findings hold the commit up (git commit --no-verify passes them by); a server that is away ${strict ? "does too" : "does not"}.
"$duck" ${looks[run]} --tree "$tree" --fail-on ${failOn} </dev/null
code=$?
[ "$code" -ne 1 ] || exit 1
[ "$code" -eq 0 ] || { echo "duck: nothing looked at this commit (exit code $code)." >&2; exit ${strict ? 1 : 0}; }
`
  return `#!/bin/sh\n${mark}\n# sum: ${sumOf(body)}\n${body}`
}

export const isOurs = (text: string): boolean => text.includes(mark)

/** Whether somebody has changed ours by hand. */
export function isChanged(text: string): boolean {
  const [whole, sum] = /^# sum: (\w+)\n/m.exec(text) ?? []
  return whole === undefined || sumOf(text.slice(text.indexOf(whole) + whole.length)) !== sum
}

const sumOf = (body: string) => createHash("sha256").update(body).digest("hex").slice(0, 16)
