import { execFileSync } from "node:child_process"
import { mkdirSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { newId } from "../../base/ids.ts"
import { repositoryWith, treeWith } from "../tree.testing.ts"
import { by, projectWith, treeAt } from "./checkpoints.testing.ts"
import type { Checkpoints } from "./checkpoints.ts"

const files = {
  "a.txt": "a\n",
  "b.sh": "#!/bin/sh\n",
  "src/one.ts": "1\n",
  "src/deep/two.ts": "2\n",
  "docs/ünïcode name.md": "# x\n",
  ".env": "SECRET=1\n",
  ".gitignore": "*.log\nout/\n",
  "out/x.log": "log\n",
}

/** Names that collide on purpose: files become folders, folders become links. */
const place = fc.constantFrom(
  "a.txt",
  "b.sh",
  "src",
  "src/one.ts",
  "src/deep",
  "src/deep/two.ts",
  "docs",
  "new",
  "new/in",
  "out",
  ".env",
  "it's",
  "-n",
  "\u0001odd\n",
)
const quoted = (path: string) => `'./${path.replaceAll("'", "'\\''")}'`
const mode = fc.constantFrom("644", "755", "600", "444", "000", "2755", "700")

/** What a shell does to a tree. Many fail, as they do in life. */
const shell = fc.oneof(
  fc.tuple(place, place).map(([a, b]) => `mv -f ${quoted(a)} ${quoted(b)}`),
  place.map((a) => `rm -rf ${quoted(a)}`),
  fc.tuple(mode, place).map(([m, a]) => `chmod ${m} ${quoted(a)}`),
  fc.tuple(place, place).map(([a, b]) => `ln -s ${quoted(a)} ${quoted(b)}`),
  fc.tuple(place, place).map(([a, b]) => `ln ${quoted(a)} ${quoted(b)}`),
  fc.tuple(fc.nat(9), place).map(([n, a]) => `truncate -s ${n} ${quoted(a)}`),
  place.map((a) => `echo more >> ${quoted(a)}`),
  place.map((a) => `mkdir -p ${quoted(a)}`),
  place.map((a) => `head -c 3000 /dev/zero > ${quoted(a)}`),
  fc.tuple(place, place).map(([a, b]) => `cp -R ${quoted(a)} ${quoted(b)}`),
  place.map((a) => `printf 'x' > ${quoted(a)}; touch -d @1000000000 ${quoted(a)}`),
)
const gitLine = fc.constantFrom(
  "git add -A",
  "git commit -qm x",
  "git checkout -q -- .",
  "git stash -q -u",
  "git stash pop -q",
  "git clean -fdq",
  "git reset -q --hard",
  "git checkout -qB other HEAD",
)

const step = (line: fc.Arbitrary<string>) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => ({ do: "turn" as const, lines })),
    },
    { weight: 2, arbitrary: fc.nat(50).map((which) => ({ do: "restore" as const, which })) },
    { weight: 3, arbitrary: fc.constant({ do: "undo" as const }) },
    { weight: 2, arbitrary: fc.constant({ do: "redo" as const }) },
  )

type Step =
  | { readonly do: "turn"; readonly lines: readonly string[] }
  | { readonly do: "restore"; readonly which: number }
  | { readonly do: "undo" | "redo" }

/** Plays steps, with a model beside: what each checkpoint saw, and what is done and undone. */
async function play(root: string, checkpoints: Checkpoints, steps: readonly Step[]) {
  const seen = new Map<string, Record<string, string>>()
  const done: { from: object; to: object }[] = []
  let undone: { from: object; to: object }[] = []
  let turns = 0
  for (const one of steps) {
    const was = treeAt(root)
    if (one.do === "turn") {
      const turn = `t${turns++}`
      const start = await checkpoints.create(turn, { ...by, turn: { id: turn, at: "start" } })
      seen.set(start.id, was)
      for (const line of one.lines) run(root, line)
      const end = await checkpoints.create(turn, { ...by, turn: { id: turn, at: "end" } })
      const became = treeAt(root)
      seen.set(end.id, became)
      if (start.bases[0]?.tree !== end.bases[0]?.tree) {
        done.push({ from: was, to: became })
        undone = []
      } else expect(became).toEqual(was)
    } else if (one.do === "restore") {
      const kept = [...seen.keys()]
      const name = kept[one.which % Math.max(1, kept.length)]
      if (name === undefined) continue
      const answer = await checkpoints.restore(name, by)
      expect(answer.left).toEqual([])
      expect(treeAt(root)).toEqual(seen.get(name))
      if (answer.outcome === "nothing") continue
      expect(answer.outcome).toBe("restored")
      done.push({ from: was, to: treeAt(root) })
      undone = []
    } else {
      const stack = one.do === "undo" ? done : undone
      const wanted = stack.pop()
      const answer = checkpoints[one.do](by)
      if (!wanted) {
        await expect(answer).rejects.toMatchObject({ code: one.do === "undo" ? "NOTHING_TO_UNDO" : "NOTHING_TO_REDO" })
        continue
      }
      expect(await answer).toMatchObject({ outcome: "restored", left: [] })
      expect(treeAt(root)).toEqual(one.do === "undo" ? wanted.from : wanted.to)
      ;(one.do === "undo" ? undone : done).push(wanted)
    }
  }
  // All of it backwards, to the very beginning.
  for (const { from } of done.toReversed()) {
    await checkpoints.undo(by)
    expect(treeAt(root)).toEqual(from)
  }
}

function run(root: string, line: string) {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", HOME: root }
  const identity = {
    GIT_AUTHOR_NAME: "A",
    GIT_AUTHOR_EMAIL: "a@x",
    GIT_COMMITTER_NAME: "A",
    GIT_COMMITTER_EMAIL: "a@x",
  }
  try {
    execFileSync("sh", ["-c", line], { cwd: root, stdio: "ignore", env: { ...env, ...identity } })
  } catch {
    // A command that fails may have done part of its work, which is as good.
  }
}

test.each([
  ["a folder without git", shell, treeWith],
  ["a git repository", fc.oneof({ weight: 3, arbitrary: shell }, { weight: 1, arbitrary: gitLine }), repositoryWith],
] as const)(
  "any sequence of shell commands, restores and undos in %s brings the tree back byte for byte",
  async (_, line, made) => {
    const project = await projectWith({})
    await fc.assert(
      fc.asyncProperty(fc.array(step(line), { minLength: 2, maxLength: 9 }), async (steps) => {
        const root = made(files)
        const checkpoints = await project.open({ root, projectId: newId() })
        await play(root, checkpoints, steps)
        expect(await checkpoints.verify()).toEqual([])
        await checkpoints.close()
      }),
      { numRuns: 40 },
    )
  },
)

/** What is done with files in the second property: by tools and programs in turns, and by a person between them. */
const bytes = fc.constantFrom("one\n", "two\n", "\u0000\u0001\u00ff binary", "", "x".repeat(70_000))
const act = fc.oneof(
  fc.record({ do: fc.constant("write" as const), path: place, text: bytes }),
  fc.record({ do: fc.constant("replace" as const), path: place, text: bytes }),
  shell.map((line) => ({ do: "shell" as const, line })),
)
type Act =
  | { readonly do: "write" | "replace"; readonly path: string; readonly text: string }
  | { readonly do: "shell"; readonly line: string }

/** As the edit tools do it: whole files, beside their place and renamed, or over what is there. */
function perform(root: string, one: Act) {
  try {
    if (one.do === "shell") return run(root, one.line)
    const path = join(root, one.path)
    mkdirSync(dirname(path), { recursive: true })
    if (one.do === "write") return writeFileSync(path, one.text, "latin1")
    writeFileSync(`${path}.new`, one.text, "latin1")
    renameSync(`${path}.new`, path)
  } catch {
    // A folder is in its place, or a file in the place of its folder, or it may not be written.
  }
}

const mixed = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(act, { minLength: 1, maxLength: 3 }).map((acts) => ({ do: "turn" as const, acts })),
  },
  { weight: 2, arbitrary: act.map((one) => ({ do: "person" as const, one })) },
  { weight: 2, arbitrary: fc.constant({ do: "undo" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "redo" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("restore" as const),
      which: fc.nat(50),
      paths: fc.array(place, { maxLength: 2 }),
    }),
  },
)

/** What is at and under paths. */
const within = (tree: Record<string, string>, paths: readonly string[]) =>
  Object.fromEntries(
    Object.entries(tree).filter(([path]) => paths.some((one) => path === one || path.startsWith(`${one}/`))),
  )

test("what a person changed is never overwritten unasked, asked for it can be had back, and paths alone change nothing else", async () => {
  const project = await projectWith({})
  await fc.assert(
    fc.asyncProperty(fc.array(mixed, { minLength: 3, maxLength: 9 }), async (steps) => {
      const root = treeWith(files)
      const checkpoints = await project.open({ root, projectId: newId() })
      const seen = new Map<string, Record<string, string>>()
      const record = async (turn?: { id: string; at: "start" | "end" }) => {
        const made = await checkpoints.create("t", { ...by, ...(turn && { turn }) })
        seen.set(made.id, treeAt(root))
        return made
      }
      await record()
      for (const [n, one] of steps.entries()) {
        if (one.do === "turn") {
          await record({ id: `t${n}`, at: "start" })
          for (const each of one.acts) perform(root, each)
          await record({ id: `t${n}`, at: "end" })
        } else if (one.do === "person") perform(root, one.one)
        else {
          const was = treeAt(root)
          const change = (onConflict: "stop" | "overwrite") => {
            if (one.do === "restore") {
              const ids = [...seen.keys()]
              return checkpoints.restore(ids[one.which % ids.length] ?? "", { ...by, paths: one.paths, onConflict })
            }
            return checkpoints[one.do]({ ...by, onConflict })
          }
          const { done, undone } = checkpoints.history
          if ((one.do === "undo" && done.length === 0) || (one.do === "redo" && undone.length === 0)) continue
          let answer = await change("stop")
          if (answer.outcome === "stopped") {
            // Not one byte.
            expect(treeAt(root)).toEqual(was)
            expect(answer.changes.some(({ isConflict }) => isConflict)).toBe(true)
            answer = await change("overwrite")
          }
          if (answer.outcome === "nothing") continue
          const became = treeAt(root)
          if (one.do === "restore" && one.paths.length > 0) {
            const touched = answer.changes.map(({ path }) => path)
            const rest = (tree: object) => Object.entries(tree).filter(([path]) => !touched.includes(path))
            expect(rest(became)).toEqual(rest(was))
            if (answer.left.length === 0) {
              const target = seen.get([...seen.keys()][one.which % seen.size] ?? "") ?? {}
              expect(within(became, one.paths)).toEqual(within(target, one.paths))
            }
          }
          // Whatever it did, the files before it are a checkpoint, and going there brings them back to the last byte.
          expect(answer.before).not.toBeNull()
          seen.set(answer.before?.id ?? "", was)
          const back = await checkpoints.restore(answer.before?.id ?? "", by)
          expect(back.left).toEqual([])
          expect(treeAt(root)).toEqual(was)
          // And that can be undone as well.
          await checkpoints.undo(by)
          expect(treeAt(root)).toEqual(became)
        }
      }
      expect(await checkpoints.verify()).toEqual([])
      await checkpoints.close()
    }),
    { numRuns: 30 },
  )
})
