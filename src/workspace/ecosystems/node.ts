import { z } from "zod"
import type { Ecosystem, PackageManager } from "./ecosystem.ts"
import type { FolderView } from "./folder-view.ts"

const globs = z.array(z.string())
const manifest = z.object({
  name: z.string().optional().catch(undefined),
  packageManager: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.string()).optional().catch(undefined),
  workspaces: z
    .union([globs, z.object({ packages: globs }).transform((object) => object.packages)])
    .optional()
    .catch(undefined),
})

const manifestOf = async (view: FolderView) => manifest.safeParse(await view.json("package.json")).data

const byLockFile: readonly (readonly [file: string, manager: PackageManager])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["pnpm-workspace.yaml", "pnpm"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
]

const linters: readonly (readonly [configuration: RegExp, command: string])[] = [
  [/^biome\.jsonc?$/, "biome check"],
  [/^(eslint\.config\.[cm]?[jt]s|\.eslintrc(\..+)?)$/, "eslint ."],
  [/^(\.oxlintrc\.json|oxlint\.config\.ts)$/, "oxlint"],
]

export const node: Ecosystem = {
  manifests: ["package.json"],
  async manager(view) {
    const named = /^(npm|pnpm|yarn|bun)@/.exec((await manifestOf(view))?.packageManager ?? "")?.[1]
    if (named) return named as PackageManager
    const locked = byLockFile.find(([file]) => view.has(file))?.[1]
    return locked ?? (view.has("package.json") ? "npm" : undefined)
  },
  name: async (view) => (await manifestOf(view))?.name,
  async members(view) {
    const pnpm = await view.text("pnpm-workspace.yaml")
    const patterns = pnpm === undefined ? (await manifestOf(view))?.workspaces : packagesOf(pnpm)
    if (!patterns) return undefined
    const clean = (pattern: string) => pattern.replace(/^!/, "").replace(/^\.\//, "").replace(/\/+$/, "")
    return {
      include: patterns.filter((pattern) => !pattern.startsWith("!")).map(clean),
      exclude: patterns.filter((pattern) => pattern.startsWith("!")).map(clean),
    }
  },
  async commands(view, manager) {
    const scripts = (await manifestOf(view))?.scripts ?? {}
    const run = manager === "npm" || manager === "bun" ? `${manager} run` : manager
    const test = scripts.test && !/no test specified/.test(scripts.test)
    const execute = { npm: "npx", pnpm: "pnpm exec", yarn: "yarn", bun: "bunx" }[manager as string] ?? "npx"
    const linter = linters.find(([file]) => [...view.names].some((name) => file.test(name)))?.[1]
    return {
      // `bun test` is bun's own runner, not the script.
      test: test ? (manager === "bun" ? "bun run test" : `${manager} test`) : undefined,
      lint: scripts.lint ? `${run} lint` : linter && `${execute} ${linter}`,
    }
  },
}

/** The list `packages` of a pnpm-workspace.yaml, in block or flow style: all that such files hold of YAML. */
function packagesOf(yaml: string): string[] | undefined {
  const unquoted = (text: string) => text.trim().replace(/^(["'])(.*)\1$/, "$2")
  const lines = yaml.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, ""))
  const start = lines.findIndex((line) => /^packages\s*:/.test(line))
  if (start < 0) return undefined
  const flow = /\[([\s\S]*?)\]/.exec(lines.slice(start).join("\n"))
  if (/^packages\s*:\s*\[/.test(lines[start] ?? "") && flow)
    return (flow[1] ?? "")
      .split(",")
      .map(unquoted)
      .filter((item) => item !== "")
  const items: string[] = []
  for (const line of lines.slice(start + 1)) {
    if (line.trim() === "") continue
    const item = /^\s*-\s+(.+)$/.exec(line)?.[1]
    if (item === undefined) break
    items.push(unquoted(item))
  }
  return items
}
