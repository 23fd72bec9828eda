import { expect, test } from "vitest"
import { treeWith } from "../../workspace/tree.testing.ts"
import { indexOf } from "../project.testing.ts"
import { analyze } from "./analyze.ts"
import { isAllowed } from "./licences.ts"

async function found(files: Readonly<Record<string, string>>): Promise<string[]> {
  const index = await indexOf(treeWith(files))
  const all: string[] = []
  for await (const { path, startLine, rule, message } of analyze({ index, rules: ["dependencies"] })) {
    all.push(`${path}:${startLine} ${rule.replace("dependencies/", "")} ${message}`)
  }
  return all.sort()
}
const named = (all: readonly string[]) => all.map((line) => line.split(" ").slice(0, 3).join(" "))

const json = (value: object) => JSON.stringify(value, null, 2)

test("npm: unpinned, undeclared, unused, deprecated, twice and not in the lock file", async () => {
  const all = await found({
    "package.json": json({
      private: true,
      dependencies: { any: "*", idle: "^1.0.0", old: "^1.0.0", twice: "^2.0.0", lost: "^1.0.0" },
    }),
    "package-lock.json": json({
      packages: {
        "": {},
        "node_modules/any": { version: "1.0.0" },
        "node_modules/idle": { version: "1.0.0" },
        "node_modules/old": { version: "1.0.0", deprecated: "use new" },
        "node_modules/twice": { version: "2.0.0" },
        "node_modules/any/node_modules/twice": { version: "1.0.0" },
      },
    }),
    "src/a.ts":
      'import any from "any"\nimport old from "old/deep"\nimport { twice } from "twice"\nimport "lost"\nimport fs from "node:fs"\nimport path from "path"\nimport "./b.ts"\nimport "@/alias"\nimport { x } from "@scope/ghost/x"\n',
    "src/b.ts": "export const b = 1\n",
  })
  expect(named(all)).toEqual([
    "package.json:4 unpinned any",
    "package.json:5 unused idle",
    "package.json:6 deprecated old",
    "package.json:7 duplicate-version 2",
    "package.json:8 not-locked lost",
    "src/a.ts:9 undeclared @scope/ghost",
  ])
})

test("members of a workspace may use what the root declares, and each other", async () => {
  const all = await found({
    "package.json": json({ private: true, workspaces: ["packages/*"], devDependencies: { shared: "^1.0.0" } }),
    "package-lock.json": json({ packages: { "": {}, "node_modules/shared": { version: "1.0.0" } } }),
    "packages/a/package.json": json({ name: "@me/a", version: "1.0.0" }),
    "packages/b/package.json": json({ name: "@me/b", version: "1.0.0" }),
    "packages/b/src/b.ts": 'import "shared"\nimport "@me/a"\n',
  })
  expect(all).toEqual([])
})

test("a member that another member declares and imports is used, one that is only declared is not", async () => {
  const all = await found({
    "package.json": json({ private: true, workspaces: ["packages/*"] }),
    "package-lock.json": json({ packages: { "": {} } }),
    "packages/a/package.json": json({ name: "@me/a", version: "1.0.0", exports: "./src/a.ts" }),
    "packages/a/src/a.ts": "export const a = 1\n",
    "packages/b/package.json": json({ name: "@me/b", dependencies: { "@me/a": "workspace:*" } }),
    "packages/b/src/b.ts": 'import { a } from "@me/a"\nconsole.log(a)\n',
    "packages/b-more/package.json": json({ name: "@me/more", dependencies: { "@me/b": "workspace:*" } }),
    "packages/b-more/src/c.ts": "export const c = 1\n",
  })
  expect(named(all)).toEqual(["packages/b-more/package.json:4 unused @me/b"])
})

test("a program without a lock file is found, a library is not", async () => {
  const dependencies = { used: "^1.0.0" }
  const source = { "a.js": 'require("used")\nimport "used"\n' }
  expect(named(await found({ "package.json": json({ private: true, dependencies }), ...source }))).toEqual([
    "package.json:1 missing-lock There",
  ])
  expect(await found({ "package.json": json({ name: "lib", version: "1.0.0", dependencies }), ...source })).toEqual([])
})

test("Python, Go, Rust and Maven: what takes any version, and what nothing imports", async () => {
  const all = await found({
    "requirements.txt": "flask==3.0.0\nPyYAML\nidle>=1.0\n",
    "app.py": "import flask\nimport yaml\n",
    "go/go.mod": "module example.org/m\n\nrequire (\n\tgithub.com/a/used v1.0.0\n\tgithub.com/a/idle v1.0.0\n)\n",
    "go/go.sum": "x\n",
    "go/main.go": 'package main\n\nimport "github.com/a/used/deep"\n\nfunc main() { deep.Run() }\n',
    "rust/Cargo.toml":
      '[package]\nname = "m"\n\n[dependencies]\nserde = "1"\nany = "*"\nmoving = { git = "https://example.org/x" }\n',
    "rust/src/lib.rs": "use serde::Serialize;\nuse any::x;\nuse moving::y;\n",
    "java/pom.xml":
      "<project><artifactId>m</artifactId><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId><version>1.0-SNAPSHOT</version></dependency></dependencies></project>\n",
  })
  expect(named(all)).toEqual([
    "go/go.mod:5 unused github.com/a/idle",
    "java/pom.xml:1 unpinned g:a",
    "requirements.txt:1 missing-lock There",
    "requirements.txt:2 unpinned PyYAML",
    "requirements.txt:3 unpinned idle",
    "requirements.txt:3 unused idle",
    "rust/Cargo.toml:6 unpinned any",
    "rust/Cargo.toml:7 unpinned moving",
  ])
})

test("manifests that are broken say nothing and stop nothing", async () => {
  expect(
    await found({
      "package.json": "{",
      "Cargo.toml": "= =",
      "pom.xml": "<a",
      "go.mod": "",
      "pyproject.toml": "[",
      "a.ts": "",
    }),
  ).toEqual([])
})

test("a licence expression is allowed by its parts", () => {
  const allowed = ["MIT", "Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"]
  for (const yes of [
    "MIT",
    "mit",
    "(MIT OR GPL-3.0-only)",
    "MIT AND Apache-2.0",
    "GPL-2.0-only WITH Classpath-exception-2.0",
  ])
    expect(isAllowed(yes, allowed), yes).toBe(true)
  for (const no of [
    "GPL-3.0-only",
    "MIT AND GPL-3.0-only",
    "",
    "(GPL-3.0-only OR (MIT AND BSD-3-Clause))",
    "SEE LICENSE IN x",
  ])
    expect(isAllowed(no, allowed), no).toBe(false)
})
