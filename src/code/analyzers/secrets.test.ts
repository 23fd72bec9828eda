// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code that is looked at, in quotes.
import { expect, test } from "vitest"
import { lineStarts } from "../../base/text.ts"
import type { Finding } from "../finding.ts"
import { findingOf } from "../finding.ts"
import { secrets } from "./secrets.ts"
import { secretsHidden } from "./secrets-hidden.ts"

// Put together here, so that no scanner finds a key in this file.
const random = (length: number, signs: string) =>
  Array.from({ length }, (_, i) => signs.charAt((Math.imul(i + 7, 2654435761) >>> 7) % signs.length)).join("")
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const key = ["AK", "IA", random(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")].join("")
const token = ["gh", "p_", random(36, letters)].join("")

async function found(text: string, path = "src/a.ts"): Promise<Finding[]> {
  const file = { path, language: "typescript", text, tree: undefined, starts: lineStarts(text) }
  return [...(await secrets.run(file))]
}

test("keys of known forms are found where they stand, and never shown", async () => {
  const findings = await found(`const a = 1\nconst k = "${key}", t = "${token}"\n`)
  expect(findings.map(({ rule, startLine }) => `${startLine} ${rule}`)).toEqual(["2 secrets/key", "2 secrets/key"])
  const said = JSON.stringify(findings)
  expect(said).not.toContain(key)
  expect(said).not.toContain(token)
  expect(said).not.toContain(token.slice(10, 30))
  expect(findings[0]).toMatchObject({ startColumn: 12, endColumn: 12 + key.length, severity: "error" })
})

test("what only secretlint knows is found too", async () => {
  const linear = ["lin", "_api_", random(40, letters)].join("")
  const [finding] = await found(`const k = "${linear}"\n`)
  expect(finding?.rule).toBe("secrets/key")
})

test("a password given as a literal is found by its name, placeholders are not", async () => {
  const password = ["Tr0ub", "4dor-x7Qz"].join("")
  const [finding] = await found(`const db = { password: "${password}" }`)
  expect(finding).toMatchObject({ rule: "secrets/password", severity: "warning" })
  for (const text of [
    'password = "changeme"',
    'password: "your-password-here"',
    'apiKey = "${process.env.KEY}"',
    'const secret = "SECRET_NAME"',
    'password = ""',
    "const password = readPassword()",
  ])
    expect(await found(text), text).toEqual([])
})

test("in tests and examples they are mostly made up: less sure, and a note", async () => {
  const [finding] = await found(`const k = "${key}"`, "test/fixtures/a.ts")
  expect(finding).toMatchObject({ severity: "note" })
  expect(finding?.confidence).toBeLessThan(0.4)
})

test("other findings on the line of a secret don't quote it", async () => {
  const text = `const k = "${key}"`
  const other = findingOf({ rule: "dead-code/x", severity: "note", message: "m", path: "src/a.ts", evidence: text })
  const hidden = secretsHidden([other, ...(await found(text))])
  expect(JSON.stringify(hidden)).not.toContain(key)
  expect(hidden).toHaveLength(2)
})
