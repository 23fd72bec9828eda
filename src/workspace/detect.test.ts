import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { detectProject } from "./detect.ts"
import { projectRoot } from "./project-root.ts"
import { repositoryWith, treeWith } from "./tree.testing.ts"

const names: Record<string, string> = { ts: "typescript", rs: "rust", py: "python", ex: "elixir", go: "go" }
const languageOf = (path: string) => names[path.slice(path.lastIndexOf(".") + 1)]
const detect = (files: Record<string, string>) => detectProject(treeWith(files), { languageOf, home: "/home/nobody" })
const membersOf = async (files: Record<string, string>) =>
  (await detect(files)).members.map(({ path, name, packageManager }) => `${path} ${name} ${packageManager}`)

test("the root is the repository's, from any folder in it", async () => {
  const root = repositoryWith({ "package.json": "{}", "packages/a/package.json": "{}", "packages/a/src/x.ts": "" })
  expect(await projectRoot(join(root, "packages/a/src"))).toBe(root)
  expect(await projectRoot(join(root, "packages/a/src/x.ts"))).toBe(root)
})

test("without git the root is the nearest manifest's folder, or the workspace's that has it as a member", async () => {
  const root = treeWith({
    "package.json": '{"workspaces":["packages/*"]}',
    "packages/a/package.json": "{}",
    "packages/a/src/x.ts": "",
    "examples/b/package.json": "{}",
    "loose/x.txt": "",
  })
  expect(await projectRoot(join(root, "packages/a/src"))).toBe(root)
  expect(await projectRoot(join(root, "examples/b"))).toBe(join(root, "examples/b"))
  expect(await projectRoot(join(root, "loose"))).toBe(root)
  const plain = treeWith({ "some/where/x.txt": "" })
  expect(await projectRoot(join(plain, "some/where"))).toBe(join(plain, "some/where"))
})

test("a home folder, what holds it and the whole disk are no projects; a project in a home folder kept in git is", async () => {
  const home = join(repositoryWith({ "me/.bashrc": "", "me/code/app/x.ts": "" }), "me")
  mkdirSync(join(home, ".git"))
  for (const folder of [home, join(home, ".."), "/"])
    await expect(projectRoot(folder, { home })).rejects.toMatchObject({ code: "NOT_A_PROJECT", status: 400 })
  expect(await projectRoot(join(home, "code/app"), { home })).toBe(join(home, "code/app"))
  await expect(projectRoot(join(home, "gone"), { home })).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
})

test("languages are counted by what a walk gives", async () => {
  const facts = await detect({ "a.ts": "12", "b.ts": "3", "c.rs": "", "node_modules/x/d.py": "", "readme.txt": "" })
  expect(facts.languages).toEqual([
    { language: "typescript", files: 2, sizeBytes: 3 },
    { language: "rust", files: 1, sizeBytes: 0 },
  ])
  expect(facts).toMatchObject({ isGit: false, packageManager: null, members: [] })
  expect(facts.testCommand).toBeUndefined()
})

test("each package manager is known by its files, with the commands that test and lint", async () => {
  const scripts = '"scripts":{"test":"vitest","lint":"biome check"}'
  const cases: [Record<string, string>, manager: string, test?: string | undefined, lint?: string | undefined][] = [
    [{ "package.json": `{${scripts}}`, "package-lock.json": "{}" }, "npm", "npm test", "npm run lint"],
    [{ "package.json": `{${scripts}}`, "pnpm-lock.yaml": "" }, "pnpm", "pnpm test", "pnpm lint"],
    [{ "package.json": `{${scripts}}`, "yarn.lock": "" }, "yarn", "yarn test", "yarn lint"],
    [{ "package.json": `{${scripts}}`, "bun.lock": "" }, "bun", "bun run test", "bun run lint"],
    [
      { "package.json": `{"packageManager":"pnpm@9.1.0",${scripts}}`, "package-lock.json": "" },
      "pnpm",
      "pnpm test",
      "pnpm lint",
    ],
    [
      { "package.json": '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}', "biome.json": "{}" },
      "npm",
      undefined,
      "npx biome check",
    ],
    [{ "package.json": "not json", "eslint.config.js": "" }, "npm", undefined, "npx eslint ."],
    [{ "Cargo.toml": '[package]\nname = "x"' }, "cargo", "cargo test", "cargo clippy"],
    [{ "go.mod": "module example.org/x\n" }, "go", "go test ./...", "go vet ./..."],
    [{ "go.mod": "module x\n", ".golangci.yml": "" }, "go", "go test ./...", "golangci-lint run"],
    [{ "pom.xml": "<project/>", mvnw: "" }, "maven", "./mvnw test", undefined],
    [{ "build.gradle.kts": "", gradlew: "" }, "gradle", "./gradlew test", "./gradlew check -x test"],
    [{ "mix.exs": "", ".credo.exs": "" }, "mix", "mix test", "mix credo"],
    [{ "requirements.txt": "pytest==8\n", ".flake8": "" }, "pip", "pytest", "flake8"],
    [
      { "pyproject.toml": "[tool.poetry]\nname='x'\n[tool.pytest.ini_options]\n" },
      "poetry",
      "poetry run pytest",
      undefined,
    ],
    [
      { "pyproject.toml": "[project]\nname='x'\n[tool.ruff]\n", "uv.lock": "", "tests/x.py": "" },
      "uv",
      "uv run python -m unittest",
      "uv run ruff check",
    ],
    [{ Gemfile: "", ".rspec": "", ".rubocop.yml": "" }, "bundler", "bundle exec rspec", "bundle exec rubocop"],
    [
      { "composer.json": "{}", "phpunit.xml.dist": "", "phpstan.neon": "" },
      "composer",
      "vendor/bin/phpunit",
      "vendor/bin/phpstan analyse",
    ],
  ]
  for (const [files, manager, testCommand, lintCommand] of cases) {
    const facts = await detect(files)
    expect([files, facts.packageManager, facts.testCommand, facts.lintCommand]).toEqual([
      files,
      manager,
      testCommand,
      lintCommand,
    ])
  }
})

test("a Makefile's targets are the last word where nothing else has one", async () => {
  const facts = await detect({ Makefile: "CC := gcc\ntest: all\n\t./run\nlint:=no\n" })
  expect([facts.testCommand, facts.lintCommand]).toEqual(["make test", undefined])
})

test("a root that is several projects names them all", async () => {
  const facts = await detect({ "Cargo.toml": '[package]\nname = "core"', "package.json": '{"name":"tools"}' })
  expect([facts.packageManager, facts.packageManagers, facts.name]).toEqual(["cargo", ["cargo", "npm"], "core"])
})

test("npm, yarn and bun workspaces, also in object form and with exclusions", async () => {
  const packages = {
    "packages/a/package.json": '{"name":"@x/a"}',
    "packages/b/package.json": "{}",
    "packages/skip/package.json": "{}",
    "packages/a/node_modules/c/package.json": "{}",
    "tools/deep/er/package.json": '{"name":"deep"}',
    "other/package.json": "{}",
  }
  const wanted = ["packages/a @x/a npm", "packages/b b npm", "tools/deep/er deep npm"]
  const list = '["packages/*", "!packages/skip", "./tools/**"]'
  expect(await membersOf({ "package.json": `{"workspaces":${list}}`, ...packages })).toEqual(wanted)
  expect(await membersOf({ "package.json": `{"workspaces":{"packages":${list}}}`, ...packages })).toEqual(wanted)
})

test("pnpm workspaces in block and flow style", async () => {
  const packages = {
    "package.json": "{}",
    "packages/a/package.json": '{"name":"a"}',
    "app/package.json": '{"name":"app"}',
  }
  const wanted = ["app app pnpm", "packages/a a pnpm"]
  const block = "# the packages\npackages:\n  # all of them\n  - 'packages/*'\n  - \"app\"\n\ncatalog:\n  - no\n"
  expect(await membersOf({ ...packages, "pnpm-workspace.yaml": block })).toEqual(wanted)
  expect(await membersOf({ ...packages, "pnpm-workspace.yaml": "packages: ['packages/*', app]\n" })).toEqual(wanted)
})

test("Cargo workspaces, with and without a package at the root", async () => {
  expect(
    await membersOf({
      "Cargo.toml": '[workspace]\nmembers = ["crates/*", "xtask"]\nexclude = ["crates/old"]\n',
      "crates/core/Cargo.toml": '[package]\nname = "my-core"\n',
      "crates/old/Cargo.toml": "",
      "xtask/Cargo.toml": "",
    }),
  ).toEqual(["crates/core my-core cargo", "xtask xtask cargo"])
})

test("go.work, with blocks, single lines and comments", async () => {
  expect(
    await membersOf({
      "go.work": "go 1.22\n\nuse (\n\t./api // the API\n\t./lib/util\n)\n\nuse ./cmd\n// use ./old\n",
      "api/go.mod": "module example.org/api\n",
      "lib/util/go.mod": "module example.org/util\n",
      "cmd/go.mod": "",
      "old/go.mod": "",
    }),
  ).toEqual(["api example.org/api go", "cmd cmd go", "lib/util example.org/util go"])
})

test("umbrella apps of Elixir", async () => {
  expect(
    await membersOf({
      "mix.exs": 'def project do [ apps_path: "apps", version: "1" ] end',
      "apps/web/mix.exs": "def project do [ app: :my_web ] end",
      "apps/core/mix.exs": "def project do [ app: :core ] end",
      "deps/phoenix/mix.exs": "def project do [ app: :phoenix ] end",
    }),
  ).toEqual(["apps/core core mix", "apps/web my_web mix"])
})

test("Maven modules, also modules of modules", async () => {
  const pom = (name: string, modules: string[] = []) =>
    `<project><parent><artifactId>up</artifactId></parent><artifactId>${name}</artifactId><modules>${modules.map((m) => `<module>${m}</module>`).join("")}<!-- <module>old</module> --></modules></project>`
  expect(
    await membersOf({
      "pom.xml": pom("top", ["core", "web"]),
      "core/pom.xml": pom("my-core"),
      "web/pom.xml": pom("web", ["ui"]),
      "web/ui/pom.xml": pom("ui"),
      "old/pom.xml": pom("old"),
    }),
  ).toEqual(["core my-core maven", "web web maven", "web/ui ui maven"])
})

test("Gradle modules in Groovy and Kotlin", async () => {
  const modules = { "app/build.gradle": "", "lib/core/build.gradle.kts": "", "old/build.gradle": "" }
  const wanted = ["app app gradle", "lib/core core gradle"]
  expect(
    await membersOf({ "settings.gradle": "include 'app',\n  ':lib:core'\n// include 'old'\n", ...modules }),
  ).toEqual(wanted)
  expect(await membersOf({ "settings.gradle.kts": 'include(":app")\ninclude(":lib:core")\n', ...modules })).toEqual(
    wanted,
  )
})

test("uv workspaces of Python", async () => {
  expect(
    await membersOf({
      "pyproject.toml": '[project]\nname = "top"\n[tool.uv.workspace]\nmembers = ["libs/*"]\n',
      "libs/a/pyproject.toml": '[project]\nname = "lib-a"\n',
    }),
  ).toEqual(["libs/a lib-a uv"])
})

test("a real tree: this repository", async () => {
  const facts = await detectProject(import.meta.dirname, { languageOf, home: "/home/nobody" })
  expect(facts).toMatchObject({ name: "rubberduck", packageManager: "npm", testCommand: "npm test" })
  expect(facts.languages[0]?.language).toBe("typescript")
})

test("a manifest in a folder that everybody may write to makes no project of the folders in it", async () => {
  const top = treeWith({ "shared/package.json": "{}", "shared/mine/a.ts": "" })
  chmodSync(join(top, "shared"), 0o1777)
  expect(await projectRoot(join(top, "shared/mine"), { home: "/home/nobody" })).toBe(join(top, "shared/mine"))
})
