/** A growing byte buffer with unsigned LEB128 numbers. */
export interface ByteWriter {
  readonly length: number
  byte(value: number): void
  varint(value: number): void
  bytes(source: Uint8Array, start: number, end: number): void
  /** A copy of what was written from `start` on. */
  slice(start?: number): Uint8Array<ArrayBuffer>
  /** What was written, without copying: valid until the next write. */
  view(): Uint8Array
  clear(): void
}

export function byteWriter(capacity = 4096): ByteWriter {
  let buffer = new Uint8Array(capacity)
  let length = 0
  const room = (more: number) => {
    if (length + more <= buffer.length) return
    const grown = new Uint8Array(Math.max(buffer.length * 2, length + more))
    grown.set(buffer.subarray(0, length))
    buffer = grown
  }
  return {
    get length() {
      return length
    },
    byte(value) {
      room(1)
      buffer[length++] = value
    },
    varint(value) {
      if (length + 8 > buffer.length) room(8)
      let rest = value
      // Division only where a number is too large for shifts.
      while (rest > 0x7fffffff) {
        buffer[length++] = (rest % 128) | 0x80
        rest = Math.floor(rest / 128)
      }
      while (rest >= 0x80) {
        buffer[length++] = (rest & 0x7f) | 0x80
        rest >>>= 7
      }
      buffer[length++] = rest
    },
    bytes(source, start, end) {
      room(end - start)
      // Most runs are a few bytes long, and making a view of each costs more than copying it.
      if (end - start < 64) for (let at = start; at < end; at++) buffer[length++] = source[at] ?? 0
      else {
        buffer.set(source.subarray(start, end), length)
        length += end - start
      }
    },
    view: () => buffer.subarray(0, length),
    slice: (start = 0) => buffer.slice(start, length),
    clear() {
      length = 0
    },
  }
}

/** Reads what ByteWriter wrote; `at` is where the next read starts. */
export interface ByteReader {
  at: number
  readonly end: number
  byte(): number
  varint(): number
}

export function byteReader(bytes: Uint8Array): ByteReader {
  return {
    at: 0,
    end: bytes.length,
    byte() {
      return bytes[this.at++] ?? 0
    },
    varint() {
      let value = bytes[this.at++] ?? 0
      if (value < 0x80) return value
      value &= 0x7f
      let scale = 128
      while (true) {
        const next = bytes[this.at++] ?? 0
        value += (next & 0x7f) * scale
        if (next < 0x80) return value
        scale *= 128
      }
    },
  }
}
