/**
 * Whether the gateway answers at this path. Kept apart so that the server knows it without loading the gateway.
 * `/v1/commands/...` and `/v1/rpc` are the server's own.
 */
export const isGatewayPath = (path: string): boolean => shape.test(path)

const shape = /^\/v1\/(?:chat\/completions|responses|embeddings|messages(?:\/count_tokens)?|models(?:\/.+)?)$/
