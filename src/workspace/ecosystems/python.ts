import { z } from "zod"
import type { Ecosystem } from "./ecosystem.ts"
import type { FolderView } from "./folder-view.ts"

const globs = z.array(z.string()).optional().catch(undefined)
const tools = z.object({
  uv: z
    .object({ workspace: z.object({ members: globs, exclude: globs }).optional() })
    .optional()
    .catch(undefined),
  poetry: z.object({ name: z.string().optional() }).optional().catch(undefined),
  pytest: z.unknown().optional(),
  ruff: z.unknown().optional(),
})
const manifest = z.object({
  project: z.object({ name: z.string().optional() }).optional().catch(undefined),
  tool: tools.optional().catch(undefined),
})
const manifestOf = async (view: FolderView) => manifest.safeParse(await view.toml("pyproject.toml")).data

const manifests = ["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile"]

export const python: Ecosystem = {
  manifests,
  async manager(view) {
    if (!view.has(...manifests)) return undefined
    const tool = (await manifestOf(view))?.tool
    if (view.has("uv.lock") || tool?.uv) return "uv"
    if (view.has("poetry.lock") || tool?.poetry) return "poetry"
    return view.has("Pipfile") ? "pipenv" : "pip"
  },
  async name(view) {
    const read = await manifestOf(view)
    return read?.project?.name ?? read?.tool?.poetry?.name
  },
  async members(view) {
    const workspace = (await manifestOf(view))?.tool?.uv?.workspace
    return workspace && { include: workspace.members ?? [], exclude: workspace.exclude ?? [] }
  },
  async commands(view, manager) {
    const run = { uv: "uv run ", poetry: "poetry run ", pipenv: "pipenv run " }[manager as string] ?? ""
    const tool = (await manifestOf(view))?.tool
    const asked = `${(await view.text("requirements.txt")) ?? ""}\n${(await view.text("pyproject.toml")) ?? ""}`
    const usesPytest =
      view.has("pytest.ini", "conftest.py") || tool?.pytest !== undefined || /^\W*pytest\b/m.test(asked)
    const usesRuff = view.has("ruff.toml", ".ruff.toml") || tool?.ruff !== undefined
    const hasTests = view.has("tests", "test")
    return {
      test: usesPytest ? `${run}pytest` : hasTests ? `${run}python -m unittest` : undefined,
      lint: usesRuff ? `${run}ruff check` : view.has(".flake8") ? `${run}flake8` : undefined,
    }
  },
}
