import { type ChildProcess, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { isAlive, place, processesOf, root, type ServerFile, until } from "./place.ts"

const ownVersion = JSON.parse(readFileSync(join(root, "dist", "manifest.json"), "utf8")).version as string
const missingPid = 2 ** 22 + 1

describe("a server that is not what its file says", () => {
  test("after kill -9 the next command starts another, and finds everything", async () => {
    await using here = place()
    await here.duck(["search", "token"])
    const killed = here.server()
    process.kill(killed?.pid ?? 0, "SIGKILL")
    const ran = await here.duck(["search", "backoff"])
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    expect(ran.stdout).toContain("src/retry.ts")
    expect(here.server()?.instance).not.toBe(killed?.instance)
  })

  test("stale, foreign and broken files are replaced", async () => {
    const web = createServer((_request, response) => void response.end("<html>"))
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve))
    const { port } = web.address() as AddressInfo
    const stale = { pid: process.pid, port, token: "t", version: ownVersion, startedAt: "", instance: "old" }
    const texts = ["", "{", JSON.stringify({ ...stale, pid: missingPid }), JSON.stringify(stale)]
    for (const text of texts) {
      await using here = place()
      mkdirSync(here.home, { recursive: true })
      writeFileSync(join(here.home, "server.json"), text, { mode: 0o600 })
      const ran = await here.duck(["search", "token"])
      expect([ran.code, ran.stderr]).toEqual([0, ""])
    }
    web.close()
  })

  test("a server that is killed in the middle of a question is replaced, and the question answered", async () => {
    await using here = place()
    await here.duck(["search", "token"])
    const pid = here.server()?.pid ?? 0
    // Stopped, it takes the question and does not answer; killed, it is gone in the middle.
    process.kill(pid, "SIGSTOP")
    const ran = await here.duck(["search", "backoff", "--debug"], {
      onSpawn: (child) => child.stderr?.on("data", (text) => String(text).includes("using server") && kill(pid)),
    })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain("src/retry.ts")
  })
})

describe("versions", () => {
  test("a server of another version is replaced when it is idle, and left alone when it is at work", async () => {
    await using here = place()
    const other = otherVersion(join(here.home, "..", "other"))
    await here.duck(["search", "token"])
    const before = here.server()
    const replaced = await here.duck(["search", "token"], { program: other })
    expect([replaced.code, replaced.stderr]).toEqual([0, ""])
    expect(here.server()?.version).toBe("9.9.9")
    await until("the first one has left", () => !isAlive(before?.pid ?? 0))

    let watcher = 0
    const onSpawn = (child: ChildProcess) => {
      watcher = child.pid ?? 0
    }
    const watching = here.duck(["index", "watch"], { program: other, onSpawn })
    await until("the watch runs", async () => runningCalls(await here.duck(["health", "--json"])) > 0)
    const refused = await here.duck(["search", "token"])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain("9.9.9")
    process.kill(watcher, "SIGINT")
    expect((await watching).code).toBe(130)
  })
})

describe("places that are not what a tool hopes for", () => {
  test("a folder that is no repository is searched all the same", async () => {
    await using here = place(undefined, { isRepository: false })
    const ran = await here.duck(["search", "backoff"])
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    expect(ran.stdout).toContain("src/retry.ts")
  })

  test("an empty repository is told honestly", async () => {
    await using here = place({})
    const ran = await here.duck(["ask", "where is the token file written?"])
    expect(ran.code).toBe(1)
    expect(`${ran.stdout}${ran.stderr}`).toMatch(/nothing|no files|empty/i)
  })

  test("without git on the path everything but history works", async () => {
    await using here = place()
    const env = { PATH: join(here.home, "no-such-folder") }
    const ran = await here.duck(["search", "backoff"], { env })
    expect([ran.code, ran.stderr]).toEqual([0, ""])
    expect(ran.stdout).toContain("src/retry.ts")
  })

  const canMount = spawnSync("unshare", ["-m", "true"]).status === 0
  const readOnly = canMount ? test : test.skip
  readOnly(
    `a read-only project is searched, and stays as it is${canMount ? "" : " (SKIPPED: no right to mount)"}`,
    async () => {
      await using here = place()
      const before = readdirSync(here.project)
      const mounted = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && ! touch x 2>/dev/null && exec "$2" "$3" search backoff`
      const ran = spawnSync(
        "unshare",
        ["-m", "sh", "-c", mounted, "sh", here.project, process.execPath, join(root, "bin/duck.mjs")],
        { env: here.env, encoding: "utf8" },
      )
      expect([ran.status, ran.stderr]).toEqual([0, ""])
      expect(ran.stdout).toContain("src/retry.ts")
      expect(readdirSync(here.project)).toEqual(before)
    },
  )

  test("a data folder that can't be made says which and what to do", async () => {
    await using here = place()
    for (const folder of ["/proc/nowhere", join(here.project, "package.json")]) {
      const ran = await here.duck(["search", "x", "--data", folder])
      expect(ran.code).toBe(3)
      expect(ran.stderr).toMatch(/^error: .+\nhint: .+--data/)
      expect(ran.stderr).toContain(folder)
    }
  })

  test("a folder that is gone, and one that never was", async () => {
    await using here = place()
    const gone = join(here.project, "gone")
    mkdirSync(gone)
    const script = `cd "$1" && rmdir "$1" && exec "$2" "$3" search x`
    const args = ["-c", script, "sh", gone, process.execPath, join(root, "bin/duck.mjs")]
    const ran = spawnSync("sh", args, { env: here.env, encoding: "utf8" })
    expect(ran.status).toBe(3)
    expect(ran.stderr).toContain("The folder you stand in is gone")
    expect((await here.duck(["-C", "never", "search", "x"])).code).toBe(2)
    expect(processesOf(here.home)).toEqual([])
  })
})

describe("serve", () => {
  test("a port in use is said, with what to do", async () => {
    await using here = place()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
    const { port } = other.address() as AddressInfo
    const ran = await here.duck(["serve", "--port", String(port)])
    other.close()
    expect(ran.code).toBe(3)
    expect(ran.stderr).toMatch(new RegExp(`^error: .*\\b${port}\\b.*\\nhint: `))
  })

  test("a second server on one data folder says who holds it", async () => {
    await using here = place()
    await here.duck(["search", "token"])
    const ran = await here.duck(["serve"])
    expect(ran.code).toBe(3)
    expect(ran.stderr).toMatch(new RegExp(`^error: .*\\b${here.server()?.pid}\\b`))
  })

  test("one in the foreground serves until it is interrupted, and leaves nothing behind", async () => {
    await using here = place()
    let pid = 0
    const serving = here.duck(["serve"], { onSpawn: (child) => (pid = child.pid ?? 0) })
    await until("it is announced", () => here.server()?.pid === pid)
    expect((await here.duck(["search", "backoff"])).stdout).toContain("src/retry.ts")
    process.kill(pid, "SIGINT")
    const { code, signal } = await serving
    expect(signal).toBeNull()
    expect([0, 130]).toContain(code)
    expect(here.server()).toBeUndefined()
  })
})

test("another server can be used by address and token, and none is started here", async () => {
  await using there = place()
  await there.duck(["search", "token"])
  const { port, token } = there.server() as ServerFile
  await using here = place()
  const env = { DUCK_SERVER: `http://127.0.0.1:${port}`, DUCK_TOKEN: token }
  const ran = await here.duck(["-C", there.project, "search", "backoff"], { env })
  expect([ran.code, ran.stderr]).toEqual([0, ""])
  expect(ran.stdout).toContain("src/retry.ts")
  expect((await here.duck(["search", "x"], { env: { ...env, DUCK_TOKEN: "wrong" } })).code).toBe(3)
  expect(processesOf(here.home)).toEqual([])
})

test("the doctor examines the installation, with and without a server", async () => {
  await using here = place()
  const without = await here.duck(["doctor"])
  expect([without.code, without.stderr]).toEqual([0, ""])
  expect(existsSync(here.home)).toBe(false)
  await here.duck(["search", "token"])
  const json = await here.duck(["doctor", "--json"])
  expect(json.code).toBe(0)
  expect(() => JSON.parse(json.stdout)).not.toThrow()
})

function kill(pid: number): void {
  if (isAlive(pid)) process.kill(pid, "SIGKILL")
}

function runningCalls({ stdout }: { readonly stdout: string }): number {
  return (JSON.parse(stdout) as { runningCalls: number }).runningCalls
}

/** This installation as version 9.9.9, in a folder of its own; gives its `duck.mjs`. */
function otherVersion(folder: string): string {
  mkdirSync(folder, { recursive: true })
  for (const name of ["bin", "dist", "package.json"]) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  for (const name of readdirSync(join(folder, "dist")).filter((one) => /\.(?:js|json)$/.test(one))) {
    const path = join(folder, "dist", name)
    const text = readFileSync(path, "utf8")
    writeFileSync(path, text.replaceAll(/"\d+\.\d+\.\d+\+[0-9a-f]{8}"/g, '"9.9.9"'))
  }
  return join(folder, "bin", "duck.mjs")
}
