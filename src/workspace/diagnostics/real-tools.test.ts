import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { foldersOnPath } from "../processes/path-folders.ts"
import { openProcesses } from "../processes/processes.ts"
import { fill, treeWith } from "../tree.testing.ts"
import { diagnose } from "./diagnose.ts"

/** Tools that the machine has or has not: what is asked of one that is missing is skipped, and the run says so. */
const has = (program: string, ...args: string[]) => {
  try {
    execFileSync(program, args, { stdio: "ignore", timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

async function projectWith(files: Readonly<Record<string, string>>) {
  const around = treeWith({ "cache/x": "" })
  const root = join(around, "a project")
  fill(around, Object.fromEntries(Object.entries(files).map(([path, text]) => [`a project/${path}`, text])))
  const cacheFolder = join(around, "cache")
  const { PATH = "", HOME = homedir() } = process.env
  const processes = await openProcesses({
    root,
    policy: { hidden: [], writable: [cacheFolder], homeReadable: foldersOnPath(PATH, HOME) },
    ...{ outputFolder: join(around, "runs"), recordFolder: join(around, "running"), audit: () => {}, env: process.env },
  })
  onTestFinished(() => processes.close())
  const look = async (paths?: readonly string[]) => {
    const { diagnostics, runs } = await diagnose({
      ...{ root, processes: { ...processes, cacheFolder }, paths, signal: new AbortController().signal },
    })
    const places = diagnostics.map(({ path, line, column, severity, rule }) =>
      [`${path}:${line}:${column}`, severity, rule].join(" ").trim(),
    )
    return { places, problems: runs.flatMap(({ problem }) => problem ?? []) }
  }
  return { root, look, write: (more: Readonly<Record<string, string>>) => fill(root, more) }
}

test.skipIf(!has("go", "version"))(
  "go vet tells all that does not compile, tests included, and what is suspicious",
  { timeout: 120_000 },
  async () => {
    const { look, write } = await projectWith({
      "go.mod": "module example.com/v\n\ngo 1.19\n",
      "main.go": 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Printf("%d\\n", "text")\n}\n',
      "sub/s.go": "package sub\n\nfunc F() int { return one() + two() }\n",
      "sub/s_test.go": 'package sub\n\nimport "testing"\n\nfunc TestF(t *testing.T) { three() }\n',
    })
    expect(await look()).toEqual({
      places: [
        "main.go:6:2 warning printf",
        "sub/s.go:3:23 error compile",
        "sub/s.go:3:31 error compile",
        "sub/s_test.go:5:28 error compile",
      ],
      problems: [],
    })
    write({ "a b/s.go": "package sub\n" })
    expect((await look()).places).toContain("go.mod:1:1 error compile")
    write({ "go.mod": "modul x\n" })
    expect((await look()).problems.join()).toContain("unknown directive: modul")
  },
)

test.skipIf(!has("cargo", "--version"))(
  "cargo check writes nothing into the project, and tells what fails of it",
  { timeout: 120_000 },
  async () => {
    const { root, look, write } = await projectWith({
      "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n',
      "Cargo.lock":
        'version = 3\n\n[[package]]\nname = "a"\nversion = "0.1.0"\n\n[[package]]\nname = "b"\nversion = "0.1.0"\n',
      "a/Cargo.toml": '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n',
      "a/src/lib.rs": "pub fn twice(n: u32) -> u32 {\n    let unused = 3;\n    n * 2\n}\n",
      "b/Cargo.toml": '[package]\nname = "b"\nversion = "0.1.0"\nedition = "2021"\n',
      "b/src/main.rs": 'fn main() {\n    let s: String = 5;\n    println!("{s}");\n}\n',
    })
    const places = ["a/src/lib.rs:2:9 warning unused_variables", "b/src/main.rs:2:21 error E0308"]
    expect(await look()).toEqual({ places, problems: [] })
    // From what it kept, the same.
    expect(await look()).toEqual({ places, problems: [] })
    expect(existsSync(join(root, "target"))).toBe(false)
    write({ "b/build.rs": 'fn main() { panic!("no library found") }\n' })
    const failing = await look(["a/src/lib.rs"])
    expect(failing.places.filter((place) => place.includes("Cargo.toml"))).toEqual(["Cargo.toml:1:1 error"])
  },
)

test.skipIf(!has("mypy", "--version"))(
  "mypy keeps to the files that its configuration names, and says what it minds of that",
  { timeout: 120_000 },
  async () => {
    const { root, look, write } = await projectWith({
      "mypy.ini": "[mypy]\nfiles = pkg\nno_such = True\n",
      "pkg/__init__.py": "",
      "pkg/m.py": 'x: int = "text"\n',
      "other one.py": "y: str = 1\n",
    })
    expect(await look()).toEqual({
      places: ["mypy.ini:1:1 warning", "pkg/m.py:1:10 error assignment"],
      problems: [],
    })
    expect((await look(["other one.py"])).places).toContain("other one.py:1:10 error assignment")
    expect(existsSync(join(root, ".mypy_cache"))).toBe(false)
    write({ "mypy.ini": "[mypy]\nplugins = no.such\n" })
    expect((await look(["pkg/m.py"])).problems.join()).toContain("no.such")
  },
)
