import { DuckError, InvalidInputError } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import { printable } from "../errors.ts"

/** The text to be replaced is not there. The message shows what is nearest, so that the next try can be right. */
export const editNotFound = (what: string, nearest: string | undefined) =>
  new DuckError({
    code: "EDIT_NOT_FOUND",
    message: `${what} is not in the file.${nearest === undefined ? " Nothing in it is similar." : `\nThe nearest lines, and how they differ from what was given:\n${nearest}`}`,
    hint: "Give the text exactly as the file has it now; read the file again if it may have changed.",
    status: 409,
    details: nearest === undefined ? {} : { nearest },
  })

/** The text stands in several places. */
export const editAmbiguous = (what: string, lines: readonly number[]) =>
  new DuckError({
    code: "EDIT_AMBIGUOUS",
    message: `${what} is in the file ${count(lines.length, "time")}: at lines ${lines.slice(0, 20).join(", ")}${lines.length > 20 ? " and more" : ""}.`,
    hint: "Give more of the lines around it, so that one place is meant, or replace all.",
    status: 409,
    details: { lines: lines.slice(0, 100) },
  })

export const editPointless = () =>
  new InvalidInputError({
    code: "EDIT_WITHOUT_CHANGE",
    message: "The edit would change nothing: the old text and the new one are the same.",
    hint: "Give the text as it should be after the edit.",
  })

export const editEmpty = () =>
  new InvalidInputError({
    code: "EDIT_OF_NOTHING",
    message: "There is no old text: an empty one stands everywhere.",
    hint: "Give the lines next to the place, and in the new text those lines with the addition; write the file to make it anew.",
  })

export const patchInvalid = (why: string, hint?: string) =>
  new InvalidInputError({
    code: "PATCH_INVALID",
    message: `The patch can't be read: ${why}.`,
    hint: hint ?? "Send a unified diff, or a patch between `*** Begin Patch` and `*** End Patch`.",
  })

/** One of the files could not be changed; none was. */
export const patchRefused = (path: string, cause: DuckError) =>
  new DuckError({
    code: cause.code,
    message: `${printable(path)}: ${cause.message}\nNo file was changed.`,
    hint: cause.hint,
    status: cause.status,
    details: { ...cause.details, path: printable(path) },
    cause,
  })

/** A write failed in the middle, and what was written before it could not be taken back. */
export const patchHalfApplied = (path: string, left: readonly string[], cause: unknown) =>
  new DuckError({
    code: "PATCH_HALF_APPLIED",
    message: `Writing ${printable(path)} failed, and these files could not be put back: ${left.map(printable).join(", ")}.`,
    hint: "Restore them from the checkpoint before this change.",
    details: { path: printable(path), left: left.map(printable) },
    cause,
  })
