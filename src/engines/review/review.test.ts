import { execFileSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { shop } from "../../code/project.testing.ts"
import { commitAll, fill, git, repositoryWith, treeWith } from "../../workspace/tree.testing.ts"
import { reviewed } from "./review.testing.ts"
import { Review } from "./review.ts"

const change = (root: string, path: string, from: string, to: string) => {
  const text = readFileSync(join(root, path), "utf8")
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`)
  writeFileSync(join(root, path), text.replace(from, to))
}

test("nothing changed is said, with no risk and no findings", async () => {
  const { review } = await reviewed(repositoryWith(shop))
  expect(Review.parse(review)).toEqual(review)
  expect(review).toMatchObject({
    headline: "Nothing is changed.",
    files: [],
    findings: [],
    risk: { score: 0, level: "low" },
  })
})

test("changes are told by definition: body, signature, added and removed", async () => {
  const root = repositoryWith(shop)
  change(root, "src/money.ts", "Math.round(amount * 100) / 100", "Math.floor(amount * 100) / 100")
  change(root, "src/price.ts", "(net: number, country: string)", "(net: number, country: string, year: number)")
  change(
    root,
    "src/basket.ts",
    "  add(net: number): void {\n    this.nets.push(net)\n  }\n",
    "  clear(): void {\n    this.nets.length = 0\n  }\n",
  )
  const { review } = await reviewed(root)
  const told = review.symbols.map(({ name, change }) => `${name} ${change}`).sort()
  expect(told).toEqual(["Basket.add removed", "Basket.clear added", "grossPrice signature", "round body"])
  const price = review.symbols.find(({ name }) => name === "grossPrice")
  expect(price).toMatchObject({
    isExported: true,
    signature: expect.stringContaining("year"),
    tests: { isTouched: false },
  })
  expect(review.findings).toContainEqual(
    expect.objectContaining({
      rule: "review/callers-unchanged",
      path: "src/price.ts",
      message: expect.stringContaining("src/basket.ts:12"),
    }),
  )
  expect(review.missingTests.map(({ name }) => name)).toContain("grossPrice")
  expect(review.questions.join("\n")).toContain("`grossPrice` (src/price.ts) is called otherwise now")
})

test("a definition that went to another file is moved, and one that got another name renamed", async () => {
  const root = repositoryWith(shop)
  const round =
    "/** Rounds to whole cents, half away from zero. */\nexport function round(amount: number): number {\n  return Math.round(amount * 100) / 100\n}\n"
  fill(root, { "src/rounding.ts": round, "src/money.ts": 'export const currency = "EUR"\n' })
  change(root, "src/price.ts", "taxRates: Record", "rates: Record")
  const { review } = await reviewed(root)
  expect(review.symbols).toContainEqual(
    expect.objectContaining({ name: "round", change: "moved", path: "src/rounding.ts", from: "src/money.ts#round" }),
  )
  expect(review.symbols).toContainEqual(expect.objectContaining({ name: "rates", change: "renamed" }))
  expect(review.findings).toContainEqual(
    expect.objectContaining({ rule: "review/removed-but-used", path: "src/price.ts", startLine: 1, severity: "error" }),
  )
})

test("a removed export that is still imported is an error; with its imports changed too it is none", async () => {
  const root = repositoryWith(shop)
  writeFileSync(join(root, "src/money.ts"), 'export const currency = "EUR"\n')
  const rules = async () => (await reviewed(root)).review.findings.map(({ rule }) => rule)
  expect(await rules()).toContain("review/removed-but-used")
  change(root, "src/price.ts", 'import { round } from "./money.ts"\n', "const round = Math.round\n")
  expect(await rules()).not.toContain("review/removed-but-used")
})

test("of the staged change only what is staged is looked at", async () => {
  const root = repositoryWith(shop)
  change(root, "src/money.ts", "Math.round", "Math.floor")
  git(root, "add", "src/money.ts")
  change(root, "src/money.ts", "Math.floor", "Math.ceil")
  change(root, "src/price.ts", "1 + rate", "2 + rate")
  const { changes, review } = await reviewed(root, { kind: "staged" })
  expect(changes.files.map(({ path }) => path)).toEqual(["src/money.ts"])
  expect(changes.files[0]?.after).toContain("Math.floor")
  expect(review.of).toContain("staged")
})

test("against a base, what others did there since is not part of the change", async () => {
  const root = repositoryWith(shop)
  git(root, "switch", "--quiet", "--create", "mine")
  change(root, "src/money.ts", "Math.round", "Math.floor")
  commitAll(root, "mine")
  git(root, "switch", "--quiet", "main")
  fill(root, { "theirs.ts": "export const a = 1\n" })
  commitAll(root, "theirs")
  git(root, "switch", "--quiet", "mine")
  fill(root, { "new.ts": "export const b = 1\n" })
  const { changes } = await reviewed(root, { kind: "tree", base: "main" })
  expect(changes.files.map(({ path, status }) => `${status} ${path}`).sort()).toEqual([
    "added new.ts",
    "modified src/money.ts",
  ])
  await expect(reviewed(root, { kind: "tree", base: "nothing" })).rejects.toMatchObject({ code: "UNKNOWN_REVISION" })
})

test("a patch is read as applied where the files have it, and as open where they don't; nothing is written", async () => {
  const root = repositoryWith(shop)
  change(root, "src/money.ts", "Math.round", "Math.floor")
  rmSync(join(root, "README.md"))
  const text = execFileSync("git", ["diff"], { cwd: root, encoding: "utf8" })
  const applied = await reviewed(root, { kind: "patch", text })
  expect(applied.review.of).toBe("a patch that the files have already")
  git(root, "checkout", "--quiet", ".")
  const open = await reviewed(root, { kind: "patch", text })
  expect(open.review.of).toBe("a patch")
  for (const { changes } of [applied, open]) {
    expect(changes.files.find(({ path }) => path === "src/money.ts")).toMatchObject({
      before: expect.stringContaining("Math.round"),
      after: expect.stringContaining("Math.floor"),
    })
  }
  expect(readFileSync(join(root, "src/money.ts"), "utf8")).toContain("Math.round")
})

test("a patch that does not fit, text that is none, and a folder without git are refused plainly", async () => {
  const root = repositoryWith(shop)
  const patch = "--- a/src/money.ts\n+++ b/src/money.ts\n@@ -1 +1 @@\n-nothing like it\n+something\n"
  await expect(reviewed(root, { kind: "patch", text: patch })).rejects.toMatchObject({ code: "PATCH_DOES_NOT_APPLY" })
  await expect(reviewed(root, { kind: "patch", text: "hello" })).rejects.toMatchObject({ code: "PATCH_INVALID" })
  await expect(reviewed(treeWith(shop))).rejects.toMatchObject({ code: "NO_REPOSITORY" })
})

test("what must not be merged is found in new lines only, and a secret is never shown", async () => {
  const token = ["ghp", "_", "a1B2c3D4e5F6a7B8c9D0e1F2a3B4c5D6e7F8"].join("")
  const root = repositoryWith({ ...shop, "old.test.ts": 'test.only("old", () => {})\n' })
  fill(root, {
    "src/price.test.ts": `${shop["src/price.test.ts"]}test.only("adds more", () => {})\n`,
    "src/keys.ts": `export const key = "${token}"\n`,
    "src/merge.ts": "<<<<<<< ours\nconst a = 1\n=======\nconst a = 2\n>>>>>>> theirs\n",
  })
  const { review } = await reviewed(root)
  const found = review.findings.map(({ rule, path, startLine }) => `${rule} ${path}:${startLine}`)
  expect(found).toEqual(
    expect.arrayContaining([
      "review/focused-test src/price.test.ts:7",
      "review/secret src/keys.ts:1",
      "review/conflict-marker src/merge.ts:1",
      "review/conflict-marker src/merge.ts:5",
    ]),
  )
  expect(found.join()).not.toContain("old.test.ts")
  expect(JSON.stringify(review)).not.toContain(token)
})

test("the risk is the sum of its stated factors, and more of each gives no less", async () => {
  const root = repositoryWith(shop)
  change(root, "README.md", "Prices", "All prices")
  const { review: small } = await reviewed(root)
  change(root, "src/price.ts", "export function grossPrice", "function grossPrice")
  fill(root, { "migrations/002.sql": "DROP TABLE prices;\n", "src/auth/login.ts": "export const eval2 = eval\n" })
  const { review: large } = await reviewed(root)
  for (const { risk } of [small, large]) {
    expect(risk.factors.reduce((sum, { points }) => sum + points, 0)).toBe(risk.score)
    expect(risk.factors.every(({ points, most }) => points <= most)).toBe(true)
  }
  expect(small.risk.level).toBe("low")
  expect(large.risk.score).toBeGreaterThanOrEqual(small.risk.score + 20)
  expect(large.files.find(({ path }) => path.endsWith(".sql"))?.sensitive).toContain("migration")
})

test("binary files, renames and deletions are told as what they are", async () => {
  const root = repositoryWith({ ...shop, "logo.png": Buffer.from([0x89, 0x50, 0, 1, 2]) })
  writeFileSync(join(root, "logo.png"), Buffer.from([0x89, 0x50, 0, 9, 9]))
  git(root, "mv", "src/money.ts", "src/cents.ts")
  rmSync(join(root, "src/basket.ts"))
  const { review } = await reviewed(root)
  const told = review.files.map(({ path, oldPath, status, unread }) => `${status} ${oldPath}>${path} ${unread}`)
  expect(told).toEqual(
    expect.arrayContaining([
      "modified logo.png>logo.png binary",
      "renamed src/money.ts>src/cents.ts null",
      "deleted src/basket.ts>src/basket.ts null",
    ]),
  )
  expect(review.notes).toContain("logo.png was not looked at: binary.")
})

test("only the paths that are named are looked at", async () => {
  const root = repositoryWith(shop)
  change(root, "src/money.ts", "Math.round", "Math.floor")
  change(root, "README.md", "Prices", "All prices")
  const { changes } = await reviewed(root, { kind: "tree" }, ["src"])
  expect(changes.files.map(({ path }) => path)).toEqual(["src/money.ts"])
})
