import { execFileSync, spawn } from "node:child_process"
import { mkdirSync, symlinkSync } from "node:fs"
import { createServer } from "node:net"
import { basename, dirname, join, sep } from "node:path"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { type AccessEvent, type Bounds, boundsOf, resolveForWrite, resolveReal } from "../../src/workspace/contain.ts"
import { PathRefusedError } from "../../src/workspace/errors.ts"
import { readBytes, readText } from "../../src/workspace/read.ts"
import { fill, treeWith } from "../../src/workspace/tree.testing.ts"
import legitimate from "./paths-legitimate.json" with { type: "json" }
import traversals from "./paths-traversal.json" with { type: "json" }

/** A project among neighbours, with links of every kind. */
async function scene() {
  const around = treeWith({
    "secret.txt": "secret",
    "sibling/secret.txt": "secret",
    "project-suffix/secret.txt": "secret",
    "allowed/ok.txt": "ok",
    "project/src/main.ts": "main",
    "project/deep/er/file.txt": "file",
  })
  const root = join(around, "project")
  symlinkSync("../secret.txt", join(root, "link-file-out"))
  symlinkSync("..", join(root, "link-out"))
  symlinkSync("/etc", join(root, "link-etc"))
  symlinkSync("../allowed", join(root, "link-allowed"))
  symlinkSync("../project-suffix", join(root, "link-suffix"))
  symlinkSync("src", join(root, "link-in"))
  symlinkSync("main.ts", join(root, "src/link-main"))
  symlinkSync("link-b", join(root, "link-a"))
  symlinkSync("link-a", join(root, "link-b"))
  symlinkSync("/nowhere/at/all", join(root, "link-dangling"))
  symlinkSync("gone.txt", join(root, "link-gone"))
  symlinkSync("link-out", join(root, "link-link-out"))
  symlinkSync("/dev/zero", join(root, "link-device"))
  const events: AccessEvent[] = []
  const audit = (event: AccessEvent) => events.push(event)
  const bounds = await boundsOf({ root, audit })
  const withAllowed = await boundsOf({ root, allow: [join(around, "allowed")], audit })
  return { around, root, events, bounds, withAllowed }
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return "accepted"
  } catch (error) {
    if (error instanceof PathRefusedError) return error.reason
    return error instanceof Error && "code" in error ? String(error.code) : String(error)
  }
}

test("every string of the corpus is refused for reading and writing, by its name, and the audit hears of it", async () => {
  const { bounds, root, events } = await scene()
  const wrong: unknown[] = []
  for (const { path: raw, reason } of traversals) {
    const path = raw
      .replaceAll("{rootUpper}", root.toUpperCase())
      .replaceAll("{root}", root)
      .replaceAll("{parent}", dirname(root))
      .replaceAll("{name}", basename(root))
    for (const work of [readText, resolveReal, resolveForWrite]) {
      events.length = 0
      const got = await reasonOf(
        work === readText
          ? readText(bounds, path)
          : work === resolveReal
            ? resolveReal(bounds, path, "stat")
            : resolveForWrite(bounds, path, "write"),
      )
      if (got !== reason || events.length !== 1 || events[0]?.reason !== reason || events[0]?.outcome !== "refused")
        wrong.push({ path: raw.slice(0, 60), reason, got, events: events.map((event) => event.reason) })
    }
  }
  expect(wrong).toEqual([])
  expect(traversals.length).toBeGreaterThan(300)
})

test("legitimate names are written, read and found under their own path", async () => {
  for (const path of legitimate) {
    const { bounds, root } = await scene()
    fill(root, { [path]: path })
    expect([path, await readText(bounds, path).then((file) => [file.path, file.text])]).toEqual([path, [path, path]])
    expect(await resolveForWrite(bounds, path, "write")).toMatchObject({ relative: path, exists: true })
  }
})

test("names that only mean something elsewhere are read where a file has exactly that name", async () => {
  const { bounds, root } = await scene()
  for (const path of ["aux.c", "a:b.txt", "a\\b", "trailing. ", "~/x", "10:30/nul"]) {
    expect(await reasonOf(readText(bounds, path))).not.toBe("accepted")
    fill(root, { [path]: "x" })
    expect((await readText(bounds, path)).path).toBe(path)
  }
})

test("links are followed inside and refused outside, also when nothing is there", async () => {
  const { bounds, withAllowed, around, root } = await scene()
  expect((await readText(bounds, "link-in/main.ts")).path).toBe("src/main.ts")
  expect((await readText(bounds, "src/link-main")).path).toBe("src/main.ts")
  for (const path of [
    "link-file-out",
    "link-out/secret.txt",
    "link-out/nothing",
    "link-etc/passwd",
    "link-etc/no/such",
    "link-link-out/secret.txt",
    "link-suffix/secret.txt",
    "link-allowed/ok.txt",
    "link-out",
    "link-device",
  ])
    expect([path, await reasonOf(readText(bounds, path))]).toEqual([path, "outside"])
  expect(await reasonOf(readText(bounds, "link-a"))).toBe("symlink-loop")
  expect(await reasonOf(readText(bounds, "link-a/x"))).toBe("symlink-loop")
  expect(await reasonOf(readText(bounds, "link-gone"))).toBe("FILE_NOT_FOUND")
  expect((await readText(withAllowed, "link-allowed/ok.txt")).path).toBe(join(around, "allowed/ok.txt"))
  expect((await readText(withAllowed, join(around, "allowed/ok.txt"))).text).toBe("ok")
  expect((await readText(bounds, join(root, "src/main.ts"))).path).toBe("src/main.ts")
})

test("a write through a link stays inside or is refused, and git's own files are out of reach under every spelling", async () => {
  const { bounds, root } = await scene()
  mkdirSync(join(root, ".git/hooks"), { recursive: true })
  symlinkSync(".git", join(root, "innocent"))
  expect(await resolveForWrite(bounds, "src/link-main", "write")).toMatchObject({ relative: "src/main.ts" })
  for (const path of ["link-file-out", "link-out/new.txt", "link-etc/new/er.txt", "link-suffix/x"])
    expect([path, await reasonOf(resolveForWrite(bounds, path, "write"))]).toEqual([path, "outside"])
  for (const path of ["link-dangling", "link-gone"])
    expect(await reasonOf(resolveForWrite(bounds, path, "write"))).toBe("symlink")
  for (const path of [
    ".git/hooks/pre-commit",
    ".GIT/config",
    ".Git/x",
    "src/.git/config",
    "innocent/hooks/x",
    "git~1/config",
    "GIT~1/x",
    ".ｇｉｔ/config",
    ".git",
  ])
    expect([path, await reasonOf(resolveForWrite(bounds, path, "write"))]).toEqual([path, "git-folder"])
  for (const path of [".gitignore", ".github/x", "a.git/x", "git/x"])
    expect((await resolveForWrite(bounds, path, "write")).relative).toBe(path)
})

test("devices, pipes, sockets and folders are refused without waiting for them", async () => {
  const { root } = await scene()
  execFileSync("mkfifo", [join(root, "pipe")])
  const server = createServer().listen(join(root, "socket"))
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once("listening", resolve))
  const bounds = await boundsOf({ root })
  for (const path of ["pipe", "socket", "src", "."])
    expect([path, await reasonOf(readText(bounds, path))]).toEqual([path, "not-a-regular-file"])
  for (const path of ["pipe", "socket", "src", "."])
    expect(await reasonOf(resolveForWrite(bounds, path, "write"))).toBe("not-a-regular-file")
  const devices = await boundsOf({ root: "/dev" })
  for (const path of ["zero", "null", "tty"])
    expect(await reasonOf(readBytes(devices, path))).toBe("not-a-regular-file")
})

test("no string leads outside the root, whatever its parts", async () => {
  const { bounds, withAllowed, root, around } = await scene()
  const part = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        "..",
        ".",
        "",
        "src",
        "deep",
        "er",
        "link-out",
        "link-in",
        "link-etc",
        "link-a",
        "link-suffix",
        "link-allowed",
        "link-link-out",
        "project",
        "secret.txt",
        "main.ts",
        "passwd",
        "~",
        "..\u200b",
        "%2e%2e",
        "．．",
        "C:",
        "proc",
        "self",
        "root",
        "etc",
      ),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 8, unit: "binary" }) },
    { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
  )
  const separator = fc.constantFrom("/", "/", "/", "//", "\\", "/./", "∕", "%2f", "")
  const anchored = fc.constantFrom("", "", "", "/", root, around, `${root}/`, `${root}-suffix/`, "file://", "~/")
  const path = fc
    .tuple(anchored, fc.array(fc.tuple(part, separator), { maxLength: 8 }))
    .map(([start, parts]) => start + parts.flat().join(""))
  const inside = (folder: string, real: string) => real === folder || real.startsWith(folder + sep)
  const leads = async (scope: Bounds, folders: readonly string[], text: string) => {
    for (const resolve of [
      () => resolveReal(scope, text, "stat").then((at) => at.absolute),
      () => resolveForWrite(scope, text, "write").then((at) => join(at.folder, ...at.missing, at.name)),
    ]) {
      const real = await resolve().catch(() => undefined)
      if (real !== undefined && !folders.some((folder) => inside(folder, real))) return real
    }
    const file = await readBytes(scope, text).catch(() => undefined)
    if (file && Buffer.from(file.bytes).toString() === "secret") return text
    return undefined
  }
  await fc.assert(
    fc.asyncProperty(fc.oneof(path, fc.string({ unit: "binary" }), fc.string()), async (text) => {
      expect(await leads(bounds, [root], text)).toBeUndefined()
      expect(await leads(withAllowed, [root, join(around, "allowed")], text)).toBeUndefined()
    }),
    { numRuns: 3000 },
  )
})

test("a folder that is swapped for a link while files are read never gives what lies outside", async () => {
  const { root, around, bounds } = await scene()
  fill(root, { "race/secret.txt": "inside" })
  fill(around, { "elsewhere/secret.txt": "secret" })
  const swap = join(root, "race")
  const link = join(root, "race-link")
  symlinkSync("../elsewhere", link)
  // Another process, so that the swap falls between any two system calls of this one.
  const script = `const fs = require("node:fs"); process.stdout.write("go"); for (;;) { fs.renameSync(${JSON.stringify(swap)}, ${JSON.stringify(`${swap}-kept`)}); fs.renameSync(${JSON.stringify(link)}, ${JSON.stringify(swap)}); fs.renameSync(${JSON.stringify(swap)}, ${JSON.stringify(link)}); fs.renameSync(${JSON.stringify(`${swap}-kept`)}, ${JSON.stringify(swap)}) }`
  const swapper = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void swapper.kill("SIGKILL"))
  await new Promise((resolve) => swapper.stdout.once("data", resolve))
  const outcomes = new Map<string, number>()
  for (let round = 0; round < 4000; round++) {
    const got = await readText(bounds, "race/secret.txt").then(
      (file) => file.text,
      (error) => (error instanceof PathRefusedError ? error.reason : error.code),
    )
    outcomes.set(got, (outcomes.get(got) ?? 0) + 1)
  }
  expect(outcomes.get("secret")).toBeUndefined()
  // The race was real: both sides of the swap were met.
  expect(outcomes.get("inside")).toBeGreaterThan(0)
  expect(outcomes.get("outside") ?? outcomes.get("changed-underneath") ?? 0).toBeGreaterThan(0)
})

test("a refusal can be shown and stored whatever the path holds", async () => {
  const { bounds, events } = await scene()
  await reasonOf(readText(bounds, `\u001b[31m\u202e\0${"x".repeat(9000)}`))
  expect(events[0]?.path.length).toBeLessThan(2000)
  expect(events[0]?.path).not.toMatch(/[\u0000-\u001f\u202e]/)
})
