import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { isAbsolute, join, resolve } from "node:path"
import { DuckError, InvalidInputError, systemCode } from "../../base/errors.ts"
import { isInside } from "../../workspace/contain.ts"
import { isInstalled } from "../../workspace/diagnostics/installed-program.ts"
import { gitText } from "../../workspace/git-run.ts"
import type { CommandContext } from "../context.ts"
import { chainedName, isChanged, isOurs } from "./script.ts"

export interface HookPlace {
  readonly folder: string
  /** The hook itself, and where another one is kept meanwhile. */
  readonly hook: string
  readonly chained: string
  readonly state: "none" | "other" | "ours" | "changed"
  readonly hasChained: boolean
  /** Whether the hook finds `duck`: on the path, or installed in the project. */
  readonly isDuckFound: boolean
  /** A program that keeps this project's hooks, and what to write into its settings. */
  readonly manager: { readonly name: string; readonly how: string } | null
}

const line = 'duck analyze --staged --tree "$(git write-tree)" --fail-on error'
const managers = [
  { name: "husky", files: [".husky"], how: `Add a line to .husky/pre-commit: ${line}` },
  {
    name: "lefthook",
    files: ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook.toml", "lefthook.json"],
    how: `Add to its settings, under pre-commit and commands: duck: { run: '${line}' }`,
  },
  {
    name: "pre-commit",
    files: [".pre-commit-config.yaml"],
    how: `Add a local hook to .pre-commit-config.yaml: { id: duck, name: duck, language: system, pass_filenames: false, entry: sh -c '${line}' }`,
  },
]

const duck = { program: "duck", installedIn: ["node_modules/.bin"] }

/** What is said where a hook would find no `duck`. */
export const duckNotFound =
  "`duck` is neither on your path nor in node_modules/.bin, so the hook finds nothing to run: `npm link`, where RubberDuck lies, puts it there."

/** Where git looks for this repository's pre-commit hook, and what is there. Nothing is run or written. */
export async function hookPlace(context: CommandContext): Promise<HookPlace> {
  const { git, root } = await context.project()
  if (!git) {
    throw new InvalidInputError({
      code: "NO_REPOSITORY",
      message: `${root} is no git repository.`,
      hint: "`git init` makes it one.",
    })
  }
  const folder = await hooksFolder(git.root, git.commonDir)
  const hook = join(folder, "pre-commit")
  const text = await textAt(hook)
  const state = text === undefined ? "none" : !isOurs(text) ? "other" : isChanged(text) ? "changed" : "ours"
  const found = managers.find(({ files }) => files.some((file) => existsSync(join(git.root, file))))
  const chained = join(folder, chainedName)
  return {
    ...{ folder, hook, chained, state, hasChained: existsSync(chained) },
    isDuckFound: await isInstalled(duck, "", git.root, context.host.env.PATH ?? ""),
    manager: found ? { name: found.name, how: found.how } : null,
  }
}

/** As git finds it. Our own calls of git switch hooks off, so that the setting is asked for with where it stands. */
async function hooksFolder(root: string, commonDir: string): Promise<string> {
  const args = ["config", "--show-scope", "--type=path", "--get-all", "core.hooksPath"]
  const said = await gitText({ cwd: root, args, okCodes: [0, 1] })
  const set = said
    .split("\n")
    .map((one) => one.split("\t"))
    .filter(([scope, path]) => scope !== "command" && path)
  const [scope, path] = set.at(-1) ?? []
  if (path === undefined) return join(commonDir, "hooks")
  const folder = isAbsolute(path) ? path : resolve(root, path)
  if (scope === "local" || scope === "worktree") {
    if (isInside(root, folder) || isInside(commonDir, folder)) return folder
  }
  throw new DuckError({
    code: "HOOKS_SHARED",
    message: `core.hooksPath (${scope}) is ${folder}, which is not this repository's alone.`,
    hint: `Nothing was written. Add \`${line}\` to the hook there, or give this repository hooks of its own: git config core.hooksPath .git/hooks`,
    status: 409,
  })
}

export async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined
    throw error
  }
}
