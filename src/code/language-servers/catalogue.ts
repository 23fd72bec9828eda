/** A language server that people have installed, and how it is started. */
export interface KnownServer {
  readonly name: string
  /** By the index's names, with LSP's own name where it differs. */
  readonly languages: Readonly<Record<string, string>>
  readonly program: string
  readonly args: readonly string[]
  /** Folders of the project where it may be installed; the PATH comes after them. */
  readonly installedIn: readonly string[]
  /** What it is told when it asks for its settings, by section. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined
  /** For programs that are servers only from some version on. */
  readonly needs?: { readonly manifest: string; readonly major: number } | undefined
}

const nodeFolders = ["node_modules/.bin"]
const pythonFolders = [".venv/bin", "venv/bin", "node_modules/.bin"]
const scripts = { typescript: "typescript", tsx: "typescriptreact", javascript: "javascript" }
// Otherwise `{ total }` becomes `{ sum }` where only the property or only the variable is renamed, and means something else.
const renaming = { preferences: { useAliasesForRenames: true } }
const scriptSettings = { "js/ts": renaming, typescript: renaming, javascript: renaming }
const python = { python: "python" }

/** In the order of preference for a language. */
export const knownServers: readonly KnownServer[] = [
  {
    name: "tsc",
    languages: scripts,
    settings: scriptSettings,
    program: "tsc",
    args: ["--lsp", "--stdio"],
    installedIn: nodeFolders,
    needs: { manifest: "node_modules/typescript/package.json", major: 7 },
  },
  {
    name: "tsgo",
    languages: scripts,
    settings: scriptSettings,
    program: "tsgo",
    args: ["--lsp", "--stdio"],
    installedIn: nodeFolders,
  },
  {
    name: "vtsls",
    languages: scripts,
    settings: scriptSettings,
    program: "vtsls",
    args: ["--stdio"],
    installedIn: nodeFolders,
  },
  {
    name: "typescript-language-server",
    languages: scripts,
    settings: scriptSettings,
    program: "typescript-language-server",
    args: ["--stdio"],
    installedIn: nodeFolders,
  },
  {
    name: "basedpyright",
    languages: python,
    program: "basedpyright-langserver",
    args: ["--stdio"],
    installedIn: pythonFolders,
  },
  {
    name: "pyright",
    languages: python,
    program: "pyright-langserver",
    args: ["--stdio"],
    installedIn: pythonFolders,
  },
  { name: "pylsp", languages: python, program: "pylsp", args: [], installedIn: pythonFolders },
  { name: "ruff", languages: python, program: "ruff", args: ["server"], installedIn: pythonFolders },
  { name: "gopls", languages: { go: "go" }, program: "gopls", args: [], installedIn: [] },
  { name: "rust-analyzer", languages: { rust: "rust" }, program: "rust-analyzer", args: [], installedIn: [] },
  { name: "clangd", languages: { c: "c", cpp: "cpp" }, program: "clangd", args: [], installedIn: [] },
  { name: "jdtls", languages: { java: "java" }, program: "jdtls", args: [], installedIn: [] },
  {
    name: "ruby-lsp",
    languages: { ruby: "ruby" },
    program: "ruby-lsp",
    args: [],
    installedIn: ["vendor/bundle/bin", "bin"],
  },
  {
    name: "phpactor",
    languages: { php: "php" },
    program: "phpactor",
    args: ["language-server"],
    installedIn: ["vendor/bin"],
  },
  { name: "csharp-ls", languages: { csharp: "csharp" }, program: "csharp-ls", args: [], installedIn: [] },
  { name: "lua-language-server", languages: { lua: "lua" }, program: "lua-language-server", args: [], installedIn: [] },
  { name: "elixir-ls", languages: { elixir: "elixir" }, program: "elixir-ls", args: [], installedIn: [] },
  {
    name: "bash-language-server",
    languages: { bash: "shellscript" },
    program: "bash-language-server",
    args: ["start"],
    installedIn: nodeFolders,
  },
  {
    name: "yaml-language-server",
    languages: { yaml: "yaml" },
    program: "yaml-language-server",
    args: ["--stdio"],
    installedIn: nodeFolders,
  },
]
