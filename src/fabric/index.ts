export { type Fabric, type FabricOptions, openFabric } from "./embedded/fabric.ts"
export * from "./errors.ts"
export type * from "./ports.ts"
export type * from "./projection.ts"
