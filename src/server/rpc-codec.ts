import { InvalidInputError } from "../base/errors.ts"
import { subprotocols } from "../base/wire.ts"
import { jsonOf, maxRequestBytes } from "./body.ts"

/** How messages look on one WebSocket. */
export interface Codec {
  encode(message: unknown): string | Uint8Array<ArrayBuffer>
  /** Throws InvalidInputError. */
  decode(frame: Uint8Array, isBinary: boolean): unknown
}

const jsonCodec: Codec = {
  encode: (message) => JSON.stringify(message),
  decode(frame, isBinary) {
    if (isBinary) throw notInCodec("a binary frame", subprotocols.json)
    return jsonOf(frame)
  },
}

/** The codec of a negotiated subprotocol; JSON without one. */
export async function codecOf(protocol: string): Promise<Codec> {
  return protocol === subprotocols.msgpack ? msgpackCodec() : jsonCodec
}

async function msgpackCodec(): Promise<Codec> {
  const { encode, decode } = await import("@msgpack/msgpack")
  // A header of five bytes can announce an array of four billion: nothing longer than the frame can be true.
  const limits = {
    maxStrLength: maxRequestBytes,
    maxBinLength: maxRequestBytes,
    maxArrayLength: maxRequestBytes,
    maxMapLength: maxRequestBytes,
    maxExtLength: 0,
  }
  return {
    encode: (message) => encode(message, { ignoreUndefined: true }),
    decode(frame, isBinary) {
      if (!isBinary) throw notInCodec("a text frame", subprotocols.msgpack)
      try {
        return decode(frame, limits)
      } catch (cause) {
        throw new InvalidInputError({ message: `The message is not MessagePack: ${(cause as Error).message}.`, cause })
      }
    },
  }
}

const notInCodec = (what: string, protocol: string) =>
  new InvalidInputError({ message: `This connection speaks ${protocol}, and ${what} came.` })
