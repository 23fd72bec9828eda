/** One word of a shell command, whatever it holds. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** As `quoted` for a path: none is taken for an option. */
export const quotedPath = (path: string): string => quoted(path.startsWith("-") ? `./${path}` : path)
