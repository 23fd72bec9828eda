import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, beforeEach, expect, test } from "vitest"
import { keychain } from "./keychain.ts"
import { type KeyStore, keyFile, keyFileOf } from "./keyring.ts"
import { openSecrets } from "./secrets.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "duck-secrets-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (...stores: KeyStore[]) =>
  openSecrets({ folder, stores: () => [stores[0] ?? keyFile(folder), ...stores.slice(1)] })
const file = () => join(folder, "secrets.json")
const everything = () =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n")
const fixture = (name: string) => join(import.meta.dirname, "fixtures", name)
const fails = (code: string) => expect.objectContaining({ code })

test("a secret comes back as it was set, in a new process too, and stands nowhere in clear", () => {
  open().set("provider.openai", "sk-secret-1")
  open().set("provider.other", "sk-secret-2")
  expect(open().get("provider.openai")).toBe("sk-secret-1")
  expect(open().names()).toEqual(["provider.openai", "provider.other"])
  expect(open().get("provider.none")).toBeUndefined()
  expect(open().get("constructor")).toBeUndefined()
  expect(everything()).not.toContain("sk-secret")
  for (const path of [file(), keyFileOf(folder)]) expect(statSync(path).mode & 0o777).toBe(0o600)
})

test("any printable text survives, and is encrypted differently each time", () => {
  const text = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
    minLength: 1,
  })
  const secrets = open()
  fc.assert(
    fc.property(text, (secret) => {
      secrets.set("one", secret)
      const before = readFileSync(file(), "utf8")
      secrets.set("one", secret)
      expect(readFileSync(file(), "utf8")).not.toBe(before)
      expect(secrets.get("one")).toBe(secret)
    }),
    { numRuns: 30 },
  )
})

test("what can't be a key is refused without being repeated", () => {
  for (const text of ["", "sk-two words", "sk-line\nbreak", "sk-ü", "x".repeat(20_000)]) {
    const set = () => open().set("one", text)
    expect(set).toThrow(fails("SECRET_REFUSED"))
    if (text !== "") expect(set).not.toThrow(text.slice(0, 200))
  }
  expect(() => open().set("__proto__", "sk-1")).toThrow(fails("INVALID_INPUT"))
})

test("a removed secret is gone and the others stay", () => {
  const secrets = open()
  secrets.set("a", "sk-a")
  secrets.set("b", "sk-b")
  expect(secrets.remove("a")).toBe(true)
  expect(secrets.remove("a")).toBe(false)
  expect([secrets.get("a"), secrets.get("b")]).toEqual([undefined, "sk-b"])
})

test("what another process sets is seen at once", () => {
  const mine = open()
  mine.set("one", "sk-old")
  expect(mine.get("one")).toBe("sk-old")
  open().rotate()
  open().set("one", "sk-new")
  expect(mine.get("one")).toBe("sk-new")
})

test("two processes that write at the same time lose nothing of each other", async () => {
  const children = ["x", "y"].map((prefix) => spawn(process.execPath, [fixture("setting-process.ts"), folder, prefix]))
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]))
  expect(codes).toEqual([0, 0])
  expect(open().names()).toHaveLength(40)
  expect([open().get("x.19"), open().get("y.0")]).toEqual(["sk-x-19", "sk-y-0"])
})

test("an entry put under another name, or changed by a bit, does not open; the others do", () => {
  const secrets = open()
  secrets.set("a", "sk-a")
  secrets.set("b", "sk-b")
  const { v, entries } = JSON.parse(readFileSync(file(), "utf8"))
  writeFileSync(file(), JSON.stringify({ v, entries: { ...entries, c: entries.a } }))
  expect(() => secrets.get("c")).toThrow(fails("SECRET_UNREADABLE"))
  expect(secrets.get("b")).toBe("sk-b")
  const data = Buffer.from(entries.a.data, "base64")
  data[0] = (data[0] ?? 0) ^ 1
  writeFileSync(
    file(),
    JSON.stringify({ v, entries: { ...entries, a: { ...entries.a, data: data.toString("base64") } } }),
  )
  expect(() => secrets.get("a")).toThrow(fails("SECRET_UNREADABLE"))
  const before = readFileSync(file(), "utf8")
  expect(() => secrets.rotate()).toThrow(fails("SECRET_UNREADABLE"))
  expect(readFileSync(file(), "utf8")).toBe(before)
  secrets.set("a", "sk-again")
  expect([secrets.get("a"), secrets.get("b")]).toEqual(["sk-again", "sk-b"])
})

test("a file that is not ours is never written over", () => {
  writeFileSync(file(), '{"v":1,"entries":{"a":', { mode: 0o600 })
  expect(() => open().names()).toThrow(fails("SECRETS_DAMAGED"))
  expect(() => open().set("b", "sk-b")).toThrow(fails("SECRETS_DAMAGED"))
  expect(() => open().rotate()).toThrow(fails("SECRETS_DAMAGED"))
  expect(readFileSync(file(), "utf8")).toBe('{"v":1,"entries":{"a":')
})

test("without its key nothing is read, nothing is written, and the key put back brings all back", () => {
  open().set("a", "sk-a")
  const key = readFileSync(keyFileOf(folder), "utf8")
  rmSync(keyFileOf(folder))
  expect(() => open().get("a")).toThrow(fails("SECRETS_KEY_MISSING"))
  expect(() => open().set("b", "sk-b")).toThrow(fails("SECRETS_KEY_MISSING"))
  const other = mkdtempSync(join(tmpdir(), "duck-secrets-"))
  openSecrets({ folder: other, stores: () => [keyFile(other)] }).set("a", "sk-other")
  writeFileSync(keyFileOf(folder), readFileSync(keyFileOf(other)), { mode: 0o600 })
  rmSync(other, { recursive: true })
  expect(() => open().get("a")).toThrow(fails("SECRETS_KEY_MISSING"))
  writeFileSync(keyFileOf(folder), key.slice(0, 40))
  expect(() => open().get("a")).toThrow(fails("SECRETS_KEY_DAMAGED"))
  expect(() => open().get("a")).not.toThrow(key.slice(20, 40))
  writeFileSync(keyFileOf(folder), key)
  expect(open().get("a")).toBe("sk-a")
})

test("a key that others may read is refused", () => {
  open().set("a", "sk-a")
  chmodSync(keyFileOf(folder), 0o644)
  expect(() => open().get("a")).toThrow(fails("SECRETS_KEY_UNSAFE"))
})

test("after a rotation the old key opens nothing and all is there", () => {
  const secrets = open()
  secrets.set("a", "sk-a")
  const before = { key: readFileSync(keyFileOf(folder)), file: readFileSync(file()) }
  expect(secrets.rotate()).toBe(1)
  expect(open().get("a")).toBe("sk-a")
  writeFileSync(keyFileOf(folder), before.key)
  expect(() => open().get("a")).toThrow(fails("SECRETS_KEY_MISSING"))
  expect(readFileSync(file())).not.toEqual(before.file)
})

test.each(["before-1", "after-1", "before-2", "after-2"])(
  "a rotation killed %s write of the key loses nothing",
  (when) => {
    open().set("a", "sk-a")
    open().set("b", "sk-b")
    const child = spawnSync(process.execPath, [fixture("rotating-process.ts"), folder, when])
    expect(child.signal).toBe("SIGKILL")
    const secrets = open()
    expect([secrets.get("a"), secrets.get("b")]).toEqual(["sk-a", "sk-b"])
    secrets.set("c", "sk-c")
    expect(secrets.rotate()).toBe(3)
    expect(["a", "b", "c"].map((name) => open().get(name))).toEqual(["sk-a", "sk-b", "sk-c"])
    expect(Object.keys(JSON.parse(readFileSync(keyFileOf(folder), "utf8")).keys)).toHaveLength(1)
  },
)

/** A program of a keychain that keeps its one secret in a file, and what it was called with in another. */
function scriptedKeychain(platform: "linux" | "darwin") {
  const bin = join(folder, "bin")
  mkdirSync(bin)
  const scripts = {
    linux: `case "$1" in
  store) cat > "${bin}/held" ;;
  lookup) [ -f "${bin}/held" ] && cat "${bin}/held" || exit 1 ;;
  clear) rm -f "${bin}/held" ;;
esac`,
    darwin: `case "$1" in
  -i) read -r line; case "$line" in add-generic-password*) printf '%s\\n' "\${line##* -w }" > "${bin}/held" ;; esac ;;
  find-generic-password) [ -f "${bin}/held" ] && cat "${bin}/held" || { echo "could not be found" >&2; exit 44; } ;;
  delete-generic-password) rm "${bin}/held" 2> /dev/null || exit 44 ;;
esac`,
  }
  const program = platform === "linux" ? "secret-tool" : "security"
  writeFileSync(join(bin, program), `#!/bin/sh\necho "$@" >> "${bin}/calls"\n${scripts[platform]}\n`, { mode: 0o755 })
  const env = { PATH: `${bin}:${process.env.PATH}` }
  const calls = () => readFileSync(join(bin, "calls"), "utf8")
  return { store: keychain({ dataFolder: folder, env, platform }), calls }
}

test.each(["linux", "darwin"] as const)(
  "the key can be in the keychain of %s: it moves there with a rotation, and never stands on a command line",
  (platform) => {
    open().set("a", "sk-a")
    const { store, calls } = scriptedKeychain(platform)
    const both = () => open(store, keyFile(folder))
    expect(both().get("a")).toBe("sk-a")
    both().rotate()
    expect(() => statSync(keyFileOf(folder))).toThrow()
    expect(both().get("a")).toBe("sk-a")
    const ring = store.read()
    expect(Object.keys(ring?.keys ?? {})).toHaveLength(1)
    for (const key of Object.values(ring?.keys ?? {})) {
      expect(calls()).not.toContain(key)
      expect(calls()).not.toContain(Buffer.from(key).toString("base64").slice(0, 20))
    }
    open(keyFile(folder), store).rotate()
    expect(store.read()).toBeUndefined()
    expect(open().get("a")).toBe("sk-a")
  },
)

test("a keychain that is not there, or that refuses, is named", () => {
  const none = keychain({ dataFolder: folder, env: { PATH: folder }, platform: "linux" })
  expect(() => open(none).set("a", "sk-a")).toThrow(fails("KEYCHAIN_MISSING"))
  writeFileSync(join(folder, "secret-tool"), "#!/bin/sh\necho 'it is locked' >&2\nexit 1\n", { mode: 0o755 })
  const locked = keychain({ dataFolder: folder, env: { PATH: `${folder}:${process.env.PATH}` }, platform: "linux" })
  expect(() => open(locked).set("a", "sk-a")).toThrow(fails("KEYCHAIN_FAILED"))
  expect(() => open(locked).set("a", "sk-a")).toThrow("it is locked")
  writeFileSync(join(folder, "security"), "#!/bin/sh\n[ $1 = -i ] && cat > /dev/null || exit 44\n", { mode: 0o755 })
  const forgetful = keychain({ dataFolder: folder, env: { PATH: `${folder}:${process.env.PATH}` }, platform: "darwin" })
  expect(() => open(forgetful).set("a", "sk-a")).toThrow("did not keep")
  expect(open(forgetful).names()).toEqual([])
})
