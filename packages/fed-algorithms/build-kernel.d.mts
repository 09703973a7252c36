/** Compiles kernel/accumulate.ts: the same bytes for the same source. */
export function compileKernel(): Promise<Uint8Array>;
/** The text of src/engines/simd/kernel-binary.ts. */
export function embed(binary: Uint8Array): string;
