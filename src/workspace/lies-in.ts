/** Whether a path lies in one of some folders; all of them posix and relative to the root, "" for the root itself. */
export const liesIn = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => folder === "" || path.startsWith(`${folder}/`))
