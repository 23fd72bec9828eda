import type { Ecosystem } from "./ecosystem.ts"

export const go: Ecosystem = {
  manifests: ["go.mod", "go.work"],
  manager: async (view) => (view.has("go.mod", "go.work") ? "go" : undefined),
  name: async (view) => /^module\s+"?([^\s"]+)/m.exec((await view.text("go.mod")) ?? "")?.[1],
  async members(view) {
    const work = await view.text("go.work")
    if (work === undefined) return undefined
    const text = work.replace(/\/\/.*$/gm, "")
    const blocks = [...text.matchAll(/^use\s*\(([^)]*)\)/gm)].flatMap((match) => (match[1] ?? "").split(/\s+/))
    const single = [...text.matchAll(/^use\s+([^\s(]+)\s*$/gm)].map((match) => match[1] ?? "")
    const clean = (path: string) => path.replaceAll('"', "").replace(/^\.\//, "").replace(/\/+$/, "")
    return { include: [...blocks, ...single].map(clean).filter((path) => path !== "" && path !== "."), exclude: [] }
  },
  async commands(view) {
    const hasLinter = view.has(".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")
    // At the root of a workspace `./...` only means the module there.
    const scope = view.has("go.mod") ? "./..." : "all"
    return { test: `go test ${scope}`, lint: hasLinter ? "golangci-lint run" : `go vet ${scope}` }
  },
}
