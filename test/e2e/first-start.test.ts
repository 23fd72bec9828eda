import { statSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { isAlive, place, root, serversOf } from "./place.ts"

test("the first question starts the server, indexes, and is answered with cited code", async () => {
  await using here = place()
  const ran = await here.duck(["ask", "where", "is", "the", "token", "file", "written?"])
  expect(ran.stderr).toBe("")
  expect(ran.code).toBe(0)
  expect(ran.stdout).toMatch(/src\/token\.ts:\d+/)
  expect(ran.stdout).toContain("writeTokenFile")
  expect(ran.stdout).toMatch(/without a (language )?model/i)
  expect(statSync(join(here.home, "server.json")).mode & 0o777).toBe(0o600)
  expect(isAlive(here.server()?.pid ?? 0)).toBe(true)
})

test("the next commands use the same server", async () => {
  await using here = place()
  const first = await here.duck(["search", "backoff", "--json"])
  expect([first.stderr, first.code]).toEqual(["", 0])
  expect(first.stdout).toContain("src/retry.ts")
  expect(() => JSON.parse(first.stdout)).not.toThrow()
  const server = here.server()
  expect((await here.duck(["search", "token"])).code).toBe(0)
  expect(here.server()).toEqual(server)
  expect(serversOf(here.home)).toEqual([server?.pid])
})

test("a changed file is found by the next search", async () => {
  await using here = place()
  await here.duck(["search", "backoff"])
  here.write("src/lantern.ts", "/** Lights the lantern. */\nexport function igniteLantern(): void {}\n")
  let found = ""
  for (let attempt = 0; attempt < 100 && !found.includes("src/lantern.ts"); attempt++) {
    found = (await here.duck(["search", "igniteLantern", "--json"])).stdout
  }
  expect(found).toContain("src/lantern.ts")
})

test("three at once, with no server there, end up with one", async () => {
  await using here = place()
  const all = await Promise.all(["token", "backoff", "start"].map((word) => here.duck(["search", word, "--json"])))
  expect(all.filter(({ code, stderr }) => code !== 0 || stderr !== "")).toEqual([])
  expect(serversOf(here.home)).toEqual([here.server()?.pid])
})

test("an answer can be used from another folder of the project, by -C, and under a name with spaces", async () => {
  await using here = place({ "a folder with ünicode/lamp.py": "def switch_lamp():\n    return 1\n" })
  const inner = join(here.project, "a folder with ünicode")
  const inside = await here.duck(["search", "switch_lamp"], { cwd: inner })
  expect(inside.stdout).toContain("lamp.py")
  const named = await here.duck(["-C", here.project, "search", "switch_lamp"], { cwd: root })
  expect(named.stdout).toContain("a folder with ünicode/lamp.py")
})

test("the lights go out: stop ends the server, status then says no, and nothing was started for it", async () => {
  await using here = place()
  await here.duck(["search", "token"])
  const pid = here.server()?.pid ?? 0
  expect((await here.duck(["status"])).code).toBe(0)
  expect((await here.duck(["stop"])).code).toBe(0)
  expect(isAlive(pid)).toBe(false)
  expect((await here.duck(["status"])).code).toBe(1)
  expect(serversOf(here.home)).toEqual([])
  expect((await here.duck(["stop", "--json"])).code).toBe(0)
})
