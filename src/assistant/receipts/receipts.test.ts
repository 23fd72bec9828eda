import { expect, test } from "vitest"
import { isCheck, isMasked } from "./check.ts"
import { claimsCompletion } from "./claim.ts"
import { receiptLines, receiptsOf } from "./receipts.ts"

const command = (text: string, tree = "now", exitCode: number | null = 0) => ({
  command: text,
  exitCode,
  outputHash: "h",
  tree,
})
const of = (
  commands: readonly ReturnType<typeof command>[],
  answer = "The bug is fixed.",
  tree: string | null = "now",
) => receiptsOf({ commands, tree, root: "/r", answer })

test("a claim with a check that passed on the files as they are is verified", () => {
  expect(of([command("npm test")])).toMatchObject({ claim: "verified", valid: [{ command: "npm test" }], stale: [] })
})

test("a later edit makes a receipt stale, and the claim unverified", () => {
  const found = of([command("npm test", "before")])
  expect(found).toMatchObject({ claim: "unverified", valid: [], stale: [{ command: "npm test", tree: "before" }] })
  expect(receiptLines(found).at(-1)).toMatch(/files changed after the last check/)
})

test("a claim without any check is unverified, and an answer without a claim is neither", () => {
  expect(of([]).claim).toBe("unverified")
  expect(of([command("ls src"), command('echo "npm test"'), command("cat test.txt")])).toMatchObject({
    claim: "unverified",
    valid: [],
  })
  expect(of([], "The parser lives in src/parse.ts:12.").claim).toBe("none")
})

test("a check that failed on this tree speaks against every claim, whatever else has passed", () => {
  const found = of([command("npm run lint"), command("npm test", "now", 1)])
  expect(found).toMatchObject({ claim: "unverified", failed: [{ command: "npm test" }] })
})

test("an exit code that may be of another program proves nothing", () => {
  expect(of([command("npm test 2>&1 | tail -5")])).toMatchObject({
    claim: "unverified",
    valid: [{ isMasked: true }],
  })
})

test("where the tree can't be told, every receipt counts as stale", () => {
  expect(of([command("npm test")], "Done.", null)).toMatchObject({ claim: "unverified", valid: [], stale: [{}] })
})

test.each([
  "npm test",
  "cargo clippy",
  "cd web && npx tsc --noEmit",
  "python -m pytest -q",
  "./scripts/verify.sh",
  "make",
])("%s is a check", (text) => expect(isCheck(text, "/r")).toBe(true))

test.each(["ls", "git status", "rm -rf build-output.txt", "grep -rn test src"])("%s is no check", (text) =>
  expect(isCheck(text, "/r")).toBe(false),
)

test.each(["npm test | tail", "npm test || true", "npm test; ls", "npm test & wait", "npm test\nls"])(
  "%s may hide the check's exit code",
  (text) => expect(isMasked(text)).toBe(true),
)

test.each(["npm test", "cd a && npm test 2>&1", "npm test -- -t 'a | b; c'", "npm test > out.txt &&  ls", "npm test;"])(
  "%s does not hide it",
  (text) => expect(isMasked(text)).toBe(false),
)

test.each([
  "Done.",
  "The bug is fixed; the tests pass now.",
  "I've renamed `a` to `b` everywhere.",
  "All tests passed.",
  "Everything works now.",
])("%s claims completion", (answer) => expect(claimsCompletion(answer)).toBe(true))

test.each([
  "I could not get it done.",
  "The bug isn't fixed yet.",
  "Once it is fixed, run the tests.",
  "Should I mark it as done?",
  "The log says:\n```\nall tests passed\n```",
  "> Done.\n\nThat is what the file says.",
  "The function lives in src/a.ts.",
])("%s claims nothing", (answer) => expect(claimsCompletion(answer)).toBe(false))
