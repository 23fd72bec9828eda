import { parseIgnoreFile } from "./ignore-file.ts"

/**
 * Never walked, tracked or not, unless an ignore file brings them back (`!name`): what other people wrote, what tools
 * keep for themselves, and lock files, which are long, written by machines and never what anyone looks for.
 */
export const alwaysIgnored = parseIgnoreFile(`
.hg/
.svn/
.jj/
.sl/
node_modules/
bower_components/
jspm_packages/
.pnpm-store/
.yarn/cache/
.yarn/unplugged/
.pnp.cjs
.pnp.loader.mjs
__pycache__/
.venv/
site-packages/
.tox/
.nox/
.mypy_cache/
.pytest_cache/
.ruff_cache/
.gradle/
.terraform/
.elixir_ls/
.direnv/
.DS_Store
Thumbs.db
desktop.ini
*.swp
*.swo
*~
.duck-*.tmp
package-lock.json
npm-shrinkwrap.json
yarn.lock
pnpm-lock.yaml
bun.lock
bun.lockb
deno.lock
Cargo.lock
poetry.lock
pdm.lock
uv.lock
Pipfile.lock
Gemfile.lock
composer.lock
mix.lock
go.sum
flake.lock
gradle.lockfile
packages.lock.json
Podfile.lock
pubspec.lock
`)

const outputFolders = [
  "dist",
  "build",
  "out",
  "target",
  "coverage",
  "htmlcov",
  "venv",
  "env",
  "_build",
  ".next",
  ".nuxt",
  ".output",
  ".svelte-kit",
  ".turbo",
  ".parcel-cache",
  ".cache",
  ".vite",
  ".nyc_output",
  ".angular",
  ".eggs",
  "DerivedData",
]
const outputEndings = [".min.js", ".min.css", ".js.map", ".css.map", ".tsbuildinfo", ".pyc", ".class", ".o", ".beam"]

/**
 * Names that are build output nearly everywhere and source in some repositories: walked only when git tracks something
 * in them (or an ignore file brings them back).
 */
export const ignoredUnlessTracked = parseIgnoreFile(
  [...outputFolders.map((name) => `${name}/`), ...outputEndings.map((ending) => `*${ending}`)].join("\n"),
)

const escaped = (names: readonly string[]) => names.map((name) => RegExp.escape(name)).join("|")
const outputPath = new RegExp(`(?:^|/)(?:${escaped(outputFolders)})/|(?:${escaped(outputEndings)})$`)

/** Whether `ignoredUnlessTracked` bears on a file or on a folder around it. */
export const isOutputPath = (path: string): boolean => outputPath.test(path)

/**
 * Files whose presence says that a folder was filled by a tool: caches (bford.info/cachedir), Python environments, Go's
 * and Composer's vendored code.
 */
export const folderMarks: ReadonlySet<string> = new Set(["CACHEDIR.TAG", "pyvenv.cfg"])
export const vendorMarks: ReadonlySet<string> = new Set(["modules.txt", "autoload.php"])
