import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { secretsOfEnvFile } from "./env-values.ts"
import { secretMasker } from "./mask.ts"

// Put together here, so that no scanner finds a key in this file.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
const random = (length: number, signs = letters, seed = 7) =>
  Array.from({ length }, (_, i) => signs.charAt((Math.imul(i + seed, 2654435761) >>> 7) % signs.length)).join("")
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
const hex = "0123456789abcdef"
const base64 = `${letters}+/`

const pem = [
  `-----BEGIN RSA PRIVATE ${"KEY"}-----`,
  ...[1, 2, 3].map((seed) => random(64, base64, seed)),
  `-----END RSA PRIVATE ${"KEY"}-----`,
].join("\n")

const secrets: readonly (readonly [string, string])[] = [
  ["aws-access-key-id", `AKIA${random(16, upper)}`],
  ["github-token", `ghp_${random(36)}`],
  ["github-token", `github_pat_${random(82)}`],
  ["gitlab-token", `glpat-${random(20)}`],
  ["slack-token", `xoxb-${random(12, "0123456789")}-${random(24)}`],
  ["anthropic-key", `sk-ant-api03-${random(95)}`],
  ["openai-key", `sk-proj-${random(120)}`],
  ["openai-key", `sk-${random(48)}`],
  ["openrouter-key", `sk-or-v1-${random(64, hex)}`],
  ["google-api-key", `AIza${random(35)}`],
  ["provider-key", `gsk_${random(52)}`],
  ["huggingface-token", `hf_${random(34)}`],
  ["npm-token", `npm_${random(36)}`],
  ["stripe-key", `sk_live_${random(24)}`],
  ["rubberduck-token", `duck_${random(43)}`],
  ["jwt", `eyJ${random(30)}.eyJ${random(80)}.${random(43)}`],
  ["private-key", pem],
]

test.each(secrets)("a %s is masked wherever it stands", (format, secret) => {
  for (const around of [
    ["", ""],
    ["KEY=", "\n"],
    ['{"key": "', '", "b": 1}'],
    ["Authorization: Bearer ", " # x"],
    ["a\nb ", "\r\nc"],
  ]) {
    const masker = secretMasker()
    const [before = "", after = ""] = around
    const text = masker.mask(before + secret + after)
    expect(text).not.toContain(secret.slice(-20))
    expect(text).toBe(`${before}[secret:${format}:1]${after}`)
    expect(masker.reveal(`[secret:${format}:1]`)).toBe(secret)
  }
})

test("passwords in addresses, AWS secrets and bearer tokens are masked by what stands before them", () => {
  const masker = secretMasker()
  const [password, aws, bearer] = [random(16), random(40, base64), random(40, letters, 3)]
  expect(masker.mask(`url: postgres://ada:${password}@db.example.org/x`)).toBe(
    "url: postgres://ada:[secret:password-in-url:1]@db.example.org/x",
  )
  expect(masker.mask(`aws_secret_access_key = ${aws}`)).toBe("aws_secret_access_key = [secret:aws-secret-access-key:1]")
  expect(masker.mask(`"authorization": "Bearer ${bearer}"`)).toBe('"authorization": "Bearer [secret:bearer-token:1]"')
  expect(masker.report().map((one) => one.count)).toEqual([1, 1, 1])
})

test("the same secret has the same placeholder, and another one another", () => {
  const masker = secretMasker()
  const [a, b] = [`ghp_${random(36)}`, `ghp_${random(36, letters, 99)}`]
  expect(masker.mask(`${a} ${b} ${a}`)).toBe("[secret:github-token:1] [secret:github-token:2] [secret:github-token:1]")
  expect(masker.mask(b)).toBe("[secret:github-token:2]")
  expect(masker.report()).toEqual([
    { placeholder: "[secret:github-token:1]", format: "github-token", count: 2 },
    { placeholder: "[secret:github-token:2]", format: "github-token", count: 2 },
  ])
  expect(masker.reveal("[secret:github-token:9]")).toBeUndefined()
})

test("a key that is cut off is masked as far as it goes", () => {
  const text = secretMasker().mask(`${pem.split("\n").slice(0, 3).join("\n")}\nand then\n`)
  expect(text).toBe("[secret:private-key:1]\nand then\n")
})

const known = [
  { name: "DB_PASSWORD", value: "correct horse battery" },
  { name: "MULTI", value: "first line of the value\nsecond line of the value" },
]

test("however a text is cut into pieces, the stream masks what the whole is masked", () => {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...secrets.map(([, secret]) => secret)) },
    { weight: 2, arbitrary: fc.constantFrom(...known.map((one) => one.value), pem.slice(0, 150), pem.slice(20)) },
    {
      weight: 5,
      arbitrary: fc.constantFrom(" ", "\n", "\r\n", '"', "=", "-----BEGIN ", "eyJ", "text", "://a:", "🦆", "sk-"),
    },
    { weight: 1, arbitrary: fc.string() },
    { weight: 1, arbitrary: fc.constantFrom("x".repeat(9000), "word ".repeat(4000)) },
  )
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""))
  fc.assert(
    fc.property(text, fc.array(fc.nat(200), { maxLength: 40 }), (whole, cuts) => {
      const streaming = secretMasker({ known })
      const { push, end } = streaming.stream()
      let shown = ""
      let at = 0
      for (const length of cuts) {
        shown += push(whole.slice(at, at + length))
        at += length
      }
      shown += push(whole.slice(at)) + end()
      const plain = secretMasker({ known })
      expect(shown).toBe(plain.mask(whole))
      expect(streaming.report()).toEqual(plain.report())
    }),
    { numRuns: 500 },
  )
})

test("nothing of a secret is given before it is known to be none", () => {
  const { push, end } = secretMasker().stream()
  const secret = `ghp_${random(36)}`
  let shown = ""
  for (const sign of `token: ${secret}\nnext`) shown += push(sign)
  expect(shown).toBe("token: [secret:github-token:1]\n")
  expect(end()).toBe("next")
})

test("values of a project's .env file are secrets where their names say so", () => {
  const text = [
    "# comment",
    `export API_KEY="${random(20)}" `,
    "DB_PASSWORD='correct horse battery'",
    `TOKEN=${random(12)} # mine`,
    "PORT=8080",
    "NODE_ENV=production",
    "SECRET_PATH=/etc/secret",
    "PASSWORD=changeme",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in such files
    "SECRET=${OTHER}",
    "DATABASE_URL=postgres://ada:s3cr3tpw@db/x",
    "PUBLIC_URL=https://example.org/path",
    "SHORT_KEY=abc",
    'CERT_KEY="line one\\nline two"',
  ].join("\n")
  expect(secretsOfEnvFile(text).map((one) => one.name)).toEqual([
    "API_KEY",
    "DB_PASSWORD",
    "TOKEN",
    "DATABASE_URL",
    "CERT_KEY",
  ])
  const masker = secretMasker({ known: secretsOfEnvFile(text) })
  expect(masker.mask("the correct horse battery staple")).toBe("the [secret:env:DB_PASSWORD:1] staple")
})

test("nothing in this repository is taken for a secret", () => {
  const root = join(import.meta.dirname, "../../..")
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8", maxBuffer: 100_000_000 })
    .split("\0")
    .filter(Boolean)
  const found: string[] = []
  let characters = 0
  for (const path of files) {
    const text = readFileSync(join(root, path), "utf8")
    characters += text.length
    const masker = secretMasker()
    masker.mask(text)
    for (const { format, placeholder } of masker.report())
      found.push(`${path}: ${format} ${masker.reveal(placeholder)?.slice(0, 60)}`)
  }
  expect(characters).toBeGreaterThan(1_000_000)
  expect(found).toEqual([])
})
