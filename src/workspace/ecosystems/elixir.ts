import type { Ecosystem } from "./ecosystem.ts"

export const elixir: Ecosystem = {
  manifests: ["mix.exs"],
  manager: async (view) => (view.has("mix.exs") ? "mix" : undefined),
  name: async (view) => /\bapp:\s*:(\w+)/.exec((await view.text("mix.exs")) ?? "")?.[1],
  async members(view) {
    const apps = /\bapps_path:\s*"([^"]+)"/.exec((await view.text("mix.exs")) ?? "")?.[1]
    return apps === undefined ? undefined : { include: [`${apps.replace(/\/+$/, "")}/*`], exclude: [] }
  },
  commands: async (view) => ({
    test: "mix test",
    lint: view.has(".credo.exs") ? "mix credo" : "mix format --check-formatted",
  }),
}
