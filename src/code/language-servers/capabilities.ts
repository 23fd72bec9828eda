import type { Ability } from "./language-servers.ts"

/** What we say in the greeting that we understand; everything else a server leaves out. */
export const clientCapabilities = {
  general: { positionEncodings: ["utf-16"] },
  window: { workDoneProgress: false },
  workspace: {
    configuration: true,
    workspaceFolders: true,
    applyEdit: false,
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
    workspaceEdit: { documentChanges: true, resourceOperations: [] },
  },
  textDocument: {
    synchronization: { didSave: false },
    definition: { linkSupport: true },
    references: {},
    rename: { prepareSupport: true },
    completion: { completionItem: { snippetSupport: false, insertReplaceSupport: false }, contextSupport: true },
    hover: { contentFormat: ["markdown", "plaintext"] },
    codeAction: {
      codeActionLiteralSupport: {
        codeActionKind: {
          valueSet: ["quickfix", "refactor", "refactor.extract", "refactor.inline", "source", "source.organizeImports"],
        },
      },
      resolveSupport: { properties: ["edit"] },
      dataSupport: true,
    },
    diagnostic: {},
    publishDiagnostics: { versionSupport: true },
  },
} as const

/** The server's field that says it has an ability. */
const fields: Readonly<Record<Exclude<Ability, "diagnostics">, string>> = {
  definition: "definitionProvider",
  references: "referencesProvider",
  rename: "renameProvider",
  completion: "completionProvider",
  hover: "hoverProvider",
  codeActions: "codeActionProvider",
}

const isSaid = (value: unknown) => value !== undefined && value !== null && value !== false

export const canDo = (capabilities: Readonly<Record<string, unknown>>, ability: Ability): boolean =>
  // What a server does not let be asked for it says by itself.
  ability === "diagnostics" || isSaid(capabilities[fields[ability]])

export const pullsDiagnostics = (capabilities: Readonly<Record<string, unknown>>): boolean =>
  isSaid(capabilities.diagnosticProvider)

/** Whether the server has an option of an ability: `resolveProvider`. */
export function hasOption(capabilities: Readonly<Record<string, unknown>>, field: string, option: string): boolean {
  const value = capabilities[field]
  return typeof value === "object" && value !== null && Reflect.get(value, option) === true
}
