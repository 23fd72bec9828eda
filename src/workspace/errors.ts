import { DuckError } from "../base/errors.ts"

/** Why a path was refused; stable, so that audits can be counted by it. */
export type Refusal =
  | "empty"
  | "nul"
  | "control-character"
  | "invisible-character"
  | "malformed-unicode"
  | "lookalike-separator"
  | "lookalike-dots"
  | "parent-segment"
  | "absolute"
  | "home"
  | "url"
  | "percent-encoded"
  | "drive-letter"
  | "network-path"
  | "backslash"
  | "alternate-stream"
  | "reserved-name"
  | "trailing-dot-or-space"
  | "name-too-long"
  | "path-too-long"
  | "outside"
  | "symlink"
  | "symlink-loop"
  | "not-a-regular-file"
  | "not-a-folder"
  | "git-folder"
  | "unicode-twin"
  | "changed-underneath"

const explanations: Record<Refusal, string> = {
  empty: "it is empty",
  nul: "it holds a NUL character",
  "control-character": "it holds a control character",
  "invisible-character": "it holds invisible or direction-changing characters",
  "malformed-unicode": "it is not well-formed Unicode",
  "lookalike-separator": "it holds a character that looks like a path separator",
  "lookalike-dots": "it holds characters that look like `.` or `..`",
  "parent-segment": "it holds `..`",
  absolute: "it is absolute and not inside the project or an allowed folder",
  home: "`~` means a home folder",
  url: "it is a URL, not a path",
  "percent-encoded": "it holds percent-encoded separators, dots or control characters",
  "drive-letter": "it names a Windows drive",
  "network-path": "it is a network (UNC) or device path",
  backslash: "it holds a backslash; write paths with `/`",
  "alternate-stream": "it names an alternate data stream (`name:stream`)",
  "reserved-name": "it holds a name that is a device on Windows",
  "trailing-dot-or-space": "a name in it ends in a dot or a space",
  "name-too-long": "a name in it is longer than 255 bytes",
  "path-too-long": "it is longer than 4096 bytes",
  outside: "it leads outside the project",
  symlink: "it is a symbolic link that does not lead to a file in the project",
  "symlink-loop": "its symbolic links go round in a circle",
  "not-a-regular-file": "it is not a file, but a folder, a device, a pipe or a socket",
  "not-a-folder": "it is not a folder",
  "git-folder": "git's own files may not be changed this way",
  "unicode-twin": "a file whose name only differs in its Unicode normalization is already there",
  "changed-underneath": "it was replaced while it was being opened",
}

/** The path is not one that this workspace opens. `reason` names the rule. */
export class PathRefusedError extends DuckError {
  readonly path: string
  readonly reason: Refusal

  constructor(path: string, reason: Refusal, cause?: unknown) {
    const shown = printable(path)
    super({
      code: "PATH_REFUSED",
      message: `The path ${shown} is refused: ${explanations[reason]}.`,
      hint:
        reason === "not-a-regular-file"
          ? "Name a file in it."
          : "Give a path relative to the project's root, such as src/main.ts; folders outside it must be allowed in the configuration.",
      status: 403,
      details: { path: shown, reason },
      cause,
    })
    this.path = path
    this.reason = reason
  }
}

/** A path as it can be shown and stored: JSON-quoted, control and invisible characters escaped, at most 300 characters. */
export function printable(path: string): string {
  const cut = path.length > 300 ? `${path.slice(0, 299)}…` : path
  return JSON.stringify(cut.toWellFormed()).replace(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

/** There is nothing at the path. */
export class FileNotFoundError extends DuckError {
  constructor(path: string, cause?: unknown) {
    super({
      code: "FILE_NOT_FOUND",
      message: `There is no file ${printable(path)} in the project.`,
      hint: "Check the spelling; paths are relative to the project's root.",
      status: 404,
      details: { path: printable(path) },
      cause,
    })
  }
}

/** The operating system does not let this process read or write there. */
export class AccessDeniedError extends DuckError {
  constructor(path: string, doing: "read" | "write", cause?: unknown) {
    super({
      code: "ACCESS_DENIED",
      message: `The system does not let RubberDuck ${doing} ${printable(path)}.`,
      hint: `Check the permissions of the file and its folder${doing === "write" ? ", and that the disk is not mounted read-only" : ""}.`,
      status: 403,
      details: { path: printable(path) },
      cause,
    })
  }
}

/** The file is not text. */
export class BinaryFileError extends DuckError {
  constructor(path: string) {
    super({
      code: "BINARY_FILE",
      message: `${printable(path)} is a binary file.`,
      hint: "Only text files can be read as text.",
      status: 415,
      details: { path: printable(path) },
    })
  }
}

export class FileTooLargeError extends DuckError {
  constructor(path: string, sizeBytes: number, maxBytes: number) {
    super({
      code: "FILE_TOO_LARGE",
      message: `${printable(path)} has ${sizeBytes} bytes; at most ${maxBytes} are read at once.`,
      hint: "Read a range of its lines.",
      status: 413,
      details: { path: printable(path), sizeBytes, maxBytes },
    })
  }
}

/** The file is not what the writer had last seen; nothing was written. */
export class FileChangedError extends DuckError {
  constructor(path: string, expected: string | null, actual: string | null) {
    super({
      code: "FILE_CHANGED",
      message:
        actual === null
          ? `${printable(path)} was deleted since it was read.`
          : expected === null
            ? `${printable(path)} exists already.`
            : `${printable(path)} was changed since it was read.`,
      hint: "Read it again and redo the change on what it holds now.",
      status: 409,
      details: { path: printable(path), expected, actual },
    })
  }
}

/** The disk or the quota is full; what was there before is still there, whole. */
export class DiskFullError extends DuckError {
  constructor(path: string, cause?: unknown) {
    super({
      code: "DISK_FULL",
      message: `There is no room on the disk to write ${printable(path)}; the old file is untouched.`,
      hint: "Free some space and try again.",
      status: 507,
      details: { path: printable(path) },
      cause,
    })
  }
}
