import { expect, test } from "vitest"
import { InvalidInputError } from "../../base/errors.ts"
import { commit, git, withIndex, writeFiles } from "../index/index.testing.ts"

const sources = {
  "src/net/retry.ts": [
    "/** Waits longer after each failed attempt, with jitter. */",
    "export function backoffDelay(attempt: number): number {",
    "  return Math.min(30_000, 2 ** attempt * 100)",
    "}",
    "",
    "export function retryRequest(send: () => Promise<Response>) {",
    "  // Connection refused: try again.",
    "  return send()",
    "}",
  ].join("\n"),
  "src/net/socket.ts": "export class SocketPool {\n  openConnection(host: string) {\n    return host\n  }\n}\n",
  "src/store/user_store.py":
    'class UserStore:\n    def find_by_email(self, email):\n        """Looks a user up by mail address."""\n        return self.rows[email]\n',
  "docs/net.md": "# Networking\n\nRequests are retried.\n\n## Backoff\n\nThe delay doubles.\n",
}

test("a question in words finds the function that answers it, and says why", async () => {
  await withIndex(sources, async ({ index }) => {
    const { hits, understood } = await index.search({ text: "how long do we wait after a failed attempt" })
    expect(hits[0]).toMatchObject({
      path: "src/net/retry.ts",
      name: "backoffDelay",
      kind: "function",
      language: "typescript",
    })
    expect(understood.ignored).toEqual(["how", "do", "we", "after", "a"])
    const words = hits[0]?.why.find(({ signal }) => signal === "words")
    expect(words?.detail).toContain("attempt")
    expect(hits[0]?.text).toContain("2 ** attempt")
  })
})

test("the reasons of a hit add up to its score", async () => {
  await withIndex(sources, async ({ index }) => {
    for (const text of ["retry backoff delay", "user email", "openConnection"]) {
      const { hits } = await index.search({ text })
      expect(hits.length).toBeGreaterThan(0)
      for (const { why, score } of hits)
        expect(why.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(score, 2)
    }
  })
})

test("a name is found whole, in parts, in another style and by its stem", async () => {
  await withIndex(sources, async ({ index }) => {
    for (const text of ["find_by_email", "findByEmail", "finding emails", "UserStore.find_by_email"])
      expect((await index.search({ text })).hits[0], text).toMatchObject({ path: "src/store/user_store.py" })
    expect((await index.search({ text: "SocketPool" })).hits[0]?.name).toBe("SocketPool")
  })
})

test("filters narrow by path, language and kind, and take away", async () => {
  await withIndex(sources, async ({ index }) => {
    const paths = async (text: string) =>
      [...new Set((await index.search({ text })).hits.map(({ path }) => path))].sort()
    expect(await paths("backoff lang:markdown")).toEqual(["docs/net.md"])
    expect(await paths("backoff -path:docs")).toEqual(["src/net/retry.ts"])
    expect(await paths("email path:**/*.py kind:method")).toEqual(["src/store/user_store.py"])
    expect((await index.search({ text: "retry kind:function" })).hits.every(({ kind }) => kind === "function")).toBe(
      true,
    )
    await expect(index.search({ text: "x kind:gizmo" })).rejects.toThrow(InvalidInputError)
    await expect(index.search({ text: "x changed:sometime" })).rejects.toThrow(/no time/)
  })
})

test("quoted words must stand as written", async () => {
  await withIndex(sources, async ({ index }) => {
    const { hits } = await index.search({ text: '"connection refused"' })
    expect(hits.map(({ name }) => name)).toEqual(["retryRequest"])
    expect(hits[0]?.matches).toEqual([7])
    expect((await index.search({ text: 'retry "no such phrase"' })).hits).toEqual([])
  })
})

test("text and patterns are found line by line, with their chunk", async () => {
  await withIndex(sources, async ({ index }) => {
    const text = await index.search({ text: "30_000", mode: "text" })
    expect(text.hits).toMatchObject([{ name: "backoffDelay", matches: [3] }])
    const regex = await index.search({ text: "def \\w+_email|open[A-Z]\\w+", mode: "regex" })
    expect(regex.hits.map(({ path }) => path).sort()).toEqual(["src/net/socket.ts", "src/store/user_store.py"])
    await expect(index.search({ text: "(", mode: "regex" })).rejects.toThrow(InvalidInputError)
    expect((await index.search({ text: "BACKOFFDELAY", mode: "text", caseSensitive: true })).hits).toEqual([])
  })
})

test("a symbol is found by its beginning and by its humps", async () => {
  await withIndex(sources, async ({ index }) => {
    for (const text of ["backoffD", "bD", "retReq", "SocketPool.openC"]) {
      const { hits } = await index.search({ text, mode: "symbol" })
      expect(hits[0]?.name.toLowerCase(), text).toMatch(/backoffdelay|retryrequest|openconnection/)
    }
  })
})

test("when nothing is found, the nearest names are told", async () => {
  await withIndex(sources, async ({ index }) => {
    const { hits, nearest } = await index.search({ text: "bakcofDalay" })
    expect(hits).toEqual([])
    expect(nearest[0]).toEqual({ name: "backoffDelay", path: "src/net/retry.ts", line: 2 })
    expect((await index.search({ text: "qqqqzzzz" })).nearest).toEqual([])
    expect((await index.search({ text: "   " })).hits).toEqual([])
  })
})

test("hits of many files come before many hits of one", async () => {
  const many = Array.from(
    { length: 12 },
    (_, n) => `export function parseThing${n}() {\n  return "parse thing ${n}"\n}\n`,
  )
  await withIndex(
    { "a.ts": many.join("\n"), "b.ts": "export function parseThing() {\n  return 1\n}\n" },
    async ({ index }) => {
      const { hits } = await index.search({ text: "parse thing", limit: 5 })
      expect(hits.slice(0, 2).map(({ path }) => path)).toContain("b.ts")
      const files = await index.search({ text: "parse thing", unit: "file" })
      expect(files.hits.map(({ path }) => path).sort()).toEqual(["a.ts", "b.ts"])
    },
  )
})

test("what commit messages say of a file helps to find it", async () => {
  const files = { "alpha.ts": "export const alpha = 1\n", "beta.ts": "export const beta = 2\n" }
  const history = (root: string) => {
    git(root, ["init", "-q"])
    commit(root, "Start")
    writeFiles(root, { "beta.ts": "export const beta = 3\n" })
    commit(root, "Make the thermostat hysteresis wider")
  }
  await withIndex(
    files,
    async ({ index }) => {
      const { hits } = await index.search({ text: "thermostat hysteresis" })
      expect(hits[0]).toMatchObject({ path: "beta.ts", commits: [{ subject: "Make the thermostat hysteresis wider" }] })
      expect(hits[0]?.why.map(({ signal }) => signal)).toContain("history")
      const changed = await index.search({ text: "export changed:head" })
      expect(changed.hits).toEqual([])
    },
    { beforeUpdate: history },
  )
})

test("files that are not committed are found by changed:head", async () => {
  const start = (root: string) => {
    git(root, ["init", "-q"])
    commit(root, "Start")
    writeFiles(root, { "src/net/socket.ts": "export const edited = 1\n", "fresh.ts": "export const edited = 2\n" })
  }
  await withIndex(
    sources,
    async ({ index }) => {
      const { hits } = await index.search({ text: "edited changed:head" })
      expect(hits.map(({ path }) => path).sort()).toEqual(["fresh.ts", "src/net/socket.ts"])
    },
    { beforeUpdate: start },
  )
})

test("a search can be cancelled", async () => {
  await withIndex(sources, async ({ index }) => {
    await expect(index.search({ text: "retry" }, AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELLED" })
  })
})
