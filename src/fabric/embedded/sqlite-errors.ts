/** SQLite's primary result code of a thrown error (https://www.sqlite.org/rescode.html), or undefined. */
function resultCodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return undefined
  return thrown.errcode & 0xff
}

const codes = { busy: 5, readOnly: 8, io: 10, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26 } as const

const isOneOf = (...wanted: readonly number[]) => {
  return (thrown: unknown): boolean => wanted.includes(resultCodeOf(thrown) ?? -1)
}

export const isBusy = isOneOf(codes.busy)
export const isDamage = isOneOf(codes.corrupt, codes.notADatabase)
/** The disk or another process is in the way: what was tried may work later. */
export const isRefusedWrite = isOneOf(codes.busy, codes.readOnly, codes.io, codes.full, codes.cantOpen)
